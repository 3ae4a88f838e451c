#include "clickhouse/native_writer.h"

#include <assert.h>
#include <endian.h>
#include <xxhash.h>

#include "base/limits.h"
#include "base/memory.h"
#include "clickhouse/byte_taker.h"

enum { COLUMN_PIECES = 3 }; /* head, nulls, values */

/* One column of the block. */
struct native_column {
    field_id field;       /* FIELD_NONE: one of our own */
    enum value_type type; /* TYPE_NULL: `_day`, which has two bytes */
    bool is_nullable;
    bool is_used; /* else all rows so far have the default */
    struct strbuf nulls;
    struct strbuf values;
};

struct native_writer {
    const struct schema *schema;
    const struct layout_table *table;
    struct native_column *columns; /* of fields, by id */
    size_t field_count;
    struct native_column input;
    struct native_column row;
    struct native_column source;
    struct native_column line;
    struct native_column evidence;
    struct strbuf scratch;
    struct strbuf heads; /* of the finished block: what is no column's values */
    str *pieces;         /* of it; without data: of `heads`, and so long */
    size_t piece_count;
    uint32_t row_count;
    uint16_t day;
    size_t bytes;
};

static void init_column(struct native_column *column, field_id field, enum value_type type, bool is_nullable)
{
    *column = (struct native_column){.field = field, .type = type, .is_nullable = is_nullable};
    strbuf_init(&column->nulls, LIMIT_CLICKHOUSE_COLUMN_BYTES);
    strbuf_init(&column->values, LIMIT_CLICKHOUSE_COLUMN_BYTES);
}

static void release_column(struct native_column *column)
{
    strbuf_release(&column->nulls);
    strbuf_release(&column->values);
}

tocsin_status native_writer_create(const struct schema *schema, const struct layout_table *table,
                                   struct native_writer **ret_writer, struct error *err)
{
    struct native_writer *writer = memory_allocate_zeroed(1, sizeof(*writer));
    size_t count = schema_field_count(schema);
    struct native_column *columns = memory_allocate_zeroed(count, sizeof(*columns));
    str *pieces = memory_allocate_zeroed(1 + (count + LAYOUT_HIDDEN_COUNT) * COLUMN_PIECES, sizeof(*pieces));
    if (!writer || !columns || !pieces) {
        memory_free(writer);
        memory_free(columns);
        memory_free(pieces);
        return error_memory(err);
    }
    *writer = (struct native_writer){
        .schema = schema, .table = table, .columns = columns, .field_count = count, .pieces = pieces};
    strbuf_init(&writer->heads, LIMIT_CLICKHOUSE_COLUMN_BYTES);
    for (size_t i = 0; i < count; i++) {
        const struct field *field = schema_field(schema, (field_id)i);
        init_column(&columns[i], (field_id)i, field->type, !field->has_filler);
    }
    init_column(&writer->input, FIELD_NONE, TYPE_INT64, false);
    init_column(&writer->row, FIELD_NONE, TYPE_INT64, false);
    init_column(&writer->source, FIELD_NONE, TYPE_STRING, false);
    init_column(&writer->line, FIELD_NONE, TYPE_INT64, false);
    init_column(&writer->evidence, FIELD_NONE, TYPE_STRING, false);
    strbuf_init(&writer->scratch, LIMIT_CLICKHOUSE_COLUMN_BYTES);
    *ret_writer = writer;
    return TOCSIN_OK;
}

void native_writer_free(struct native_writer *writer)
{
    if (!writer) {
        return;
    }
    for (size_t i = 0; i < writer->field_count; i++) {
        release_column(&writer->columns[i]);
    }
    struct native_column *const own[] = {&writer->input, &writer->row, &writer->source, &writer->line,
                                         &writer->evidence};
    for (size_t i = 0; i < countof(own); i++) {
        release_column(own[i]);
    }
    strbuf_release(&writer->scratch);
    strbuf_release(&writer->heads);
    memory_free(writer->pieces);
    memory_free(writer->columns);
    memory_free(writer);
}

