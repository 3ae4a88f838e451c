#include "format/audit_tables.h"

#include <assert.h>

#include "format/audit_table_list.h"

struct numbered_name {
    uint16_t number;
    uint16_t length;
    const char *name;
};

#define NUMBERED_NAME(value, word) {(value), sizeof(#word) - 1, #word},

static const struct numbered_name type_list[] = {AUDIT_TYPE_LIST(NUMBERED_NAME)};
static const struct numbered_name errno_list[] = {AUDIT_ERRNO_LIST(NUMBERED_NAME)};

#undef NUMBERED_NAME

#define CALL_AT(value, word, class_id) [value] = {{#word, sizeof(#word) - 1}, AUDIT_SYSCALL_##class_id},

/* ORDER AUDIT_SYSCALL_TABLES (arch_list) */
enum { TABLE_X86_64, TABLE_I386, TABLE_GENERIC, TABLE_NONE };
enum { AUDIT_SYSCALL_NUMBERS = 512, AUDIT_SYSCALL_TABLES = 3 };
static const struct audit_syscall syscall_tables[AUDIT_SYSCALL_TABLES][AUDIT_SYSCALL_NUMBERS] = {
    [TABLE_X86_64] = {AUDIT_SYSCALL_X86_64_LIST(CALL_AT)},
    [TABLE_I386] = {AUDIT_SYSCALL_I386_LIST(CALL_AT)},
    [TABLE_GENERIC] = {AUDIT_SYSCALL_GENERIC_LIST(CALL_AT)},
};

#undef CALL_AT

/* AUDIT_ARCH_* of include/uapi/linux/audit.h. Architectures without a table of their own at least know the two calls
 * that start programs, since the meaning of PROCTITLE hangs on them (execve is 11 on all of these). */
enum { EXECVE_WITHOUT_TABLE = 11 };
static const struct {
    uint32_t arch;
    uint8_t table;
    uint16_t execveat; /* where there is no table */
    str name;
} arch_list[] = {
    {0xC000003E, TABLE_X86_64, 0, {"x86_64", 6}},        {0x40000003, TABLE_I386, 0, {"i386", 4}},
    {0xC00000B7, TABLE_GENERIC, 0, {"aarch64", 7}},      {0xC00000F3, TABLE_GENERIC, 0, {"riscv64", 7}},
    {0xC0000102, TABLE_GENERIC, 0, {"loongarch64", 11}}, {0x40000028, TABLE_NONE, 387, {"arm", 3}},
    {0x80000016, TABLE_NONE, 354, {"s390x", 5}},         {0xC0000015, TABLE_NONE, 362, {"ppc64le", 7}},
    {0x80000015, TABLE_NONE, 362, {"ppc64", 5}},         {0x80000014, TABLE_NONE, 362, {"ppc", 3}},
};

