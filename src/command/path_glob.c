/* Paths as a kernel would find them, and globs. */
#include "command/command_internal.h"

bool has_glob(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '*' || text.data[i] == '?' || text.data[i] == '[') {
            return true;
        }
    }
    return false;
}

/* /proc/PID/root/x is x, /var/run is /run; `path` is without doubled slashes and dots. */
static str without_detours(str path)
{
    static const str proc = STR("/proc/");
    if (str_starts_with(path, proc)) {
        size_t slash = str_find_char(path, '/', proc.len);
        str rest = slash == SIZE_MAX ? STR_EMPTY : str_skip(path, slash);
        static const char *const links[] = {"/root", "/cwd"};
        for (size_t i = 0; i < countof(links); i++) {
            str link = str_from_cstring(links[i]);
            if (str_starts_with(rest, link) && rest.len > link.len && rest.data[link.len] == '/') {
                path = str_skip(rest, link.len);
                break;
            }
        }
    }
    if (str_starts_with(path, STR("/var/run/")) || str_eq(path, STR("/var/run"))) {
        path = str_skip(path, 4);
    }
    return path;
}

static size_t append_parts(char *target, size_t len, str path)
{
    for (size_t at = 0; at < path.len;) {
        size_t end = str_find_char(path, '/', at);
        end = end == SIZE_MAX ? path.len : end;
        str part = str_slice(path, at, end);
        at = end + 1;
        if (part.len == 0 || str_eq(part, STR("."))) {
            continue;
        }
        if (str_eq(part, STR(".."))) {
            while (len > 0 && target[--len] != '/') {
            }
            continue;
        }
        target[len++] = '/';
        memcpy(target + len, part.data, part.len);
        len += part.len;
    }
    return len;
}

str path_normalize(struct arena *arena, str folder, str path)
{
    char *target = arena_allocate(arena, folder.len + path.len + 4, 1);
    if (!target) {
        return STR_EMPTY;
    }
    bool is_home = path.len && (path.data[0] == '~' || str_starts_with(path, STR("$HOME")));
    bool is_absolute = path.len && (path.data[0] == '/' || is_home);
    size_t len = is_absolute ? 0 : append_parts(target, 0, folder);
    if (is_home) {
        path = str_skip(path, path.data[0] == '~' ? 1 : 5);
        len = append_parts(target, 0, STR("/~"));
    }
    len = append_parts(target, len, path);
    if (len == 0) {
        target[len++] = '/';
    }
    return without_detours(str_from(target, len));
}

bool glob_matches(str glob, str text)
{
    size_t g = 0;
    size_t t = 0;
    size_t star = SIZE_MAX; /* the last * */
    size_t star_text = 0;
    size_t wide = SIZE_MAX; /* the last ** */
    size_t wide_text = 0;
    while (t < text.len) {
        bool is_star = g < glob.len && glob.data[g] == '*';
        if (is_star && g + 1 < glob.len && glob.data[g + 1] == '*') {
            wide = g;
            wide_text = t;
            star = SIZE_MAX;
            g += 2;
        } else if (is_star) {
            star = g++;
            star_text = t;
        } else if (g < glob.len && (glob.data[g] == '?' || ascii_lower(glob.data[g]) == ascii_lower(text.data[t]))) {
            g++;
            t++;
        } else if (star != SIZE_MAX && text.data[star_text] != '/') {
            g = star + 1;
            t = ++star_text;
        } else if (wide != SIZE_MAX) {
            g = wide + 2;
            t = ++wide_text;
            star = SIZE_MAX;
        } else {
            return false;
        }
    }
    while (g < glob.len && glob.data[g] == '*') {
        g++;
    }
    return g == glob.len;
}

/* ---- two globs --------------------------------------------------------------------------------------------------- */

enum piece_kind {
    PIECE_BYTE,
    PIECE_ANY,  /* one byte */
    PIECE_STAR, /* any but '/' */
    PIECE_WIDE
};

struct piece {
    enum piece_kind kind;
    char byte;
};

static size_t cut_pieces(str glob, bool has_brackets, struct piece pieces[LIMIT_COMMAND_GLOB_PIECES])
{
    size_t count = 0;
    for (size_t i = 0; i < glob.len; i++) {
        if (count == LIMIT_COMMAND_GLOB_PIECES) {
            return SIZE_MAX;
        }
        char c = glob.data[i];
        if (c == '*') {
            bool is_wide = i + 1 < glob.len && glob.data[i + 1] == '*';
            pieces[count++] = (struct piece){is_wide ? PIECE_WIDE : PIECE_STAR, 0};
            i += is_wide;
        } else if (c == '?') {
            pieces[count++] = (struct piece){PIECE_ANY, 0};
        } else if (c == '[' && has_brackets && str_find_char(glob, ']', i + 2) != SIZE_MAX) {
            pieces[count++] = (struct piece){PIECE_ANY, 0};
            i = str_find_char(glob, ']', i + 2);
        } else {
            pieces[count++] = (struct piece){PIECE_BYTE, ascii_lower(c)};
        }
    }
    return count;
}

static bool is_run(const struct piece *piece)
{
    return piece->kind == PIECE_STAR || piece->kind == PIECE_WIDE;
}

static bool run_takes(const struct piece *run, const struct piece *piece)
{
    return run->kind == PIECE_WIDE || piece->kind != PIECE_BYTE || piece->byte != '/';
}

/* A shell's * and ? do not stand for the dot that a name begins with. */
static bool is_hidden(const struct piece *pieces, size_t at, const struct piece *wild)
{
    bool begins = at == 0 || (pieces[at - 1].kind == PIECE_BYTE && pieces[at - 1].byte == '/');
    return wild->kind != PIECE_BYTE && wild->kind != PIECE_WIDE && begins && pieces[at].kind == PIECE_BYTE &&
           pieces[at].byte == '.';
}

bool globs_meet(str glob, str shell_glob)
{
    struct piece a[LIMIT_COMMAND_GLOB_PIECES];
    struct piece b[LIMIT_COMMAND_GLOB_PIECES];
    size_t a_count = cut_pieces(glob, false, a);
    size_t b_count = cut_pieces(shell_glob, true, b);
    if (a_count == SIZE_MAX || b_count == SIZE_MAX) {
        return false;
    }
    /* can[j]: whether what is left of a and b, from i and j on, can meet; worked out from the ends. */
    bool can[LIMIT_COMMAND_GLOB_PIECES + 1];
    bool next[LIMIT_COMMAND_GLOB_PIECES + 1];
    memset(next, 0, sizeof(next));
    for (size_t i = a_count + 1; i-- > 0;) {
        for (size_t j = b_count + 1; j-- > 0;) {
            bool meets;
            if (i == a_count && j == b_count) {
                meets = true;
            } else if (i < a_count && is_run(&a[i])) {
                meets = next[j] || (j < b_count && (is_run(&b[j]) || run_takes(&a[i], &b[j])) && can[j + 1]);
            } else if (j < b_count && is_run(&b[j])) {
                meets = can[j + 1] || (i < a_count && run_takes(&b[j], &a[i]) && !is_hidden(a, i, &b[j]) && next[j]);
            } else if (i < a_count && j < b_count) {
                bool is_same = (a[i].kind == PIECE_ANY || b[j].kind == PIECE_ANY || a[i].byte == b[j].byte) &&
                               !is_hidden(a, i, &b[j]);
                meets = is_same && next[j + 1];
            } else {
                meets = false;
            }
            can[j] = meets;
        }
        memcpy(next, can, sizeof(next));
    }
    return next[0];
}
