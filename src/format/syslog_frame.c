#include "format/syslog_frame.h"

#include "format/log_time.h"

/* Frames inside frames: a relay or two; more is somebody playing. */
enum { FRAME_LEVELS_MAX = 4 };
/* RFC 3164 says 32 for the tag, RFC 5424 255 for the host. Longer words are text. */
enum { TAG_BYTES_MAX = 80, HOST_BYTES_MAX = 255, PROCESS_ID_BYTES_MAX = 128 };

static void skip_blanks(str *rest)
{
    size_t blanks = 0;
    while (blanks < rest->len && (rest->data[blanks] == ' ' || rest->data[blanks] == '\t')) {
        blanks++;
    }
    *rest = str_skip(*rest, blanks);
}

/* The bytes up to the next blank or the end. */
static str peek_word(str text)
{
    size_t end = 0;
    while (end < text.len && text.data[end] != ' ' && text.data[end] != '\t') {
        end++;
    }
    return str_slice(text, 0, end);
}

static bool is_host_char(char c)
{
    /* ':' for IPv6, '%' for its zone, '/' for relays that write "host/address". */
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '%' ||
           c == '/' || (unsigned char)c >= 0x80;
}

static bool is_host(str word)
{
    if (word.len == 0 || word.len > HOST_BYTES_MAX || word.data[word.len - 1] == ':') {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (!is_host_char(word.data[i])) {
            return false;
        }
    }
    return true;
}

/* ---- priority ---- */

/* <0> to <999>: numbers over 191 mean nothing, but whoever writes them must not hide the message behind them. */
static bool take_priority(str *rest, int *ret_priority)
{
    if (rest->len < 3 || rest->data[0] != '<' || !ascii_is_digit(rest->data[1])) {
        return false;
    }
    int value = 0;
    size_t at = 1;
    for (; at < rest->len && at <= 3 && ascii_is_digit(rest->data[at]); at++) {
        value = value * 10 + (rest->data[at] - '0');
    }
    if (at >= rest->len || rest->data[at] != '>') {
        return false;
    }
    *ret_priority = value <= 191 ? value : -1;
    *rest = str_skip(*rest, at + 1);
    return true;
}

/* "123 <34>...": RFC 6587's octet count, which is not checked: lines were cut at newlines already. */
static void skip_octet_count(str *rest)
{
    size_t at = 0;
    while (at < rest->len && at < 8 && ascii_is_digit(rest->data[at])) {
        at++;
    }
    if (at > 0 && at + 2 < rest->len && rest->data[at] == ' ' && rest->data[at + 1] == '<' &&
        ascii_is_digit(rest->data[at + 2])) {
        *rest = str_skip(*rest, at + 1);
    }
}

/* ---- what messages begin with ---- */

static bool is_structured_header(str text)
{
    return str_starts_with(text, STR("CEF:")) || str_starts_with(text, STR("LEEF:"));
}

#define WORD(text)                                                                                                     \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }

static bool is_one_of(str word, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* Behind a time without a priority: severities of application logs. */
static bool is_severity_word(str word)
{
    static const str words[] = {WORD("TRACE"), WORD("DEBUG"),    WORD("INFO"),   WORD("NOTICE"),
                                WORD("WARN"),  WORD("WARNING"),  WORD("ERROR"),  WORD("ERR"),
                                WORD("FATAL"), WORD("CRITICAL"), WORD("SEVERE"), WORD("PANIC")};
    return is_one_of(word, words, countof(words));
}

/* Behind an ISO time without a priority: what `docker events` reports on. */
static bool is_docker_object(str word)
{
    static const str words[] = {WORD("container"), WORD("image"),  WORD("network"), WORD("volume"),
                                WORD("daemon"),    WORD("plugin"), WORD("service"), WORD("node"),
                                WORD("secret"),    WORD("config"), WORD("builder")};
    return is_one_of(word, words, countof(words));
}

/* ---- tag ---- */

static bool is_tag_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '.' || c == '-' || c == '_' || c == '/' || c == '@' ||
           c == '(' || c == ')' || c == '%' || c == '+' || c == '#';
}

