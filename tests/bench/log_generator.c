#include "bench/log_generator.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

static void *allocate(size_t count, size_t bytes_each)
{
    void *block = calloc(count, bytes_each);
    if (!block) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return block;
}

uint32_t generator_below(struct generator *generator, uint32_t bound)
{
    return random_below(&generator->random, bound);
}

const char *generator_word(struct generator *generator)
{
    return vocabulary_words[choice_pick(&generator->word, &generator->random)];
}

const char *generator_name_space(struct generator *generator)
{
    return vocabulary_namespaces[choice_pick(&generator->name_space, &generator->random)];
}

const char *generator_host(struct generator *generator)
{
    return generator->hosts[choice_pick(&generator->host, &generator->random)];
}

uint32_t generator_user(struct generator *generator)
{
    return choice_pick(&generator->user, &generator->random);
}

/* ---- templates --------------------------------------------------------------------------------------------------- */

enum { FIELD_BYTES = 128 };

static void expand_uuid(struct generator *generator, char *target)
{
    unsigned long long a = random_next(&generator->random);
    unsigned long long b = random_next(&generator->random);
    snprintf(target, FIELD_BYTES, "%08x-%04x-4%03x-a%03x-%012llx", (unsigned)a, (unsigned)(a >> 32) & 0xffff,
             (unsigned)(a >> 48) & 0xfff, (unsigned)b & 0xfff, b >> 16);
}

static void expand_pod(struct generator *generator, char *target)
{
    uint32_t tail = generator_below(generator, 1 << 20);
    uint32_t hash = (uint32_t)random_next(&generator->random);
    snprintf(target, FIELD_BYTES, "%s-%08x-%05x", generator_word(generator), hash, tail);
}

static void expand_address(struct generator *generator, char *target)
{
    uint32_t d = 1 + generator_below(generator, 254);
    uint32_t c = generator_below(generator, 256);
    uint32_t b = generator_below(generator, 32);
    snprintf(target, FIELD_BYTES, "10.%u.%u.%u", b, c, d);
}

static void expand_file(struct generator *generator, char *target)
{
    uint32_t number = generator_below(generator, generator->has_unique_commands ? 100000 : 20);
    const char *second = vocabulary_words[generator_below(generator, VOCABULARY_WORDS)];
    const char *first = vocabulary_words[generator_below(generator, VOCABULARY_WORDS)];
    snprintf(target, FIELD_BYTES, "%s_%s%u", first, second, number);
}

static void expand_date(struct generator *generator, char *target)
{
    uint32_t day = 1 + generator_below(generator, 28);
    uint32_t month = 1 + generator_below(generator, 12);
    snprintf(target, FIELD_BYTES, "2026-%02u-%02u", month, day);
}

static void expand_digest(struct generator *generator, char *target)
{
    for (size_t i = 0; i < 4; i++) {
        snprintf(target + i * 16, FIELD_BYTES - i * 16, "%016llx", (unsigned long long)random_next(&generator->random));
    }
}

static void expand_number(struct generator *generator, char letter, char *target)
{
    static const int ports[] = {80, 443, 8080, 8443, 9090, 9100, 3000, 5000, 10250, 10256};
    uint32_t number = letter == 'n'   ? 1 + generator_below(generator, 99)
                      : letter == 'N' ? generator_below(generator, 1000000)
                      : letter == 'p' ? 300 + generator_below(generator, 60000)
                      : letter == 't' ? 1790000000u + generator_below(generator, 5000000)
                                      : (uint32_t)ports[generator_below(generator, countof(ports))];
    snprintf(target, FIELD_BYTES, "%u", number);
}

static void expand_field(struct generator *generator, char letter, char *target)
{
    switch (letter) {
    case 'u':
        expand_uuid(generator, target);
        break;
    case 'P':
        expand_pod(generator, target);
        break;
    case 'i':
        expand_address(generator, target);
        break;
    case 'f':
        expand_file(generator, target);
        break;
    case 'd':
        expand_date(generator, target);
        break;
    case 'x':
        expand_digest(generator, target);
        break;
    case 'h':
        snprintf(target, FIELD_BYTES, "%012llx", (unsigned long long)(random_next(&generator->random) >> 16));
        break;
    case 'w':
        snprintf(target, FIELD_BYTES, "%s", generator_word(generator));
        break;
    case 's':
        snprintf(target, FIELD_BYTES, "%s", generator_name_space(generator));
        break;
    case 'U':
        snprintf(target, FIELD_BYTES, "%s", vocabulary_users[generator_user(generator)]);
        break;
    case 'H':
        snprintf(target, FIELD_BYTES, "%s", generator_host(generator));
        break;
    default:
        expand_number(generator, letter, target);
    }
}

size_t generator_expand(struct generator *generator, const char *text, char *target)
{
    size_t used = 0;
    while (*text && used < TEMPLATE_TEXT_BYTES - FIELD_BYTES) {
        if (*text != '{' || !text[1] || text[2] != '}') {
            target[used++] = *text++;
            continue;
        }
        char field[FIELD_BYTES];
        expand_field(generator, text[1], field);
        size_t length = strlen(field);
        memcpy(target + used, field, length);
        used += length;
        text += 3;
    }
    target[used] = '\0';
    return used;
}

static struct command expand_command(struct generator *generator, enum template_kind kind, char *room)
{
    uint32_t number = choice_pick(&generator->templates[kind], &generator->random);
    const struct command_template *template = &vocabulary_templates[kind].templates[number];
    return (struct command){template->program, room, (uint32_t)generator_expand(generator, template->text, room)};
}