static void clear_column(struct native_column *column)
{
    column->is_used = false;
    strbuf_clear(&column->nulls);
    strbuf_clear(&column->values);
}

void native_writer_clear(struct native_writer *writer)
{
    for (size_t i = 0; i < writer->field_count; i++) {
        if (writer->columns[i].is_used) {
            clear_column(&writer->columns[i]);
        }
    }
    clear_column(&writer->input);
    clear_column(&writer->row);
    clear_column(&writer->source);
    clear_column(&writer->line);
    clear_column(&writer->evidence);
    writer->row_count = 0;
    writer->bytes = 0;
}

/* ---- values ---- */

static size_t varint(uint64_t number, char ret[10])
{
    size_t len = 0;
    for (; number >= 0x80; number >>= 7) {
        ret[len++] = (char)(number | 0x80);
    }
    ret[len++] = (char)number;
    return len;
}

static void put_varint(struct strbuf *target, uint64_t number)
{
    char bytes[10];
    strbuf_append(target, (str){bytes, varint(number, bytes)});
}

static void put_text(struct strbuf *target, str text)
{
    char *to = strbuf_reserve(target, text.len + 10);
    if (to) {
        size_t head = varint(text.len, to);
        if (text.len > 0) {
            memcpy(to + head, text.data, text.len);
        }
        target->len += head + text.len;
    }
}

static void put_i64(struct strbuf *target, int64_t value)
{
    uint64_t little = htole64((uint64_t)value);
    strbuf_append(target, (str){(const char *)&little, sizeof(little)});
}

static struct ip filler_ip(const struct field *field)
{
    return field->filler == 4 ? IP_V4_NONE : IP_V6_NONE;
}

/* So many rows with the column's default. */
static void put_defaults(const struct native_writer *writer, struct native_column *column, uint32_t count)
{
    const struct field *field = schema_field(writer->schema, column->field);
    char *nulls = column->is_nullable && count > 0 ? strbuf_reserve(&column->nulls, count) : NULL;
    if (nulls) {
        memset(nulls, 1, count);
        column->nulls.len += count;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool is_null = column->is_nullable;
        struct ip ip = is_null ? (struct ip){{0}} : filler_ip(field);
        switch (column->type) {
        case TYPE_BOOL:
            strbuf_append_char(&column->values, (char)(is_null ? 0 : field->filler));
            break;
        case TYPE_INT64:
        case TYPE_DOUBLE: /* has no filler but zero */
            put_i64(&column->values, is_null ? 0 : field->filler);
            break;
        case TYPE_IP:
            strbuf_append(&column->values, (str){(const char *)ip.bytes, sizeof(ip.bytes)});
            break;
        default:
            put_text(&column->values, is_null ? STR_EMPTY : field->filler_text);
        }
    }
}

static bool is_default(const struct native_column *target, const struct field *field, const struct column *column,
                       uint32_t row)
{
    if (!column_is_valid(column, row)) {
        return true; /* of a field with a filler, batch_finish has put that */
    }
    if (target->is_nullable) {
        return false;
    }
    struct ip ip;
    switch (column->type) {
    case TYPE_BOOL:
        return column_bool(column, row) == (field->filler != 0);
    case TYPE_INT64:
        return column_integer(column, row) == field->filler;
    case TYPE_IP:
        ip = filler_ip(field);
        return memcmp(column_ip(column, row), &ip, sizeof(ip)) == 0;
    case TYPE_STRING:
    case TYPE_BYTES:
        return str_eq(column_text(column, row), field->filler_text);
    default:
        return false;
    }
}

static bool are_defaults(const struct native_column *target, const struct field *field, const struct column *column,
                         const uint16_t *rows, uint32_t count)
{
    if (column->kind == COLUMN_CONSTANT) {
        return is_default(target, field, column, 0);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!is_default(target, field, column, rows[i])) {
            return false;
        }
    }
    return true;
}

static void put_nulls(struct strbuf *nulls, const struct column *column, const uint16_t *rows, uint32_t count)
{
    char *to = strbuf_reserve(nulls, count);
    for (uint32_t i = 0; to && i < count; i++) {
        to[i] = (char)!column_is_valid(column, rows[i]);
    }
    nulls->len += to ? count : 0;
}