struct tag {
    str application;
    str process_id;
    str message;
};

/* "tag: text", "tag[pid]: text", "tag[pid] text". */
static bool parse_tag(str text, struct tag *ret)
{
    if (is_structured_header(text)) {
        return false;
    }
    size_t end = 0;
    while (end < text.len && end < TAG_BYTES_MAX && is_tag_char(text.data[end])) {
        end++;
    }
    if (end == 0 || end == text.len) {
        return false;
    }
    struct tag tag = {str_slice(text, 0, end), STR_EMPTY, STR_EMPTY};
    bool has_process_id = text.data[end] == '[';
    if (has_process_id) {
        size_t close = str_find_char(str_slice(text, 0, end + 2 + PROCESS_ID_BYTES_MAX), ']', end + 1);
        if (close == SIZE_MAX) {
            return false;
        }
        tag.process_id = str_slice(text, end + 1, close);
        end = close + 1;
    }
    str behind = str_skip(text, end);
    bool has_colon = behind.len > 0 && behind.data[0] == ':';
    bool is_followed_by_blank =
        behind.len <= has_colon || behind.data[has_colon] == ' ' || behind.data[has_colon] == '\t';
    if (!has_process_id && !(has_colon && is_followed_by_blank)) {
        return false;
    }
    if (has_process_id && !has_colon && !is_followed_by_blank) {
        return false;
    }
    behind = str_skip(behind, has_colon);
    skip_blanks(&behind);
    tag.message = behind;
    *ret = tag;
    return true;
}

static bool take_tag(str *rest, struct log_frame *frame)
{
    struct tag tag;
    if (!parse_tag(*rest, &tag)) {
        return false;
    }
    frame->application = tag.application;
    frame->process_id = tag.process_id;
    *rest = tag.message;
    return true;
}

/* ---- RFC 5424 ---- */

static str take_field(str *rest)
{
    str word = peek_word(*rest);
    *rest = str_skip(*rest, word.len);
    skip_blanks(rest);
    return str_eq(word, STR("-")) ? STR_EMPTY : word;
}

/* Elements [id name="value" ...], values with \" \\ \] escapes, or "-". */
static bool take_structured_data(str *rest, str *ret)
{
    if (rest->len > 0 && rest->data[0] == '-' && (rest->len == 1 || rest->data[1] == ' ')) {
        *ret = STR_EMPTY;
        *rest = str_skip(*rest, 1);
        return true;
    }
    size_t at = 0;
    while (at < rest->len && rest->data[at] == '[') {
        bool is_quoted = false;
        for (at++; at < rest->len && (is_quoted || rest->data[at] != ']'); at++) {
            if (rest->data[at] == '\\' && is_quoted) {
                at++;
            } else if (rest->data[at] == '"') {
                is_quoted = !is_quoted;
            }
        }
        if (at >= rest->len) {
            return false; /* cut, or not structured data at all: the message keeps it */
        }
        at++;
    }
    if (at == 0) {
        return false;
    }
    *ret = str_slice(*rest, 0, at);
    *rest = str_skip(*rest, at);
    return true;
}

static str skip_byte_order_mark(str text)
{
    return str_starts_with(text, STR("\xEF\xBB\xBF")) ? str_skip(text, 3) : text;
}

/* Behind the host: APP-NAME PROCID MSGID STRUCTURED-DATA MSG. Senders that stop after the host are common; then the
   rest is read like RFC 3164's. */
static void take_5424_tail(str *rest, struct log_frame *frame)
{
    str at = *rest;
    if (!is_structured_header(at)) {
        str application = take_field(&at);
        str process_id = take_field(&at);
        (void)take_field(&at); /* MSGID */
        str structured_data;
        if (take_structured_data(&at, &structured_data)) {
            frame->application = application;
            frame->process_id = process_id;
            frame->structured_data = structured_data;
            skip_blanks(&at);
            *rest = at;
            return;
        }
    }
    (void)take_tag(rest, frame);
}

