/* Where a query comes from: --query FILE, or the first argument. */
#include "cli/query_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* The library refuses longer queries; this only keeps us from reading a wrong file to its end. */
enum { QUERY_FILE_BYTES_MAX = 4 << 20 };

tocsin_status query_text_read(struct query_text *text, const char *path, struct tocsin_error *err)
{
    bool is_standard = strcmp(path, "-") == 0;
    int file = is_standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    text->bytes = malloc(QUERY_FILE_BYTES_MAX);
    size_t used = 0;
    ssize_t got = text->bytes && file >= 0 ? 1 : -1;
    while (got > 0 && used < QUERY_FILE_BYTES_MAX) {
        got = read(file, text->bytes + used, QUERY_FILE_BYTES_MAX - used);
        used += got > 0 ? (size_t)got : 0;
    }
    int failure = errno;
    if (file >= 0 && !is_standard) {
        (void)close(file);
    }
    if (got < 0) {
        tocsin_status status = usage_error(err, "--query takes a file with one AQL query", "cannot read query '%s': %s",
                                           path, strerror(failure));
        err->status = status = TOCSIN_ERROR_INPUT;
        return status;
    }
    text->byte_count = used;
    text->source = is_standard ? "standard input" : path;
    return TOCSIN_OK;
}

/* A query always holds blanks. One word is a file name, or what the shell left of a query without quotes. */
static tocsin_status check_query_word(const char *text, struct tocsin_error *err)
{
    if (strpbrk(text, " \t\r\n")) {
        return TOCSIN_OK;
    }
    if (strcasecmp(text, "select") == 0) {
        return usage_error(err, "put it in quotes: 'SELECT ... FROM events'",
                           "the query is cut off behind SELECT");
    }
    if (access(text, F_OK) == 0) {
        char hint[512];
        char shown[400];
        tocsin_escape_text(text, strlen(text), shown, sizeof(shown));
        size_t length = strlen(text);
        if (length > 4 && strcmp(text + length - 4, ".aql") == 0) {
            snprintf(hint, sizeof(hint), "to run the query in it: tocsin query --query %s LOG", shown);
        } else {
            snprintf(hint, sizeof(hint), "the query comes first: tocsin query 'SELECT ... FROM events' %s", shown);
        }
        return usage_error(err, hint, "\"%s\" is a file, not a query", text);
    }
    return TOCSIN_OK;
}

tocsin_status query_text_take(struct query_text *text, const struct command_line *line, const char *const **operands,
                              size_t *operand_count, struct tocsin_error *err)
{
    if (line->query) {
        if (strcmp(line->query, "-") == 0 && *operand_count == 0 && line->command == COMMAND_QUERY) {
            return usage_error(err, "tocsin query --query - LOG",
                               "the query comes from standard input, so name the logs");
        }
        return query_text_read(text, line->query, err);
    }
    if (*operand_count == 0) {
        return usage_error(err, "tocsin query 'SELECT username, \"Command\" FROM events LIMIT 10' /var/log/audit",
                           "a query is missing");
    }
    const char *given = (*operands)[0];
    tocsin_status status = check_query_word(given, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    (*operands)++;
    (*operand_count)--;
    text->byte_count = strlen(given);
    text->bytes = malloc(text->byte_count + 1);
    text->source = "query";
    if (!text->bytes) {
        *err = (struct tocsin_error){.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
        return err->status;
    }
    memcpy(text->bytes, given, text->byte_count);
    return TOCSIN_OK;
}

bool query_text_is_query(const char *operand)
{
    return strpbrk(operand, " \t\r\n=<>(") && access(operand, F_OK) != 0;
}

void query_text_release(struct query_text *text)
{
    free(text->bytes);
    *text = (struct query_text){0};
}
