/* auparse_walk.c - the audit peer of the benchmark: libauparse reads a log as `tocsin hunt` does.
 *
 *     auparse_walk FILE
 *
 * Joins records into events, interprets the fields of SYSCALL and every argument of EXECVE, and prints
 * "events=N execve=N command_bytes=N": the first two must equal the generator's counts.
 */
#include <auparse.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct totals {
    uint64_t events;
    uint64_t execve;
    uint64_t command_bytes;
};

static void read_execve(auparse_state_t *state, struct totals *totals)
{
    totals->execve++;
    auparse_first_field(state);
    do {
        const char *name = auparse_get_field_name(state);
        if (name && name[0] == 'a' && name[1] >= '0' && name[1] <= '9') {
            const char *value = auparse_interpret_field(state);
            totals->command_bytes += value ? strlen(value) + 1 : 0;
        }
    } while (auparse_next_field(state) > 0);
}

static void read_syscall(auparse_state_t *state)
{
    static const char *const fields[] = {"success", "ppid", "pid", "auid", "uid", "comm", "exe", "key"};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (auparse_find_field(state, fields[i])) {
            (void)auparse_interpret_field(state);
        }
        auparse_first_field(state);
    }
}

int main(int argc, char **argv)
{
    auparse_state_t *state = argc == 2 ? auparse_init(AUSOURCE_FILE, argv[1]) : NULL;
    if (!state) {
        fputs("usage: auparse_walk FILE\n", stderr);
        return 2;
    }
    struct totals totals = {0};
    while (auparse_next_event(state) > 0) {
        totals.events++;
        auparse_first_record(state);
        do {
            const char *type = auparse_get_type_name(state);
            if (type && strcmp(type, "EXECVE") == 0) {
                read_execve(state, &totals);
            } else if (type && strcmp(type, "SYSCALL") == 0) {
                read_syscall(state);
            }
        } while (auparse_next_record(state) > 0);
    }
    printf("events=%llu execve=%llu command_bytes=%llu\n", (unsigned long long)totals.events,
           (unsigned long long)totals.execve, (unsigned long long)totals.command_bytes);
    auparse_destroy(state);
    return 0;
}