static void put_integers(struct strbuf *values, const struct column *column, const uint16_t *rows, uint32_t count)
{
    char *to = strbuf_reserve(values, count * sizeof(int64_t));
    for (uint32_t i = 0; to && i < count; i++) {
        uint64_t little = htole64(column_is_valid(column, rows[i]) ? (uint64_t)column_integer(column, rows[i]) : 0);
        memcpy(to + i * sizeof(little), &little, sizeof(little));
    }
    values->len += to ? count * sizeof(int64_t) : 0;
}

/* Room for all is asked for once. */
static void put_texts(struct strbuf *values, const struct column *column, const uint16_t *rows, uint32_t count)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += column_is_valid(column, rows[i]) ? column_text(column, rows[i]).len + 10 : 1;
    }
    char *to = strbuf_reserve(values, bytes);
    char *end = to;
    for (uint32_t i = 0; to && i < count; i++) {
        str text = column_is_valid(column, rows[i]) ? column_text(column, rows[i]) : STR_EMPTY;
        end += varint(text.len, end);
        if (text.len > 0) {
            memcpy(end, text.data, text.len);
            end += text.len;
        }
    }
    values->len += to ? (size_t)(end - to) : 0;
}

static void put_others(struct strbuf *values, const struct column *column, const uint16_t *rows, uint32_t count)
{
    static const struct ip no_ip = {{0}};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        bool is_valid = column_is_valid(column, row);
        uint64_t bits = 0;
        double number = 0;
        switch (column->type) {
        case TYPE_BOOL:
            strbuf_append_char(values, (char)(is_valid && column_bool(column, row)));
            break;
        case TYPE_DOUBLE:
            number = is_valid ? column_double(column, row) : 0;
            memcpy(&bits, &number, sizeof(bits));
            put_i64(values, (int64_t)bits);
            break;
        case TYPE_IP:
            strbuf_append(values, (str){(const char *)(is_valid ? column_ip(column, row) : &no_ip), sizeof(no_ip)});
            break;
        default:
            break; /* texts: put_texts */
        }
    }
}

static void push_column(struct native_writer *writer, struct native_column *target, const struct column *column,
                        const uint16_t *rows, uint32_t count)
{
    const struct field *field = schema_field(writer->schema, target->field);
    if (!column || are_defaults(target, field, column, rows, count)) {
        if (target->is_used) {
            put_defaults(writer, target, count);
        }
        return;
    }
    if (!target->is_used) {
        target->is_used = true;
        put_defaults(writer, target, writer->row_count);
    }
    if (target->is_nullable) {
        put_nulls(&target->nulls, column, rows, count);
    }
    if (column->type == TYPE_INT64) {
        put_integers(&target->values, column, rows, count);
    } else if (column->type == TYPE_STRING || column->type == TYPE_BYTES) {
        put_texts(&target->values, column, rows, count);
    } else {
        put_others(&target->values, column, rows, count);
    }
}

/* ---- rows ---- */

/* Without the payload, lines are told of by their numbers only. */
static void push_evidence(struct native_writer *writer, const struct batch *batch, uint32_t row,
                          const struct column *payloads, const struct native_input *input)
{
    const struct batch_row *info = &batch->rows[row];
    const struct evidence *first = info->evidence_count > 0 ? &batch->evidence[info->evidence_first] : NULL;
    str payload = payloads && column_is_valid(payloads, row) ? column_text(payloads, row) : STR_EMPTY;
    strbuf_clear(&writer->scratch);
    if (input->leaves_out_payload) {
        struct batch bare = *batch; /* its lines, without their bytes */
        struct evidence lines[64];
        uint32_t count = info->evidence_count < countof(lines) ? info->evidence_count : (uint32_t)countof(lines);
        struct batch_row bare_row = {.evidence_count = count, .evidence_more = info->evidence_more};
        for (uint32_t i = 0; i < info->evidence_count; i++) {
            if (i < count) {
                lines[i] = first[i];
                lines[i].raw = STR_EMPTY;
            } else {
                bare_row.evidence_more += first[i].line_count;
            }
        }
        bare.evidence = lines;
        bare.rows = &bare_row;
        layout_evidence_append(&writer->scratch, &bare, 0, STR_EMPTY, input->names, input->name_count);
    } else {
        layout_evidence_append(&writer->scratch, batch, row, payload, input->names, input->name_count);
    }
    put_text(&writer->source.values,
             first && first->input < input->name_count ? input->names[first->input] : STR_EMPTY);
    put_i64(&writer->line.values, first ? (int64_t)first->line : 0);
    put_text(&writer->evidence.values, strbuf_str(&writer->scratch));
}

