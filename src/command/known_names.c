#include "command/known_names.h"

#include <pthread.h>

#include "base/limits.h"
#include "command/known_name_list.h"
#include "command/tool_list.h"
#include "command/wrapper_list.h"

#define X(names, options) {names, options},
static const struct tool tools[] = {TOOL_LIST(X)};
#undef X
#define X(names, kind, letters, words, operands) {names, WRAPPER_##kind, letters, words, operands},
static const struct wrapper wrappers[] = {WRAPPER_LIST(X)};
#undef X

static const struct {
    enum name_kind kind;
    const char *names;
} lists[] = {
#define X(kind, names) {NAME_##kind, names},
    KNOWN_NAME_LIST(X)
#undef X
};

enum { PLACES = 4096 }; /* a power of two, several times the number of names: tests/unit/command sees to it */

static struct known_name table[PLACES];
static const struct known_name nothing;
static pthread_once_t is_filled = PTHREAD_ONCE_INIT;

/* The names are fixed, so that nobody can choose ones that collide. */
static size_t place_of(str name)
{
    uint64_t hash = name.len;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)name.data[i]) * 0x100000001b3u;
    }
    return (size_t)(str_hash_mix(hash) % PLACES);
}

static struct known_name *find_place(str name)
{
    size_t place = place_of(name);
    while (table[place].name.data && !str_eq(table[place].name, name)) {
        place = (place + 1) % PLACES;
    }
    return &table[place];
}

/* Calls for each word of `names`. */
static void add_names(const char *names, unsigned kinds, const struct tool *tool, const struct wrapper *wrapper)
{
    str rest = str_from_cstring(names);
    while (rest.len) {
        size_t end = str_find_char(rest, ' ', 0);
        str name = str_slice(rest, 0, end);
        struct known_name *known = find_place(name);
        known->name = name;
        known->kinds |= kinds;
        known->tool = known->tool ? known->tool : tool;
        known->wrapper = known->wrapper ? known->wrapper : wrapper;
        rest = str_skip(rest, name.len + 1);
    }
}

static void fill_table(void)
{
    for (size_t i = 0; i < countof(tools); i++) {
        add_names(tools[i].names, 0, &tools[i], NULL);
    }
    for (size_t i = 0; i < countof(wrappers); i++) {
        add_names(wrappers[i].names, 0, NULL, &wrappers[i]);
    }
    for (size_t i = 0; i < countof(lists); i++) {
        add_names(lists[i].names, (unsigned)lists[i].kind, NULL, NULL);
    }
}

const struct known_name *known_name(str name)
{
    (void)pthread_once(&is_filled, fill_table);
    if (name.len == 0 || name.len > LIMIT_COMMAND_NAME_BYTES) {
        return &nothing;
    }
    const struct known_name *known = find_place(name);
    return known->name.data ? known : &nothing;
}
