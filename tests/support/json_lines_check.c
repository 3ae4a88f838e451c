/* json_lines_check.c - what json_reader.h makes of JSON texts, for the comparison with another reader of JSON.
 * Reads texts from standard input, each behind its length in decimal and a newline. Writes a line for each: "-" if
 * json_validate refuses it, else the text again in one spelling: no blanks, every string as hex of its decoded UTF-8,
 * numbers as written. base/json_compact.h must agree about each of them. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "json_compact_check.h"

struct printer {
    struct json_reader reader;
    struct arena arena;
    bool is_object[LIMIT_JSON_DEPTH];
};

static void print_hex(str text)
{
    putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        printf("%02x", (unsigned char)text.data[i]);
    }
    putchar('"');
}

static void print_string(struct printer *printer, struct json_value value)
{
    print_hex(json_text(&value, &printer->arena));
    arena_clear(&printer->arena);
}

static bool print_value(struct printer *printer)
{
    enum json_kind kind = json_peek(&printer->reader);
    struct json_value value;
    if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
        if (!(kind == JSON_OBJECT ? json_enter_object(&printer->reader) : json_enter_array(&printer->reader))) {
            return false;
        }
        printer->is_object[printer->reader.depth - 1] = kind == JSON_OBJECT;
        putchar(kind == JSON_OBJECT ? '{' : '[');
        return true;
    }
    if (!json_read(&printer->reader, &value)) {
        return false;
    }
    if (kind == JSON_STRING) {
        print_string(printer, value);
    } else {
        fwrite(value.text.data, 1, value.text.len, stdout);
    }
    return true;
}

/* Goes in front of the next value, closing what ends here. False at the end of all. */
static bool print_next(struct printer *printer)
{
    while (printer->reader.depth > 0) {
        bool is_object = printer->is_object[printer->reader.depth - 1];
        struct json_member member;
        if (is_object ? json_next_member(&printer->reader, &member) : json_next_element(&printer->reader)) {
            if (is_object) {
                print_string(printer, (struct json_value){JSON_STRING, member.has_escape, member.key});
                putchar(':');
            }
            return true;
        }
        if (printer->reader.is_failed) {
            return false;
        }
        putchar(is_object ? '}' : ']');
    }
    return false;
}

static bool check(struct printer *printer, str text)
{
    const char *wrong = compact_check(text);
    if (wrong) {
        fprintf(stderr, "json_lines_check: the quick pass %s: %.*s\n", wrong, (int)text.len, text.data);
        return false;
    }
    if (!json_validate(text, NULL)) {
        puts("-");
        return true;
    }
    json_reader_init(&printer->reader, text);
    do {
        if (!print_value(printer)) {
            break;
        }
        putchar(' ');
    } while (print_next(printer));
    putchar('\n');
    return !printer->reader.is_failed && json_is_at_end(&printer->reader);
}

int main(void)
{
    static struct printer printer;
    size_t len;
    bool is_good = true;
    arena_init(&printer.arena, ARENA_NO_LIMIT);
    while (is_good && scanf("%zu", &len) == 1 && getchar() == '\n' && len <= 64 * MEBI) {
        char *text = memory_allocate(len ? len : 1); /* exactly: a sanitizer sees a read behind it */
        is_good = text && fread(text, 1, len, stdin) == len && check(&printer, str_from(text, len));
        memory_free(text);
    }
    arena_release(&printer.arena);
    return is_good ? 0 : 1;
}
