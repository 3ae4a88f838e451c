#include "output/text_escape.h"

#include "base/utf8.h"

size_t text_next_piece(str text, struct text_piece *ret_piece)
{
    if (text.len > 0 && text.data[0] >= 0x20 && text.data[0] < 0x7F) {
        ret_piece->bytes[0] = text.data[0];
        ret_piece->len = ret_piece->cells = 1;
        return 1;
    }
    uint32_t code_point;
    size_t taken = utf8_decode(text, &code_point);
    if (taken == 0) {
        return 0;
    }
    if (code_point != UTF8_INVALID && !utf8_is_control(code_point)) {
        memcpy(ret_piece->bytes, text.data, taken);
        ret_piece->len = taken;
        ret_piece->cells = utf8_width(code_point);
    } else if (taken == 1 && !(code_point >= '\t' && code_point <= '\r')) {
        static const char digits[] = "0123456789ABCDEF";
        unsigned byte = (unsigned char)text.data[0];
        memcpy(ret_piece->bytes, (char[]){'\\', 'x', digits[byte >> 4], digits[byte & 15]}, 4);
        ret_piece->len = ret_piece->cells = 4;
    } else {
        ret_piece->len = utf8_escape_controls(str_slice(text, 0, taken), ret_piece->bytes, sizeof(ret_piece->bytes));
        ret_piece->cells = ret_piece->len;
    }
    return taken;
}

static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void text_append_escaped(struct strbuf *buffer, str text, enum text_escape escape)
{
    size_t from = 0; /* start of the run that can be copied */
    size_t at = 0;
    while (at < text.len) {
        char c = text.data[at];
        if (is_plain(c) || (escape == TEXT_ESCAPE_CSV && (c == '\n' || c == '\t'))) {
            at++;
            continue;
        }
        strbuf_append(buffer, str_slice(text, from, at));
        if ((c == '"' && escape == TEXT_ESCAPE_CSV) || (c == '\\' && escape == TEXT_ESCAPE_TSV)) {
            strbuf_append_char(buffer, c);
        }
        struct text_piece piece;
        at += text_next_piece(str_skip(text, at), &piece);
        strbuf_append(buffer, (str){piece.bytes, piece.len});
        from = at;
    }
    strbuf_append(buffer, str_skip(text, from));
}