static bool is_failed(const struct native_column *column)
{
    return column->nulls.is_failed || column->values.is_failed;
}

static size_t bytes_of(const struct native_column *column)
{
    return column->nulls.len + column->values.len;
}

tocsin_status native_writer_push(struct native_writer *writer, const struct batch *batch, const uint16_t *rows,
                                 uint32_t row_count, uint16_t day, const struct native_input *input, struct error *err)
{
    assert(writer->row_count == 0 || writer->day == day);
    writer->day = day;
    const struct column *payloads = batch_column((struct batch *)batch, FIELD_PAYLOAD);
    bool is_short = writer->scratch.is_failed;
    size_t bytes = 0;
    for (size_t i = 0; i < writer->field_count; i++) {
        struct native_column *target = &writer->columns[i];
        bool is_left_out = (i == FIELD_PAYLOAD && input->leaves_out_payload) ||
                           !layout_is_stored(writer->schema, (field_id)i);
        const struct column *column = is_left_out ? NULL : batch_column((struct batch *)batch, (field_id)i);
        push_column(writer, target, column, rows, row_count);
        is_short |= is_failed(target);
        bytes += bytes_of(target);
    }
    for (uint32_t i = 0; i < row_count; i++) {
        put_i64(&writer->input.values, input->number);
        put_i64(&writer->row.values, input->first_row + rows[i]);
        push_evidence(writer, batch, rows[i], payloads, input);
    }
    is_short |= is_failed(&writer->input) || is_failed(&writer->row) || is_failed(&writer->source) ||
                is_failed(&writer->line) || is_failed(&writer->evidence) || writer->scratch.is_failed;
    writer->row_count += row_count;
    writer->bytes = bytes + bytes_of(&writer->source) + bytes_of(&writer->line) + bytes_of(&writer->evidence);
    return is_short ? error_memory(err) : TOCSIN_OK;
}

uint32_t native_writer_rows(const struct native_writer *writer)
{
    return writer->row_count;
}

size_t native_writer_bytes(const struct native_writer *writer)
{
    return writer->bytes;
}

/* ---- blocks ---- */

uint32_t native_writer_missing(const struct native_writer *writer, field_id *ret_fields, uint32_t field_max)
{
    uint32_t count = 0;
    for (size_t i = 0; i < writer->field_count && count < field_max; i++) {
        const struct layout_column *column = NULL;
        struct error ignored = {0};
        if (writer->columns[i].is_used &&
            layout_table_field(writer->table, writer->schema, (field_id)i, &column, &ignored) == TOCSIN_OK &&
            !column) {
            ret_fields[count++] = (field_id)i;
        }
    }
    return count;
}

void native_writer_digest(const struct native_writer *writer, uint8_t ret_digest[LAYOUT_BLOCK_ID_BYTES])
{
    XXH3_state_t *state = XXH3_createState();
    XXH128_canonical_t canonical = {{0}};
    if (state && XXH3_128bits_reset(state) == XXH_OK) {
        for (size_t i = 0; i < writer->field_count; i++) {
            const struct native_column *column = &writer->columns[i];
            if (column->is_used) {
                str name = schema_field(writer->schema, column->field)->name;
                (void)XXH3_128bits_update(state, name.data, name.len);
                (void)XXH3_128bits_update(state, column->nulls.data, column->nulls.len);
                (void)XXH3_128bits_update(state, column->values.data, column->values.len);
            }
        }
        const struct native_column *const own[] = {&writer->source, &writer->line, &writer->evidence};
        for (size_t i = 0; i < countof(own); i++) {
            (void)XXH3_128bits_update(state, own[i]->values.data, own[i]->values.len);
        }
        XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    }
    XXH3_freeState(state);
    memcpy(ret_digest, &canonical, LAYOUT_BLOCK_ID_BYTES);
}