/* Behind the priority: VERSION SP TIMESTAMP SP HOSTNAME ... */
static bool parse_5424(str text, const struct log_time_context *context, struct log_frame *frame, str *ret_message)
{
    if (text.len < 4 || !ascii_is_digit(text.data[0]) || text.data[0] == '0') {
        return false;
    }
    size_t digits = 1;
    digits += digits < text.len && ascii_is_digit(text.data[digits]);
    if (text.data[digits] != ' ') {
        return false;
    }
    str rest = str_skip(text, digits + 1);
    skip_blanks(&rest);
    if (str_starts_with(rest, STR("- "))) {
        rest = str_skip(rest, 1);
    } else {
        size_t time_bytes = log_time_scan(rest, context, &frame->time_ms);
        if (time_bytes == 0) {
            return false;
        }
        frame->has_time = true;
        rest = str_skip(rest, time_bytes);
    }
    skip_blanks(&rest);
    if (!is_structured_header(rest)) {
        frame->host = take_field(&rest);
    }
    take_5424_tail(&rest, frame);
    *ret_message = skip_byte_order_mark(rest);
    return true;
}

/* ---- RFC 3164 ---- */

/* Cisco: "29: ", "000123: host: " and '*' or '.' for an unsynchronised clock stand in front of the time. */
static void skip_sequence_number(str *rest)
{
    size_t digits = 0;
    while (digits < rest->len && digits < 12 && ascii_is_digit(rest->data[digits])) {
        digits++;
    }
    if (digits + 1 < rest->len && rest->data[digits] == ':' && rest->data[digits + 1] == ' ') {
        *rest = str_skip(*rest, digits + 2);
    }
}

static bool take_time(str *rest, const struct log_time_context *context, struct log_frame *frame)
{
    str at = *rest;
    if (at.len > 1 && (at.data[0] == '*' || at.data[0] == '.')) {
        at = str_skip(at, 1);
    }
    size_t bytes = log_time_scan(at, context, &frame->time_ms);
    if (bytes == 0) {
        return false;
    }
    frame->has_time = true;
    *rest = str_skip(at, bytes);
    return true;
}

/* "host: *Mar  1 18:48:50.483: %SYS-5-..." */
static bool take_host_before_time(str *rest, const struct log_time_context *context, struct log_frame *frame)
{
    str word = peek_word(*rest);
    if (word.len < 2 || word.data[word.len - 1] != ':' || !is_host(str_slice(word, 0, word.len - 1))) {
        return false;
    }
    str at = str_skip(*rest, word.len);
    skip_blanks(&at);
    if (!take_time(&at, context, frame)) {
        return false;
    }
    frame->host = str_slice(word, 0, word.len - 1);
    *rest = at;
    return true;
}

/* AIX: "Message forwarded from HOST: tag[pid]: text". */
static void skip_forwarding_note(str *rest, struct log_frame *frame)
{
    static const str note = {"Message forwarded from ", 23};
    if (!str_starts_with(*rest, note)) {
        return;
    }
    str at = str_skip(*rest, note.len);
    str word = peek_word(at);
    if (word.len > 1 && word.data[word.len - 1] == ':' && is_host(str_slice(word, 0, word.len - 1))) {
        frame->host = str_slice(word, 0, word.len - 1);
        at = str_skip(at, word.len);
        skip_blanks(&at);
        *rest = at;
    }
}

/* How sure we are that a host must follow the time. */
enum host_trust {
    HOST_BY_PRIORITY, /* syslog for certain */
    HOST_BY_BSD_TIME, /* "Nov 23 03:10:14": hardly anything else writes it */
    HOST_BY_TAG       /* any log may begin with an ISO time: a host must prove itself by what follows it */
};

