#include "format/json_frame.h"

enum frame_state {
    STATE_OUTER,   /* in front of the outermost value */
    STATE_ELEMENT, /* in a list: in front of an element, a comma or the end */
    STATE_QUICK,   /* in a value, hoping that it ends on its first line */
    STATE_CAREFUL, /* in a value, following the grammar */
    STATE_REST,    /* following the grammar through the rest of a list object, behind its elements */
    STATE_DONE,    /* behind the outermost value */
};

enum grammar_state {
    EXPECT_VALUE,
    EXPECT_ELEMENT_OR_CLOSE,
    EXPECT_KEY,
    EXPECT_KEY_OR_CLOSE,
    EXPECT_COLON,
    EXPECT_COMMA_OR_CLOSE,
    IN_KEY,
    IN_STRING,
    IN_WORD, /* number, true, false, null */
};

enum frame_key { KEY_OTHER, KEY_KIND, KEY_API_VERSION, KEY_ITEMS, KEY_RECORDS, KEY_FIRST_RECORDS };
enum list_hint { LIST_NO, LIST_YES, LIST_IF_KIND_FOLLOWS };

/* What a step of the machine came to. */
enum step { STEP_AGAIN, STEP_MORE, STEP_DAMAGED, STEP_VALUE, STEP_END };

static const struct {
    str name;
    enum frame_key key;
    enum json_list list;
} keys[] = {
    {{"kind", 4}, KEY_KIND, JSON_LIST_NONE},
    {{"apiVersion", 10}, KEY_API_VERSION, JSON_LIST_NONE},
    {{"items", 5}, KEY_ITEMS, JSON_LIST_NONE},
    {{"records", 7}, KEY_RECORDS, JSON_LIST_NONE},
    {{"Records", 7}, KEY_RECORDS, JSON_LIST_NONE},
    {{"logEvents", 9}, KEY_RECORDS, JSON_LIST_NONE},
    /* Common names in ordinary events too, so only the first member counts: `aws logs filter-log-events`,
       `gcloud logging read` through the API and QRadar's Ariel API write nothing in front of it. */
    {{"events", 6}, KEY_FIRST_RECORDS, JSON_LIST_EVENTS},
    {{"entries", 7}, KEY_FIRST_RECORDS, JSON_LIST_NONE},
    {{"flows", 5}, KEY_FIRST_RECORDS, JSON_LIST_FLOWS},
    {{"simarc", 6}, KEY_FIRST_RECORDS, JSON_LIST_SIMARC},
    {{"cursor", 6}, KEY_FIRST_RECORDS, JSON_LIST_CURSOR},
};

/* Enough to begin with that a cut line in front of a large document costs nobody an event: two etcd objects. */
static const uint64_t credit_first = 4 * MEBI;
static const uint64_t credit_max = LIMIT_JSON_DOCUMENT_BYTES;
static const uint64_t credit_per_byte = 4;
/* Behind an opening bracket; looked at again with each call. */
static const size_t blanks_max = 4096;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void note_key(struct json_frame *frame, str name)
{
    frame->key = KEY_OTHER;
    frame->key_list = JSON_LIST_NONE;
    for (size_t i = 0; i < countof(keys); i++) {
        if (str_eq(name, keys[i].name)) {
            frame->key = (uint8_t)keys[i].key;
            frame->key_list = (uint8_t)keys[i].list;
        }
    }
}

static void frame_reset(struct json_frame *frame)
{
    uint64_t credit = frame->credit;
    /* The bracket kinds need no clearing: a level is written before it is read. */
    memset(frame, 0, offsetof(struct json_frame, kinds));
    frame->credit = credit;
    frame->is_pending = true;
}

void json_frame_init(struct json_frame *frame)
{
    memset(frame, 0, sizeof(*frame));
    frame->credit = credit_first;
    frame->is_pending = true;
}

/* ---- brackets of the value being scanned --------------------------------------------------------------------------
 */

