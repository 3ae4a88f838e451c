#include "format/log_reader.h"

#include <assert.h>

#include "base/memory.h"
#include "format/json_frame.h"
#include "format/read_ahead.h"
#include "format/row_writer_internal.h"
#include "format/syslog_frame.h"

/* After this much work without a full batch the caller gets a word in: it may have been told to stop. A chunk read is
   as much as EFFORT_OF_CHUNK small files. */
enum { EFFORT_OF_CHUNK = 32, EFFORT_PER_CALL = 32 * EFFORT_OF_CHUNK };
/* Format states of inputs that are done, while rows that may point into them wait to be given: many small files share a
   batch. */
enum { RETIRED_MAX = 16 };
static const size_t NO_FORMAT = SIZE_MAX;
/* What is read at once is parsed while it is still in the processor's cache, which a whole chunk would push out. */
static const size_t PIECE_BYTES = 128 * KIBI;
/* The begin of a line waits for its end while it has no more bytes than these. */
static const size_t PART_LINE_BYTES = 32 * KIBI;

/* What stands at `begin`. */
enum reader_mode {
    MODE_LINE,    /* a line */
    MODE_TEXT,    /* a line that begins like JSON and is none */
    MODE_JSON,    /* inside JSON text */
    MODE_MESSAGE, /* JSON text inside the line that was taken last (`message`) */
    MODE_SKIP,    /* the end of a line that was too long */
};

struct log_reader {
    struct log_reader_options options;
    struct row_writer *writer;

    /* Formats. */
    const struct format_def *const *formats;
    size_t format_count;
    struct open_format {
        void *state;
        bool is_open;
    } * open; /* by format, for the current input */
    struct retired_format {
        const struct format_def *format;
        void *state;
    } * retired; /* room for RETIRED_MAX and one more of each format */
    size_t retired_count;
    struct retired_format *resting; /* the same, of rows that were given and not given back yet */
    size_t resting_count;
    uint64_t resting_until; /* batches */
    size_t last_format;
    bool was_framed; /* the line of last_format */

    /* The current input. */
    size_t input; /* its number; inputs before it are done */
    struct input_stream *stream;
    bool is_end;    /* all its bytes are in the buffer */
    bool is_begun;  /* its first bytes were looked at */
    bool is_failed; /* has a problem */
    char last_byte;
    int64_t reference_ms; /* for times without a year */
    uint64_t line;        /* number of the line at `begin` */

    /* Its bytes: [begin, end) wait to be parsed; what is before is pointed to by rows. */
    char *buffer;
    size_t capacity;
    /* With options.released: the buffer used before this one and next, into which batches given may still point. */
    char *other;
    size_t other_capacity;
    uint64_t other_until; /* batches */
    size_t chunk_bytes;
    size_t room; /* bytes that are still to be read into the buffer: where it ends goes by the input's bytes alone */
    size_t begin;
    size_t end;
    size_t searched; /* bytes behind begin without a line end */
    /* With options.released, for formats that look for something: reads what the buffer gets next. */
    struct read_ahead *ahead;
    bool is_without_ahead; /* there is no thread for it */
    bool is_ahead;         /* the current input is read so */
    /* What it read last. The buffer is the reader's; here stands one for the next exchange. */
    struct read_piece piece;
    bool has_piece; /* in the buffer */
    enum reader_mode mode;
    bool has_json_value; /* since MODE_JSON began */
    bool is_interrupted;
    bool is_stopped;
    struct json_frame json;
    struct json_frame message_json;
    str message;
    enum reader_mode mode_behind_message;
    struct log_line current;
    uint64_t given; /* batches */
    uint64_t recycled;

    /* The account. */
    struct log_reader_statistics statistics;
    uint64_t disk_bytes;        /* of inputs done */
    struct log_input_end *ends; /* by input */
    uint64_t bytes_before;      /* the current input */
    struct log_reader_problem *problems;
    size_t problem_count;
    uint64_t problems_more;
};

/* ---- life ---- */

tocsin_status log_reader_create(const struct log_reader_options *options, struct log_reader **ret_reader,
                                struct error *err)
{
    struct log_reader *reader = memory_allocate_zeroed(1, sizeof(*reader));
    if (!reader) {
        return error_memory(err);
    }
    reader->options = *options;
    reader->formats = options->formats;
    reader->format_count = options->format_count;
    if (options->format) {
        reader->formats = &reader->options.format;
        reader->format_count = 1;
    } else if (!options->formats) {
        reader->formats = format_list(&reader->format_count);
    }
    assert(reader->format_count <= 64); /* choose_format has a bit for each */
    reader->chunk_bytes = options->chunk_bytes ? options->chunk_bytes : LIMIT_CHUNK_BYTES;
    reader->capacity = reader->chunk_bytes + reader->chunk_bytes / 16; /* a chunk and a torn line */
    reader->room = reader->chunk_bytes;
    reader->buffer = memory_allocate(reader->capacity);
    reader->open = memory_allocate_zeroed(reader->format_count + 1, sizeof(*reader->open));
    reader->retired = memory_allocate_zeroed(RETIRED_MAX + reader->format_count, sizeof(*reader->retired));
    reader->resting = memory_allocate_zeroed(RETIRED_MAX + reader->format_count, sizeof(*reader->resting));
    reader->ends = memory_allocate_zeroed(options->inputs->count, sizeof(*reader->ends));
    bool has_memory = reader->ends && reader->buffer && reader->open && reader->retired && reader->resting;
    tocsin_status status = has_memory ? TOCSIN_OK : error_memory(err);
    if (status == TOCSIN_OK) {
        status = row_writer_create(options->context, options->wall_clock_ms, &reader->writer, err);
    }
    if (status != TOCSIN_OK) {
        log_reader_free(reader);
        return status;
    }
    *ret_reader = reader;
    return TOCSIN_OK;
}

