/* bench_command.c - what understanding a command line costs: nanoseconds of CPU for each line of a file, and for a look
 * into the cache.
 *
 *     bench_command FILE     labelled rows (TSV: the text is the fourth column), or one command a line
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/text_file.h"
#include "command/command_cache.h"

enum { LINES_MAX = 100000, ROUNDS = 200 };

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t read_lines(str text, str *lines)
{
    size_t count = 0;
    while (text.len && count < LINES_MAX) {
        size_t end = str_find_char(text, '\n', 0);
        str line = str_slice(text, 0, end);
        text = str_skip(text, line.len + 1);
        for (int column = 0; column < 3; column++) {
            size_t tab = str_find_char(line, '\t', 0);
            line = tab == SIZE_MAX ? line : str_skip(line, tab + 1);
        }
        if (line.len && line.data[0] != '{') { /* requests to Kubernetes are JSON */
            lines[count++] = line;
        }
    }
    return count;
}

int main(int argument_count, char **arguments)
{
    static str lines[LINES_MAX];
    struct error err = {0};
    str text;
    if (argument_count != 2 || text_file_read(arguments[1], 64 * MEBI, &text, &err) != TOCSIN_OK) {
        fprintf(stderr, "usage: bench_command FILE\n");
        return 2;
    }
    size_t count = read_lines(text, lines);
    struct arena arena;
    arena_init(&arena, LIMIT_COMMAND_MEMORY_BYTES);
    uint64_t commands = 0;
    double begin = cpu_seconds();
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++) {
            struct command_line line;
            arena_clear(&arena);
            if (command_understand(&arena, lines[i], &line, &err) == TOCSIN_OK) {
                commands += line.count;
            }
        }
    }
    double understood = cpu_seconds();
    struct command_cache *cache = NULL;
    if (command_cache_create(1, &cache, &err) != TOCSIN_OK) {
        return 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++) {
            const struct command_line *line;
            if (command_cache_understand(cache, lines[i], &line, &err) == TOCSIN_OK) {
                commands += line->count;
            }
        }
    }
    double cached = cpu_seconds();
    double calls = (double)count * ROUNDS;
    printf("%zu lines, %llu commands\n", count, (unsigned long long)(commands / ROUNDS / 2));
    printf("understanding %8.0f ns a line\n", (understood - begin) * 1e9 / calls);
    printf("from cache    %8.0f ns a line\n", (cached - understood) * 1e9 / calls);
    command_cache_free(cache);
    arena_release(&arena);
    return 0;
}
