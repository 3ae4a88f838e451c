#include "output/finding_card.h"

#include <stdio.h>

#include "output/text_escape.h"

enum { CARD_INDENT = 2, CARD_WIDTH_MIN = 40, DETAIL_LINES_MAX = 4, ACT_LINES_MAX = 3, UNLIMITED_WIDTH = 1 << 20 };

struct card {
    struct output_buffer *out;
    const struct output_options *options;
    size_t width;
    size_t cells; /* on the line that is being written */
    size_t lines_left;
    bool is_cut;
};

/* ---- lines ---- */

static void style(const struct card *card, const char *code)
{
    if (card->options->has_color) {
        strbuf_append(&card->out->text, STR("\x1B["));
        strbuf_append(&card->out->text, str_from_cstring(code));
        strbuf_append_char(&card->out->text, 'm');
    }
}

static void begin_line(struct card *card, size_t indent)
{
    for (size_t i = 0; i < indent; i++) {
        strbuf_append_char(&card->out->text, ' ');
    }
    card->cells = indent;
}

static void end_line(struct card *card)
{
    strbuf_append_char(&card->out->text, '\n');
    card->cells = 0;
}

/* Cells of the next word with the blanks in front of it; stops counting behind a line's width. */
static size_t word_cells(str text, size_t cells_max)
{
    size_t cells = 0;
    bool has_letter = false;
    while (text.len > 0 && cells <= cells_max) {
        struct text_piece piece;
        if (text.data[0] == ' ' && has_letter) {
            break;
        }
        has_letter |= text.data[0] != ' ';
        text = str_skip(text, text_next_piece(text, &piece));
        cells += piece.cells;
    }
    return cells;
}

/* Goes on in the next line, or ends with an ellipsis where there is none left. */
static bool wrap(struct card *card, size_t indent)
{
    if (card->lines_left <= 1) {
        strbuf_append(&card->out->text, STR("\xE2\x80\xA6"));
        card->is_cut = true;
        return false;
    }
    card->lines_left--;
    end_line(card);
    begin_line(card, indent);
    return true;
}