/* What `heads` has got since it was `before` long. */
static void add_head(struct native_writer *writer, size_t before)
{
    writer->pieces[writer->piece_count++] = (str){NULL, writer->heads.len - before};
}

static void add_piece(struct native_writer *writer, const struct strbuf *values)
{
    if (values->len > 0) {
        writer->pieces[writer->piece_count++] = strbuf_str(values);
    }
}

static void put_head(struct native_writer *writer, struct strbuf *columns, str name, str type)
{
    size_t before = writer->heads.len;
    strbuf_append(columns, columns->len > 1 ? STR(", ") : STR_EMPTY);
    layout_append_name(columns, name);
    put_text(&writer->heads, name);
    put_text(&writer->heads, type);
    add_head(writer, before);
}

static tocsin_status put_field(struct native_writer *writer, const struct native_column *column,
                               struct strbuf *columns, struct error *err)
{
    const struct layout_column *there = NULL;
    tocsin_status status = layout_table_field(writer->table, writer->schema, column->field, &there, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!there) {
        return error_set(err, TOCSIN_ERROR_INTERNAL, "the table lacks a column of this block");
    }
    put_head(writer, columns, there->name, there->type);
    add_piece(writer, &column->nulls);
    add_piece(writer, &column->values);
    return TOCSIN_OK;
}

static void put_own(struct native_writer *writer, struct strbuf *columns, enum layout_hidden which,
                    const struct native_column *column)
{
    put_head(writer, columns, layout_hidden_name(which), layout_hidden_type(which));
    add_piece(writer, &column->values);
}

static void put_repeated(struct native_writer *writer, struct strbuf *columns, enum layout_hidden which, str value)
{
    put_head(writer, columns, layout_hidden_name(which), layout_hidden_type(which));
    size_t before = writer->heads.len;
    for (uint32_t i = 0; i < writer->row_count; i++) {
        strbuf_append(&writer->heads, value);
    }
    add_head(writer, before);
}

/* Heads are where they are now that there are no more of them. */
static void place_heads(struct native_writer *writer)
{
    size_t at = 0;
    for (size_t i = 0; i < writer->piece_count; i++) {
        if (!writer->pieces[i].data) {
            writer->pieces[i].data = writer->heads.data + at;
            at += writer->pieces[i].len;
        }
    }
}

tocsin_status native_writer_pieces(struct native_writer *writer, const uint8_t id[LAYOUT_BLOCK_ID_BYTES],
                                   int64_t arrived_ms, struct strbuf *columns, const str **ret_pieces,
                                   size_t *ret_count, struct error *err)
{
    uint32_t used = LAYOUT_HIDDEN_COUNT;
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; i < writer->field_count; i++) {
        used += writer->columns[i].is_used;
    }
    strbuf_clear(&writer->heads);
    writer->piece_count = 0;
    put_varint(&writer->heads, used);
    put_varint(&writer->heads, writer->row_count);
    add_head(writer, 0);
    strbuf_append_char(columns, '(');
    for (size_t i = 0; status == TOCSIN_OK && i < writer->field_count; i++) {
        if (writer->columns[i].is_used) {
            status = put_field(writer, &writer->columns[i], columns, err);
        }
    }
    uint16_t day = htole16(writer->day);
    uint64_t arrived = htole64((uint64_t)arrived_ms);
    put_own(writer, columns, LAYOUT_INPUT, &writer->input);
    put_own(writer, columns, LAYOUT_ROW, &writer->row);
    put_own(writer, columns, LAYOUT_SOURCE, &writer->source);
    put_own(writer, columns, LAYOUT_LINE, &writer->line);
    put_own(writer, columns, LAYOUT_EVIDENCE, &writer->evidence);
    put_repeated(writer, columns, LAYOUT_DAY, (str){(const char *)&day, sizeof(day)});
    put_repeated(writer, columns, LAYOUT_ARRIVED, (str){(const char *)&arrived, sizeof(arrived)});
    put_repeated(writer, columns, LAYOUT_BLOCK, (str){(const char *)id, LAYOUT_BLOCK_ID_BYTES});
    strbuf_append_char(columns, ')');
    if (status == TOCSIN_OK && (writer->heads.is_failed || columns->is_failed)) {
        status = error_memory(err);
    }
    if (status == TOCSIN_OK) {
        place_heads(writer);
        *ret_pieces = writer->pieces;
        *ret_count = writer->piece_count;
    }
    return status;
}