/* The states of this input get no more lines; rows may still point into them. A format that keeps nothing from line to
   line goes on with the next input. */
static void formats_retire(struct log_reader *reader, bool takes_all)
{
    for (size_t i = 0; i < reader->format_count; i++) {
        if (reader->open[i].is_open && (takes_all || reader->formats[i]->finish)) {
            reader->retired[reader->retired_count++] =
                (struct retired_format){reader->formats[i], reader->open[i].state};
            reader->open[i] = (struct open_format){0};
        }
    }
}

static void states_close(struct retired_format *states, size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        states[i].format->close(states[i].state);
    }
    *count = 0;
}

/* How many batches were given back; waits until that is `wanted`. */
static uint64_t wait_released(const struct log_reader *reader, uint64_t wanted)
{
    return reader->options.released ? reader->options.released(reader->options.released_context, wanted)
                                    : reader->given;
}

static void recycle(struct log_reader *reader)
{
    for (uint64_t released = wait_released(reader, 0); reader->recycled < released; reader->recycled++) {
        row_writer_recycle_oldest(reader->writer);
    }
}

/* No rows wait to be given. States of inputs that are done are closed when all batches so far were given back. */
static void retired_close(struct log_reader *reader)
{
    if (reader->retired_count == 0) {
        return;
    }
    (void)wait_released(reader, reader->resting_until);
    states_close(reader->resting, &reader->resting_count);
    struct retired_format *states = reader->resting;
    reader->resting = reader->retired;
    reader->resting_count = reader->retired_count;
    reader->resting_until = reader->given;
    reader->retired = states;
    reader->retired_count = 0;
    if (!reader->options.released) {
        states_close(reader->resting, &reader->resting_count);
    }
}

void log_reader_free(struct log_reader *reader)
{
    if (reader) {
        read_ahead_free(reader->ahead);
        read_piece_free(&reader->piece);
        if (reader->retired && reader->resting && reader->open) {
            states_close(reader->resting, &reader->resting_count);
            states_close(reader->retired, &reader->retired_count);
            formats_retire(reader, true);
            states_close(reader->retired, &reader->retired_count);
        }
        input_close(reader->stream);
        row_writer_free(reader->writer);
        memory_free(reader->retired);
        memory_free(reader->resting);
        memory_free(reader->other);
        memory_free(reader->open);
        memory_free(reader->buffer);
        memory_free(reader->problems);
        memory_free(reader->ends);
        memory_free(reader);
    }
}

void log_reader_stop(struct log_reader *reader)
{
    reader->is_stopped = true;
}

/* ---- a line and its format ---- */