static bool may_be_host(str word, enum host_trust trust)
{
    return is_host(word) && (trust == HOST_BY_PRIORITY || !is_severity_word(word)) &&
           (trust != HOST_BY_TAG || !is_docker_object(word));
}

/* "host tag[12]: text", "host text", "tag: text", "host: CEF:..."; what is not certain stays in the message. */
static void take_host_and_tag(str *rest, enum host_trust trust, struct log_frame *frame)
{
    str word = peek_word(*rest);
    str behind = str_skip(*rest, word.len);
    skip_blanks(&behind);
    bool ends_in_colon = word.len > 1 && word.data[word.len - 1] == ':';
    /* A colon makes it a tag, unless what follows has no place for a host of its own. */
    bool is_host_with_colon =
        ends_in_colon && (is_structured_header(behind) || str_starts_with(behind, STR("%"))) && word.data[0] != '%';
    struct tag tag;
    bool is_tag = !is_host_with_colon && (ends_in_colon || parse_tag(*rest, &tag));
    word.len -= is_host_with_colon;
    if (is_tag || is_structured_header(*rest) || word.data[0] == '%' || !may_be_host(word, trust)) {
        (void)take_tag(rest, frame);
        return;
    }
    if (str_starts_with(behind, STR(": "))) { /* Cisco ASA: "host : %ASA-6-..." */
        behind = str_skip(behind, 2);
        skip_blanks(&behind);
    }
    struct log_frame inner = {.application = STR_EMPTY, .process_id = STR_EMPTY};
    str message = behind;
    if (!take_tag(&message, &inner) && trust == HOST_BY_TAG && !is_structured_header(behind) &&
        !str_starts_with(behind, STR("{"))) {
        return;
    }
    frame->host = word;
    frame->application = inner.application;
    frame->process_id = inner.process_id;
    *rest = message;
}

/* Container logs as containerd and CRI-O keep them: "TIME stdout F text"; P marks a part of a longer line. */
static bool take_container_stream(str *rest, struct log_frame *frame)
{
    static const str streams[] = {{"stdout ", 7}, {"stderr ", 7}};
    for (size_t i = 0; i < countof(streams); i++) {
        str at = *rest;
        if (!str_starts_with(at, streams[i])) {
            continue;
        }
        at = str_skip(at, streams[i].len);
        if (at.len >= 1 && (at.data[0] == 'F' || at.data[0] == 'P') && (at.len == 1 || at.data[1] == ' ')) {
            frame->application = str_slice(*rest, 0, streams[i].len - 1);
            *rest = str_skip(at, 2);
            return true;
        }
    }
    return false;
}

/* Everything but RFC 5424. */
static bool parse_3164(str text, bool has_pri, const struct log_time_context *context, struct log_frame *frame,
                       str *ret_message)
{
    str rest = text;
    skip_blanks(&rest);
    if (has_pri) {
        skip_sequence_number(&rest);
        if (rest.len > 0 && rest.data[0] == ':') { /* "<166>:Nov 23 ..." */
            rest = str_skip(rest, 1);
            skip_blanks(&rest);
        }
    }
    enum host_trust trust = has_pri                                         ? HOST_BY_PRIORITY
                            : rest.len > 0 && !ascii_is_digit(rest.data[0]) ? HOST_BY_BSD_TIME
                                                                            : HOST_BY_TAG;
    bool has_time = take_time(&rest, context, frame) || (has_pri && take_host_before_time(&rest, context, frame));
    if (!has_time) {
        if (!has_pri) {
            return false;
        }
        (void)take_tag(&rest, frame);
        *ret_message = rest;
        return true;
    }
    if (rest.len > 0 && rest.data[0] == ':') {
        rest = str_skip(rest, 1);
    }
    skip_blanks(&rest);
    skip_forwarding_note(&rest, frame);
    if (frame->host.len > 0) {
        (void)take_tag(&rest, frame);
    } else if (rest.len > 0 && !(trust == HOST_BY_TAG && take_container_stream(&rest, frame))) {
        take_host_and_tag(&rest, trust, frame);
    }
    *ret_message = rest;
    return true;
}