static bool is_in_object(const struct json_frame *frame)
{
    uint32_t level = frame->depth - 1;
    return frame->kinds[level / 64] >> level % 64 & 1;
}

static bool open_bracket(struct json_frame *frame, char bracket)
{
    if (frame->depth == LIMIT_JSON_DEPTH) {
        return false;
    }
    uint64_t bit = UINT64_C(1) << frame->depth % 64;
    uint64_t *word = &frame->kinds[frame->depth / 64];
    *word = bracket == '{' ? *word | bit : *word & ~bit;
    frame->depth++;
    return true;
}

/* The value being scanned has an outermost object, and we are right inside it. */
static bool is_in_outermost_object(const struct json_frame *frame)
{
    return frame->depth == 1 && (frame->kinds[0] & 1);
}

static void value_begin(struct json_frame *frame, size_t start, enum frame_state state)
{
    frame->state = (uint8_t)state;
    frame->start = start;
    frame->scanned = start;
    frame->token = start;
    frame->items_at = 0;
    frame->line_end = 0;
    frame->scan = (struct json_scan){0};
    frame->depth = 0;
    frame->grammar = EXPECT_VALUE;
    frame->key = KEY_OTHER;
    frame->key_list = JSON_LIST_NONE;
    frame->list_hint = LIST_NO;
    frame->has_members = frame->has_api_version = frame->has_kind = frame->is_list = false;
}

static void push_level(struct json_frame *frame, bool is_object, enum json_list name)
{
    frame->level_names[frame->levels] = (uint8_t)name;
    uint8_t bit = (uint8_t)(1u << frame->levels);
    frame->level_kinds = (uint8_t)(is_object ? frame->level_kinds | bit : frame->level_kinds & ~bit);
    frame->levels++;
}

/* The value turns out to be a list (or, in its rest, to hold another): its first element is at `at`. */
static void enter_list(struct json_frame *frame, size_t at, enum json_list name)
{
    if (frame->state != STATE_REST) {
        push_level(frame, /* is_object */ true, JSON_LIST_NONE);
    }
    push_level(frame, /* is_object */ false, name);
    frame->state = STATE_ELEMENT;
    frame->scanned = at;
    frame->needs_comma = false;
    frame->is_pending = true;
}

static bool has_room_for_list(const struct json_frame *frame)
{
    return frame->levels + 2 <= JSON_FRAME_LEVELS_MAX;
}

/* ---- quick scan: a value on one line -------------------------------------------------------------------------------
 */

/* A '[' right inside the outermost object: does one of our keys stand in front of it? */
static bool is_list_key_before(str bytes, size_t start, size_t at)
{
    while (at > start && is_blank(bytes.data[at - 1])) {
        at--;
    }
    if (at <= start || bytes.data[at - 1] != ':') {
        return false;
    }
    at--;
    while (at > start && is_blank(bytes.data[at - 1])) {
        at--;
    }
    for (size_t i = 0; i < countof(keys); i++) {
        size_t len = keys[i].name.len + 2;
        if (keys[i].key >= KEY_ITEMS && at >= start + len && bytes.data[at - 1] == '"' && bytes.data[at - len] == '"' &&
            memcmp(bytes.data + at - len + 1, keys[i].name.data, keys[i].name.len) == 0) {
            return true;
        }
    }
    return false;
}