static tocsin_status format_parse(struct log_reader *reader, size_t format, struct error *err)
{
    struct open_format *open = &reader->open[format];
    reader->last_format = format;
    if (!open->is_open) {
        tocsin_status status = reader->formats[format]->open(reader->options.context, &open->state, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        open->is_open = true;
    }
    return reader->formats[format]->parse_line(open->state, &reader->current, reader->writer, err);
}

/* 0 to 100. A line that goes on what the format began is surely its own. */
static int confidence_of(const struct log_reader *reader, size_t format)
{
    const struct format_def *def = reader->formats[format];
    const struct open_format *open = &reader->open[format];
    int confidence = def->detect(&reader->current);
    bool continues =
        confidence < FORMAT_SURE && def->continues && open->is_open && def->continues(open->state, &reader->current);
    return continues ? FORMAT_SURE : confidence;
}

static bool is_sure(const struct log_reader *reader, size_t format)
{
    return format != NO_FORMAT && confidence_of(reader, format) >= FORMAT_SURE;
}

static tocsin_status write_unparsed(struct log_reader *reader)
{
    int64_t type = reader->options.format ? reader->options.format->log_source_type : LOG_SOURCE_TYPE_UNIVERSAL;
    row_writer_unparsed(reader->writer, &reader->current, type, 0, reader->current.is_truncated);
    return TOCSIN_OK;
}

/* Who takes the current line, without the formats of the set `refused`: the format of the line before if it is sure,
 * else the surest. */
static size_t choose_format(const struct log_reader *reader, uint64_t refused)
{
    if (reader->options.format) {
        return refused ? NO_FORMAT : 0;
    }
    if (refused == 0 && is_sure(reader, reader->last_format)) {
        return reader->last_format;
    }
    size_t best = NO_FORMAT;
    int best_confidence = 0;
    for (size_t i = 0; i < reader->format_count; i++) {
        int confidence = refused >> i & 1 ? 0 : confidence_of(reader, i);
        if (confidence > best_confidence) {
            best = i;
            best_confidence = confidence;
        }
    }
    return best;
}

static tocsin_status parse_by_detection(struct log_reader *reader, struct error *err)
{
    uint64_t refused = 0;
    size_t format;
    while ((format = choose_format(reader, refused)) != NO_FORMAT) {
        tocsin_status status = format_parse(reader, format, err);
        if (status != TOCSIN_END) {
            return status;
        }
        refused |= UINT64_C(1) << format;
    }
    return write_unparsed(reader);
}

static bool begins_like_json(str text)
{
    size_t i = 0;
    while (i < text.len && (text.data[i] == ' ' || text.data[i] == '\t')) {
        i++;
    }
    return i < text.len && (text.data[i] == '{' || text.data[i] == '[');
}

/* The message in a frame begins like JSON. One value: it is the text. A list: its elements are, one after the other,
 * all with the same frame. Anything else stays as it is. */
static tocsin_status parse_message(struct log_reader *reader, struct error *err)
{
    struct log_line *line = &reader->current;
    str message = str_trim(line->text);
    size_t consumed;
    str value;
    json_frame_init(&reader->message_json);
    if (json_frame_next(&reader->message_json, message, /* at_end */ true, &consumed, &value) == JSON_FRAME_VALUE) {
        line->list = json_frame_list(&reader->message_json);
        if (value.data != message.data) {
            line->text = value;
            reader->message = str_skip(message, consumed);
            reader->mode_behind_message = reader->mode;
            reader->mode = MODE_MESSAGE;
        } else if (value.len == message.len) {
            line->text = value;
        }
    }
    return parse_by_detection(reader, err);
}

static void set_line(struct log_reader *reader, str raw, uint32_t line_count, bool is_truncated)
{
    struct log_line *line = &reader->current;
    line->text = raw;
    line->raw = raw;
    line->line = reader->line;
    line->line_count = line_count;
    line->is_truncated = is_truncated;
    line->list = JSON_LIST_NONE;
    if (line->frame.is_present) {
        line->frame = (struct log_frame){.priority = -1};
    }
}

static tocsin_status parse_text(struct log_reader *reader, str raw, bool is_truncated, struct error *err)
{
    struct log_line *line = &reader->current;
    set_line(reader, raw, 1, is_truncated);
    /* The format of the line before, if that had no frame, knows its lines without looking for one. */
    size_t format = reader->options.format ? 0 : reader->was_framed ? NO_FORMAT : reader->last_format;
    if (is_sure(reader, format)) {
        reader->was_framed = false;
        tocsin_status status = format_parse(reader, format, err);
        if (status != TOCSIN_END) {
            return status;
        }
    }
    struct log_frame frame;
    str message;
    reader->was_framed = syslog_frame_parse(raw, reader->options.context->zone, reader->reference_ms, &frame, &message);
    if (!reader->was_framed) {
        return parse_by_detection(reader, err);
    }
    line->frame = frame;
    line->frame.is_present = true;
    line->text = message;
    return begins_like_json(message) ? parse_message(reader, err) : parse_by_detection(reader, err);
}

/* ---- the buffer ---- */

static uint32_t count_lines(const char *from, const char *to)
{
    uint32_t count = 0;
    while (from < to && (from = memchr(from, '\n', (size_t)(to - from)))) {
        count++;
        from++;
    }
    return count;
}

static bool is_blank(str line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (!ascii_is_blank(line.data[i])) {
            return false;
        }
    }
    return true;
}

static tocsin_status take_line(struct log_reader *reader, size_t len, bool is_truncated, struct error *err)
{
    str raw = str_from(reader->buffer + reader->begin, len);
    if (raw.len > 0 && raw.data[raw.len - 1] == '\r') {
        raw.len--;
    }
    if (raw.len == 0 || ((unsigned char)raw.data[0] <= ' ' && is_blank(raw))) {
        reader->statistics.blank_lines++;
        return TOCSIN_OK;
    }
    return parse_text(reader, raw, is_truncated, err);
}

