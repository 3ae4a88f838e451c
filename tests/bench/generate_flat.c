#include <stdio.h>

#include "base/str.h"
#include "bench/expected_counts.h"
#include "bench/log_generator.h"

static const struct {
    const char *name;
    const char *ids; /* as QRadar has them: a type, and a log source of it */
    enum command_kind kind;
    double weight;
    bool is_in_scope; /* of the original query */
} log_source_types[] = {
    {"Linux OS", ",\"devicetype\":11,\"logsourceid\":1001", COMMAND_LINUX, 58, true},
    {"Universal DSM", ",\"devicetype\":4001,\"logsourceid\":1002", COMMAND_LINUX, 6, true},
    {"Kubernetes Audit Log", ",\"devicetype\":4002,\"logsourceid\":1003", COMMAND_KUBERNETES, 10, true},
    {"Microsoft Windows Security Event Log", ",\"devicetype\":12,\"logsourceid\":2012", COMMAND_WINDOWS, 14, false},
    {"Palo Alto PA Series", ",\"devicetype\":206,\"logsourceid\":2206", COMMAND_NONE, 6, false},
    {"Cisco ASA", ",\"devicetype\":41,\"logsourceid\":2041", COMMAND_NONE, 4, false},
    {"Apache HTTP Server", ",\"devicetype\":10,\"logsourceid\":2010", COMMAND_NONE, 2, false},
};

/* What stands in front of, between and behind the values of a row. */
static const char *const row_texts[FLAT_FORMS][8] = {
    [FLAT_TSV] = {"", "\t", "\t", "\t", "\t", "\t", "\t", "\n"},
    [FLAT_JSON] = {"{\"starttime\":", ",\"sourceip\":\"", "\",\"username\":\"", "\",\"process_name\":\"",
                   "\",\"command\":\"", "\",\"logsourcetype\":\"", "\",\"hostname\":\"", "\"}\n"},
    [FLAT_QRADAR] = {"{\"starttime\":", ",\"sourceip\":\"", "\",\"username\":\"", "\",\"Process Name\":\"",
                     "\",\"Command\":\"", "\"", ",\"hostname\":\"", "\"}\n"}, /* the ids stand behind the time */
};

static void put_command(struct generator *generator, struct command command, bool is_json)
{
    for (uint32_t i = 0; i < command.length; i++) {
        char c = command.text[i];
        if (is_json && (c == '"' || c == '\\')) {
            generator_put(generator, "\\", 1);
        }
        generator_put(generator, c == '~' ? " " : &c, 1);
    }
}

/* Time, address, user, program, command, log source type, host; as a row of TSV or a line of JSON. */
static void put_row(struct generator *generator, enum flat_form form, uint64_t time_ms, struct command command,
                    const char *const values[5])
{
    const char *const *texts = row_texts[form];
    generator_puts(generator, texts[0]);
    generator_put_u64(generator, time_ms);
    generator_puts(generator, form == FLAT_QRADAR ? values[3] : "");
    generator_puts(generator, texts[1]);
    generator_puts(generator, values[0]);
    generator_puts(generator, texts[2]);
    generator_puts(generator, values[1]);
    generator_puts(generator, texts[3]);
    generator_puts(generator, values[2]);
    generator_puts(generator, texts[4]);
    put_command(generator, command, form != FLAT_TSV);
    generator_puts(generator, texts[5]);
    generator_puts(generator, form == FLAT_QRADAR ? "" : values[3]);
    generator_puts(generator, texts[6]);
    generator_puts(generator, values[4]);
    generator_puts(generator, texts[7]);
}

/* The nth command of a vocabulary of `count`: which of them a row has is drawn, and all are about as long as others. */
static struct command numbered_command(struct generator *generator, uint32_t count, char *room)
{
    uint32_t number = generator_below(generator, count);
    int length = snprintf(room, TEMPLATE_TEXT_BYTES, "/usr/local/bin/etl --batch %08x --input /srv/data/%08x/part.json",
                          number, number * 2654435761u);
    return (struct command){"/usr/local/bin/etl", room, (uint32_t)length};
}

static struct command make_command(struct generator *generator, const struct flat_options *options,
                                   enum command_kind kind, char *room)
{
    if (options->unique_count > 0) {
        return numbered_command(generator, options->unique_count, room);
    }
    return kind == COMMAND_NONE ? (struct command){"", "", 0} : generator_command(generator, kind, room);
}

void generate_flat(struct generator *generator, const struct flat_options *options)
{
    static const double span_ms = 90000000;
    double weights[countof(log_source_types)];
    for (size_t i = 0; i < countof(log_source_types); i++) {
        weights[i] = log_source_types[i].weight;
    }
    struct choice type_choice;
    choice_init(&type_choice, weights, countof(log_source_types));
    uint64_t command_bytes = 0;
    struct expected_counts expected = {0};
    for (uint64_t row = 0; row < options->row_count; row++) {
        generator_event(generator);
        uint64_t offset_ms = (uint64_t)((double)row / (double)options->row_count * span_ms);
        uint64_t time_ms = GENERATOR_TIME_MS + offset_ms + generator_below(generator, 3);
        uint32_t host = choice_pick(&generator->host, &generator->random);
        uint32_t user = generator_user(generator);
        uint32_t type = choice_pick(&type_choice, &generator->random);
        char room[TEMPLATE_TEXT_BYTES];
        struct command command = make_command(generator, options, log_source_types[type].kind, room);
        command_bytes += command.length;
        expected_counts_add(&expected, command.text, command.length,
                            log_source_types[type].is_in_scope && time_ms > GENERATOR_DAY_START_MS);
        const char *type_value =
            options->form == FLAT_QRADAR ? log_source_types[type].ids : log_source_types[type].name;
        const char *const values[5] = {generator->host_addresses[host], vocabulary_users[user], command.program,
                                       type_value, generator->hosts[host]};
        put_row(generator, options->form, time_ms, command, values);
    }
    choice_release(&type_choice);
    generator_flush(generator);
    fprintf(stderr, "rows=%llu attacks=%llu cmd_bytes=%llu out_bytes=%llu original=%llu risk=%llu socket=%llu\n",
            (unsigned long long)options->row_count, (unsigned long long)generator->attack_count,
            (unsigned long long)command_bytes, (unsigned long long)generator->output_bytes,
            (unsigned long long)expected.original, (unsigned long long)expected.risk,
            (unsigned long long)expected.socket);
}
