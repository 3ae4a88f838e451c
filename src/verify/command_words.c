#include "verify/command_words.h"

struct splitting {
    str line;
    size_t at;
    char *target; /* bytes of all words; a word is never longer than its text */
    struct command_words *words;
};

static const char shell_bytes[] = "|&;<>()$`\n";

static bool is_shell_byte(char c)
{
    return c != '\0' && strchr(shell_bytes, c) != NULL;
}

/* The part in quotes, of which `at` stands behind the first; false if they are never closed. */
static bool read_quoted(struct splitting *splitting, char quote)
{
    str line = splitting->line;
    while (splitting->at < line.len && line.data[splitting->at] != quote) {
        char c = line.data[splitting->at++];
        if (quote == '"' && (c == '$' || c == '`')) {
            splitting->words->is_simple = false;
        }
        if (quote == '"' && c == '\\' && splitting->at < line.len && strchr("\"\\$`", line.data[splitting->at])) {
            c = line.data[splitting->at++];
        }
        *splitting->target++ = c;
    }
    return splitting->at++ < line.len;
}

static bool read_word(struct splitting *splitting)
{
    str line = splitting->line;
    char *start = splitting->target;
    bool is_first_byte = true;
    while (splitting->at < line.len && !ascii_is_blank(line.data[splitting->at])) {
        char c = line.data[splitting->at++];
        if (c == '\'' || c == '"') {
            if (!read_quoted(splitting, c)) {
                return false;
            }
        } else if (c == '\\' && splitting->at < line.len) {
            *splitting->target++ = line.data[splitting->at++];
        } else {
            splitting->words->is_simple &= !is_shell_byte(c) && !(is_first_byte && c == '#');
            *splitting->target++ = c;
        }
        is_first_byte = false;
    }
    str word = str_from(start, (size_t)(splitting->target - start));
    splitting->words->items[splitting->words->count++] = word;
    return true;
}

/* "NAME=value command": the shell takes the first word for itself. */
static bool is_assignment(str word)
{
    size_t at = 0;
    while (at < word.len &&
           (ascii_is_alpha(word.data[at]) || word.data[at] == '_' || (at > 0 && ascii_is_digit(word.data[at])))) {
        at++;
    }
    return at > 0 && at < word.len && word.data[at] == '=';
}

tocsin_status command_words_split(struct arena *arena, str line, struct command_words *ret_words, struct error *err)
{
    struct command_words words = {arena_array(arena, str, line.len / 2 + 1), 0, true};
    struct splitting splitting = {line, 0, arena_allocate(arena, line.len + 1, 1), &words};
    if (!words.items || !splitting.target) {
        return error_memory(err);
    }
    for (;;) {
        while (splitting.at < line.len && ascii_is_blank(line.data[splitting.at])) {
            words.is_simple &= line.data[splitting.at] != '\n';
            splitting.at++;
        }
        if (splitting.at >= line.len) {
            break;
        }
        if (!read_word(&splitting)) {
            tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "a quote of this command is never closed");
            error_hint(err, "words and quotes are read as a shell reads them");
            return status;
        }
    }
    if (words.count == 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "this command has no word");
    }
    words.is_simple &= !is_assignment(words.items[0]) && words.items[0].len > 0;
    *ret_words = words;
    return TOCSIN_OK;
}

tocsin_status command_words_join_split(struct arena *arena, str line, struct command_words *ret_words,
                                       struct error *err)
{
    struct command_words words = {arena_array(arena, str, line.len + 1), 0, true};
    if (!words.items) {
        return error_memory(err);
    }
    for (size_t at = 0; at <= line.len;) {
        size_t end = str_find_char(line, ' ', at);
        end = end == SIZE_MAX ? line.len : end;
        words.items[words.count++] = str_slice(line, at, end);
        at = end + 1;
    }
    *ret_words = words;
    return TOCSIN_OK;
}