/* Applies the structure of up to 64 bytes at `at`. STEP_AGAIN: go on behind them. */
static enum step quick_block(struct json_frame *frame, str bytes, size_t at, const struct json_block *block)
{
    uint64_t before_line = block->lines ? (block->lines & (~block->lines + 1)) - 1 : UINT64_MAX;
    for (uint64_t bits = block->brackets & before_line; bits; bits &= bits - 1) {
        size_t i = at + (size_t)__builtin_ctzll(bits);
        char c = bytes.data[i];
        if (c == '{' || c == '[') {
            if (c == '[' && is_in_outermost_object(frame) && has_room_for_list(frame) &&
                is_list_key_before(bytes, frame->start, i)) {
                value_begin(frame, frame->start, STATE_CAREFUL);
                return STEP_AGAIN;
            }
            if (!open_bracket(frame, c)) {
                return STEP_DAMAGED;
            }
            continue;
        }
        if (frame->depth == 0 || is_in_object(frame) != (c == '}')) {
            return STEP_DAMAGED;
        }
        frame->depth--;
        if (frame->depth == 0) {
            frame->scanned = i + 1;
            return frame->scanned - frame->base > LIMIT_JSON_DOCUMENT_BYTES ? STEP_DAMAGED : STEP_VALUE;
        }
    }
    if (block->lines) {
        value_begin(frame, frame->start, STATE_CAREFUL);
    }
    return STEP_AGAIN;
}

static enum step scan_quick(struct json_frame *frame, str bytes, bool at_end)
{
    while (bytes.len - frame->scanned >= JSON_SCAN_BYTES) {
        struct json_block block = json_scan_block(&frame->scan, bytes.data + frame->scanned);
        if (block.brackets | block.lines) {
            enum step step = quick_block(frame, bytes, frame->scanned, &block);
            if (step != STEP_AGAIN || frame->state != STATE_QUICK) {
                return step;
            }
        }
        frame->scanned += JSON_SCAN_BYTES;
        if (frame->scanned - frame->base > LIMIT_JSON_DOCUMENT_BYTES) {
            return STEP_DAMAGED;
        }
    }
    /* The tail is looked at without being taken: when more bytes come, its block is scanned again as a whole. */
    struct json_frame saved = *frame;
    char tail[JSON_SCAN_BYTES];
    memset(tail, ' ', sizeof(tail));
    memcpy(tail, bytes.data + frame->scanned, bytes.len - frame->scanned);
    struct json_block block = json_scan_block(&frame->scan, tail);
    enum step step = quick_block(frame, bytes, frame->scanned, &block);
    if (step != STEP_AGAIN || frame->state != STATE_QUICK) {
        return step;
    }
    if (at_end) {
        return STEP_DAMAGED;
    }
    *frame = saved;
    return STEP_MORE;
}

/* ---- careful scan --------------------------------------------------------------------------------------------------
 */

/* A value has ended in front of `frame->scanned`. */
static enum step after_value(struct json_frame *frame)
{
    if (frame->depth > 0) {
        frame->grammar = EXPECT_COMMA_OR_CLOSE;
        return STEP_AGAIN;
    }
    if (frame->items_at && frame->is_list) {
        enter_list(frame, frame->items_at, JSON_LIST_NONE);
        return STEP_AGAIN;
    }
    return STEP_VALUE;
}

static enum step after_key(struct json_frame *frame, str key)
{
    frame->grammar = EXPECT_COLON;
    if (is_in_outermost_object(frame)) {
        note_key(frame, key);
        if (frame->key == KEY_FIRST_RECORDS) {
            frame->key = frame->has_members ? KEY_OTHER : KEY_RECORDS;
        }
        frame->has_members = true;
        frame->has_api_version |= frame->key == KEY_API_VERSION;
    }
    return STEP_AGAIN;
}

/* In a string from frame->token; *at is where to go on. */
static enum step pass_string(struct json_frame *frame, str bytes, const char **at, const char *end)
{
    for (;;) {
        *at = json_scan_string(*at, end);
        if (*at == end) {
            return STEP_MORE;
        }
        if (**at == '\n') {
            return STEP_DAMAGED; /* a string cannot hold one: the line was cut */
        }
        if (**at == '"') {
            break;
        }
        if (end - *at < 2) {
            return STEP_MORE;
        }
        if ((*at)[1] == '\n') {
            return STEP_DAMAGED;
        }
        *at += 2;
    }
    size_t close = (size_t)(*at - bytes.data);
    str text = str_slice(bytes, frame->token + 1, close);
    (*at)++;
    if (frame->grammar == IN_KEY) {
        return after_key(frame, text);
    }
    if (is_in_outermost_object(frame) && frame->key == KEY_KIND) {
        frame->has_kind = true;
        frame->is_list = str_ends_with(text, STR("List"));
    }
    return after_value(frame);
}