/* Each step takes one thing from the buffer. *ret_needs_bytes: nothing more can be taken from what is there. */
static tocsin_status step_line(struct log_reader *reader, bool *ret_needs_bytes, struct error *err)
{
    const char *start = reader->buffer + reader->begin;
    size_t len = reader->end - reader->begin;
    if (reader->mode == MODE_LINE && begins_like_json(str_from(start, len))) {
        reader->mode = MODE_JSON;
        reader->has_json_value = false;
        reader->searched = 0;
        return TOCSIN_OK;
    }
    size_t window = len < LIMIT_LINE_BYTES + 1 ? len : LIMIT_LINE_BYTES + 1;
    const char *newline =
        window > reader->searched ? memchr(start + reader->searched, '\n', window - reader->searched) : NULL;
    enum reader_mode mode = MODE_LINE;
    bool is_truncated = false;
    size_t taken;
    size_t line_len;
    if (newline) {
        line_len = (size_t)(newline - start);
        taken = line_len + 1;
    } else if (len > LIMIT_LINE_BYTES) {
        line_len = taken = LIMIT_LINE_BYTES;
        is_truncated = true;
        mode = MODE_SKIP;
        reader->statistics.truncated_lines++;
    } else if (reader->is_end && len > 0) {
        line_len = taken = len;
    } else {
        reader->searched = len;
        *ret_needs_bytes = true;
        return TOCSIN_OK;
    }
    reader->mode = mode; /* parsing may put MODE_MESSAGE in front of it */
    tocsin_status status = take_line(reader, line_len, is_truncated, err);
    reader->begin += taken;
    reader->line += newline != NULL;
    reader->searched = 0;
    return status;
}

static tocsin_status step_skip(struct log_reader *reader, bool *ret_needs_bytes)
{
    const char *start = reader->buffer + reader->begin;
    size_t len = reader->end - reader->begin;
    const char *newline = len > 0 ? memchr(start, '\n', len) : NULL;
    size_t skipped = newline ? (size_t)(newline - start) : len;
    reader->statistics.skipped_bytes += skipped;
    reader->begin += skipped;
    if (newline) {
        reader->begin++;
        reader->line++;
        reader->mode = MODE_LINE;
    } else if (reader->is_end) {
        reader->mode = MODE_LINE;
    } else {
        *ret_needs_bytes = true;
    }
    return TOCSIN_OK;
}

static void advance(struct log_reader *reader, size_t bytes)
{
    const char *start = reader->buffer + reader->begin;
    reader->line += count_lines(start, start + bytes);
    reader->begin += bytes;
}

static tocsin_status step_json(struct log_reader *reader, bool *ret_needs_bytes, struct error *err)
{
    str bytes = str_from(reader->buffer + reader->begin, reader->end - reader->begin);
    size_t consumed;
    str value;
    enum json_frame_result result = json_frame_next(&reader->json, bytes, reader->is_end, &consumed, &value);
    if (result == JSON_FRAME_VALUE) {
        reader->has_json_value = true;
        size_t offset = (size_t)(value.data - bytes.data);
        advance(reader, offset);
        uint32_t lines = count_lines(value.data, value.data + value.len);
        set_line(reader, value, lines + 1, false);
        reader->current.list = json_frame_list(&reader->json);
        reader->begin += consumed - offset;
        reader->was_framed = false;
        tocsin_status status = parse_by_detection(reader, err);
        reader->line += lines;
        return status;
    }
    if (result == JSON_FRAME_DAMAGED) {
        /* A line of text after all. It may go on behind the bytes in memory, so it is taken as any line is. */
        advance(reader, (size_t)(value.data - bytes.data));
        reader->mode = MODE_TEXT;
        return TOCSIN_OK;
    }
    advance(reader, consumed);
    if (result == JSON_FRAME_END || reader->is_end) {
        /* What begins like JSON and gives nothing must not be asked again. */
        reader->mode = consumed == 0 && !reader->has_json_value ? MODE_TEXT : MODE_LINE;
        return TOCSIN_OK;
    }
    *ret_needs_bytes = true;
    return TOCSIN_OK;
}

static tocsin_status step_message(struct log_reader *reader, struct error *err)
{
    size_t consumed;
    str value;
    enum json_frame_result result =
        json_frame_next(&reader->message_json, reader->message, /* at_end */ true, &consumed, &value);
    str rest = str_skip(reader->message, consumed);
    if (result == JSON_FRAME_VALUE) {
        reader->message = rest;
    } else {
        /* Behind the list may stand anything: it is a text with the same frame. */
        value = result == JSON_FRAME_DAMAGED ? value : rest;
        reader->mode = reader->mode_behind_message;
        if (is_blank(value)) {
            return TOCSIN_OK;
        }
    }
    reader->current.text = value;
    reader->current.list = result == JSON_FRAME_VALUE ? json_frame_list(&reader->message_json) : JSON_LIST_NONE;
    return parse_by_detection(reader, err);
}

/* What the format of the line before looks for; NULL: nothing, or it is not known. */
static const struct raw_finder *finder_in_use(const struct log_reader *reader)
{
    size_t format = reader->last_format;
    if (format == NO_FORMAT || reader->was_framed || !reader->open[format].is_open ||
        !reader->formats[format]->finder) {
        return NULL;
    }
    return reader->formats[format]->finder(reader->open[format].state);
}

/* What was found of it in the buffer; NULL: nobody looked. */
static const struct raw_found *found_ahead(const struct log_reader *reader)
{
    bool is_it = reader->has_piece && reader->piece.finder && reader->piece.finder == finder_in_use(reader);
    return is_it ? &reader->piece.found : NULL;
}

/* Gives all whole lines in memory to the format of the line before, if it takes many at once. *ret_is_taken: it took
 * some. *ret_needs_bytes: it will, when there are more. */
