#include "output/evidence_lines.h"

/* Records of one event are lines of their own, but a JSON value spread over lines means nothing in pieces. Audit and
   syslog records never begin with a bracket. */
static bool is_json_value(str raw)
{
    str text = str_trim(raw);
    return text.len > 0 && (text.data[0] == '{' || text.data[0] == '[');
}

static void add_line(struct evidence_lines *to, str file, uint64_t line, str raw)
{
    if (to->count == LIMIT_EVIDENCE_LINES) {
        to->more++;
        return;
    }
    to->lines[to->count++] = (struct evidence_line){.file = file, .line = line, .raw = raw};
}

static void add_span(struct evidence_lines *to, const struct evidence *span, str file)
{
    if (span->line_count <= 1 || is_json_value(span->raw)) {
        add_line(to, file, span->line, span->raw);
        return;
    }
    str rest = span->raw;
    uint32_t taken = 0;
    for (bool has_more = true; has_more && taken < span->line_count; taken++) {
        size_t end = str_find_char(rest, '\n', 0);
        has_more = end != SIZE_MAX;
        str line = has_more ? str_slice(rest, 0, end) : rest;
        rest = has_more ? str_skip(rest, end + 1) : STR_EMPTY;
        if (str_ends_with(line, STR("\r"))) {
            line.len--;
        }
        if (to->count == LIMIT_EVIDENCE_LINES) {
            break;
        }
        add_line(to, file, span->line + taken, line);
    }
    to->more += span->line_count - taken;
}

void evidence_lines_split(const struct result_evidence *evidence, const struct result_header *header,
                          struct evidence_lines *ret)
{
    ret->count = 0;
    ret->more = evidence->more;
    for (uint32_t i = 0; i < evidence->count; i++) {
        const struct evidence *span = &evidence->lines[i];
        add_span(ret, span, span->input < header->input_count ? header->input_names[span->input] : STR_EMPTY);
    }
}