static bool is_word_byte(char c)
{
    return ascii_is_digit(c) || ascii_is_alpha(c) || c == '-' || c == '+' || c == '.';
}

static bool is_number(str word)
{
    for (size_t i = 1; i < word.len; i++) {
        char c = word.data[i];
        if (!ascii_is_digit(c) && c != '.' && c != '-' && c != '+' && (c | 0x20) != 'e') {
            return false;
        }
    }
    return ascii_is_digit(word.data[0]) || (word.len > 1 && word.data[0] == '-');
}

static enum step pass_word(struct json_frame *frame, str bytes, const char **at, const char *end, bool is_all)
{
    while (*at < end && is_word_byte(**at)) {
        (*at)++;
    }
    if (*at == end && !is_all) {
        return STEP_MORE;
    }
    str word = str_slice(bytes, frame->token, (size_t)(*at - bytes.data));
    bool is_known = str_eq(word, STR("true")) || str_eq(word, STR("false")) || str_eq(word, STR("null")) ||
                    str_eq(word, STR("NaN")) || is_number(word);
    return is_known ? after_value(frame) : STEP_DAMAGED;
}

static enum list_hint list_hint_for(const struct json_frame *frame)
{
    if (!is_in_outermost_object(frame) || !has_room_for_list(frame)) {
        return LIST_NO;
    }
    if (frame->key == KEY_RECORDS) {
        return LIST_YES;
    }
    if (frame->key == KEY_ITEMS) {
        /* An object with an apiVersion has a kind too, and in that world `items` is a list's. */
        return frame->is_list || (!frame->has_kind && frame->has_api_version) ? LIST_YES
               : !frame->has_kind                                             ? LIST_IF_KIND_FOLLOWS
                                                                              : LIST_NO;
    }
    return LIST_NO;
}

/* A value begins with the byte at `at`. */
static enum step begin_value(struct json_frame *frame, char c, size_t at)
{
    frame->token = at;
    if (c == '"') {
        frame->grammar = IN_STRING;
        return STEP_AGAIN;
    }
    if (c == '{' || c == '[') {
        enum list_hint hint = c == '[' ? list_hint_for(frame) : LIST_NO;
        frame->list_hint = (uint8_t)hint;
        frame->grammar = c == '{' ? EXPECT_KEY_OR_CLOSE : EXPECT_ELEMENT_OR_CLOSE;
        return open_bracket(frame, c) ? STEP_AGAIN : STEP_DAMAGED;
    }
    frame->grammar = IN_WORD;
    return is_word_byte(c) ? STEP_AGAIN : STEP_DAMAGED;
}

static enum step close_bracket(struct json_frame *frame, char c)
{
    if (frame->depth == 0 || is_in_object(frame) != (c == '}')) {
        return STEP_DAMAGED;
    }
    frame->depth--;
    return after_value(frame);
}

/* One byte of structure. frame->scanned is behind it, unless the list it begins has been entered. */
static enum step pass_byte(struct json_frame *frame, char c, size_t at)
{
    switch (frame->grammar) {
    case EXPECT_VALUE:
        return begin_value(frame, c, at);
    case EXPECT_ELEMENT_OR_CLOSE:
        if (c == ']') {
            return close_bracket(frame, c);
        }
        if (frame->list_hint == LIST_YES && c == '{') {
            enter_list(frame, at, (enum json_list)frame->key_list);
            return STEP_AGAIN;
        }
        if (frame->list_hint == LIST_IF_KIND_FOLLOWS && c == '{') {
            frame->items_at = at;
        }
        frame->list_hint = LIST_NO;
        return begin_value(frame, c, at);
    case EXPECT_KEY:
    case EXPECT_KEY_OR_CLOSE:
        if (c == '"') {
            frame->token = at;
            frame->grammar = IN_KEY;
            return STEP_AGAIN;
        }
        return frame->grammar == EXPECT_KEY_OR_CLOSE && c == '}' ? close_bracket(frame, c) : STEP_DAMAGED;
    case EXPECT_COLON:
        frame->grammar = EXPECT_VALUE;
        return c == ':' ? STEP_AGAIN : STEP_DAMAGED;
    default: /* EXPECT_COMMA_OR_CLOSE */
        if (c == ',') {
            frame->grammar = is_in_object(frame) ? EXPECT_KEY : EXPECT_VALUE;
            return STEP_AGAIN;
        }
        return c == '}' || c == ']' ? close_bracket(frame, c) : STEP_DAMAGED;
    }
}

