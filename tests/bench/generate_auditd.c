#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bench/expected_counts.h"
#include "bench/log_generator.h"

enum { EVENT_BYTES = 16384, EVENT_RECORDS = 12 };

/* One audit event: its records, one behind the other. */
struct event_text {
    char bytes[EVENT_BYTES];
    size_t used;
    size_t starts[EVENT_RECORDS + 1];
    unsigned record_count;
};

struct audit_state {
    struct generator *generator;
    bool is_enriched;
    uint64_t execve_count;
    struct expected_counts expected;
    uint64_t time_ms;
    uint64_t serial;
};

__attribute__((format(printf, 2, 3))) static void print(struct event_text *event, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(event->bytes + event->used, EVENT_BYTES - event->used, format, arguments);
    va_end(arguments);
    event->used += length > 0 ? (size_t)length : 0;
}

static void start_record(struct event_text *event, const struct audit_state *state, const char *type)
{
    event->starts[event->record_count++] = event->used;
    print(event, "type=%s msg=audit(%llu.%03u:%llu): ", type, (unsigned long long)(state->time_ms / 1000),
          (unsigned)(state->time_ms % 1000), (unsigned long long)state->serial);
}

static void put_hex(struct event_text *event, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    event->bytes[event->used++] = digits[byte >> 4];
    event->bytes[event->used++] = digits[byte & 15];
}

/* As the kernel does: in quotes, or in hex when it holds a blank, a quote or a control byte. */
static void put_argument(struct event_text *event, const char *text, size_t length)
{
    bool is_hex = false;
    for (size_t i = 0; i < length; i++) {
        is_hex = is_hex || text[i] == '~' || text[i] == '"' || (unsigned char)text[i] < 33;
    }
    if (!is_hex) {
        print(event, "\"%.*s\"", (int)length, text);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        put_hex(event, text[i] == '~' ? ' ' : (unsigned char)text[i]);
    }
}

static void put_enriched_ids(struct event_text *event, const struct audit_state *state, const char *syscall,
                             const char *login, const char *user)
{
    if (state->is_enriched) {
        print(event,
              "\x1d"
              "ARCH=x86_64 SYSCALL=%s AUID=\"%s\" UID=\"%s\" GID=\"%s\" EUID=\"%s\" SUID=\"%s\" FSUID=\"%s\" "
              "EGID=\"%s\" SGID=\"%s\" FSGID=\"%s\"",
              syscall, login, user, user, user, user, user, user, user, user);
    }
    print(event, "\n");
}

static void put_owner(struct event_text *event, const struct audit_state *state)
{
    print(event, "%s\n", state->is_enriched ? "\x1dOUID=\"root\" OGID=\"root\"" : "");
}

/* The first nine users are services: they have no login, terminal or home. */
static bool is_service(uint32_t user)
{
    return user < 9;
}

static void put_execve_syscall(struct event_text *event, struct audit_state *state, const struct command *command,
                               uint32_t user, uint32_t parent, uint32_t process)
{
    struct generator *generator = state->generator;
    const char *slash = strrchr(command->program, '/');
    char name[16];
    snprintf(name, sizeof(name), "%s", slash ? slash + 1 : command->program);
    start_record(event, state, "SYSCALL");
    unsigned long long a0 = 0x550000000000u + (random_next(&generator->random) >> 20);
    uint32_t session = is_service(user) ? UINT32_MAX : generator_below(generator, 2000);
    uint32_t a3 = generator_below(generator, 9);
    int id = vocabulary_user_ids[user];
    print(event,
          "arch=c000003e syscall=59 success=yes exit=0 a0=%llx a1=%llx a2=%llx a3=%x items=2 ppid=%u pid=%u auid=%u "
          "uid=%d gid=%d euid=%d suid=%d fsuid=%d egid=%d sgid=%d fsgid=%d tty=%s ses=%u comm=\"%s\" exe=\"%s\" "
          "subj=unconfined key=\"exec\"",
          a0, a0 + 0x60, a0 + 0x1c0, a3, parent, process, is_service(user) ? UINT32_MAX : (uint32_t)id, id, id, id, id,
          id, id, id, id, is_service(user) ? "(none)" : "pts0", session, name, command->program);
    put_enriched_ids(event, state, "execve", is_service(user) ? "unset" : vocabulary_users[user],
                     vocabulary_users[user]);
}

