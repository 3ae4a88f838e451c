#include <stdio.h>

#include "base/str.h"
#include "bench/log_generator.h"

static const struct {
    const char *name;
    enum command_kind kind;
    double weight;
} log_source_types[] = {
    {"Linux OS", COMMAND_LINUX, 58},
    {"Universal DSM", COMMAND_LINUX, 6},
    {"Kubernetes Audit Log", COMMAND_KUBERNETES, 10},
    {"Microsoft Windows Security Event Log", COMMAND_WINDOWS, 14},
    {"Palo Alto PA Series", COMMAND_NONE, 6},
    {"Cisco ASA", COMMAND_NONE, 4},
    {"Apache HTTP Server", COMMAND_NONE, 2},
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
static void put_row(struct generator *generator, const char *const texts[8], uint64_t time_ms, struct command command,
                    const char *const values[5])
{
    generator_puts(generator, texts[0]);
    generator_put_u64(generator, time_ms);
    generator_puts(generator, texts[1]);
    generator_puts(generator, values[0]);
    generator_puts(generator, texts[2]);
    generator_puts(generator, values[1]);
    generator_puts(generator, texts[3]);
    generator_puts(generator, values[2]);
    generator_puts(generator, texts[4]);
    put_command(generator, command, texts[0][0] == '{');
    generator_puts(generator, texts[5]);
    generator_puts(generator, values[3]);
    generator_puts(generator, texts[6]);
    generator_puts(generator, values[4]);
    generator_puts(generator, texts[7]);
}

void generate_flat(struct generator *generator, uint64_t row_count, bool is_json)
{
    static const char *const tsv[8] = {"", "\t", "\t", "\t", "\t", "\t", "\t", "\n"};
    static const char *const json[8] = {"{\"starttime\":",        ",\"sourceip\":\"",
                                        "\",\"username\":\"",     "\",\"process_name\":\"",
                                        "\",\"command\":\"",      "\",\"logsourcetype\":\"",
                                        "\",\"hostname\":\"",     "\"}\n"};
    static const double span_ms = 90000000;
    double weights[countof(log_source_types)];
    for (size_t i = 0; i < countof(log_source_types); i++) {
        weights[i] = log_source_types[i].weight;
    }
    struct choice type_choice;
    choice_init(&type_choice, weights, countof(log_source_types));
    uint64_t command_bytes = 0;
    for (uint64_t row = 0; row < row_count; row++) {
        generator_event(generator);
        uint64_t offset_ms = (uint64_t)((double)row / (double)row_count * span_ms);
        uint64_t time_ms = GENERATOR_TIME_MS + offset_ms + generator_below(generator, 3);
        uint32_t host = choice_pick(&generator->host, &generator->random);
        uint32_t user = generator_user(generator);
        uint32_t type = choice_pick(&type_choice, &generator->random);
        struct command command = {"", "", 0};
        char room[TEMPLATE_TEXT_BYTES];
        if (log_source_types[type].kind != COMMAND_NONE) {
            command = generator_command(generator, log_source_types[type].kind, room);
        }
        command_bytes += command.length;
        const char *const values[5] = {generator->host_addresses[host], vocabulary_users[user], command.program,
                                       log_source_types[type].name, generator->hosts[host]};
        put_row(generator, is_json ? json : tsv, time_ms, command, values);
    }
    choice_release(&type_choice);
    generator_flush(generator);
    fprintf(stderr, "rows=%llu attacks=%llu cmd_bytes=%llu out_bytes=%llu\n", (unsigned long long)row_count,
            (unsigned long long)generator->attack_count, (unsigned long long)command_bytes,
            (unsigned long long)generator->output_bytes);
}