/* How far a value may be scanned now: as far as it may be long, and behind its first line as far as the credit goes. */
static size_t scan_limit(const struct json_frame *frame)
{
    size_t limit = frame->base + LIMIT_JSON_DOCUMENT_BYTES;
    if (frame->line_end && frame->credit < limit - frame->line_end) {
        limit = frame->line_end + (size_t)frame->credit;
    }
    return limit;
}

/* {" at the begin of a line inside a value: no printer of JSON writes that outside of lists, but it is how an event of
 * its own begins. A line {"x": in front of it and a } behind it must not take it in. */
static bool begins_event(const struct json_frame *frame, str bytes, size_t at)
{
    return at > frame->start && frame->items_at == 0 && bytes.data[at - 1] == '\n' && at + 1 < bytes.len &&
           bytes.data[at + 1] == '"';
}

static enum step scan_careful(struct json_frame *frame, str bytes, bool at_end)
{
    size_t limit = scan_limit(frame);
    const char *end = bytes.data + (bytes.len < limit ? bytes.len : limit);
    const char *at = bytes.data + frame->scanned;
    uint8_t state = frame->state;
    enum step step = STEP_AGAIN;
    while (at < end && step == STEP_AGAIN && frame->state == state) {
        char c = *at;
        if (frame->grammar == IN_STRING || frame->grammar == IN_KEY) {
            step = pass_string(frame, bytes, &at, end);
        } else if (frame->grammar == IN_WORD) {
            step = pass_word(frame, bytes, &at, end, at_end);
        } else if (is_blank(c)) {
            at++;
            if (c == '\n' && frame->line_end == 0) {
                frame->line_end = (size_t)(at - bytes.data);
                limit = scan_limit(frame);
                end = bytes.data + (bytes.len < limit ? bytes.len : limit);
            }
        } else if (c == '{' && at + 1 == end && !at_end && bytes.len < limit) {
            step = STEP_MORE; /* what follows it matters */
        } else {
            at++;
            step = pass_byte(frame, c, (size_t)(at - bytes.data) - 1);
            if (frame->grammar == IN_WORD) {
                at--;
            } else if (c == '{' && frame->state == state && begins_event(frame, bytes, (size_t)(at - bytes.data) - 1)) {
                step = STEP_DAMAGED;
            }
        }
    }
    if (frame->state != state) {
        return STEP_AGAIN; /* a list was entered; frame->scanned is its first element */
    }
    frame->scanned = (size_t)(at - bytes.data);
    if (step == STEP_VALUE || step == STEP_DAMAGED) {
        return step;
    }
    return bytes.len >= limit || at_end ? STEP_DAMAGED : STEP_MORE;
}

/* ---- lists ---------------------------------------------------------------------------------------------------------
 */

/* The first byte at or behind `from` that is not blank; SIZE_MAX if there is none in memory. */
static size_t next_byte(str bytes, size_t from)
{
    while (from < bytes.len && is_blank(bytes.data[from])) {
        from++;
    }
    return from < bytes.len ? from : SIZE_MAX;
}

