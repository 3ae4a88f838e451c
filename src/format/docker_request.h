/* format/docker_request.h
 * What a request to a container engine's API asks for: Docker's paths (/v1.41/containers/web/json) and Podman's
 * (/v4.0.0/libpod/containers/web/json) become a kind of object, its name and an action, in the words that the engine's
 * own events use (exec_create, archive-path). Not the line around it (docker_record.h).
 * Memory: texts are views into the URI, constants, or live in the arena given. Threads: any.
 */
#ifndef FORMAT_DOCKER_REQUEST_H
#define FORMAT_DOCKER_REQUEST_H

#include "base/arena.h"

struct docker_request {
    str path;    /* decoded, without version, "/libpod", query and needless slashes: /containers/web/json */
    str version; /* "v1.41", or empty */
    str object;  /* container, image, exec, secret, ...: as the Type of the engine's events; "system" for the rest */
    str name;    /* of the object, or empty */
    str action;  /* inspect, exec_create, archive-path, ...; "request" if it is none that we know */
};

/* GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS. */
bool docker_is_method(str method);

/* A request for this URI (path and query). False: memory is out. */
bool docker_request_read(str method, str uri, struct arena *arena, struct docker_request *ret);

/* A parameter of the URI's query, decoded; empty if it has none. NULL data: memory is out. */
str docker_query_value(str uri, str name, struct arena *arena);

/* A container's id: 12 to 64 lower-case hexadecimal digits. */
bool docker_is_id(str text);

#endif
