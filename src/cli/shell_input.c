#include "cli/shell_input.h"

#include "cli/edit_library.h"
#include "cli/interrupt.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY_ENTRIES = 1000, CANDIDATES_SHOWN = 100 };

struct shell_input {
    tocsin_engine *engine;
    shell_context *so_far;
    void *context;
    const char *prompt;
    EditLine *editor; /* NULL: no terminal */
    History *history;
    char history_path[PATH_MAX]; /* empty: none is kept */
    char *line;
    size_t line_bytes;
    locale_t utf8; /* this thread's while the editor is open */
    locale_t locale_before;
};

static const struct edit_library *edit; /* set before there is an editor */
static volatile sig_atomic_t was_interrupted;
static sigset_t mask_while_waiting; /* for a key */

static void see_interrupt(int number)
{
    (void)number;
    was_interrupted = 1;
}

/* ---- completion ---- */

static char *join(const char *front, const char *back, size_t back_bytes)
{
    size_t front_bytes = strlen(front);
    char *text = malloc(front_bytes + back_bytes + 1);
    if (text) {
        memcpy(text, front, front_bytes);
        memcpy(text + front_bytes, back, back_bytes);
        text[front_bytes + back_bytes] = '\0';
    }
    return text;
}

static void show_candidates(const tocsin_completions *completions)
{
    size_t count = tocsin_completion_count(completions);
    fputc('\n', stdout);
    for (size_t i = 0; i < count && i < CANDIDATES_SHOWN; i++) {
        struct tocsin_completion completion;
        char name[128];
        char detail[128];
        tocsin_completion_get(completions, i, &completion);
        tocsin_escape_text(completion.insert, strlen(completion.insert), name, sizeof(name));
        tocsin_escape_text(completion.detail, strlen(completion.detail), detail, sizeof(detail));
        printf("  %-36s %s\n", name, detail);
    }
    if (count > CANDIDATES_SHOWN) {
        printf("  and %zu more\n", count - CANDIDATES_SHOWN);
    }
    (void)fflush(stdout);
}

/* The longest text with which all candidates begin that continue the word; its length. */
static size_t common_length(const tocsin_completions *completions, const char *word, size_t word_bytes,
                            struct tocsin_completion *ret_first)
{
    size_t common = 0;
    bool is_first = true;
    for (size_t i = 0; i < tocsin_completion_count(completions); i++) {
        struct tocsin_completion completion;
        tocsin_completion_get(completions, i, &completion);
        if (strncasecmp(completion.insert, word, word_bytes) != 0) {
            continue;
        }
        if (is_first) {
            *ret_first = completion;
            common = strlen(completion.insert);
            is_first = false;
            continue;
        }
        size_t same = 0;
        while (same < common && completion.insert[same] == ret_first->insert[same]) {
            same++;
        }
        common = same;
    }
    return is_first ? 0 : common;
}

static unsigned char apply(struct shell_input *input, const tocsin_completions *completions, const char *text,
                           size_t length)
{
    size_t start;
    size_t end;
    tocsin_completion_range(completions, &start, &end);
    size_t count = tocsin_completion_count(completions);
    size_t word_bytes = length - start;
    const LineInfo *info = edit->line(input->editor);
    if (count == 0 || word_bytes > (size_t)(info->cursor - info->buffer)) {
        return CC_REFRESH_BEEP;
    }
    struct tocsin_completion first;
    tocsin_completion_get(completions, 0, &first);
    size_t insert_bytes = count == 1 ? strlen(first.insert)
                                     : common_length(completions, text + start, word_bytes, &first);
    if (insert_bytes <= word_bytes && count > 1) {
        show_candidates(completions);
        return CC_REDISPLAY;
    }
    char insert[1024];
    if (insert_bytes == 0 || insert_bytes >= sizeof(insert)) {
        return CC_REFRESH_BEEP;
    }
    memcpy(insert, first.insert, insert_bytes);
    insert[insert_bytes] = '\0';
    edit->deletestr(input->editor, (int)word_bytes);
    return edit->insertstr(input->editor, insert) == 0 ? CC_REFRESH : CC_REFRESH_BEEP;
}