/* A value begins at `at`: an array whose first element is an object or array is a list, and entered. */
static enum step begin_element(struct json_frame *frame, str bytes, size_t at, bool at_end)
{
    char c = bytes.data[at];
    size_t next = c == '{' || c == '[' ? next_byte(bytes, at + 1) : at;
    if (next == SIZE_MAX || next - at > blanks_max) {
        return next != SIZE_MAX || at_end || bytes.len - at > blanks_max ? STEP_DAMAGED : STEP_MORE;
    }
    if (c == '[' && (bytes.data[next] == '{' || bytes.data[next] == '[') && frame->levels < JSON_FRAME_LEVELS_MAX) {
        push_level(frame, /* is_object */ false, JSON_LIST_NONE);
        frame->state = STATE_ELEMENT;
        frame->scanned = at + 1;
        frame->needs_comma = false;
        return STEP_AGAIN;
    }
    if (frame->levels == 0 && c != '{') {
        return STEP_DAMAGED; /* a line of text in brackets */
    }
    if (c == '{' && bytes.data[next] != '"' && bytes.data[next] != '}') {
        return STEP_DAMAGED; /* a line of text in braces */
    }
    value_begin(frame, at, c == '{' ? STATE_QUICK : STATE_CAREFUL);
    return STEP_AGAIN;
}

static enum step scan_outer(struct json_frame *frame, str bytes, bool at_end)
{
    size_t at = next_byte(bytes, frame->scanned);
    if (at == SIZE_MAX) {
        frame->scanned = frame->base = bytes.len;
        return at_end ? STEP_END : STEP_MORE;
    }
    return begin_element(frame, bytes, at, at_end);
}

/* An array of elements ends: behind it goes on what it stands in. */
static void leave_list(struct json_frame *frame)
{
    frame->levels--;
    if (frame->levels == 0) {
        frame->state = STATE_DONE;
        return;
    }
    bool is_object = frame->level_kinds >> (frame->levels - 1) & 1;
    if (!is_object) {
        frame->state = STATE_ELEMENT;
        frame->needs_comma = true;
        return;
    }
    value_begin(frame, frame->scanned, STATE_REST);
    (void)open_bracket(frame, '{');
    frame->grammar = EXPECT_COMMA_OR_CLOSE;
    frame->has_members = true;
}

static enum step scan_element(struct json_frame *frame, str bytes, bool at_end)
{
    for (;;) {
        size_t at = next_byte(bytes, frame->scanned);
        size_t passed = at == SIZE_MAX ? bytes.len : at;
        if (!frame->is_pending) {
            frame->base = passed;
        }
        if (at == SIZE_MAX) {
            frame->scanned = passed;
            if (at_end) {
                return frame->is_pending ? STEP_DAMAGED : STEP_END;
            }
            return passed - frame->base > LIMIT_JSON_DOCUMENT_BYTES ? STEP_DAMAGED : STEP_MORE;
        }
        char c = bytes.data[at];
        if (c == ']') {
            frame->scanned = at + 1;
            leave_list(frame);
            if (!frame->is_pending) {
                frame->base = frame->scanned;
            }
            return STEP_AGAIN;
        }
        if (c != ',') {
            frame->scanned = at;
            return frame->needs_comma ? STEP_DAMAGED : begin_element(frame, bytes, at, at_end);
        }
        if (!frame->needs_comma) {
            return STEP_DAMAGED;
        }
        frame->needs_comma = false;
        frame->scanned = at + 1;
    }
}

/* Behind the elements of a list object. */
static enum step scan_rest(struct json_frame *frame, str bytes, bool at_end)
{
    if (at_end && next_byte(bytes, frame->base) == SIZE_MAX) {
        frame->base = bytes.len;
        return STEP_END; /* cut behind the last element: nothing is lost */
    }
    enum step step = scan_careful(frame, bytes, at_end);
    if (step != STEP_VALUE) {
        return step;
    }
    frame->levels--; /* the object; it stands in an array, or in nothing */
    frame->state = frame->levels > 0 ? STATE_ELEMENT : STATE_DONE;
    frame->needs_comma = true;
    frame->base = frame->scanned;
    return STEP_AGAIN;
}

