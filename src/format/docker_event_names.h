/* format/docker_event_names.h
 * What an event of a container engine is called: an id by the kind of object and what was done to it. Requests to the
 * engine's API and the engine's own events share the names: both tell that an exec was created.
 * Ids 2000601 to 2000899, in the range of user-defined ones. A failed request's id is one more than the other's.
 * New rows go to the end: ids are kept in saved searches.
 */
#ifndef FORMAT_DOCKER_EVENT_NAMES_H
#define FORMAT_DOCKER_EVENT_NAMES_H

#include "format/format.h"

/* X(symbol, kind, name, severity, what it tells) */
#define DOCKER_MESSAGE_LIST(X)                                                                                         \
    X(NOT_UNDERSTOOD, UNKNOWN, "Docker Record Not Understood", 3, "a record that could not be read")                   \
    X(MESSAGE, INFORMATION, "Docker Daemon Message", 1, "the engine's own log")                                        \
    X(OUTPUT, INFORMATION, "Container Output", 1, "what a container wrote")                                            \
    X(LISTEN, SERVICE, "Docker API Listening", 3, "the engine answers requests at an address")                         \
    X(EXPOSED, EXPOSURE, "Docker API Exposed Without TLS", 9,                                                          \
      "the engine answers requests over the network without asking who asks")                                          \
    X(REQUEST, READ, "Docker API Request", 2, "a request that is none of the known ones")                              \
    X(EVENT, INFORMATION, "Docker Event", 2, "an event that is none of the known ones")

