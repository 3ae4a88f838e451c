/* Lines of a row as the bytes of one column (clickhouse_layout.h). */
#include "base/limits.h"
#include "clickhouse/byte_taker.h"
#include "clickhouse/clickhouse_layout.h"

enum { EVIDENCE_JOINED = 1, EVIDENCE_RAW = 2, EVIDENCE_PART = 4, EVIDENCE_OTHER_INPUT = 8, EVIDENCE_FLAGS = 16 };

/* ---- writing ---- */

static void put_number(struct strbuf *target, uint64_t number)
{
    for (; number >= 0x80; number >>= 7) {
        strbuf_append_char(target, (char)(number | 0x80));
    }
    strbuf_append_char(target, (char)number);
}

static void put_text(struct strbuf *target, str text)
{
    put_number(target, text.len);
    strbuf_append(target, text);
}

/* `at` is where the next part of the payload would begin. */
static bool is_part(str payload, size_t at, str raw)
{
    return at <= payload.len && raw.len <= payload.len - at && (at == 0 || payload.data[at - 1] == '\n') &&
           (raw.len == 0 || raw.data == payload.data + at || memcmp(raw.data, payload.data + at, raw.len) == 0);
}

static void put_entry(struct strbuf *target, const struct evidence *line, const struct evidence *before, str payload,
                      size_t *at, str source, str name)
{
    bool is_part_of_payload = is_part(payload, *at, line->raw);
    bool is_other = !str_eq(name, source);
    uint64_t step = line->line - (before ? before->line : line->line);
    put_number(target, (line->is_joined ? EVIDENCE_JOINED : 0) |
                           (is_part_of_payload ? EVIDENCE_PART : EVIDENCE_RAW) |
                           (is_other ? EVIDENCE_OTHER_INPUT : 0));
    put_number(target, step << 1 ^ (step >> 63 ? UINT64_MAX : 0));
    put_number(target, line->line_count);
    if (is_other) {
        put_text(target, name);
    }
    if (is_part_of_payload) {
        put_number(target, line->raw.len);
        *at += line->raw.len + 1;
    } else {
        put_text(target, line->raw);
        *at = SIZE_MAX;
    }
}

void layout_evidence_append(struct strbuf *target, const struct batch *batch, uint32_t row, str payload,
                            const str *input_names, size_t input_count)
{
    const struct batch_row *info = &batch->rows[row];
    const struct evidence *lines = info->evidence_count > 0 ? batch->evidence + info->evidence_first : NULL;
    if (info->evidence_more == 0 && info->evidence_count == 0) {
        return;
    }
    if (info->evidence_more == 0 && info->evidence_count == 1 && !lines->is_joined && lines->line_count == 1 &&
        lines->line > 0 && str_eq(lines->raw, payload)) {
        return;
    }
    size_t at = 0;
    put_number(target, info->evidence_more);
    put_number(target, info->evidence_count);
    str source = lines && lines->input < input_count ? input_names[lines->input] : STR_EMPTY;
    for (uint32_t i = 0; i < info->evidence_count; i++) {
        str name = lines[i].input < input_count ? input_names[lines[i].input] : STR_EMPTY;
        put_entry(target, &lines[i], i > 0 ? &lines[i - 1] : NULL, payload, &at, source, name);
    }
}

/* ---- reading ---- */

struct entry_reader {
    struct byte_taker taker;
    struct byte_taker payload;
    bool wants_raw;
    uint64_t line; /* of the entry before */
    uint32_t source;
    int64_t input;
    const struct layout_inputs *inputs;
};

/* False: memory is out. */
static bool take_entry(struct entry_reader *reader, struct evidence *entry)
{
    struct byte_taker *taker = &reader->taker;
    uint64_t flags = take_number(taker);
    uint64_t step = take_number(taker);
    uint64_t lines = take_number(taker);
    taker->is_bad |= flags >= EVIDENCE_FLAGS || !(flags & EVIDENCE_RAW) == !(flags & EVIDENCE_PART) ||
                     lines > UINT32_MAX;
    reader->line += step >> 1 ^ (step & 1 ? UINT64_MAX : 0);
    *entry = (struct evidence){.input = reader->source,
                               .line_count = (uint32_t)lines,
                               .is_joined = (flags & EVIDENCE_JOINED) != 0,
                               .line = reader->line,
                               .raw = STR_EMPTY};
    if (flags & EVIDENCE_OTHER_INPUT) {
        str name = take_bytes(taker, take_number(taker));
        if (!taker->is_bad && !reader->inputs->number(reader->inputs->context, reader->input, name, &entry->input)) {
            return false;
        }
    }
    uint64_t bytes = take_number(taker);
    if (flags & EVIDENCE_RAW) {
        str raw = take_bytes(taker, bytes);
        entry->raw = reader->wants_raw ? raw : STR_EMPTY;
    } else if (reader->wants_raw) {
        entry->raw = take_bytes(&reader->payload, bytes);
        reader->payload.rest = str_skip(reader->payload.rest, 1);
        taker->is_bad |= reader->payload.is_bad;
    }
    return true;
}

static tocsin_status damaged(struct error *err)
{
    return error_set(err, TOCSIN_ERROR_INPUT, "a row's _evidence makes no sense");
}

tocsin_status layout_evidence_take(struct batch *batch, const struct layout_place *place, const str *payload,
                                   const struct layout_inputs *inputs, struct error *err)
{
    str evidence = place->evidence;
    int64_t line = place->line;
    struct batch_row *row = &batch->rows[batch->row_count - 1];
    struct entry_reader reader = {.taker = {.rest = evidence},
                                  .payload = {.rest = payload ? *payload : STR_EMPTY},
                                  .wants_raw = payload != NULL,
                                  .line = (uint64_t)line,
                                  .input = place->input,
                                  .inputs = inputs};
    bool has_lines = evidence.len > 0 || line > 0;
    if (line < 0) {
        return damaged(err);
    }
    if (has_lines && !inputs->number(inputs->context, place->input, place->source, &reader.source)) {
        return error_memory(err);
    }
    if (evidence.len == 0) {
        if (line > 0) {
            batch_add_evidence(batch, (struct evidence){.input = reader.source,
                                                        .line_count = 1,
                                                        .line = (uint64_t)line,
                                                        .raw = payload ? *payload : STR_EMPTY});
        }
        return TOCSIN_OK;
    }
    row->evidence_more = take_number(&reader.taker);
    uint64_t count = take_number(&reader.taker);
    for (uint64_t i = 0; i < count && !reader.taker.is_bad; i++) {
        struct evidence entry;
        if (!take_entry(&reader, &entry)) {
            return error_memory(err);
        }
        if (!reader.taker.is_bad) {
            batch_add_evidence(batch, entry);
        }
    }
    return reader.taker.is_bad || reader.taker.rest.len > 0 ? damaged(err) : TOCSIN_OK;
}
