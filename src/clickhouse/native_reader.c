#include "clickhouse/native_reader.h"

#include "base/limits.h"
#include "base/memory.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "values are taken as the server sends them");

enum stage { STAGE_HEAD, STAGE_NAME, STAGE_NULLS, STAGE_VALUES };

struct native_reader {
    const str *names;
    uint32_t name_count;
    struct strbuf buffer;
    size_t start; /* of the block at hand */
    /* How far the block was looked through. Places are counted from `start`. */
    enum stage stage;
    size_t at;
    uint64_t rows;
    uint32_t column_count;
    uint32_t column; /* at hand */
    uint64_t row;    /* strings of it that were seen */
    size_t *places;  /* of each column: name, nulls, values, and the end of those */
    struct native_column *columns;
    uint32_t capacity; /* of both */
    struct native_block block;
};

enum { PLACE_NAME, PLACE_NULLS, PLACE_VALUES, PLACE_END, PLACES };

/* ---- types ------------------------------------------------------------------------------------------------------- */

static bool read_plain_type(str type, struct native_column *column)
{
    static const struct {
        const char *name;
        enum native_kind kind;
        uint32_t width;
    } types[] = {{"Int64", NATIVE_INTEGER, 8},   {"String", NATIVE_STRING, 0},    {"UInt8", NATIVE_UNSIGNED, 1},
                 {"UInt64", NATIVE_UNSIGNED, 8}, {"Float64", NATIVE_DOUBLE, 8},   {"Float32", NATIVE_DOUBLE, 4},
                 {"Int8", NATIVE_INTEGER, 1},    {"Int16", NATIVE_INTEGER, 2},    {"Int32", NATIVE_INTEGER, 4},
                 {"UInt16", NATIVE_UNSIGNED, 2}, {"UInt32", NATIVE_UNSIGNED, 4},  {"Date", NATIVE_UNSIGNED, 2},
                 {"Bool", NATIVE_UNSIGNED, 1},   {"DateTime", NATIVE_UNSIGNED, 4}};
    for (size_t i = 0; i < countof(types); i++) {
        if (str_eq(type, str_from_cstring(types[i].name))) {
            column->kind = types[i].kind;
            column->width = types[i].width;
            return true;
        }
    }
    uint64_t width;
    if (str_starts_with(type, STR("FixedString(")) && str_ends_with(type, STR(")")) &&
        str_to_u64(str_slice(type, 12, type.len - 1), &width) && width > 0 && width <= LIMIT_CLICKHOUSE_FIXED_BYTES) {
        column->kind = NATIVE_FIXED;
        column->width = (uint32_t)width;
        return true;
    }
    return str_starts_with(type, STR("DateTime('")) && read_plain_type(STR("DateTime"), column);
}

static bool read_type(str type, struct native_column *column)
{
    const str nullable = STR("Nullable(");
    column->is_nullable = str_starts_with(type, nullable) && str_ends_with(type, STR(")"));
    return read_plain_type(column->is_nullable ? str_slice(type, nullable.len, type.len - 1) : type, column);
}

/* ---- one block --------------------------------------------------------------------------------------------------- */

static tocsin_status no_block(struct error *err, const char *what)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_INPUT, "the answer of ClickHouse makes no sense: %s", what);
    error_hint(err, "is something between here and the server that changes what it says?");
    return status;
}

/* LEB128. *at behind it, TOCSIN_END: it is not there as a whole. */
static tocsin_status take_number(str bytes, size_t *at, uint64_t *ret_number, struct error *err)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        size_t place = *at + shift / 7;
        if (place >= bytes.len) {
            return TOCSIN_END;
        }
        unsigned char byte = (unsigned char)bytes.data[place];
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *at = place + 1;
            *ret_number = number;
            return TOCSIN_OK;
        }
    }
    return no_block(err, "a number has too many bytes");
}

