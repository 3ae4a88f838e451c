/* output/html_text.h
 * Text as HTML: harmless whatever it holds. Attackers write evidence, so nothing of it may become a tag, an attribute
 * or a style: text from outside goes through html_text only, and stands between tags or in double quotes. Memory: the
 * buffer's. Threads: any.
 */
#ifndef OUTPUT_HTML_TEXT_H
#define OUTPUT_HTML_TEXT_H

#include "output/output_buffer.h"

/* Escapes what HTML gives a meaning; controls, bidirectional marks and invalid UTF-8 become visible as on a screen. */
void html_text(struct strbuf *out, str text);
/* The same for long texts: spills. Line feeds stay. */
tocsin_status html_block(struct output_buffer *out, str text, struct error *err);
/* Letters, digits, '-' and '_' of a text, for ids and classes; all others become '-'. */
void html_name(struct strbuf *out, str text);

/* Markdown (CommonMark) as HTML; raw HTML in it is left out, and so are links that run something. False when memory is
 * out. */
bool html_markdown(struct strbuf *out, str markdown);

/* Everything of a page before <body>'s content and behind it: one file that needs no other, and runs no script. */
void html_page_begin(struct strbuf *out, str title);
void html_page_end(struct strbuf *out);

#endif
