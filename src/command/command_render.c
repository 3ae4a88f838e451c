/* Commands written out as they were understood. */
#include "base/strbuf.h"
#include "command/command_internal.h"

static void append_word(struct strbuf *text, str word)
{
    if (text->len && text->data[text->len - 1] != ' ') {
        strbuf_append_char(text, ' ');
    }
    strbuf_append(text, word);
}

static void append_command(struct strbuf *text, const struct simple_command *command)
{
    append_word(text, command->tool);
    for (uint32_t i = 0; i < command->operand_count; i++) {
        append_word(text, command->operands[i]);
    }
    for (uint32_t i = 0; i < command->option_count; i++) {
        append_word(text, command->options[i].name);
        if (command->options[i].has_value) {
            strbuf_append_char(text, '=');
            strbuf_append(text, command->options[i].value);
        }
    }
    for (uint32_t i = 0; i < command->input_count; i++) {
        append_word(text, STR("<"));
        append_word(text, command->inputs[i]);
    }
}

tocsin_status command_render(struct arena *arena, const struct command_line *line, str *ret, struct error *err)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_COMMAND_BYTES);
    for (uint32_t i = 0; i < line->count; i++) {
        if (i > 0) {
            const struct simple_command *before = &line->commands[i - 1];
            bool is_piped = before->feeds.to > before->feeds.from && before->feeds.from == i;
            strbuf_append(&text, line->commands[i].is_inside && !before->is_inside ? STR(" -> ")
                                 : is_piped                                        ? STR(" | ")
                                                                                   : STR("; "));
        }
        append_command(&text, &line->commands[i]);
    }
    /* What is longer than the limit is cut: a strbuf that failed holds what came before. */
    str copy = arena_copy(arena, strbuf_str(&text));
    strbuf_release(&text);
    if (!copy.data) {
        return error_memory(err);
    }
    *ret = copy;
    return TOCSIN_OK;
}