static unsigned char complete(EditLine *editor, int key)
{
    struct shell_input *input = NULL;
    (void)key;
    edit->get(editor, EL_CLIENTDATA, &input);
    const LineInfo *info = edit->line(editor);
    char *text = join(input->so_far(input->context), info->buffer, (size_t)(info->cursor - info->buffer));
    if (!text) {
        return CC_ERROR;
    }
    tocsin_completions *completions = NULL;
    struct tocsin_error err;
    size_t length = strlen(text);
    unsigned char result = CC_REFRESH_BEEP;
    if (tocsin_complete(input->engine, text, length, length, &completions, &err) == TOCSIN_OK) {
        result = apply(input, completions, text, length);
        tocsin_completions_free(completions);
    }
    free(text);
    return result;
}

/* ---- history ---- */

/* $XDG_STATE_HOME/tocsin/history, else below ~/.local/state; empty if there is no home. */
static void find_history(char path[PATH_MAX])
{
    const char *base = getenv("XDG_STATE_HOME");
    const char *between = "";
    if (!base || base[0] != '/') {
        base = getenv("HOME");
        between = "/.local/state";
    }
    int length = base && base[0] == '/' ? snprintf(path, PATH_MAX, "%s%s/tocsin/history", base, between) : -1;
    if (length <= 0 || length >= PATH_MAX) {
        path[0] = '\0';
        return;
    }
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700); /* where it cannot be made, no history is kept */
        *slash = '/';
    }
}

static void open_history(struct shell_input *input)
{
    HistEvent event;
    input->history = edit->history_init();
    if (!input->history) {
        return;
    }
    edit->history(input->history, &event, H_SETSIZE, HISTORY_ENTRIES);
    edit->history(input->history, &event, H_SETUNIQUE, 1);
    find_history(input->history_path);
    if (input->history_path[0]) {
        (void)edit->history(input->history, &event, H_LOAD, input->history_path);
    }
    edit->set(input->editor, EL_HIST, edit->history, input->history);
}

void shell_input_remember(struct shell_input *input, const char *text)
{
    if (!input->editor || !input->history) {
        return;
    }
    char *entry = strdup(text);
    if (!entry) {
        return;
    }
    for (char *c = entry; *c; c++) { /* a query over lines comes back as one */
        *c = *c == '\n' || *c == '\r' ? ' ' : *c;
    }
    HistEvent event;
    edit->history(input->history, &event, H_ENTER, entry);
    if (input->history_path[0]) {
        mode_t mask = umask(0077);
        (void)edit->history(input->history, &event, H_SAVE, input->history_path);
        (void)umask(mask);
    }
    free(entry);
}

/* ---- lines ---- */

/* libedit's reader of one character. It waits with SIGINT let in, and only there: a Ctrl-C just in front of the wait is
 * seen, too. */
static int read_character(EditLine *editor, wchar_t *ret_character)
{
    (void)editor;
    mbstate_t state = {0};
    for (;;) {
        struct pollfd terminal = {.fd = STDIN_FILENO, .events = POLLIN};
        char byte;
        if (was_interrupted || interrupt_is_requested() ||
            (ppoll(&terminal, 1, NULL, &mask_while_waiting) < 0 && errno != EINTR)) {
            return -1;
        }
        if (terminal.revents == 0) {
            continue; /* a signal: Ctrl-C, or nothing to us */
        }
        ssize_t bytes = read(STDIN_FILENO, &byte, 1);
        if (bytes <= 0) {
            return (int)bytes;
        }
        size_t length = mbrtowc(ret_character, &byte, 1, &state);
        if (length == (size_t)-1) { /* no UTF-8 */
            memset(&state, 0, sizeof(state));
        } else if (length != (size_t)-2) {
            return 1;
        }
    }
}

static char *give_prompt(EditLine *editor)
{
    struct shell_input *input = NULL;
    edit->get(editor, EL_CLIENTDATA, &input);
    return (char *)(uintptr_t)input->prompt; /* libedit does not write to it */
}