/* Sorted by name. */
#define CLASS(word, class_id)                                                                                          \
    {                                                                                                                  \
        {#word, sizeof(#word) - 1}, AUDIT_SYSCALL_##class_id                                                           \
    }
static const struct {
    str name;
    uint8_t class_id;
} class_list[] = {
    CLASS(accept, ACCEPT),
    CLASS(accept4, ACCEPT),
    CLASS(adjtimex, CLOCK),
    CLASS(bind, BIND),
    CLASS(bpf, BPF),
    CLASS(chmod, ATTRIBUTE),
    CLASS(chown, ATTRIBUTE),
    CLASS(chown32, ATTRIBUTE),
    CLASS(chroot, NAMESPACE),
    CLASS(clock_adjtime, CLOCK),
    CLASS(clock_settime, CLOCK),
    CLASS(connect, CONNECT),
    CLASS(creat, CREATE),
    CLASS(delete_module, MODULE_UNLOAD),
    CLASS(execve, EXECUTE),
    CLASS(execveat, EXECUTE),
    CLASS(fchmod, ATTRIBUTE),
    CLASS(fchmodat, ATTRIBUTE),
    CLASS(fchmodat2, ATTRIBUTE),
    CLASS(fchown, ATTRIBUTE),
    CLASS(fchown32, ATTRIBUTE),
    CLASS(fchownat, ATTRIBUTE),
    CLASS(finit_module, MODULE_LOAD),
    CLASS(fremovexattr, ATTRIBUTE),
    CLASS(fsetxattr, ATTRIBUTE),
    CLASS(ftruncate, WRITE),
    CLASS(init_module, MODULE_LOAD),
    CLASS(kill, SIGNAL),
    CLASS(lchown, ATTRIBUTE),
    CLASS(lchown32, ATTRIBUTE),
    CLASS(link, LINK),
    CLASS(linkat, LINK),
    CLASS(listen, BIND),
    CLASS(lremovexattr, ATTRIBUTE),
    CLASS(lsetxattr, ATTRIBUTE),
    CLASS(mkdir, CREATE),
    CLASS(mkdirat, CREATE),
    CLASS(mknod, CREATE),
    CLASS(mknodat, CREATE),
    CLASS(mount, MOUNT),
    CLASS(mount_setattr, MOUNT),
    CLASS(move_mount, MOUNT),
    CLASS(open, OPEN),
    CLASS(open_by_handle_at, OPEN_AT),
    CLASS(open_tree, MOUNT),
    CLASS(openat, OPEN_AT),
    CLASS(openat2, READ),
    CLASS(pidfd_send_signal, SIGNAL),
    CLASS(pivot_root, NAMESPACE),
    CLASS(process_vm_readv, TRACE),
    CLASS(process_vm_writev, TRACE),
    CLASS(ptrace, TRACE),
    CLASS(readlink, READ),
    CLASS(readlinkat, READ),
    CLASS(recv, RECEIVE),
    CLASS(recvfrom, RECEIVE),
    CLASS(recvmmsg, RECEIVE),
    CLASS(recvmsg, RECEIVE),
    CLASS(removexattr, ATTRIBUTE),
    CLASS(rename, RENAME),
    CLASS(renameat, RENAME),
    CLASS(renameat2, RENAME),
    CLASS(rmdir, DELETE),
    CLASS(send, SEND),
    CLASS(sendmmsg, SEND),
    CLASS(sendmsg, SEND),
    CLASS(sendto, SEND),
    CLASS(setdomainname, HOST_NAME),
    CLASS(setfsgid, IDENTITY),
    CLASS(setfsuid, IDENTITY),
    CLASS(setgid, IDENTITY),
    CLASS(setgid32, IDENTITY),
    CLASS(setgroups, IDENTITY),
    CLASS(setgroups32, IDENTITY),
    CLASS(sethostname, HOST_NAME),
    CLASS(setns, NAMESPACE),
    CLASS(setregid, IDENTITY),
    CLASS(setregid32, IDENTITY),
    CLASS(setresgid, IDENTITY),
    CLASS(setresgid32, IDENTITY),
    CLASS(setresuid, IDENTITY),
    CLASS(setresuid32, IDENTITY),
    CLASS(setreuid, IDENTITY),
    CLASS(setreuid32, IDENTITY),
    CLASS(settimeofday, CLOCK),
    CLASS(setuid, IDENTITY),
    CLASS(setuid32, IDENTITY),
    CLASS(setxattr, ATTRIBUTE),
    CLASS(socket, SOCKET),
    CLASS(socketpair, SOCKET),
    CLASS(stime, CLOCK),
    CLASS(symlink, LINK),
    CLASS(symlinkat, LINK),
    CLASS(tgkill, SIGNAL),
    CLASS(tkill, SIGNAL),
    CLASS(truncate, WRITE),
    CLASS(truncate64, WRITE),
    CLASS(umount, MOUNT),
    CLASS(umount2, MOUNT),
    CLASS(unlink, DELETE),
    CLASS(unlinkat, DELETE),
    CLASS(unshare, NAMESPACE),
};

/* By socketcall number, include/uapi/linux/net.h. */
static const struct audit_syscall socketcall_list[] = {
    [1] = {{"socket", 6}, AUDIT_SYSCALL_SOCKET},     [2] = {{"bind", 4}, AUDIT_SYSCALL_BIND},
    [3] = {{"connect", 7}, AUDIT_SYSCALL_CONNECT},   [4] = {{"listen", 6}, AUDIT_SYSCALL_BIND},
    [5] = {{"accept", 6}, AUDIT_SYSCALL_ACCEPT},     [9] = {{"send", 4}, AUDIT_SYSCALL_SEND},
    [10] = {{"recv", 4}, AUDIT_SYSCALL_RECEIVE},     [11] = {{"sendto", 6}, AUDIT_SYSCALL_SEND},
    [12] = {{"recvfrom", 8}, AUDIT_SYSCALL_RECEIVE}, [16] = {{"sendmsg", 7}, AUDIT_SYSCALL_SEND},
    [17] = {{"recvmsg", 7}, AUDIT_SYSCALL_RECEIVE},  [18] = {{"accept4", 7}, AUDIT_SYSCALL_ACCEPT},
};

#define KEY_NAME(symbol, key) [AUDIT_KEY_##symbol] = {key, sizeof(key) - 1},
static const str key_names[AUDIT_KEY_COUNT] = {AUDIT_KEY_LIST(KEY_NAME)};
#undef KEY_NAME

enum { ARCH_X32_BIT = 0x40000000 }; /* in the call number, with the architecture of x86_64 */

/* Up to eight bytes as a number, the first one lowest. */
static inline uint64_t key_word(const char *data, size_t length)
{
    uint64_t word = 0;
    for (size_t i = 0; i < length && i < 8; i++) {
        word |= (uint64_t)(uint8_t)data[i] << i * 8;
    }
    return word;
}

static uint32_t type_slot(str name)
{
    /* A name's first, middle and last byte and its length tell most of them apart; the comparison decides. */
    uint32_t mix = (uint8_t)name.data[0] | (uint32_t)(uint8_t)name.data[name.len / 2] << 8 |
                   (uint32_t)(uint8_t)name.data[name.len - 1] << 16 | (uint32_t)name.len << 24;
    return mix * 0x9E3779B9u >> 23;
}

static void index_types(struct audit_index *index)
{
    static_assert(countof(type_list) * 2 < AUDIT_TYPE_SLOTS && countof(type_list) < 255, "the table stays half empty");
    for (size_t i = 0; i < countof(type_list); i++) {
        uint32_t slot = type_slot(str_from(type_list[i].name, type_list[i].length));
        while (index->types[slot] != 0) {
            slot = (slot + 1) % AUDIT_TYPE_SLOTS;
        }
        index->types[slot] = (uint8_t)(i + 1);
        index->type_positions[type_list[i].number - AUDIT_TYPE_LOWEST] = (uint8_t)(i + 1);
    }
}

static void index_keys(struct audit_index *index)
{
    static_assert(AUDIT_KEY_COUNT * 2 < AUDIT_KEY_SLOTS && AUDIT_KEY_COUNT < 256, "the table stays half empty");
    for (uint32_t key = 1; key < AUDIT_KEY_COUNT; key++) {
        if (key_names[key].len > 8) {
            index->key_words[key] = 0;
            continue;
        }
        index->key_words[key] = key_word(key_names[key].data, key_names[key].len);
        uint32_t slot = audit_key_slot(index->key_words[key]);
        while (index->keys[slot] != AUDIT_KEY_NONE) {
            slot = (slot + 1) % AUDIT_KEY_SLOTS;
        }
        index->keys[slot] = (uint8_t)key;
    }
}

enum audit_syscall_class audit_syscall_class_of_name(str name)
{
    size_t low = 0;
    size_t high = countof(class_list);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_compare(name, class_list[middle].name);
        if (order == 0) {
            return class_list[middle].class_id;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return AUDIT_SYSCALL_OTHER;
}

void audit_index_init(struct audit_index *index)
{
    *index = (struct audit_index){0};
    index_types(index);
    index_keys(index);
}

uint16_t audit_type_find(const struct audit_index *index, str name)
{
    if (name.len == 0) {
        return AUDIT_TYPE_UNKNOWN;
    }
    for (uint32_t slot = type_slot(name); index->types[slot] != 0; slot = (slot + 1) % AUDIT_TYPE_SLOTS) {
        const struct numbered_name *entry = &type_list[index->types[slot] - 1];
        if (entry->length == name.len && memcmp(entry->name, name.data, name.len) == 0) {
            return entry->number;
        }
    }
    return AUDIT_TYPE_UNKNOWN;
}

static str name_of_number(const struct numbered_name *list, size_t count, uint64_t number)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list[middle].number == number) {
            return str_from(list[middle].name, list[middle].length);
        }
        if (number < list[middle].number) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return STR_EMPTY;
}

