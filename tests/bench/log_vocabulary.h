/* log_vocabulary.h
 * Words and command lines that generated logs are made of. Weights and texts are part of the data's identity: a change
 * here changes every number that the benchmark checks.
 *
 * In a command template ' ' parts arguments and '~' is a blank inside one. {w} word, {n} number below 100, {N} below a
 * million, {p} process id, {u} UUID, {h} 12 hex digits, {x} 64 of them, {i} address, {P} pod, {s} namespace, {U} user,
 * {H} host, {d} date, {t} Unix time, {o} port, {f} file name.
 */
#ifndef TESTS_BENCH_LOG_VOCABULARY_H
#define TESTS_BENCH_LOG_VOCABULARY_H

#include <stddef.h>

enum { VOCABULARY_WORDS = 42, VOCABULARY_NAMESPACES = 15, VOCABULARY_USERS = 40 };

extern const char *const vocabulary_words[VOCABULARY_WORDS];
extern const char *const vocabulary_namespaces[VOCABULARY_NAMESPACES];
extern const char *const vocabulary_users[VOCABULARY_USERS];
extern const int vocabulary_user_ids[VOCABULARY_USERS];

struct command_template {
    double weight;
    const char *program;
    const char *text;
};

enum template_kind { TEMPLATES_LINUX, TEMPLATES_ATTACK, TEMPLATES_WINDOWS, TEMPLATES_KUBERNETES, TEMPLATE_KINDS };

struct template_list {
    const struct command_template *templates;
    size_t count;
};
extern const struct template_list vocabulary_templates[TEMPLATE_KINDS];

#endif