tocsin_status native_writer_finish(struct native_writer *writer, const uint8_t id[LAYOUT_BLOCK_ID_BYTES],
                                   int64_t arrived_ms, struct strbuf *target, struct strbuf *columns,
                                   struct error *err)
{
    const str *pieces = NULL;
    size_t count = 0;
    tocsin_status status = native_writer_pieces(writer, id, arrived_ms, columns, &pieces, &count, err);
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        strbuf_append(target, pieces[i]);
    }
    return status == TOCSIN_OK && target->is_failed ? error_memory(err) : status;
}

/* ---- parts of blocks ---- */

/* Bytes of each value; 0: texts. */
static size_t width_of(str type)
{
    return str_eq(type, STR("UInt8"))             ? 1
           : str_eq(type, STR("Date"))            ? 2
           : str_eq(type, STR("FixedString(16)")) ? 16
           : str_eq(type, STR("String"))          ? 0
                                                  : 8;
}

static void part_of_values(struct byte_taker *taker, size_t width, uint64_t rows, uint32_t first, uint32_t count,
                           struct strbuf *target)
{
    if (width > 0) {
        strbuf_append(target, str_slice(take_bytes(taker, rows * width), first * width, (first + count) * width));
        return;
    }
    for (uint64_t i = 0; i < rows && !taker->is_bad; i++) {
        str text = take_bytes(taker, take_number(taker));
        if (i >= first && i < (uint64_t)first + count) {
            put_text(target, text);
        }
    }
}

tocsin_status native_block_part(str block, uint32_t first, uint32_t count, const uint8_t id[LAYOUT_BLOCK_ID_BYTES],
                                struct strbuf *target, struct error *err)
{
    struct byte_taker taker = {.rest = block};
    uint64_t columns = take_number(&taker);
    uint64_t rows = take_number(&taker);
    taker.is_bad |= rows > LIMIT_CLICKHOUSE_INSERT_ROWS || (uint64_t)first + count > rows;
    put_varint(target, columns);
    put_varint(target, count);
    for (uint64_t i = 0; i < columns && !taker.is_bad; i++) {
        str name = take_bytes(&taker, take_number(&taker));
        str type = take_bytes(&taker, take_number(&taker));
        str plain = type;
        put_text(target, name);
        put_text(target, type);
        if (str_starts_with(type, STR("Nullable("))) {
            part_of_values(&taker, 1, rows, first, count, target);
            plain = str_slice(type, sizeof("Nullable(") - 1, type.len - 1);
        }
        size_t before = target->len;
        part_of_values(&taker, width_of(plain), rows, first, count, target);
        if (str_eq(name, layout_hidden_name(LAYOUT_BLOCK)) && !taker.is_bad && !target->is_failed) {
            for (uint32_t row = 0; row < count; row++) {
                memcpy(target->data + before + (size_t)row * LAYOUT_BLOCK_ID_BYTES, id, LAYOUT_BLOCK_ID_BYTES);
            }
        }
    }
    if (taker.is_bad) {
        return error_set(err, TOCSIN_ERROR_INTERNAL, "a block that was written here makes no sense");
    }
    return target->is_failed ? error_memory(err) : TOCSIN_OK;
}