str audit_type_name(const struct audit_index *index, uint16_t type)
{
    uint32_t number = (uint32_t)type - AUDIT_TYPE_LOWEST; /* wraps for lower ones */
    uint8_t position = number < AUDIT_TYPE_NUMBERS ? index->type_positions[number] : 0;
    return position == 0 ? STR_EMPTY : str_from(type_list[position - 1].name, type_list[position - 1].length);
}

str audit_errno_name(int64_t number)
{
    return number > 0 ? name_of_number(errno_list, countof(errno_list), (uint64_t)number) : STR_EMPTY;
}

enum audit_key audit_key_find_long(str key)
{
    for (uint32_t i = 1; i < AUDIT_KEY_COUNT; i++) {
        if (key_names[i].len > 8 && str_eq(key_names[i], key)) {
            return i;
        }
    }
    return AUDIT_KEY_NONE;
}

static size_t arch_position(uint64_t arch)
{
    size_t i = 0;
    while (i < countof(arch_list) && arch_list[i].arch != arch) {
        i++;
    }
    return i;
}

struct audit_syscall audit_syscall_find(uint64_t arch, uint64_t number)
{
    size_t position = arch_position(arch);
    struct audit_syscall unknown = {STR_EMPTY, AUDIT_SYSCALL_OTHER};
    if (position == countof(arch_list)) {
        return unknown;
    }
    size_t table = arch_list[position].table;
    if (table == TABLE_NONE) {
        if (number == EXECVE_WITHOUT_TABLE) {
            return (struct audit_syscall){STR("execve"), AUDIT_SYSCALL_EXECUTE};
        }
        if (number == arch_list[position].execveat) {
            return (struct audit_syscall){STR("execveat"), AUDIT_SYSCALL_EXECUTE};
        }
        return unknown;
    }
    if (table == TABLE_X86_64 && (number & ARCH_X32_BIT)) {
        number &= ~(uint64_t)ARCH_X32_BIT;
        /* x32 has its own numbers from 512 on; the two that start programs must not be missed. */
        number = number == 520 ? 59 : number == 545 ? 322 : number;
    }
    if (number >= AUDIT_SYSCALL_NUMBERS || syscall_tables[table][number].name.len == 0) {
        return unknown;
    }
    return syscall_tables[table][number];
}

str audit_arch_name(uint64_t arch)
{
    size_t position = arch_position(arch);
    return position < countof(arch_list) ? arch_list[position].name : STR_EMPTY;
}

struct audit_syscall audit_socketcall_find(uint64_t call)
{
    if (call >= countof(socketcall_list) || socketcall_list[call].name.len == 0) {
        return (struct audit_syscall){STR_EMPTY, AUDIT_SYSCALL_OTHER};
    }
    return socketcall_list[call];
}