static void close_locale(struct shell_input *input)
{
    if (input->utf8) {
        (void)uselocale(input->locale_before);
        freelocale(input->utf8);
    }
}

struct shell_input *shell_input_open(tocsin_engine *engine, bool is_interactive, shell_context *so_far, void *context)
{
    struct shell_input *input = calloc(1, sizeof(*input));
    if (!input) {
        return NULL;
    }
    input->engine = engine;
    input->so_far = so_far;
    input->context = context;
    input->prompt = "";
    edit = is_interactive ? edit_library_load() : NULL;
    if (!edit) { /* lines are read as they come */
        return input;
    }
    input->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (input->utf8) { /* libedit drops what is no character of the locale */
        input->locale_before = uselocale(input->utf8);
    }
    input->editor = edit->init("tocsin", stdin, stdout, stderr);
    if (!input->editor) {
        close_locale(input);
        free(input);
        return NULL;
    }
    edit->set(input->editor, EL_CLIENTDATA, input);
    edit->set(input->editor, EL_PROMPT, give_prompt);
    edit->set(input->editor, EL_EDITOR, "emacs");
    edit->set(input->editor, EL_SIGNAL, 0); /* Ctrl-C is ours */
    edit->set(input->editor, EL_GETCFN, read_character);
    edit->wset(input->editor, EL_ADDFN, L"complete", L"complete AQL", complete); /* el_set would leak copies */
    edit->set(input->editor, EL_BIND, "^I", "complete", NULL);
    edit->set(input->editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
    open_history(input);
    edit->source(input->editor, NULL); /* the user's ~/.editrc */
    return input;
}

void shell_input_close(struct shell_input *input)
{
    if (!input) {
        return;
    }
    if (input->history) {
        edit->history_end(input->history);
    }
    if (input->editor) {
        edit->end(input->editor);
    }
    close_locale(input);
    free(input->line);
    free(input);
}

static enum shell_line keep_line(struct shell_input *input, const char *bytes, size_t length)
{
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
        length--;
    }
    char *line = realloc(input->line, length + 1);
    if (!line) {
        return SHELL_LINE_END;
    }
    input->line = line;
    memcpy(line, bytes, length);
    line[length] = '\0';
    return SHELL_LINE;
}

static enum shell_line read_edited(struct shell_input *input)
{
    struct sigaction before;
    struct sigaction during = {.sa_handler = see_interrupt};
    sigset_t ours;
    was_interrupted = 0;
    interrupt_reset(); /* what came too late for the query before */
    (void)sigemptyset(&ours);
    (void)sigaddset(&ours, SIGINT);
    (void)sigaddset(&ours, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &ours, &mask_while_waiting);
    sigaction(SIGINT, &during, &before);
    edit->set(input->editor, EL_PREP_TERM, 1); /* before the prompt invites to type: a Ctrl-D must come as it is */
    int count = 0;
    const char *line = edit->gets(input->editor, &count);
    sigaction(SIGINT, &before, NULL);
    (void)sigprocmask(SIG_SETMASK, &mask_while_waiting, NULL);
    if (was_interrupted) {
        edit->reset(input->editor);
        fputs("^C\n", stdout);
        (void)fflush(stdout);
        return SHELL_LINE_INTERRUPTED;
    }
    return line && count > 0 ? keep_line(input, line, (size_t)count) : SHELL_LINE_END;
}

enum shell_line shell_input_read(struct shell_input *input, const char *prompt, const char **ret_line)
{
    input->prompt = prompt;
    enum shell_line result;
    if (input->editor) {
        result = read_edited(input);
    } else {
        ssize_t length = getline(&input->line, &input->line_bytes, stdin);
        result = SHELL_LINE_END;
        if (length >= 0) {
            while (length > 0 && (input->line[length - 1] == '\n' || input->line[length - 1] == '\r')) {
                input->line[--length] = '\0';
            }
            result = SHELL_LINE;
        }
    }
    *ret_line = input->line;
    return result;
}