static tocsin_status step_block(struct log_reader *reader, bool *ret_is_taken, bool *ret_needs_bytes,
                                struct error *err)
{
    size_t format = reader->last_format;
    *ret_is_taken = false;
    if (format == NO_FORMAT || reader->was_framed || !reader->formats[format]->parse_lines ||
        !reader->open[format].is_open) {
        return TOCSIN_OK;
    }
    const char *start = reader->buffer + reader->begin;
    const char *last = memrchr(start, '\n', reader->end - reader->begin);
    if (!last) {
        /* The begin of a line like those before it: with its end it is one of many, too. Of what may stand still, as a
           pipe does, nothing is kept back. */
        *ret_needs_bytes = !reader->is_end && reader->end - reader->begin < PART_LINE_BYTES &&
                           reader->options.inputs->files[reader->input].kind == INPUT_FILE;
        return TOCSIN_OK;
    }
    struct log_block block = {.text = str_from(start, (size_t)(last - start) + 1),
                              .input = (uint32_t)reader->input,
                              .line = reader->line,
                              .searched = found_ahead(reader)};
    size_t bytes = 0;
    uint64_t lines = 0;
    tocsin_status status =
        reader->formats[format]->parse_lines(reader->open[format].state, &block, reader->writer, &bytes, &lines, err);
    reader->begin += bytes;
    reader->line += lines;
    *ret_is_taken = bytes > 0;
    if (bytes > 0) {
        reader->searched = 0;
    }
    return status;
}

/* Until a batch is full or more bytes are needed. */
static tocsin_status parse_buffer(struct log_reader *reader, struct error *err)
{
    bool needs_bytes = false;
    bool is_taken;
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && !needs_bytes && !row_writer_has_full(reader->writer)) {
        switch (reader->mode) {
        case MODE_LINE:
        case MODE_TEXT:
            if (reader->begin == reader->end) {
                reader->mode = MODE_LINE;
                needs_bytes = true;
                break;
            }
            is_taken = false;
            if (reader->mode == MODE_LINE) {
                status = step_block(reader, &is_taken, &needs_bytes, err);
            }
            if (status == TOCSIN_OK && !is_taken && !needs_bytes) {
                status = step_line(reader, &needs_bytes, err);
            }
            break;
        case MODE_JSON:
            status = step_json(reader, &needs_bytes, err);
            break;
        case MODE_MESSAGE:
            status = step_message(reader, err);
            break;
        case MODE_SKIP:
            status = step_skip(reader, &needs_bytes);
            break;
        }
    }
    return status;
}

/* ---- inputs ---- */

static tocsin_status add_problem(struct log_reader *reader, const struct error *problem, struct error *err)
{
    reader->statistics.inputs_failed += !reader->is_failed;
    reader->is_failed = true;
    if (reader->problem_count == LIMIT_INPUT_PROBLEMS) {
        reader->problems_more++;
        return TOCSIN_OK;
    }
    if (!reader->problems) {
        /* Room for all of them, so that none ever moves; what is not touched costs nothing. */
        reader->problems = memory_allocate(LIMIT_INPUT_PROBLEMS * sizeof(*reader->problems));
        if (!reader->problems) {
            return error_memory(err);
        }
    }
    reader->problems[reader->problem_count++] = (struct log_reader_problem){(uint32_t)reader->input, *problem};
    return TOCSIN_OK;
}

/* The result of a call that reads: a signal is remembered, lack of memory ends all, anything else ends this input. */
static tocsin_status handle_failure(struct log_reader *reader, const struct error *failure, struct error *err)
{
    if (failure->status == TOCSIN_ERROR_CANCELLED) {
        reader->is_interrupted = true;
        return TOCSIN_OK;
    }
    if (failure->status == TOCSIN_ERROR_MEMORY) {
        return error_memory(err);
    }
    reader->is_end = true;
    return add_problem(reader, failure, err);
}

static tocsin_status begin_input(struct log_reader *reader, struct error *err)
{
    const struct input_file *file = &reader->options.inputs->files[reader->input];
    struct error failure;
    reader->is_failed = false;
    int wake = reader->options.released ? reader->options.wake : -1;
    if (input_open_wakeable(file, wake, &reader->stream, &failure) != TOCSIN_OK) {
        tocsin_status status = handle_failure(reader, &failure, err);
        if (status == TOCSIN_OK && !reader->is_interrupted) {
            reader->statistics.inputs++;
            reader->disk_bytes += file->bytes;
            reader->input++;
        }
        return status;
    }
    reader->statistics.inputs++;
    reader->is_end = false;
    reader->is_begun = false;
    reader->last_byte = '\n';
    reader->line = 1;
    reader->has_piece = false;
    reader->bytes_before = reader->statistics.bytes;
    reader->searched = 0;
    reader->mode = MODE_LINE;
    reader->last_format = NO_FORMAT;
    reader->was_framed = false;
    reader->reference_ms = file->modified_ms ? file->modified_ms : reader->options.wall_clock_ms;
    reader->current = (struct log_line){.input = (uint32_t)reader->input, .frame = {.priority = -1}};
    json_frame_init(&reader->json);
    row_writer_begin_input(reader->writer, file->modified_ms);
    return TOCSIN_OK;
}