/* ---- the machine ---------------------------------------------------------------------------------------------------
 */

static enum step scan_done(struct json_frame *frame, str bytes, bool at_end)
{
    size_t at = frame->scanned;
    while (at < bytes.len && bytes.data[at] != '\n' && (is_blank(bytes.data[at]) || bytes.data[at] == ',')) {
        at++;
    }
    frame->scanned = at;
    if (at == bytes.len && !at_end && at - frame->base < LIMIT_JSON_DOCUMENT_BYTES) {
        return STEP_MORE;
    }
    if (at == bytes.len || bytes.data[at] == '\n') {
        frame->base = at < bytes.len ? at + 1 : at;
    }
    return STEP_END;
}

static enum step frame_step(struct json_frame *frame, str bytes, bool at_end)
{
    switch (frame->state) {
    case STATE_OUTER:
        return scan_outer(frame, bytes, at_end);
    case STATE_ELEMENT:
        return scan_element(frame, bytes, at_end);
    case STATE_QUICK:
        return scan_quick(frame, bytes, at_end);
    case STATE_CAREFUL:
        return scan_careful(frame, bytes, at_end);
    case STATE_REST:
        return scan_rest(frame, bytes, at_end);
    default:
        return scan_done(frame, bytes, at_end);
    }
}

static void earn_credit(struct json_frame *frame, size_t bytes)
{
    uint64_t earned = bytes < credit_max ? bytes * credit_per_byte : credit_max;
    frame->credit = frame->credit + earned < credit_max ? frame->credit + earned : credit_max;
}

/* The line at the front goes back to the caller. */
static size_t give_damaged_line(struct json_frame *frame, str bytes, bool at_end, str *ret_value)
{
    size_t line_end = str_find_char(bytes, '\n', frame->base);
    size_t stop = line_end == SIZE_MAX ? bytes.len : line_end;
    size_t consumed = line_end == SIZE_MAX ? bytes.len : line_end + 1;
    *ret_value = str_slice(bytes, frame->base, stop);
    bool has_end = line_end != SIZE_MAX || at_end;
    if (has_end && ret_value->len > 0 && ret_value->data[ret_value->len - 1] == '\r') {
        ret_value->len--;
    }
    uint64_t wasted = frame->scanned > consumed ? frame->scanned - consumed : 0;
    frame->credit -= wasted < frame->credit ? wasted : frame->credit;
    earn_credit(frame, consumed);
    frame_reset(frame);
    return consumed;
}

static void rebase(struct json_frame *frame, size_t consumed)
{
    size_t *const offsets[] = {&frame->start, &frame->scanned, &frame->token, &frame->items_at, &frame->line_end};
    for (size_t i = 0; i < countof(offsets); i++) {
        *offsets[i] = *offsets[i] > consumed ? *offsets[i] - consumed : 0;
    }
    frame->base = 0;
}

enum json_frame_result json_frame_next(struct json_frame *frame, str bytes, bool at_end, size_t *ret_consumed,
                                       str *ret_value)
{
    enum step step;
    do {
        step = frame_step(frame, bytes, at_end);
    } while (step == STEP_AGAIN);
    switch (step) {
    case STEP_VALUE:
        *ret_value = str_slice(bytes, frame->start, frame->scanned);
        *ret_consumed = frame->scanned;
        frame->is_pending = false;
        frame->state = frame->levels > 0 ? STATE_ELEMENT : STATE_DONE;
        frame->needs_comma = true;
        earn_credit(frame, *ret_consumed);
        rebase(frame, *ret_consumed);
        return JSON_FRAME_VALUE;
    case STEP_MORE:
        *ret_consumed = frame->base;
        rebase(frame, frame->base);
        return JSON_FRAME_MORE;
    case STEP_END:
        *ret_consumed = frame->base;
        frame_reset(frame);
        return JSON_FRAME_END;
    default:
        *ret_consumed = give_damaged_line(frame, bytes, at_end, ret_value);
        return JSON_FRAME_DAMAGED;
    }
}