static void put_execve(struct event_text *event, struct audit_state *state, const struct command *command)
{
    start_record(event, state, "EXECVE");
    int count = 1;
    for (uint32_t i = 0; i < command->length; i++) {
        count += command->text[i] == ' ';
    }
    print(event, "argc=%d", count);
    const char *from = command->text;
    const char *end = command->text + command->length;
    for (int i = 0; i < count; i++) {
        const char *blank = memchr(from, ' ', (size_t)(end - from));
        const char *to = blank ? blank : end;
        print(event, " a%d=", i);
        put_argument(event, from, (size_t)(to - from));
        from = to + 1;
    }
    print(event, "\n");
}

static void put_proctitle(struct event_text *event, struct audit_state *state, const struct command *command)
{
    start_record(event, state, "PROCTITLE");
    print(event, "proctitle=");
    for (uint32_t i = 0; i < command->length && i < 128; i++) {
        char c = command->text[i];
        put_hex(event, c == ' ' ? 0 : c == '~' ? ' ' : (unsigned char)c);
    }
    print(event, "\n");
}

static void make_execve_event(struct event_text *event, struct audit_state *state, uint32_t user, uint32_t parent,
                              uint32_t process)
{
    struct generator *generator = state->generator;
    char room[TEMPLATE_TEXT_BYTES];
    struct command command = generator_command(generator, COMMAND_LINUX, room);
    state->execve_count++;
    expected_counts_add(&state->expected, command.text, command.length, true);
    put_execve_syscall(event, state, &command, user, parent, process);
    put_execve(event, state, &command);
    start_record(event, state, "CWD");
    print(event, "cwd=\"%s%s\"\n", user > 0 ? "/home/" : "/", user > 0 ? vocabulary_users[user] : "");
    for (unsigned item = 0; item < 2; item++) {
        start_record(event, state, "PATH");
        uint32_t inode = item ? 2103u : 1000u + generator_below(generator, 3000000);
        print(event,
              "item=%u name=\"%s\" inode=%u dev=fd:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 "
              "cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0",
              item, item ? "/lib64/ld-linux-x86-64.so.2" : command.program, inode);
        put_owner(event, state);
    }
    put_proctitle(event, state, &command);
}

static void make_open_event(struct event_text *event, struct audit_state *state, uint32_t user, uint32_t parent,
                            uint32_t process, bool is_success)
{
    struct generator *generator = state->generator;
    start_record(event, state, "SYSCALL");
    unsigned long long a1 = 0x7ffd00000000u + (random_next(&generator->random) >> 32);
    int id = vocabulary_user_ids[user];
    print(event,
          "arch=c000003e syscall=257 success=%s exit=%d a0=ffffff9c a1=%llx a2=80000 a3=0 items=1 ppid=%u pid=%u "
          "auid=%d uid=%d gid=%d euid=%d suid=%d fsuid=%d egid=%d sgid=%d fsgid=%d tty=(none) ses=%u comm=\"cat\" "
          "exe=\"/usr/bin/cat\" subj=unconfined key=\"file-read\"",
          is_success ? "yes" : "no", is_success ? 3 : -13, a1, parent, process, id, id, id, id, id, id, id, id, id,
          generator_below(generator, 2000));
    put_enriched_ids(event, state, "openat", vocabulary_users[user], vocabulary_users[user]);
    start_record(event, state, "CWD");
    print(event, "cwd=\"/\"\n");
    start_record(event, state, "PATH");
    uint32_t inode = 1000u + generator_below(generator, 3000000);
    const char *file = generator_word(generator);
    const char *folder = generator_word(generator);
    print(event,
          "item=0 name=\"/etc/%s/%s.conf\" inode=%u dev=fd:00 mode=0100640 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL "
          "cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0",
          folder, file, inode);
    put_owner(event, state);
    start_record(event, state, "PROCTITLE");
    print(event, "proctitle=636174002F6574632F7368616461772F636F6E66\n");
}