static tocsin_status end_input(struct log_reader *reader, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    if (reader->is_ahead) {
        read_ahead_end(reader->ahead);
        reader->is_ahead = false;
    }
    for (size_t i = 0; i < reader->format_count && status == TOCSIN_OK; i++) {
        if (reader->open[i].is_open && reader->formats[i]->finish) {
            status = reader->formats[i]->finish(reader->open[i].state, reader->writer, err);
        }
    }
    formats_retire(reader, false);
    struct log_input_end *end = &reader->ends[reader->input];
    *end = (struct log_input_end){.lines = reader->line - 1 + (reader->last_byte != '\n'),
                                  .bytes = reader->statistics.bytes - reader->bytes_before,
                                  .is_torn = reader->last_byte != '\n',
                                  .is_whole = !reader->is_failed && !reader->is_stopped};
    reader->statistics.lines += end->lines;
    reader->line = 1;
    reader->last_byte = '\n';
    reader->disk_bytes += input_bytes_consumed(reader->stream);
    input_close(reader->stream);
    reader->stream = NULL;
    reader->is_begun = false;
    reader->begin = reader->end; /* nothing is left but what a failure cut off */
    reader->input++;
    return status;
}

/* A byte order mark, and line ends as UTF-16 has them. Two bytes alone must not keep a file from being read: whoever
 * writes into a log may write its first line. */
static bool is_utf16(str head)
{
    bool is_little = str_starts_with(head, STR("\xFF\xFE"));
    if (!is_little && !str_starts_with(head, STR("\xFE\xFF"))) {
        return false;
    }
    for (size_t i = 2; i < head.len; i++) {
        if (head.data[i] == '\n') {
            size_t other = is_little ? i + 1 : i - 1;
            if (i % 2 != (is_little ? 0 : 1) || (other < head.len && head.data[other] != '\0')) {
                return false;
            }
        }
    }
    return true;
}

/* Byte order marks. */
static tocsin_status look_at_first_bytes(struct log_reader *reader, struct error *err)
{
    str head = str_from(reader->buffer + reader->begin, reader->end - reader->begin);
    if (head.len < 3 && !reader->is_end) {
        return TOCSIN_OK;
    }
    reader->is_begun = true;
    if (str_starts_with(head, STR("\xEF\xBB\xBF"))) {
        reader->begin += 3;
    } else if (is_utf16(head)) {
        struct error problem;
        str path = reader->options.inputs->files[reader->input].path;
        error_set(&problem, TOCSIN_ERROR_INPUT, "'%.*s' is UTF-16 text, which is not read", STR_ARG(path));
        error_hint(&problem, "convert it: iconv -f UTF-16 -t UTF-8 FILE | tocsin hunt -");
        reader->begin = reader->end;
        reader->last_byte = '\n';
        reader->is_end = true;
        return add_problem(reader, &problem, err);
    }
    return TOCSIN_OK;
}

/* Reads up to a piece of a chunk behind `end`. */
static tocsin_status read_piece(struct log_reader *reader, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    size_t stop = reader->end + (reader->room < PIECE_BYTES ? reader->room : PIECE_BYTES);
    if (reader->is_stopped) {
        /* A line or value of which the end was not read. */
        reader->begin = reader->end;
        reader->searched = 0;
        reader->mode = MODE_LINE;
        json_frame_init(&reader->json);
        reader->is_end = true;
    }
    while (status == TOCSIN_OK && reader->end < stop && !reader->is_end && !reader->is_interrupted) {
        struct error failure;
        size_t got;
        if (input_read(reader->stream, reader->buffer + reader->end, stop - reader->end, &got, &failure) != TOCSIN_OK) {
            status = handle_failure(reader, &failure, err);
            continue;
        }
        reader->end += got;
        reader->room -= got;
        reader->statistics.bytes += got;
        reader->is_end = got == 0;
    }
    if (reader->end > reader->begin) {
        reader->last_byte = reader->buffer[reader->end - 1];
    }
    if (status == TOCSIN_OK && !reader->is_begun) {
        status = look_at_first_bytes(reader, err);
    }
    return status;
}

/* A buffer of `capacity` bytes in the place of the one used now, whose first bytes are those not parsed yet. */
static tocsin_status change_buffer(struct log_reader *reader, size_t capacity, struct error *err)
{
    size_t kept = reader->end - reader->begin;
    if (reader->other_capacity < capacity) {
        memory_free(reader->other);
        reader->other = memory_allocate(capacity);
        reader->other_capacity = reader->other ? capacity : 0;
        if (!reader->other) {
            return error_memory(err);
        }
    }
    memcpy(reader->other, reader->buffer + reader->begin, kept);
    char *buffer = reader->other;
    reader->other = reader->buffer;
    reader->other_capacity = reader->capacity;
    reader->other_until = reader->given;
    reader->buffer = buffer;
    reader->capacity = capacity;
    reader->begin = 0;
    reader->end = kept;
    return TOCSIN_OK;
}

