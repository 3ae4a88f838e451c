/* Answers as text: TabSeparated. */
#include "clickhouse/clickhouse_session.h"

static bool cut(str *rest, char end, str *ret_part)
{
    if (!rest->data) {
        return false;
    }
    size_t at = str_find_char(*rest, end, 0);
    *ret_part = str_slice(*rest, 0, at);
    *rest = at == SIZE_MAX ? (str){NULL, 0} : str_skip(*rest, at + 1);
    return true;
}

bool clickhouse_text_line(str *rest, str *ret_line)
{
    return rest->len > 0 && cut(rest, '\n', ret_line);
}

bool clickhouse_text_field(str *line, str *ret_field)
{
    return cut(line, '\t', ret_field);
}

str clickhouse_text_value(struct arena *arena, str field)
{
    static const char codes[] = "bfrnt0av";
    static const char bytes[] = "\b\f\r\n\t\0\a\v";
    char *copy = arena_allocate(arena, field.len + 1, 1);
    size_t len = 0;
    for (size_t i = 0; copy && i < field.len; i++) {
        char c = field.data[i];
        if (c == '\\' && i + 1 < field.len) {
            c = field.data[++i];
            const char *code = c ? memchr(codes, c, sizeof(codes) - 1) : NULL;
            c = code ? bytes[code - codes] : c;
        }
        copy[len++] = c;
    }
    return (str){copy, copy ? len : 0};
}