/* X(symbol, object, action, kind, name, severity, what it tells) */
#define DOCKER_ACTION_LIST(X)                                                                                          \
    X(CONTAINER_LIST, "container", "list", READ, "Container List", 2, "containers were listed")                        \
    X(CONTAINER_INSPECT, "container", "inspect", READ, "Container Inspect", 4,                                         \
      "the settings of a container were read, its environment among them")                                             \
    X(CONTAINER_LOGS, "container", "logs", READ, "Container Log Read", 4, "the log of a container was read")           \
    X(CONTAINER_EXEC_CREATE, "container", "exec_create", SESSION, "Container Exec Created", 6,                         \
      "a command was given to a container")                                                                            \
    X(CONTAINER_EXEC_START, "container", "exec_start", SESSION, "Container Exec Started", 5,                           \
      "a command was started in a container")                                                                          \
    X(CONTAINER_EXEC_DIE, "container", "exec_die", SESSION, "Container Exec Ended", 2,                                 \
      "a command in a container ended")                                                                                \
    X(CONTAINER_EXEC_INSPECT, "container", "exec_inspect", READ, "Container Exec Inspect", 1,                          \
      "the state of a command was read")                                                                               \
    X(CONTAINER_EXEC_RESIZE, "container", "exec_resize", UPDATE, "Container Exec Resized", 1,                          \
      "the terminal of a command was resized")                                                                         \
    X(CONTAINER_ATTACH, "container", "attach", SESSION, "Container Attach", 5,                                         \
      "a client attached to a running container")                                                                      \
    X(CONTAINER_ARCHIVE_PATH, "container", "archive-path", READ, "Container Files Read", 6,                            \
      "files were copied out of a container")                                                                          \
    X(CONTAINER_EXTRACT_TO_DIR, "container", "extract-to-dir", UPDATE, "Container Files Written", 5,                   \
      "files were copied into a container")                                                                            \
    X(CONTAINER_EXPORT, "container", "export", READ, "Container Export", 6,                                            \
      "the whole file system of a container was read")                                                                 \
    X(CONTAINER_COMMIT, "container", "commit", CREATE, "Container Commit", 5, "an image was made of a container")      \
    X(CONTAINER_CHECKPOINT, "container", "checkpoint", CREATE, "Container Checkpoint", 5,                              \
      "memory and state of a container were saved")                                                                    \
    X(CONTAINER_CREATE, "container", "create", CREATE, "Container Create", 4, "a container was created")               \
    X(CONTAINER_START, "container", "start", UPDATE, "Container Start", 3, "a container was started")                  \
    X(CONTAINER_STOP, "container", "stop", UPDATE, "Container Stop", 3, "a container was stopped")                     \
    X(CONTAINER_DIE, "container", "die", UPDATE, "Container Ended", 2, "a container ended")                            \
    X(CONTAINER_KILL, "container", "kill", UPDATE, "Container Kill", 3, "a signal was sent to a container")            \
    X(CONTAINER_DESTROY, "container", "destroy", DELETE, "Container Destroy", 4, "a container was removed")            \
    X(CONTAINER_RESTART, "container", "restart", UPDATE, "Container Restart", 3, "a container was restarted")          \
    X(CONTAINER_UPDATE, "container", "update", UPDATE, "Container Update", 4,                                          \
      "the limits of a container were changed")                                                                        \
    X(CONTAINER_RENAME, "container", "rename", UPDATE, "Container Rename", 4, "a container was renamed")               \
    X(CONTAINER_PAUSE, "container", "pause", UPDATE, "Container Pause", 3, "a container was paused")                   \
    X(CONTAINER_UNPAUSE, "container", "unpause", UPDATE, "Container Unpause", 3, "a container was resumed")            \
    X(CONTAINER_TOP, "container", "top", READ, "Container Processes Read", 3,                                          \
      "the processes of a container were listed")                                                                      \
    X(CONTAINER_STATS, "container", "stats", READ, "Container Statistics Read", 1, "the use of resources was read")    \
    X(CONTAINER_DIFF, "container", "diff", READ, "Container Changes Read", 2,                                          \
      "the changed files of a container were listed")                                                                  \
    X(CONTAINER_WAIT, "container", "wait", READ, "Container Wait", 1, "a client waits for the end of a container")     \
    X(CONTAINER_RESIZE, "container", "resize", UPDATE, "Container Resized", 1,                                         \
      "the terminal of a container was resized")                                                                       \
    X(CONTAINER_PRUNE, "container", "prune", DELETE, "Containers Pruned", 4, "ended containers were removed")          \
    X(CONTAINER_MOUNT, "container", "mount", READ, "Container Mount", 6,                                               \
      "the file system of a container was mounted on the host")                                                        \
    X(IMAGE_LIST, "image", "list", READ, "Image List", 1, "images were listed")                                        \
    X(IMAGE_INSPECT, "image", "inspect", READ, "Image Inspect", 2, "the settings of an image were read")               \
    X(IMAGE_HISTORY, "image", "history", READ, "Image History", 3, "the steps that made an image were read")           \
    X(IMAGE_PULL, "image", "pull", CREATE, "Image Pull", 3, "an image was fetched")                                    \
    X(IMAGE_PUSH, "image", "push", READ, "Image Push", 4, "an image was sent to a registry")                           \
    X(IMAGE_SAVE, "image", "save", READ, "Image Save", 5, "all files of an image were read")                           \
    X(IMAGE_LOAD, "image", "load", CREATE, "Image Load", 4, "an image was read from a file")                           \
    X(IMAGE_IMPORT, "image", "import", CREATE, "Image Import", 4, "an image was made of a file system")                \
    X(IMAGE_BUILD, "image", "build", CREATE, "Image Build", 3, "an image was built")                                   \
    X(IMAGE_TAG, "image", "tag", UPDATE, "Image Tag", 2, "an image was named")                                         \
    X(IMAGE_UNTAG, "image", "untag", DELETE, "Image Untag", 2, "a name of an image was removed")                       \
    X(IMAGE_DELETE, "image", "delete", DELETE, "Image Delete", 3, "an image was removed")                              \
    X(IMAGE_PRUNE, "image", "prune", DELETE, "Images Pruned", 3, "unused images were removed")                         \
    X(IMAGE_SEARCH, "image", "search", READ, "Image Search", 1, "a registry was searched")                             \
    X(SECRET_LIST, "secret", "list", READ, "Secret Objects Listed", 5, "the engine's secrets were listed")             \
    X(SECRET_INSPECT, "secret", "inspect", READ, "Secret Object Inspect", 6, "a secret of the engine was read")        \
    X(SECRET_CREATE, "secret", "create", CREATE, "Secret Object Create", 5, "a secret was stored in the engine")       \
    X(SECRET_UPDATE, "secret", "update", UPDATE, "Secret Object Update", 5, "a secret of the engine was changed")      \
    X(SECRET_REMOVE, "secret", "remove", DELETE, "Secret Object Remove", 5, "a secret of the engine was removed")      \
    X(CONFIG_LIST, "config", "list", READ, "Config Objects Listed", 3, "the configurations of a swarm were listed")    \
    X(CONFIG_INSPECT, "config", "inspect", READ, "Config Object Inspect", 4, "a configuration of a swarm was read")    \
    X(SERVICE_LIST, "service", "list", READ, "Service List", 2, "the services of a swarm were listed")                 \
    X(SERVICE_INSPECT, "service", "inspect", READ, "Service Inspect", 4, "the settings of a service were read")        \
    X(SERVICE_LOGS, "service", "logs", READ, "Service Log Read", 4, "the log of a service was read")                   \
    X(SERVICE_CREATE, "service", "create", CREATE, "Service Create", 4, "a service was created in a swarm")            \
    X(SERVICE_UPDATE, "service", "update", UPDATE, "Service Update", 4, "a service of a swarm was changed")            \
    X(SERVICE_REMOVE, "service", "remove", DELETE, "Service Remove", 4, "a service of a swarm was removed")            \
    X(SWARM_INSPECT, "swarm", "inspect", READ, "Swarm Inspect", 5,                                                     \
      "the settings of a swarm were read, its join tokens among them")                                                 \
    X(SWARM_UNLOCKKEY, "swarm", "unlockkey", READ, "Swarm Unlock Key Read", 8,                                         \
      "the key that unlocks a swarm was read")                                                                         \
    X(SWARM_JOIN, "swarm", "join", UPDATE, "Swarm Join", 5, "an engine joined a swarm")                                \
    X(SWARM_INIT, "swarm", "init", CREATE, "Swarm Init", 5, "a swarm was begun")                                       \
    X(POD_INSPECT, "pod", "inspect", READ, "Container Pod Inspect", 3, "the settings of a pod were read")              \
    X(KUBE_GENERATE, "kube", "generate", READ, "Kube Manifest Read", 4,                                                \
      "containers were written as Kubernetes objects")                                                                 \
    X(KUBE_PLAY, "kube", "play", CREATE, "Kube Manifest Played", 4, "containers were made of Kubernetes objects")      \
    X(PLUGIN_ENABLE, "plugin", "enable", UPDATE, "Plugin Enable", 5, "a plug-in of the engine was enabled")            \
    X(VOLUME_CREATE, "volume", "create", CREATE, "Container Volume Create", 3, "a volume was created")                 \
    X(VOLUME_INSPECT, "volume", "inspect", READ, "Container Volume Inspect", 2, "the settings of a volume were read")  \
    X(SYSTEM_PING, "system", "ping", READ, "Docker API Ping", 1, "a client looked whether the engine answers")         \
    X(SYSTEM_INFO, "system", "info", READ, "Docker Engine Info", 2, "the state of the engine was read")                \
    X(SYSTEM_VERSION, "system", "version", READ, "Docker Engine Version", 1, "the version of the engine was read")     \
    X(SYSTEM_EVENTS, "system", "events", READ, "Docker Engine Events Read", 2, "a client follows the engine's events") \
    X(SYSTEM_DF, "system", "df", READ, "Docker Engine Disk Use", 1, "the use of the disk was read")                    \
    X(SYSTEM_AUTH, "system", "auth", READ, "Docker Registry Login", 3, "credentials of a registry were checked")

enum docker_message {
#define DOCKER_MESSAGE_ENUM(symbol, ...) DOCKER_MESSAGE_##symbol,
    DOCKER_MESSAGE_LIST(DOCKER_MESSAGE_ENUM)
#undef DOCKER_MESSAGE_ENUM
        DOCKER_MESSAGE_COUNT
};

enum {
#define DOCKER_COUNT_ONE(...) +1
    DOCKER_ACTION_COUNT = 0 DOCKER_ACTION_LIST(DOCKER_COUNT_ONE),
#undef DOCKER_COUNT_ONE
    DOCKER_EVENT_NAME_COUNT = DOCKER_MESSAGE_COUNT + 2 * DOCKER_ACTION_COUNT,
    DOCKER_QID_FIRST = 2000601,
    DOCKER_QID_ACTION_FIRST = 2000631,
};

extern const struct format_event_name docker_event_names[DOCKER_EVENT_NAME_COUNT];

int64_t docker_message_qid(enum docker_message message);
/* `fallback`: for what has no name of its own. */
int64_t docker_action_qid(str object, str action, enum docker_message fallback, bool is_failed);

#endif