/* The same in the place where it is: no row may point there any more. */
static tocsin_status clear_buffer(struct log_reader *reader, size_t capacity, struct error *err)
{
    size_t kept = reader->end - reader->begin;
    memmove(reader->buffer, reader->buffer + reader->begin, kept);
    reader->begin = 0;
    reader->end = kept;
    if (reader->capacity < capacity) {
        char *grown = memory_resize(reader->buffer, capacity);
        if (!grown) {
            return error_memory(err);
        }
        reader->buffer = grown;
        reader->capacity = capacity;
    }
    return TOCSIN_OK;
}

/* Has the rest of the input read ahead, if the format does little more with most bytes than looking through them. */
static tocsin_status begin_ahead(struct log_reader *reader, struct error *err)
{
    bool is_file = reader->options.inputs->files[reader->input].kind == INPUT_FILE;
    struct input_rest rest;
    if (!reader->options.released || reader->is_without_ahead || reader->is_stopped || reader->is_interrupted ||
        !is_file || !finder_in_use(reader) || !input_rest_get(reader->stream, &rest) ||
        !read_ahead_is_worth(&rest, reader->chunk_bytes)) {
        return TOCSIN_OK;
    }
    if (!reader->ahead) {
        tocsin_status status = read_ahead_create(reader->chunk_bytes, &reader->ahead, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        reader->is_without_ahead = !reader->ahead;
    }
    if (reader->ahead) {
        read_ahead_begin(reader->ahead, &rest);
        reader->is_ahead = true;
    }
    return TOCSIN_OK;
}

/* A buffer with a piece in the place of the one used now; in front of the piece stand the bytes not parsed yet. */
static tocsin_status take_piece(struct log_reader *reader, struct error *err)
{
    struct read_piece *piece = &reader->piece;
    size_t kept = reader->end - reader->begin;
    piece->buffer = reader->other;
    piece->capacity = reader->other_capacity;
    reader->other = NULL;
    reader->other_capacity = 0;
    tocsin_status status = read_ahead_take(reader->ahead, finder_in_use(reader), piece, err);
    size_t margin = READ_AHEAD_MARGIN;
    reader->has_piece = status == TOCSIN_OK && kept <= margin;
    if (status == TOCSIN_OK && kept > margin) {
        char *larger = memory_allocate(kept + reader->chunk_bytes);
        if (larger) {
            memcpy(larger + kept, piece->buffer + margin, piece->bytes);
            memory_free(piece->buffer);
            piece->buffer = larger;
            piece->capacity = kept + reader->chunk_bytes;
            margin = kept;
        } else {
            status = error_memory(err);
        }
    }
    if (status != TOCSIN_OK) {
        return status; /* the piece's buffer goes with it */
    }
    memcpy(piece->buffer + margin - kept, reader->buffer + reader->begin, kept);
    reader->other = reader->buffer;
    reader->other_capacity = reader->capacity;
    reader->other_until = reader->given;
    reader->buffer = piece->buffer;
    reader->capacity = piece->capacity;
    piece->buffer = NULL;
    piece->capacity = 0;
    reader->begin = margin - kept;
    reader->end = margin + piece->bytes;
    reader->room -= piece->bytes;
    reader->statistics.bytes += piece->bytes;
    reader->is_end = reader->room > 0;
    input_rest_note(reader->stream, piece->bytes);
    return piece->status == TOCSIN_OK ? TOCSIN_OK : handle_failure(reader, &piece->failure, err);
}

/* Makes room behind `end` by leaving what was parsed, to which no row that waits may point. Formats forget what rows of
 * the buffer before this one pointed to, so that those must have been given back. */
static tocsin_status make_room(struct log_reader *reader, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    (void)wait_released(reader, reader->other_until);
    for (size_t i = 0; i < reader->format_count && status == TOCSIN_OK; i++) {
        if (reader->open[i].is_open && reader->formats[i]->release_chunk) {
            status = reader->formats[i]->release_chunk(reader->open[i].state, err);
        }
    }
    reader->has_piece = false;
    if (status == TOCSIN_OK && !reader->is_ahead) {
        status = begin_ahead(reader, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    size_t kept = reader->end - reader->begin;
    /* Where something is looked for, one thread and two must end the buffer at the same place. */
    reader->room = reader->chunk_bytes + (reader->options.context->prefilter ? 0 : kept / 2);
    if (reader->is_ahead && !reader->is_stopped) {
        return take_piece(reader, err);
    }
    size_t capacity = reader->capacity - kept < reader->room ? kept + reader->room : reader->capacity;
    return reader->options.released ? change_buffer(reader, capacity, err) : clear_buffer(reader, capacity, err);
}

/* ---- batches ---- */

static bool has_rows(const struct log_reader *reader)
{
    return reader->writer->finished || (reader->writer->current && reader->writer->current->batch.row_count > 0);
}

static tocsin_status give(struct log_reader *reader, struct batch **ret_batch, struct error *err)
{
    reader->is_interrupted = false;
    reader->given++;
    return has_rows(reader) ? row_writer_take(reader->writer, /* takes_partial */ true, ret_batch, err)
                            : row_writer_take_empty(reader->writer, ret_batch, err);
}

/* The buffer is parsed as far as it goes: gets more into it. */
static tocsin_status get_bytes(struct log_reader *reader, struct error *err)
{
    if (!reader->stream) {
        return begin_input(reader, err);
    }
    if (reader->is_end) {
        return end_input(reader, err);
    }
    if (reader->room == 0) {
        tocsin_status status = make_room(reader, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return read_piece(reader, err);
}

tocsin_status log_reader_next(struct log_reader *reader, struct batch **ret_batch, struct error *err)
{
    recycle(reader);
    if (!has_rows(reader)) {
        retired_close(reader);
    }
    uint64_t bytes_before = reader->statistics.bytes;
    uint64_t inputs_before = reader->statistics.inputs;
    for (;;) {
        tocsin_status status = reader->is_begun ? parse_buffer(reader, err) : TOCSIN_OK;
        if (status != TOCSIN_OK) {
            return status;
        }
        bool is_over = !reader->stream && (reader->input == reader->options.inputs->count || reader->is_stopped);
        /* Rows must not see the buffer or a format's state go: they are given first. */
        bool must_reuse_buffer = reader->stream && !reader->is_end && reader->room == 0;
        uint64_t chunks = (reader->statistics.bytes - bytes_before) / reader->chunk_bytes;
        uint64_t effort = reader->statistics.inputs - inputs_before + chunks * EFFORT_OF_CHUNK;
        bool is_tired = effort >= EFFORT_PER_CALL && (must_reuse_buffer || !reader->stream);
        bool must_close = reader->retired_count >= RETIRED_MAX;
        if (row_writer_has_full(reader->writer) || reader->writer->is_failed || reader->is_interrupted || is_tired ||
            ((is_over || must_reuse_buffer || must_close) && has_rows(reader))) {
            return give(reader, ret_batch, err);
        }
        if (is_over) {
            return TOCSIN_END;
        }
        if (must_close) {
            retired_close(reader);
        }
        status = get_bytes(reader, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
}

static tocsin_status source_next(void *state, struct batch **ret_batch, struct error *err)
{
    return log_reader_next(state, ret_batch, err);
}

static void source_close(void *state)
{
    log_reader_free(state);
}

struct batch_source log_reader_source(struct log_reader *reader)
{
    static const struct batch_source_ops ops = {.next = source_next, .close = source_close};
    return (struct batch_source){&ops, reader};
}

/* ---- account ---- */

void log_reader_statistics(const struct log_reader *reader, struct log_reader_statistics *ret_statistics)
{
    struct row_statistics rows = row_writer_statistics(reader->writer);
    *ret_statistics = reader->statistics;
    if (reader->stream) {
        ret_statistics->lines += reader->line - 1;
        ret_statistics->bytes -= reader->end - reader->begin;
    }
    ret_statistics->events = rows.events;
    ret_statistics->unparsed_events = rows.unparsed;
    ret_statistics->truncated_events = rows.truncated;
    ret_statistics->events_by_type = rows.types;
    ret_statistics->type_count = rows.type_count;
    ret_statistics->dropped = rows.dropped;
    ret_statistics->dropped_count = rows.dropped_count;
}

const struct log_input_end *log_reader_ends(const struct log_reader *reader)
{
    return reader->ends;
}

const struct log_reader_problem *log_reader_problems(const struct log_reader *reader, size_t *ret_count,
                                                     uint64_t *ret_more)
{
    *ret_count = reader->problem_count;
    *ret_more = reader->problems_more;
    return reader->problems;
}

void log_reader_progress(const struct log_reader *reader, struct log_reader_progress *ret_progress)
{
    const struct input_list *inputs = reader->options.inputs;
    uint64_t consumed = 0;
    if (reader->stream && input_is_packed(reader->stream)) {
        consumed = input_bytes_consumed(reader->stream);
    } else if (reader->stream) {
        consumed = reader->statistics.bytes - reader->bytes_before - (reader->end - reader->begin);
    }
    *ret_progress = (struct log_reader_progress){
        .bytes = reader->disk_bytes + consumed,
        .bytes_total = inputs->bytes_total,
        .input = reader->input < inputs->count ? inputs->files[reader->input].path : STR_EMPTY,
    };
}

bool log_reader_newest_plausible_time(const struct log_reader *reader, int64_t *ret_ms)
{
    return row_writer_newest_plausible_time(reader->writer, ret_ms);
}

bool log_reader_newest_time(const struct log_reader *reader, int64_t *ret_ms)
{
    return row_writer_newest_time(reader->writer, ret_ms);
}

_Static_assert((int)LOG_TRUSTS == (int)ROW_TRUST_COUNT, "a trust for each");

bool log_reader_newest_of(const struct log_reader *reader, size_t trust, int64_t *ret_ms)
{
    return row_writer_newest_of(reader->writer, trust, ret_ms);
}
