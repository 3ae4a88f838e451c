/* pack/pack.h
 * Detection packs: pack.yaml and the rules it names, read and checked. Runs nothing: the engine binds the queries.
 * Memory: the pack owns all text. Limits: LIMIT_PACK_RULES, LIMIT_CONFIG_BYTES, LIMIT_QUERY_BYTES for each rule.
 */
#ifndef PACK_PACK_H
#define PACK_PACK_H

#include "base/arena.h"
#include "base/error.h"

enum pack_level { LEVEL_INFORMATIONAL, LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_CRITICAL, LEVEL_COUNT };

str pack_level_name(enum pack_level level);

struct pack_rule {
    str id; /* letters, digits, _ - . */
    str title;
    str description;
    str file;              /* of the query, for errors */
    str text;              /* AQL */
    str risk_column;       /* output column that holds the risk; empty: risk is 0 */
    enum pack_level level; /* when no threshold below fits */
    bool has_threshold[LEVEL_COUNT];
    int64_t threshold[LEVEL_COUNT]; /* smallest risk of the level */
};

struct pack {
    struct arena arena;
    str name;
    str title;
    struct pack_rule *rules;
    size_t rule_count;
};

/* From a directory with pack.yaml, or a built-in pack by name. */
tocsin_status pack_open(str path_or_name, struct pack **ret_pack, struct error *err);
/* One rule from an .aql file; its id is the file's name. */
tocsin_status pack_open_query(str path, struct pack **ret_pack, struct error *err);
void pack_free(struct pack *pack);

enum pack_level pack_rule_level(const struct pack_rule *rule, int64_t risk);

#endif
