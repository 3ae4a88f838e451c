/* log_generator.h
 * What the generators of the three kinds of logs share: random numbers, weighted vocabulary, pools of commands, and
 * output. Same seed and arguments, same bytes, whatever the compiler: arguments that draw random numbers are drawn one
 * a statement.
 */
#ifndef TESTS_BENCH_LOG_GENERATOR_H
#define TESTS_BENCH_LOG_GENERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/log_vocabulary.h"
#include "bench/random_numbers.h"

enum {
    HOST_COUNT = 600,
    COMMAND_POOL = 60000,
    SMALL_POOL = 4000,
    TEMPLATE_TEXT_BYTES = 4096,
    OUTPUT_BYTES = 4 << 20,
    OUTPUT_SLACK_BYTES = 64 << 10, /* one event is smaller */
};

/* First millisecond of all generated data; the flat table spans 25 hours from here. */
#define GENERATOR_TIME_MS UINT64_C(1795300000000)
/* Where the day begins that the original query asks for; NOW() is a day later. */
#define GENERATOR_DAY_START_MS (GENERATOR_TIME_MS + 3600000)

struct command {
    const char *program;
    const char *text; /* '~' is a blank inside an argument */
    uint32_t length;
};

enum command_kind { COMMAND_NONE = -1, COMMAND_LINUX, COMMAND_WINDOWS, COMMAND_KUBERNETES };

struct generator {
    struct random_numbers random;
    bool has_unique_commands; /* arguments differ on every line, instead of coming from a pool */
    char hosts[HOST_COUNT][32];
    char host_addresses[HOST_COUNT][16];
    struct choice host, user, word, name_space, pool, small_pool;
    struct choice templates[TEMPLATE_KINDS];
    struct command *commands, *windows_commands, *kubernetes_commands;
    uint64_t attack_count;
    char *output;
    size_t output_used;
    uint64_t output_bytes;
};

void generator_init(struct generator *generator, uint64_t seed, bool has_unique_commands);
void generator_release(struct generator *generator);

uint32_t generator_below(struct generator *generator, uint32_t bound);
const char *generator_word(struct generator *generator);
const char *generator_name_space(struct generator *generator);
const char *generator_host(struct generator *generator);
uint32_t generator_user(struct generator *generator); /* number of a user */

/* Fills the template in; gives the length of `target`, which holds TEMPLATE_TEXT_BYTES. */
size_t generator_expand(struct generator *generator, const char *text, char *target);
/* `room` holds TEMPLATE_TEXT_BYTES and what the command points to, until the next call. */
struct command generator_command(struct generator *generator, enum command_kind kind, char *room);

/* Output. generator_event makes room for one event of up to OUTPUT_SLACK_BYTES. */
void generator_event(struct generator *generator);
void generator_put(struct generator *generator, const char *bytes, size_t byte_count);
void generator_puts(struct generator *generator, const char *text);
void generator_print(struct generator *generator, const char *format, ...) __attribute__((format(printf, 2, 3)));
void generator_put_u64(struct generator *generator, uint64_t number);
void generator_flush(struct generator *generator);

/* FLAT_QRADAR: JSON lines with QRadar's names and ids, as its own exports. */
enum flat_form { FLAT_TSV, FLAT_JSON, FLAT_QRADAR, FLAT_FORMS };

struct flat_options {
    uint64_t row_count;
    enum flat_form form;
    uint32_t unique_count; /* > 0: every row has one of so many commands, all as likely */
};

void generate_flat(struct generator *generator, const struct flat_options *options);
void generate_auditd(struct generator *generator, uint64_t event_count, bool is_enriched);
void generate_kubernetes(struct generator *generator, uint64_t event_count);

#endif