/* Text from outside, wrapped at blanks where that is possible. One cell is kept for the ellipsis. */
static tocsin_status write_wrapped(struct card *card, str text, size_t indent, struct error *err)
{
    bool is_word = false;
    while (text.len > 0 && !card->is_cut) {
        struct text_piece piece;
        if (!is_word) {
            size_t need = word_cells(text, card->width);
            bool fits = card->cells + need < card->width;
            if (!fits && card->cells > indent && need < card->width - indent) {
                if (!wrap(card, indent)) {
                    return TOCSIN_OK;
                }
                while (text.len > 0 && text.data[0] == ' ') {
                    text = str_skip(text, 1);
                }
            }
        }
        size_t taken = text_next_piece(text, &piece);
        if (taken == 0) {
            break;
        }
        if (card->cells + piece.cells >= card->width && !wrap(card, indent)) {
            return TOCSIN_OK;
        }
        is_word = text.data[0] != ' ';
        strbuf_append(&card->out->text, (str){piece.bytes, piece.len});
        card->cells += piece.cells;
        text = str_skip(text, taken);
        is_word = is_word && text.len > 0 && text.data[0] != ' ';
        tocsin_status status = output_buffer_spill(card->out, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static void begin_text(struct card *card, size_t lines_max)
{
    card->lines_left = card->options->width > 0 ? lines_max : UNLIMITED_WIDTH;
    card->is_cut = false;
}

/* ---- parts ---- */

static const char *level_style(str level)
{
    static const struct {
        str level;
        const char *style;
    } styles[] = {{STR("critical"), "1;31"}, {STR("high"), "31"}, {STR("medium"), "33"}, {STR("low"), "36"}};
    for (size_t i = 0; i < countof(styles); i++) {
        if (str_eq(level, styles[i].level)) {
            return styles[i].style;
        }
    }
    return "2";
}

static tocsin_status write_head(struct card *card, const struct result_batch *batch, uint32_t row, struct error *err)
{
    const struct result_finding *finding = &batch->findings[row];
    char text[64];
    str level = batch->levels[row];
    style(card, level_style(level));
    int length = 0;
    for (size_t i = 0; i < level.len && i < 20; i++) {
        char letter = level.data[i];
        text[length++] = (char)(letter >= 'a' && letter <= 'z' ? letter - 32 : letter);
    }
    length += snprintf(text + length, sizeof(text) - (size_t)length, " %lld", (long long)batch->risks[row]);
    begin_text(card, ACT_LINES_MAX);
    tocsin_status status = write_wrapped(card, (str){text, (size_t)length}, 0, err);
    style(card, "0");
    status = status == TOCSIN_OK ? write_wrapped(card, STR("  "), CARD_INDENT, err) : status;
    status = status == TOCSIN_OK ? write_wrapped(card, finding->time, CARD_INDENT, err) : status;
    const struct {
        str before;
        str text;
    } parts[] = {
        {STR("  "), finding->identity.len > 0 ? finding->identity : STR("nobody known")},
        {STR(" on "), finding->host},
        {STR(" from "), finding->source},
    };
    style(card, "1");
    for (size_t i = 0; status == TOCSIN_OK && i < countof(parts); i++) {
        if (parts[i].text.len > 0) {
            status = write_wrapped(card, parts[i].before, CARD_INDENT, err);
            status = status == TOCSIN_OK ? write_wrapped(card, parts[i].text, CARD_INDENT, err) : status;
        }
    }
    style(card, "0");
    end_line(card);
    return status;
}

static tocsin_status write_what(struct card *card, const struct result_finding *finding, struct error *err)
{
    begin_line(card, CARD_INDENT);
    begin_text(card, ACT_LINES_MAX);
    tocsin_status status = write_wrapped(card, finding->acts, CARD_INDENT, err);
    if (status == TOCSIN_OK && finding->targets.len > 0) {
        status = write_wrapped(card, STR(": "), CARD_INDENT, err);
        status = status == TOCSIN_OK ? write_wrapped(card, finding->targets, CARD_INDENT, err) : status;
    }
    end_line(card);
    if (status == TOCSIN_OK && finding->detail.len > 0) {
        begin_line(card, CARD_INDENT);
        begin_text(card, DETAIL_LINES_MAX);
        status = write_wrapped(card, finding->detail, CARD_INDENT + 2, err);
        end_line(card);
    }
    return status;
}

static void append_duration(struct strbuf *text, int64_t ms)
{
    int64_t seconds = ms / 1000;
    if (seconds >= 3600) {
        strbuf_append_format(text, "%lld h %lld min", (long long)(seconds / 3600), (long long)(seconds / 60 % 60));
    } else if (seconds >= 60) {
        strbuf_append_format(text, "%lld min", (long long)(seconds / 60));
    } else {
        strbuf_append_format(text, "%lld s", (long long)seconds);
    }
}

static tocsin_status write_tail(struct card *card, const struct result_finding *finding, struct error *err)
{
    struct strbuf text;
    strbuf_init(&text, 4096);
    strbuf_append_format(&text, "; %u row%s", finding->item_count, finding->item_count == 1 ? "" : "s");
    if (finding->last_ms - finding->first_ms >= 1000) {
        strbuf_append(&text, STR(" in "));
        append_duration(&text, finding->last_ms - finding->first_ms);
    }
    strbuf_append_format(&text, ", magnitude %u%s", finding->magnitude, finding->is_new ? ", new" : "");
    begin_line(card, CARD_INDENT);
    begin_text(card, ACT_LINES_MAX);
    style(card, "2");
    tocsin_status status = text.is_failed ? error_memory(err) : write_wrapped(card, finding->rules, CARD_INDENT, err);
    status = status == TOCSIN_OK ? write_wrapped(card, strbuf_str(&text), CARD_INDENT, err) : status;
    if (status == TOCSIN_OK && finding->excepted.len > 0) {
        status = write_wrapped(card, STR("; excepted by "), CARD_INDENT, err);
        status = status == TOCSIN_OK ? write_wrapped(card, finding->excepted, CARD_INDENT, err) : status;
    }
    style(card, "0");
    end_line(card);
    strbuf_release(&text);
    return status;
}

static tocsin_status write_evidence(struct card *card, const struct result_header *header,
                                    const struct result_evidence *evidence, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < evidence->count; i++) {
        struct strbuf place;
        strbuf_init(&place, 64);
        strbuf_append_char(&place, ':');
        strbuf_append_u64(&place, evidence->lines[i].line);
        strbuf_append(&place, STR("  "));
        begin_line(card, CARD_INDENT);
        begin_text(card, 1);
        style(card, "2");
        status = write_wrapped(card, result_input_name(header, evidence->lines[i].input), CARD_INDENT, err);
        status = status == TOCSIN_OK ? write_wrapped(card, strbuf_str(&place), CARD_INDENT, err) : status;
        status = status == TOCSIN_OK ? write_wrapped(card, evidence->lines[i].raw, CARD_INDENT, err) : status;
        style(card, "0");
        end_line(card);
        strbuf_release(&place);
    }
    if (status == TOCSIN_OK && evidence->more > 0) {
        strbuf_append_format(&card->out->text, "  and %llu more line%s\n", (unsigned long long)evidence->more,
                             evidence->more == 1 ? "" : "s");
    }
    return status;
}

tocsin_status finding_card_write(struct output_buffer *out, const struct output_options *options,
                                 const struct result_header *header, const struct result_batch *batch, uint32_t row,
                                 bool is_first, struct error *err)
{
    struct card card = {.out = out, .options = options, .width = UNLIMITED_WIDTH};
    if (options->width > 0) {
        card.width = options->width > CARD_WIDTH_MIN ? options->width : CARD_WIDTH_MIN;
    }
    if (!is_first) {
        strbuf_append_char(&out->text, '\n');
    }
    tocsin_status status = write_head(&card, batch, row, err);
    status = status == TOCSIN_OK ? write_what(&card, &batch->findings[row], err) : status;
    status = status == TOCSIN_OK ? write_tail(&card, &batch->findings[row], err) : status;
    if (status == TOCSIN_OK && options->shows_evidence && batch->evidence) {
        status = write_evidence(&card, header, &batch->evidence[row], err);
    }
    return status == TOCSIN_OK ? output_buffer_spill(out, err) : status;
}