static tocsin_status take_text(str bytes, size_t *at, size_t bytes_max, str *ret_text, struct error *err)
{
    uint64_t length = 0;
    size_t place = *at;
    tocsin_status status = take_number(bytes, &place, &length, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (length > bytes_max) {
        return no_block(err, "a text is too long");
    }
    if (bytes.len - place < length) {
        return TOCSIN_END;
    }
    *ret_text = str_slice(bytes, place, place + length);
    *at = place + length;
    return TOCSIN_OK;
}

static bool make_room(struct native_reader *reader, uint32_t columns)
{
    if (columns <= reader->capacity) {
        return true;
    }
    size_t *places = memory_resize(reader->places, columns * PLACES * sizeof(*places));
    reader->places = places ? places : reader->places;
    struct native_column *grown = memory_resize(reader->columns, columns * sizeof(*grown));
    reader->columns = grown ? grown : reader->columns;
    reader->capacity = places && grown ? columns : reader->capacity;
    return places && grown;
}

static tocsin_status read_head(struct native_reader *reader, str bytes, struct error *err)
{
    uint64_t columns = 0;
    uint64_t rows = 0;
    size_t at = 0;
    tocsin_status status = take_number(bytes, &at, &columns, err);
    status = status == TOCSIN_OK ? take_number(bytes, &at, &rows, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    if (columns > LIMIT_CLICKHOUSE_COLUMNS || rows > LIMIT_CLICKHOUSE_BLOCK_ROWS) {
        return no_block(err, "a block is too large");
    }
    if (reader->names && columns != reader->name_count && (columns > 0 || rows > 0)) {
        return no_block(err, "it has not the columns that were asked for");
    }
    if (!make_room(reader, (uint32_t)columns)) {
        return error_memory(err);
    }
    reader->column_count = (uint32_t)columns;
    reader->rows = rows;
    reader->column = 0;
    reader->at = at;
    reader->stage = STAGE_NAME;
    return TOCSIN_OK;
}

static tocsin_status read_name(struct native_reader *reader, str bytes, struct error *err)
{
    str name = STR_EMPTY;
    str type = STR_EMPTY;
    size_t at = reader->at;
    tocsin_status status = take_text(bytes, &at, LIMIT_CLICKHOUSE_NAME_BYTES, &name, err);
    status = status == TOCSIN_OK ? take_text(bytes, &at, LIMIT_CLICKHOUSE_NAME_BYTES, &type, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    if (reader->names && !str_eq(name, reader->names[reader->column])) {
        return no_block(err, "it has not the columns that were asked for");
    }
    struct native_column *column = &reader->columns[reader->column];
    *column = (struct native_column){0};
    if (!read_type(type, column)) {
        status =
            error_set(err, TOCSIN_ERROR_CONFIG, "column %.*s of the answer of ClickHouse is a %.*s, which is not read",
                      STR_ARG(name), STR_ARG(type));
        error_hint(err, "`tocsin schema --clickhouse` prints the types that columns must have");
        return status;
    }
    size_t *places = &reader->places[(size_t)reader->column * PLACES];
    places[PLACE_NAME] = reader->at;
    places[PLACE_NULLS] = at;
    reader->at = at;
    reader->stage = STAGE_NULLS;
    return TOCSIN_OK;
}

static tocsin_status read_nulls(struct native_reader *reader, str bytes)
{
    uint64_t count = reader->columns[reader->column].is_nullable ? reader->rows : 0;
    if (bytes.len - reader->at < count) {
        return TOCSIN_END;
    }
    reader->at += count;
    reader->places[(size_t)reader->column * PLACES + PLACE_VALUES] = reader->at;
    reader->row = 0;
    reader->stage = STAGE_VALUES;
    return TOCSIN_OK;
}

static tocsin_status read_values(struct native_reader *reader, str bytes, struct error *err)
{
    const struct native_column *column = &reader->columns[reader->column];
    if (column->width > 0) {
        uint64_t count = reader->rows * column->width; /* both are bounded */
        if (bytes.len - reader->at < count) {
            return count > LIMIT_CLICKHOUSE_BLOCK_BYTES ? no_block(err, "a block is too large") : TOCSIN_END;
        }
        reader->at += count;
        reader->row = reader->rows;
    }
    for (; reader->row < reader->rows; reader->row++) {
        str value = STR_EMPTY;
        tocsin_status status = take_text(bytes, &reader->at, LIMIT_CLICKHOUSE_BLOCK_BYTES, &value, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    reader->places[(size_t)reader->column * PLACES + PLACE_END] = reader->at;
    reader->column++;
    reader->stage = STAGE_NAME;
    return TOCSIN_OK;
}

/* The block is there as a whole. */
static void point_to_columns(struct native_reader *reader, str bytes)
{
    for (uint32_t i = 0; i < reader->column_count; i++) {
        struct native_column *column = &reader->columns[i];
        const size_t *places = &reader->places[(size_t)i * PLACES];
        size_t at = places[PLACE_NAME];
        (void)take_text(bytes, &at, LIMIT_CLICKHOUSE_NAME_BYTES, &column->name, NULL);
        column->nulls = column->is_nullable ? (const uint8_t *)bytes.data + places[PLACE_NULLS] : NULL;
        column->data = str_slice(bytes, places[PLACE_VALUES], places[PLACE_END]);
    }
    reader->block = (struct native_block){reader->rows, reader->column_count, reader->columns};
}

/* ---- interface --------------------------------------------------------------------------------------------------- */

tocsin_status native_reader_create(const str *names, uint32_t name_count, struct native_reader **ret_reader,
                                   struct error *err)
{
    struct native_reader *reader = memory_allocate_zeroed(1, sizeof(*reader));
    if (!reader) {
        return error_memory(err);
    }
    reader->names = names;
    reader->name_count = name_count;
    strbuf_init(&reader->buffer, LIMIT_CLICKHOUSE_BLOCK_BYTES);
    *ret_reader = reader;
    return TOCSIN_OK;
}

void native_reader_free(struct native_reader *reader)
{
    if (reader) {
        strbuf_release(&reader->buffer);
        memory_free(reader->places);
        memory_free(reader->columns);
        memory_free(reader);
    }
}

/* What was read makes room, if that is worth moving the rest, or there is no other. */
static void drop_read(struct native_reader *reader, size_t wanted)
{
    size_t left = reader->buffer.len - reader->start;
    if (reader->start >= left || reader->buffer.len + wanted > LIMIT_CLICKHOUSE_BLOCK_BYTES) {
        memmove(reader->buffer.data, reader->buffer.data + reader->start, left);
        reader->buffer.len = left;
        reader->start = 0;
    }
}

tocsin_status native_reader_push(struct native_reader *reader, str piece, struct error *err)
{
    if (piece.len == 0) {
        return TOCSIN_OK;
    }
    if (reader->start > 0) {
        drop_read(reader, piece.len);
    }
    strbuf_append(&reader->buffer, piece);
    if (!reader->buffer.is_failed) {
        return TOCSIN_OK;
    }
    if (reader->buffer.len + piece.len <= LIMIT_CLICKHOUSE_BLOCK_BYTES) {
        return error_memory(err);
    }
    tocsin_status status =
        error_set(err, TOCSIN_ERROR_LIMIT, "a block of the answer of ClickHouse has more than %zu MiB",
                  LIMIT_CLICKHOUSE_BLOCK_BYTES / MEBI);
    error_hint(err, "lower max_block_size of the user there");
    return status;
}

tocsin_status native_reader_next(struct native_reader *reader, const struct native_block **ret_block, struct error *err)
{
    for (;;) {
        str bytes = str_skip(strbuf_str(&reader->buffer), reader->start);
        tocsin_status status = TOCSIN_OK;
        if (bytes.len == 0) {
            return TOCSIN_END;
        }
        if (reader->stage == STAGE_HEAD) {
            status = read_head(reader, bytes, err);
        } else if (reader->stage == STAGE_NAME && reader->column == reader->column_count) {
            point_to_columns(reader, bytes);
            reader->start += reader->at;
            reader->stage = STAGE_HEAD;
            if (reader->rows > 0 && reader->column_count > 0) {
                *ret_block = &reader->block;
                return TOCSIN_OK;
            }
        } else if (reader->stage == STAGE_NAME) {
            status = read_name(reader, bytes, err);
        } else if (reader->stage == STAGE_NULLS) {
            status = read_nulls(reader, bytes);
        } else {
            status = read_values(reader, bytes, err);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
    }
}

bool native_reader_is_between(const struct native_reader *reader)
{
    return reader->stage == STAGE_HEAD && reader->start == reader->buffer.len;
}

str native_take_string(str *rest)
{
    str text = STR_EMPTY;
    size_t at = 0;
    if (take_text(*rest, &at, LIMIT_CLICKHOUSE_BLOCK_BYTES, &text, NULL) == TOCSIN_OK) {
        *rest = str_skip(*rest, at);
    }
    return text;
}