/* "node-01 sshd[123]: text" without a time, as journal exports and container logs have it. The number in brackets and
   the colon are what tells it from prose. */
static bool parse_host_and_tag(str text, struct log_frame *frame, str *ret_message)
{
    str word = peek_word(text);
    if (!is_host(word) || word.len + 1 >= text.len) {
        return false;
    }
    struct tag tag;
    if (!parse_tag(str_skip(text, word.len + 1), &tag) || tag.process_id.len == 0) {
        return false;
    }
    const char *close = tag.process_id.data + tag.process_id.len;
    const char *end = text.data + text.len;
    if (end - close < 2 || close[1] != ':') {
        return false;
    }
    for (size_t i = 0; i < tag.process_id.len; i++) {
        if (!ascii_is_digit(tag.process_id.data[i])) {
            return false;
        }
    }
    frame->host = word;
    frame->application = tag.application;
    frame->process_id = tag.process_id;
    *ret_message = tag.message;
    return true;
}

/* ---- the whole ---- */

static bool parse_level(str line, const struct log_time_context *context, struct log_frame *ret_frame, str *ret_message)
{
    struct log_frame frame = {.is_present = true,
                              .priority = -1,
                              .host = STR_EMPTY,
                              .application = STR_EMPTY,
                              .process_id = STR_EMPTY,
                              .structured_data = STR_EMPTY};
    str rest = line;
    if (rest.len > 0 && ascii_is_digit(rest.data[0])) {
        skip_octet_count(&rest);
    }
    bool has_pri = take_priority(&rest, &frame.priority);
    bool is_frame = false;
    if (has_pri) {
        struct log_frame modern = frame;
        is_frame = parse_5424(rest, context, &modern, ret_message);
        if (is_frame) {
            frame = modern;
        }
    }
    is_frame = is_frame || parse_3164(rest, has_pri, context, &frame, ret_message) ||
               parse_host_and_tag(rest, &frame, ret_message);
    if (is_frame) {
        *ret_frame = frame;
    }
    return is_frame;
}

/* The inner frame is the sender's own: what it says counts, the relay fills the gaps. */
static void merge_frames(struct log_frame *outer, const struct log_frame *inner)
{
    if (inner->has_time) {
        outer->has_time = true;
        outer->time_ms = inner->time_ms;
    }
    outer->priority = inner->priority >= 0 ? inner->priority : outer->priority;
    outer->host = inner->host.len > 0 ? inner->host : outer->host;
    outer->application = inner->application;
    outer->process_id = inner->process_id;
    outer->structured_data = inner->structured_data.len > 0 ? inner->structured_data : outer->structured_data;
}

bool syslog_frame_parse(str line, const struct time_zone *zone, int64_t reference_ms, struct log_frame *ret_frame,
                        str *ret_message)
{
    /* One look at the first byte spares most other lines the rest: frames begin with '<', a digit, a letter, or what a
       Cisco puts before the time. */
    if (line.len == 0 || !(line.data[0] == '<' || line.data[0] == '*' || line.data[0] == '.' ||
                           ascii_is_digit(line.data[0]) || ascii_is_alpha(line.data[0]))) {
        return false;
    }
    const struct log_time_context context = {zone, reference_ms};
    struct log_frame frame;
    str message;
    if (!parse_level(line, &context, &frame, &message)) {
        return false;
    }
    for (int level = 1; level < FRAME_LEVELS_MAX && message.len > 2 && message.data[0] == '<'; level++) {
        struct log_frame inner;
        str inner_message;
        if (!ascii_is_digit(message.data[1]) || !parse_level(message, &context, &inner, &inner_message)) {
            break;
        }
        merge_frames(&frame, &inner);
        message = inner_message;
    }
    *ret_frame = frame;
    *ret_message = message;
    return true;
}
