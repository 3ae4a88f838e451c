/* pack/pack.h
 * Detection packs: a folder with a pack.yaml and one rule in each file rules/ID.aql. Read and checked here; nothing is
 * run: the engine binds the queries. A rule file begins with its header, YAML in a comment that opens with the word
 * "rule" on a line of its own, so that the file stays AQL:
 *
 *     id: kubectl_secrets            the file's name
 *     title: Secrets read with kubectl
 *     status: stable                 stable, test, experimental; reference: run only when asked for
 *     level: high                    of a row without a risk; default medium
 *     risk: Risk                     output column with the risk, 0 to 100; left out: the rule has none
 *     levels: {low: 20, high: 60}    smallest risk of each level; default: the pack's
 *     group: kubectl                 its guide is guides/GROUP.md
 *     telemetry: process             process, file, network, kubernetes, docker, correlation
 *     tactics: [Credential Access]
 *     techniques: [T1552.007]
 *     data_components: [Process Creation]
 *     requires: [Command]            fields without which the rule can never fire
 *     log_source_types: [Linux OS]
 *     description: ...
 *     references: [https://...]
 *     false_positives: [...]
 *     tuning: [{knob: UserContext, description: ...}]   named as MITRE AN0571 names them
 *
 * Other files of a pack, by convention: qradar/ID.aql (the rule in plain AQL, where it uses Tocsin's own functions),
 * guides/GROUP.md, tests/ID.yaml, exceptions.yaml, telemetry/, conversions/.
 * Memory: the pack owns all text; every str of it has a NUL behind it. Limits: LIMIT_PACK_RULES, LIMIT_CONFIG_BYTES,
 * LIMIT_QUERY_BYTES for each rule.
 */
#ifndef PACK_PACK_H
#define PACK_PACK_H

#include "base/arena.h"
#include "base/error.h"

enum pack_level { LEVEL_INFORMATIONAL, LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_CRITICAL, LEVEL_COUNT };
enum pack_status { STATUS_STABLE, STATUS_TEST, STATUS_EXPERIMENTAL, STATUS_REFERENCE, STATUS_COUNT };
enum pack_telemetry {
    TELEMETRY_NONE, /* the header does not say */
    TELEMETRY_PROCESS,
    TELEMETRY_FILE,
    TELEMETRY_NETWORK,
    TELEMETRY_KUBERNETES,
    TELEMETRY_DOCKER,
    TELEMETRY_CORRELATION,
    TELEMETRY_COUNT
};

str pack_level_name(enum pack_level level);
str pack_status_name(enum pack_status status);
str pack_telemetry_name(enum pack_telemetry telemetry); /* empty for TELEMETRY_NONE */

struct pack_texts {
    const str *items;
    size_t count;
};

struct pack_tuning {
    str knob;
    str description;
};

struct pack_levels {
    bool has_threshold[LEVEL_COUNT];
    int64_t threshold[LEVEL_COUNT]; /* smallest risk of the level */
};

struct pack_rule {
    str id; /* letters, digits, _ - . */
    str title;
    str description;
    str file; /* of the query, for errors */
    str text; /* the whole file: the header is a comment of the query */
    enum pack_status status;
    enum pack_telemetry telemetry;
    str risk_column;       /* output column that holds the risk; empty: risk is 0 */
    enum pack_level level; /* when no threshold below fits */
    struct pack_levels levels;
    str group;
    struct pack_texts tactics, techniques, data_components;
    struct pack_texts required_fields, log_source_types;
    struct pack_texts references, false_positives;
    const struct pack_tuning *tuning;
    size_t tuning_count;
};

struct pack_files;

enum { PACK_JOIN_MINUTES = 5 };

struct pack {
    struct arena arena;
    struct pack_files *files;
    str name;
    str title;
    str version;
    str description;
    struct pack_texts techniques;
    struct pack_texts references;
    struct pack_levels levels; /* of rules that say nothing else */
    int64_t join_minutes;      /* rows of one actor that lie closer together are one finding */
    struct pack_rule *rules;   /* by file name */
    size_t rule_count;
    bool is_query; /* one rule of a file of its own: no pack.yaml, no other files */
};

/* From a directory with pack.yaml, or a built-in pack by name. */
tocsin_status pack_open(str path_or_name, struct pack **ret_pack, struct error *err);
/* One rule from an .aql file; its id is the header's, else the file's name. */
tocsin_status pack_open_query(str path, struct pack **ret_pack, struct error *err);
void pack_free(struct pack *pack);

enum pack_level pack_rule_level(const struct pack_rule *rule, int64_t risk);
/* SIZE_MAX if there is no such rule. */
size_t pack_find_rule(const struct pack *pack, str id);

/* A file of the pack, by its path in it ("guides/kubectl.md"). The text lives as long as the pack. *ret_path, for
 * errors, may be NULL. A file that is not there: TOCSIN_END. */
tocsin_status pack_read(struct pack *pack, str file, size_t bytes_max, str *ret_text, const char **ret_path,
                        struct error *err);
/* Paths in the pack of the files of one of its folders ("tests") whose names end so (".yaml"), sorted. */
tocsin_status pack_list(struct pack *pack, str folder, str ending, struct pack_texts *ret_paths, struct error *err);

#endif