struct command generator_command(struct generator *generator, enum command_kind kind, char *room)
{
    if (kind == COMMAND_LINUX) {
        if (random_next(&generator->random) % 10000 == 0) {
            generator->attack_count++;
            return expand_command(generator, TEMPLATES_ATTACK, room);
        }
        if (!generator->has_unique_commands && random_next(&generator->random) % 200 != 0) {
            return generator->commands[choice_pick(&generator->pool, &generator->random)];
        }
        return expand_command(generator, TEMPLATES_LINUX, room);
    }
    bool is_windows = kind == COMMAND_WINDOWS;
    if (!generator->has_unique_commands) {
        uint32_t number = choice_pick(&generator->small_pool, &generator->random);
        return is_windows ? generator->windows_commands[number] : generator->kubernetes_commands[number];
    }
    return expand_command(generator, is_windows ? TEMPLATES_WINDOWS : TEMPLATES_KUBERNETES, room);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static struct command pool_command(struct generator *generator, enum template_kind kind)
{
    char room[TEMPLATE_TEXT_BYTES];
    struct command command = expand_command(generator, kind, room);
    char *copy = allocate(command.length + 1, 1);
    memcpy(copy, room, command.length);
    command.text = copy;
    return command;
}

void generator_init(struct generator *generator, uint64_t seed, bool has_unique_commands)
{
    *generator = (struct generator){.has_unique_commands = has_unique_commands};
    random_seed(&generator->random, seed);
    generator->output = allocate(OUTPUT_BYTES + OUTPUT_SLACK_BYTES, 1);
    choice_init_zipf(&generator->host, HOST_COUNT, 0.6);
    choice_init_zipf(&generator->user, VOCABULARY_USERS, 0.9);
    choice_init_zipf(&generator->word, VOCABULARY_WORDS, 0.5);
    choice_init_zipf(&generator->name_space, VOCABULARY_NAMESPACES, 0.7);
    for (unsigned i = 0; i < HOST_COUNT; i++) {
        snprintf(generator->hosts[i], sizeof(generator->hosts[i]), "%s-%s-%02u", i % 3 ? "ip" : "srv",
                 vocabulary_words[i % VOCABULARY_WORDS], i / VOCABULARY_WORDS + 1);
        snprintf(generator->host_addresses[i], sizeof(generator->host_addresses[i]), "10.%u.%u.%u", i % 16,
                 i / 16 + 3, 1 + i * 37 % 250);
    }
    for (unsigned kind = 0; kind < TEMPLATE_KINDS; kind++) {
        const struct template_list *list = &vocabulary_templates[kind];
        double weights[256];
        for (size_t i = 0; i < list->count; i++) {
            weights[i] = list->templates[i].weight;
        }
        choice_init(&generator->templates[kind], weights, (uint32_t)list->count);
    }
    generator->commands = allocate(COMMAND_POOL, sizeof(struct command));
    for (size_t i = 0; i < COMMAND_POOL; i++) {
        generator->commands[i] = pool_command(generator, TEMPLATES_LINUX);
    }
    choice_init_zipf(&generator->pool, COMMAND_POOL, 1.05);
    generator->windows_commands = allocate(SMALL_POOL, sizeof(struct command));
    generator->kubernetes_commands = allocate(SMALL_POOL, sizeof(struct command));
    for (size_t i = 0; i < SMALL_POOL; i++) {
        generator->windows_commands[i] = pool_command(generator, TEMPLATES_WINDOWS);
        generator->kubernetes_commands[i] = pool_command(generator, TEMPLATES_KUBERNETES);
    }
    choice_init_zipf(&generator->small_pool, SMALL_POOL, 1.0);
}

static void free_commands(struct command *commands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((char *)(uintptr_t)commands[i].text);
    }
    free(commands);
}

void generator_release(struct generator *generator)
{
    struct choice *choices[] = {&generator->host,       &generator->user, &generator->word,
                                &generator->name_space, &generator->pool, &generator->small_pool};
    for (size_t i = 0; i < countof(choices); i++) {
        choice_release(choices[i]);
    }
    for (unsigned kind = 0; kind < TEMPLATE_KINDS; kind++) {
        choice_release(&generator->templates[kind]);
    }
    free_commands(generator->commands, COMMAND_POOL);
    free_commands(generator->windows_commands, SMALL_POOL);
    free_commands(generator->kubernetes_commands, SMALL_POOL);
    free(generator->output);
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

/* A reader that has had enough ends the generator quietly. */
void generator_flush(struct generator *generator)
{
    size_t written = 0;
    while (written < generator->output_used) {
        ssize_t count = write(STDOUT_FILENO, generator->output + written, generator->output_used - written);
        if (count < 0 && errno != EINTR) {
            if (errno != EPIPE) {
                perror("write");
            }
            exit(1);
        }
        written += count > 0 ? (size_t)count : 0;
    }
    generator->output_bytes += written;
    generator->output_used = 0;
}

void generator_event(struct generator *generator)
{
    if (generator->output_used > OUTPUT_BYTES) {
        generator_flush(generator);
    }
}

void generator_put(struct generator *generator, const char *bytes, size_t byte_count)
{
    if (byte_count > OUTPUT_BYTES + OUTPUT_SLACK_BYTES - generator->output_used) {
        generator_flush(generator);
    }
    memcpy(generator->output + generator->output_used, bytes, byte_count);
    generator->output_used += byte_count;
}

void generator_puts(struct generator *generator, const char *text)
{
    generator_put(generator, text, strlen(text));
}

void generator_print(struct generator *generator, const char *format, ...)
{
    char text[OUTPUT_SLACK_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    generator_put(generator, text, length > 0 ? (size_t)length : 0);
}

void generator_put_u64(struct generator *generator, uint64_t number)
{
    char digits[20];
    size_t first = sizeof(digits);
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    generator_put(generator, digits + first, sizeof(digits) - first);
}
