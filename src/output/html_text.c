#include "output/html_text.h"

#include <cmark.h>
#include <stdlib.h>

#include "base/late_library.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "output/html_style.h"
#include "output/text_escape.h"

static void append_escaped(struct strbuf *out, char c)
{
    switch (c) {
    case '&':
        strbuf_append(out, STR("&amp;"));
        break;
    case '<':
        strbuf_append(out, STR("&lt;"));
        break;
    case '>':
        strbuf_append(out, STR("&gt;"));
        break;
    case '"':
        strbuf_append(out, STR("&quot;"));
        break;
    case '\'':
        strbuf_append(out, STR("&#39;"));
        break;
    default:
        strbuf_append_char(out, c);
    }
}

static void append_part(struct strbuf *out, str text, bool keeps_lines)
{
    while (text.len > 0) {
        struct text_piece piece;
        if (keeps_lines && text.data[0] == '\n') {
            strbuf_append_char(out, '\n');
            text = str_skip(text, 1);
            continue;
        }
        text = str_skip(text, text_next_piece(text, &piece));
        for (size_t i = 0; i < piece.len; i++) {
            append_escaped(out, piece.bytes[i]);
        }
    }
}

void html_text(struct strbuf *out, str text)
{
    append_part(out, text, false);
}

tocsin_status html_block(struct output_buffer *out, str text, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && text.len > 0) {
        size_t part = utf8_part_length(text, LIMIT_OUTPUT_PART_BYTES);
        append_part(&out->text, str_slice(text, 0, part), true);
        text = str_skip(text, part);
        status = output_buffer_spill(out, err);
    }
    return status;
}

void html_name(struct strbuf *out, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        strbuf_append_char(out, ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' ? c : '-');
    }
}

/* Few runs need it. */
static struct {
    __typeof__(cmark_markdown_to_html) *to_html;
    __typeof__(cmark_get_default_mem_allocator) *allocator;
} cmark;
static const struct late_function cmark_functions[] = {
    {LATE_NAME(cmark_markdown_to_html), LATE_FUNCTION(cmark.to_html)},
    {LATE_NAME(cmark_get_default_mem_allocator), LATE_FUNCTION(cmark.allocator)},
};
static struct late_library cmark_library = LATE_LIBRARY("libcmark.so." CMARK_VERSION_STRING, cmark_functions);

bool html_markdown(struct strbuf *out, str markdown)
{
    if (!late_library_load(&cmark_library)) { /* as it was written, then */
        strbuf_append(out, STR("<pre>"));
        html_text(out, markdown);
        strbuf_append(out, STR("</pre>\n"));
        return !out->is_failed;
    }
    /* Without CMARK_OPT_UNSAFE: raw HTML becomes a comment, and links with javascript: and its kin lose their target.
     */
    char *html = cmark.to_html(markdown.data, markdown.len, CMARK_OPT_VALIDATE_UTF8);
    if (!html) {
        return false;
    }
    strbuf_append(out, str_from_cstring(html));
    cmark.allocator()->free(html);
    return !out->is_failed;
}

void html_page_begin(struct strbuf *out, str title)
{
    strbuf_append(out, STR("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                           "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
                           "<meta name=\"referrer\" content=\"no-referrer\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"));
    html_text(out, title);
    strbuf_append(out, STR("</title>\n<style>\n"));
    strbuf_append(out, str_from_cstring(html_style));
    strbuf_append(out, STR("</style>\n</head>\n<body>\n"));
}

void html_page_end(struct strbuf *out)
{
    strbuf_append(out, STR("</body>\n</html>\n"));
}
