/* verify/tuning.h
 * Proposes exceptions (docs/exceptions.md) for findings that somebody marked as harmless, as narrow as it takes that no
 * attack of the pack's own tests would be hidden, not even if the excepted identity did it.
 * Memory: one arena. Threads: one at a time. Limits: LIMIT_FOUND_ROWS, LIMIT_TUNING_GROUPS.
 */
#ifndef VERIFY_TUNING_H
#define VERIFY_TUNING_H

#include "verify/pack_test.h"

/* Acts of one kind by one identity: what one exception is made of. */
struct tuning_group {
    str identity;
    str process;
    str client; /* a pattern, without the version */
    str act;
    bool has_host, has_source, has_namespace, has_target, has_detail;
    const struct found_act **acts;
    const struct found_row **rows; /* which each is part of */
    size_t act_count;
    size_t capacity;
    size_t finding_count;
};

enum tuning_step { STEP_SCOPE, STEP_TARGET, STEP_DETAIL, STEP_COUNT };

/* An attack that is found now. */
struct tuning_attack {
    const char *origin; /* its file, */
    uint32_t line;
    str text;
    struct found_row row; /* with its acts */
};

struct tuning {
    struct arena arena;
    struct found_rows found;
    struct tuning_group *groups;
    size_t group_count;
    struct tuning_attack *attacks;
    size_t attack_count;
    size_t attack_capacity;
    tocsin_status status; /* of collecting attacks */
};

void tuning_init(struct tuning *tuning);
void tuning_release(struct tuning *tuning);

/* Adds the findings of a file of `tocsin hunt -o ndjson`. */
tocsin_status tuning_read(struct tuning *tuning, const char *path, struct error *err);
/* Makes groups of the findings marked. Marks are one for each finding read. */
tocsin_status tuning_group(struct tuning *tuning, const bool *marks, struct error *err);
/* A see_attack of struct pack_test_options; `state` is the tuning. */
void tuning_see_attack(void *state, const char *origin, uint32_t line, str text, const struct found_row *row);

/* Why no exception can be made of a group, or NULL. */
const char *tuning_refusal(const struct tuning_group *group);
/* Whether an exception of the group would hide the attack; `is_same_actor`: done by the group's identity, from there.
 */
bool tuning_hides(const struct tuning_group *group, enum tuning_step step, const struct tuning_attack *attack,
                  bool is_same_actor);
/* The widest step that hides nothing, with its targets if these are few; STEP_COUNT: there is none. */
enum tuning_step tuning_choose(const struct tuning *tuning, const struct tuning_group *group);

/* The exception as an entry of the list. `id` and `expires` (a day) are the caller's. */
void tuning_write(struct strbuf *out, const struct tuning_group *group, enum tuning_step step, const char *id,
                  const char *expires);

#endif