static void make_user_event(struct event_text *event, struct audit_state *state, uint32_t user, uint32_t process)
{
    static const char *const types[] = {"USER_ACCT", "CRED_ACQ",      "USER_START",   "USER_END",
                                        "CRED_DISP", "SERVICE_START", "SERVICE_STOP", "USER_LOGIN"};
    struct generator *generator = state->generator;
    uint32_t type = generator_below(generator, countof(types));
    start_record(event, state, types[type]);
    if (type == 5 || type == 6) {
        print(event,
              "pid=1 uid=0 auid=4294967295 ses=4294967295 subj=unconfined msg='unit=%s comm=\"systemd\" "
              "exe=\"/usr/lib/systemd/systemd\" hostname=? addr=? terminal=? res=success'",
              generator_word(generator));
    } else {
        const char *address = generator->host_addresses[choice_pick(&generator->host, &generator->random)];
        print(event,
              "pid=%u uid=0 auid=%d ses=%u subj=unconfined msg='op=PAM:session_open grantors=pam_permit acct=\"%s\" "
              "exe=\"/usr/sbin/cron\" hostname=? addr=%s terminal=cron res=success'",
              process, vocabulary_user_ids[user], generator_below(generator, 2000), vocabulary_users[user], address);
    }
    if (state->is_enriched) {
        print(event, "\x1dUID=\"root\" AUID=\"%s\"", vocabulary_users[user]);
    }
    print(event, "\n");
}

static void make_event(struct event_text *event, struct audit_state *state)
{
    struct generator *generator = state->generator;
    event->used = 0;
    event->record_count = 0;
    uint32_t user = generator_user(generator);
    uint32_t process = 300 + generator_below(generator, 4000000);
    uint32_t parent = 300 + generator_below(generator, process);
    uint32_t kind = generator_below(generator, 100);
    if (kind < 82) {
        make_execve_event(event, state, user, parent, process);
    } else if (kind < 90) {
        make_open_event(event, state, user, parent, process, kind & 1);
    } else {
        make_user_event(event, state, user, process);
    }
    event->starts[event->record_count] = event->used;
    state->serial++;
}

static void put_record(struct generator *generator, const struct event_text *event, unsigned record)
{
    generator_put(generator, event->bytes + event->starts[record], event->starts[record + 1] - event->starts[record]);
}

/* Two events at once, their records shuffled into each other but each in order, as two processors write them. */
static void put_interleaved(struct generator *generator, const struct event_text *a, const struct event_text *b)
{
    unsigned at_a = 0;
    unsigned at_b = 0;
    while (at_a < a->record_count || at_b < b->record_count) {
        if (at_a < a->record_count && (at_b >= b->record_count || generator_below(generator, 2))) {
            put_record(generator, a, at_a++);
        } else {
            put_record(generator, b, at_b++);
        }
    }
}

void generate_auditd(struct generator *generator, uint64_t event_count, bool is_enriched)
{
    static struct event_text first;
    static struct event_text second;
    struct audit_state state = {
        .generator = generator, .is_enriched = is_enriched, .time_ms = GENERATOR_TIME_MS, .serial = 100000};
    uint64_t record_count = 0;
    for (uint64_t i = 0; i < event_count; i++) {
        generator_event(generator);
        state.time_ms += generator_below(generator, 40);
        make_event(&first, &state);
        record_count += first.record_count;
        if (generator_below(generator, 50) != 0 || i + 1 >= event_count) {
            generator_put(generator, first.bytes, first.used);
            continue;
        }
        i++;
        state.time_ms += generator_below(generator, 2);
        make_event(&second, &state);
        record_count += second.record_count;
        put_interleaved(generator, &first, &second);
    }
    generator_flush(generator);
    fprintf(stderr, "events=%llu records=%llu execve=%llu attacks=%llu out_bytes=%llu original=%llu risk=%llu\n",
            (unsigned long long)event_count, (unsigned long long)record_count, (unsigned long long)state.execve_count,
            (unsigned long long)generator->attack_count, (unsigned long long)generator->output_bytes,
            (unsigned long long)state.expected.original, (unsigned long long)state.expected.risk);
}
