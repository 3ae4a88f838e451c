#include "clickhouse/clickhouse_session.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/civil_time.h"
#include "base/late_library.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text_file.h"
#include "clickhouse/session_internal.h"

enum { CODE_NO_TABLE = 60, POLL_MS = 100, KILL_MS = 3000, TAIL_BYTES = 4096, QUERY_ID_BYTES = 64, NAME_BYTES = 64 };

/* ---- libcurl ----------------------------------------------------------------------------------------------------- */

static struct {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_easy_reset) *easy_reset;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_perform) *easy_perform;
    __typeof__(curl_easy_pause) *easy_pause;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_multi_init) *multi_init;
    __typeof__(curl_multi_cleanup) *multi_cleanup;
    __typeof__(curl_multi_add_handle) *multi_add;
    __typeof__(curl_multi_remove_handle) *multi_remove;
    __typeof__(curl_multi_perform) *multi_perform;
    __typeof__(curl_multi_poll) *multi_poll;
    __typeof__(curl_multi_info_read) *multi_info;
    __typeof__(curl_slist_append) *list_append;
    __typeof__(curl_slist_free_all) *list_free;
} curl;
static const struct late_function curl_functions[] = {
    {LATE_NAME(curl_global_init), LATE_FUNCTION(curl.global_init)},
    {LATE_NAME(curl_easy_init), LATE_FUNCTION(curl.easy_init)},
    {LATE_NAME(curl_easy_cleanup), LATE_FUNCTION(curl.easy_cleanup)},
    {LATE_NAME(curl_easy_reset), LATE_FUNCTION(curl.easy_reset)},
    {LATE_NAME(curl_easy_setopt), LATE_FUNCTION(curl.easy_setopt)},
    {LATE_NAME(curl_easy_getinfo), LATE_FUNCTION(curl.easy_getinfo)},
    {LATE_NAME(curl_easy_perform), LATE_FUNCTION(curl.easy_perform)},
    {LATE_NAME(curl_easy_pause), LATE_FUNCTION(curl.easy_pause)},
    {LATE_NAME(curl_easy_strerror), LATE_FUNCTION(curl.easy_strerror)},
    {LATE_NAME(curl_multi_init), LATE_FUNCTION(curl.multi_init)},
    {LATE_NAME(curl_multi_cleanup), LATE_FUNCTION(curl.multi_cleanup)},
    {LATE_NAME(curl_multi_add_handle), LATE_FUNCTION(curl.multi_add)},
    {LATE_NAME(curl_multi_remove_handle), LATE_FUNCTION(curl.multi_remove)},
    {LATE_NAME(curl_multi_perform), LATE_FUNCTION(curl.multi_perform)},
    {LATE_NAME(curl_multi_poll), LATE_FUNCTION(curl.multi_poll)},
    {LATE_NAME(curl_multi_info_read), LATE_FUNCTION(curl.multi_info)},
    {LATE_NAME(curl_slist_append), LATE_FUNCTION(curl.list_append)},
    {LATE_NAME(curl_slist_free_all), LATE_FUNCTION(curl.list_free)},
};
static struct late_library curl_library = LATE_LIBRARY("libcurl.so.4", curl_functions);
static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static bool curl_is_ready;

static void load_curl(void)
{
    curl_is_ready = late_library_load(&curl_library) && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static tocsin_status need_curl(struct error *err)
{
    (void)pthread_once(&curl_once, load_curl);
    if (curl_is_ready) {
        return TOCSIN_OK;
    }
    tocsin_status status =
        error_set(err, TOCSIN_ERROR_CONFIG, "speaking to ClickHouse needs libcurl, and libcurl.so.4 cannot be loaded");
    error_hint(err, "install it (Debian: libcurl4)");
    return status;
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

struct clickhouse_session {
    const struct clickhouse_address *address;
    struct clickhouse_options options;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    const char *settings; /* of every query, beside its own; NULL: none */
    struct strbuf url;
    struct strbuf piece;   /* of the answer, since the last read */
    struct strbuf refusal; /* the body of an answer that is none */
    char tail[TAIL_BYTES]; /* the last bytes of the answer */
    size_t tail_len;
    char curl_text[CURL_ERROR_SIZE];
    /* the query under way */
    struct clickhouse_query query;
    char query_id[QUERY_ID_BYTES];
    size_t sent;  /* of its text, a line end and its data */
    bool is_sent; /* the transfer is part of `multi` */
    bool is_paused;
    bool is_over;
    bool has_frame; /* the answer says where it ends: what is cut looks cut */
    CURLcode result;
    int64_t opened_ms;
    int64_t begun_ms;
    int64_t heard_ms;
    int64_t table_gone_ms; /* since when the table is not there; 0: it is */
    enum clickhouse_failure failure;
    unsigned code;
    /* the server */
    enum clickhouse_dialect dialect;
    char version[NAME_BYTES];
    char zone[NAME_BYTES];
};

static int64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

const struct clickhouse_address *clickhouse_session_address(const struct clickhouse_session *session)
{
    return session->address;
}

enum clickhouse_dialect clickhouse_session_dialect(const struct clickhouse_session *session)
{
    return session->dialect;
}

const char *clickhouse_session_version(const struct clickhouse_session *session)
{
    return session->version;
}

void clickhouse_session_set(struct clickhouse_session *session, const char *settings)
{
    session->settings = settings;
}

const char *clickhouse_session_zone(const struct clickhouse_session *session)
{
    return session->zone;
}

enum clickhouse_failure clickhouse_session_failure(const struct clickhouse_session *session)
{
    return session->failure;
}

unsigned clickhouse_session_code(const struct clickhouse_session *session)
{
    return session->code;
}

/* ---- what libcurl calls ------------------------------------------------------------------------------------------ */

static void keep_tail(struct clickhouse_session *session, const char *bytes, size_t count)
{
    if (count >= TAIL_BYTES) {
        memcpy(session->tail, bytes + count - TAIL_BYTES, TAIL_BYTES);
        session->tail_len = TAIL_BYTES;
        return;
    }
    size_t kept = session->tail_len < TAIL_BYTES - count ? session->tail_len : TAIL_BYTES - count;
    memmove(session->tail, session->tail + session->tail_len - kept, kept);
    memcpy(session->tail + kept, bytes, count);
    session->tail_len = kept + count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct clickhouse_session *session = context;
    long http_status = 0;
    (void)curl.easy_getinfo(session->easy, CURLINFO_RESPONSE_CODE, &http_status);
    session->heard_ms = now_ms();
    count *= size;
    if (http_status != 200) {
        size_t room = session->refusal.bytes_max - session->refusal.len;
        strbuf_append(&session->refusal, str_from(bytes, count < room ? count : room));
        return session->refusal.is_failed ? 0 : count;
    }
    if (session->piece.len > 0 && session->piece.len + count > LIMIT_CLICKHOUSE_PIECE_BYTES) {
        session->is_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    strbuf_append(&session->piece, str_from(bytes, count));
    keep_tail(session, bytes, count);
    return session->piece.is_failed ? 0 : count;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct clickhouse_session *session = context;
    str line = str_from(bytes, size * count);
    session->heard_ms = now_ms();
    session->has_frame |= str_eq_ignore_case(str_slice(line, 0, 15), STR("Content-Length:")) ||
                          str_eq_ignore_case(str_slice(line, 0, 18), STR("Transfer-Encoding:"));
    return line.len;
}

static void give_part(str part, size_t *at, char **target, size_t *room, size_t *given)
{
    if (*at >= part.len || *room == 0) {
        *at -= *at >= part.len ? part.len : *at;
        return;
    }
    size_t count = part.len - *at < *room ? part.len - *at : *room;
    memcpy(*target, part.data + *at, count);
    *target += count;
    *room -= count;
    *given += count;
    *at = 0;
}

/* The query, a line end, and the data. */
static size_t give_body(char *target, size_t size, size_t count, void *context)
{
    struct clickhouse_session *session = context;
    size_t at = session->sent;
    size_t room = size * count;
    size_t given = 0;
    give_part(session->query.sql, &at, &target, &room, &given);
    give_part(STR("\n"), &at, &target, &room, &given);
    give_part(session->query.data, &at, &target, &room, &given);
    for (size_t i = 0; i < session->query.piece_count && room > 0; i++) {
        give_part(session->query.pieces[i], &at, &target, &room, &given);
    }
    session->sent += given;
    session->heard_ms = now_ms();
    return given;
}

static int rewind_body(void *context, curl_off_t offset, int origin)
{
    struct clickhouse_session *session = context;
    if (origin != SEEK_SET || offset != 0) {
        return CURL_SEEKFUNC_CANTSEEK;
    }
    session->sent = 0;
    return CURL_SEEKFUNC_OK;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static tocsin_status wrong_password(const char *what, struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "the password of ClickHouse %s", what);
    error_hint(err, "it is one line of text");
    return status;
}

static tocsin_status add_header(struct clickhouse_session *session, const char *name, str value, struct error *err)
{
    struct strbuf line;
    strbuf_init(&line, 2 * LIMIT_CLICKHOUSE_PASSWORD_BYTES);
    strbuf_append(&line, str_from_cstring(name));
    strbuf_append(&line, value);
    strbuf_append_char(&line, '\0');
    struct curl_slist *grown = line.is_failed ? NULL : curl.list_append(session->headers, line.data);
    if (line.data) {
        explicit_bzero(line.data, line.capacity);
    }
    strbuf_release(&line);
    session->headers = grown ? grown : session->headers;
    return grown ? TOCSIN_OK : error_memory(err);
}

static tocsin_status add_password(struct clickhouse_session *session, str password, struct error *err)
{
    for (size_t i = 0; i < password.len; i++) {
        if ((unsigned char)password.data[i] < 0x20 || password.data[i] == 0x7F) {
            return wrong_password("has control bytes in it", err);
        }
    }
    if (password.len > LIMIT_CLICKHOUSE_PASSWORD_BYTES) {
        return wrong_password("is too long", err);
    }
    return password.len > 0 ? add_header(session, "X-ClickHouse-Key: ", password, err) : TOCSIN_OK;
}

/* Its first line. */
static tocsin_status add_password_of_file(struct clickhouse_session *session, const char *path, struct error *err)
{
    str text;
    tocsin_status status = text_file_read(path, LIMIT_CLICKHOUSE_PASSWORD_BYTES + 2, &text, err);
    if (status != TOCSIN_OK) {
        error_context(err, "the password of ClickHouse");
        return status;
    }
    str line = str_slice(text, 0, str_find_char(text, '\n', 0));
    if (str_ends_with(line, STR("\r"))) {
        line.len--;
    }
    status = add_password(session, line, err);
    char *data = (char *)(uintptr_t)text.data;
    explicit_bzero(data, text.len);
    memory_free(data);
    return status;
}

static tocsin_status add_credentials(struct clickhouse_session *session, struct error *err)
{
    const char *file = session->address->password_file;
    const char *path = *file ? file : getenv("TOCSIN_CLICKHOUSE_PASSWORD_FILE");
    const char *password = getenv("TOCSIN_CLICKHOUSE_PASSWORD");
    tocsin_status status = add_header(session, "X-ClickHouse-User: ", str_from_cstring(session->address->user), err);
    if (status == TOCSIN_OK && path && *path) {
        return add_password_of_file(session, path, err);
    }
    return status == TOCSIN_OK && password ? add_password(session, str_from_cstring(password), err) : status;
}

/* What every transfer of the session has. */
static void set_options(struct clickhouse_session *session, CURL *easy)
{
    const struct clickhouse_address *address = session->address;
    (void)curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, address->has_tls ? "https" : "http");
    (void)curl.easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl.easy_setopt(easy, CURLOPT_HTTPHEADER, session->headers);
    (void)curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)session->options.connect_ms);
    (void)curl.easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, session->curl_text);
    (void)curl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)curl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (*address->ca_file) {
        (void)curl.easy_setopt(easy, CURLOPT_CAINFO, address->ca_file);
    }
}

static tocsin_status prepare_transfer(struct clickhouse_session *session, struct error *err)
{
    session->multi = curl.multi_init();
    session->easy = curl.easy_init();
    if (!session->multi || !session->easy) {
        return error_memory(err);
    }
    /* Sizes are known, so no question is asked before the data is sent. */
    tocsin_status status = add_header(session, "Expect:", STR_EMPTY, err);
    status = status == TOCSIN_OK ? add_header(session, "Content-Type: ", STR("application/octet-stream"), err) : status;
    status = status == TOCSIN_OK ? add_credentials(session, err) : status;
    set_options(session, session->easy);
    (void)curl.easy_setopt(session->easy, CURLOPT_BUFFERSIZE, 256L * 1024);
    (void)curl.easy_setopt(session->easy, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
    (void)curl.easy_setopt(session->easy, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl.easy_setopt(session->easy, CURLOPT_WRITEDATA, session);
    (void)curl.easy_setopt(session->easy, CURLOPT_HEADERFUNCTION, take_header);
    (void)curl.easy_setopt(session->easy, CURLOPT_HEADERDATA, session);
    (void)curl.easy_setopt(session->easy, CURLOPT_READFUNCTION, give_body);
    (void)curl.easy_setopt(session->easy, CURLOPT_READDATA, session);
    (void)curl.easy_setopt(session->easy, CURLOPT_SEEKFUNCTION, rewind_body);
    (void)curl.easy_setopt(session->easy, CURLOPT_SEEKDATA, session);
    return status;
}

/* The version says how the server is spoken to. */
static tocsin_status meet(struct clickhouse_session *session, struct error *err)
{
    struct strbuf answer;
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    tocsin_status status = clickhouse_ask(session, STR("SELECT version(), timezone()"), &answer, err);
    str rest = strbuf_str(&answer);
    str line;
    str version = STR_EMPTY;
    str zone = STR_EMPTY;
    if (status == TOCSIN_OK) {
        bool is_answer = clickhouse_text_line(&rest, &line) && clickhouse_text_field(&line, &version) &&
                         clickhouse_text_field(&line, &zone) && version.len < NAME_BYTES && zone.len < NAME_BYTES;
        char place[300];
        clickhouse_place(session->address, place, sizeof(place));
        status = is_answer ? clickhouse_dialect_find(version, &session->dialect, err)
                           : error_set(err, TOCSIN_ERROR_INPUT, "it does not say its version");
        if (status != TOCSIN_OK) {
            error_context(err, "ClickHouse at %s", place);
        } else {
            memcpy(session->version, version.data, version.len);
            memcpy(session->zone, zone.data, zone.len);
        }
    }
    strbuf_release(&answer);
    return status;
}

tocsin_status clickhouse_session_open(const struct clickhouse_address *address,
                                      const struct clickhouse_options *options, struct clickhouse_session **ret_session,
                                      struct error *err)
{
    tocsin_status status = need_curl(err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct clickhouse_session *session = memory_allocate_zeroed(1, sizeof(*session));
    if (!session) {
        return error_memory(err);
    }
    session->address = address;
    session->options = options ? *options : (struct clickhouse_options){0};
    session->opened_ms = now_ms();
    struct clickhouse_options *own = &session->options;
    own->connect_ms = own->connect_ms > 0 ? own->connect_ms : LIMIT_CLICKHOUSE_CONNECT_MS;
    own->silence_ms = own->silence_ms > 0 ? own->silence_ms : LIMIT_CLICKHOUSE_SILENCE_MS;
    own->table_ms = own->table_ms > 0 ? own->table_ms : LIMIT_CLICKHOUSE_TABLE_MS;
    strbuf_init(&session->url, LIMIT_CLICKHOUSE_URL_BYTES);
    strbuf_init(&session->piece, 2 * LIMIT_CLICKHOUSE_PIECE_BYTES);
    strbuf_init(&session->refusal, LIMIT_CLICKHOUSE_REFUSAL_BYTES);
    status = prepare_transfer(session, err);
    status = status == TOCSIN_OK ? meet(session, err) : status;
    if (status != TOCSIN_OK) {
        clickhouse_session_free(session);
        return status;
    }
    *ret_session = session;
    return TOCSIN_OK;
}

void clickhouse_session_free(struct clickhouse_session *session)
{
    if (!session) {
        return;
    }
    clickhouse_query_end(session);
    if (session->easy) {
        curl.easy_cleanup(session->easy);
    }
    if (session->multi) {
        (void)curl.multi_cleanup(session->multi);
    }
    for (struct curl_slist *header = session->headers; header; header = header->next) {
        explicit_bzero(header->data, strlen(header->data)); /* one is the password */
    }
    curl.list_free(session->headers);
    strbuf_release(&session->url);
    strbuf_release(&session->piece);
    strbuf_release(&session->refusal);
    memory_free(session);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static void append_escaped(struct strbuf *url, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_' || c == '.') {
            strbuf_append_char(url, c);
        } else {
            strbuf_append_format(url, "%%%02X", (unsigned)(unsigned char)c);
        }
    }
}

/* `settings` NULL: none. `query_id` empty: none. */
static bool make_url(struct clickhouse_session *session, const char *query_id, const char *settings)
{
    char place[300];
    struct strbuf *url = &session->url;
    clickhouse_place(session->address, place, sizeof(place));
    strbuf_clear(url);
    strbuf_append(url, session->address->has_tls ? STR("https://") : STR("http://"));
    strbuf_append(url, str_from_cstring(place));
    strbuf_append(url, STR("/?database="));
    append_escaped(url, str_from_cstring(session->address->database));
    if (*query_id) {
        strbuf_append(url, STR("&query_id="));
        append_escaped(url, str_from_cstring(query_id));
    }
    const char *const lists[] = {settings, session->settings};
    for (size_t i = 0; i < countof(lists); i++) {
        if (lists[i] && *lists[i]) {
            strbuf_append_char(url, '&');
            strbuf_append(url, str_from_cstring(lists[i]));
        }
    }
    strbuf_append_char(url, '\0');
    return !url->is_failed;
}

static tocsin_status choose_query_id(struct clickhouse_session *session, const char *query_id, struct error *err)
{
    unsigned char random[16];
    if (query_id) {
        if (strlen(query_id) >= QUERY_ID_BYTES) {
            return error_set(err, TOCSIN_ERROR_INTERNAL, "the id of a query has more than %d bytes",
                             QUERY_ID_BYTES - 1);
        }
        (void)snprintf(session->query_id, QUERY_ID_BYTES, "%s", query_id);
        return TOCSIN_OK;
    }
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return error_set(err, TOCSIN_ERROR_INTERNAL, "the system gives no random bytes");
    }
    int used = snprintf(session->query_id, QUERY_ID_BYTES, "tocsin-");
    for (size_t i = 0; i < sizeof(random); i++) {
        used += snprintf(session->query_id + used, (size_t)(QUERY_ID_BYTES - used), "%02x", random[i]);
    }
    return TOCSIN_OK;
}

static void begin_transfer(struct clickhouse_session *session)
{
    session->sent = 0;
    session->tail_len = 0;
    session->is_paused = false;
    session->is_over = false;
    session->has_frame = false;
    session->result = CURLE_OK;
    session->failure = CLICKHOUSE_NOT_SENT;
    session->code = 0;
    session->heard_ms = now_ms();
    session->curl_text[0] = '\0';
    strbuf_clear(&session->piece);
    strbuf_clear(&session->refusal);
}

/* `is_once`: on a connection of its own, for on one that was used before libcurl may send it again. */
static tocsin_status send_query(struct clickhouse_session *session, const struct clickhouse_query *query, bool is_once,
                                struct error *err)
{
    clickhouse_query_end(session);
    tocsin_status status = choose_query_id(session, query->query_id, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!make_url(session, session->query_id, query->settings)) {
        return error_memory(err);
    }
    begin_transfer(session);
    session->query = *query;
    session->begun_ms = session->heard_ms;
    session->table_gone_ms = 0;
    size_t bytes = query->sql.len + 1 + query->data.len;
    for (size_t i = 0; i < query->piece_count; i++) {
        bytes += query->pieces[i].len;
    }
    CURL *easy = session->easy;
    (void)curl.easy_setopt(easy, CURLOPT_POST, 1L);
    (void)curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)bytes);
    (void)curl.easy_setopt(easy, CURLOPT_FRESH_CONNECT, is_once ? 1L : 0L);
    if (curl.easy_setopt(easy, CURLOPT_URL, session->url.data) != CURLE_OK ||
        curl.multi_add(session->multi, easy) != CURLM_OK) {
        return error_memory(err);
    }
    session->is_sent = true;
    return TOCSIN_OK;
}

tocsin_status clickhouse_query_send(struct clickhouse_session *session, const struct clickhouse_query *query,
                                    struct error *err)
{
    return send_query(session, query, query->data.len > 0 || query->piece_count > 0, err);
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

struct kill_answer {
    char text[16]; /* its beginning: "pending" if the query has not got so far that it can be killed */
    size_t len;
};

static size_t take_kill_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct kill_answer *answer = context;
    for (size_t i = 0; i < size * count && answer->len < sizeof(answer->text); i++) {
        answer->text[answer->len++] = bytes[i];
    }
    return size * count;
}

/* On a connection of its own; not for long, for somebody waits. */
static void kill_query(struct clickhouse_session *session)
{
    char sql[QUERY_ID_BYTES * 2 + 100];
    size_t used = (size_t)snprintf(sql, sizeof(sql), "KILL QUERY WHERE query_id = '");
    for (const char *c = session->query_id; *c; c++) {
        if (ascii_is_alpha(*c) || ascii_is_digit(*c) || *c == '-' || *c == '_') {
            sql[used++] = *c;
        }
    }
    (void)snprintf(sql + used, sizeof(sql) - used, "' ASYNC");
    CURL *easy = make_url(session, "", NULL) ? curl.easy_init() : NULL;
    if (!easy) {
        return;
    }
    set_options(session, easy);
    (void)curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
    (void)curl.easy_setopt(easy, CURLOPT_URL, session->url.data);
    (void)curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)KILL_MS);
    struct kill_answer answer = {.len = 0};
    (void)curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_kill_answer);
    (void)curl.easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    (void)curl.easy_setopt(easy, CURLOPT_POSTFIELDS, sql);
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    for (int64_t end = now_ms() + KILL_MS; curl.easy_perform(easy) == CURLE_OK && now_ms() < end;) {
        if (!str_starts_with(str_from(answer.text, answer.len), STR("pending"))) {
            break;
        }
        answer.len = 0;
        (void)nanosleep(&pause, NULL);
    }
    curl.easy_cleanup(easy);
}

/* The transfer is no part of `multi` any more; one that had not ended loses its connection. */
static void leave_transfer(struct clickhouse_session *session)
{
    if (session->is_sent) {
        session->is_sent = false;
        (void)curl.multi_remove(session->multi, session->easy);
    }
}

void clickhouse_query_end(struct clickhouse_session *session)
{
    bool is_running = session->is_sent && !session->is_over;
    bool is_known_there = is_running && session->sent > 0;
    leave_transfer(session);
    session->is_over = true;
    if (is_known_there) {
        session->failure = CLICKHOUSE_UNCERTAIN;
        kill_query(session);
    }
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

static tocsin_status fail_waiting(struct clickhouse_session *session, tocsin_status status, const char *what,
                                  const char *hint, struct error *err)
{
    char place[300];
    clickhouse_place(session->address, place, sizeof(place));
    clickhouse_query_end(session);
    session->failure = CLICKHOUSE_UNCERTAIN;
    (void)error_set(err, status, "ClickHouse at %s: %s", place, what);
    error_hint(err, "%s", hint);
    return status;
}

static tocsin_status check_time(struct clickhouse_session *session, struct error *err)
{
    const struct clickhouse_options *options = &session->options;
    int64_t now = now_ms();
    if (options->is_interrupted && options->is_interrupted(options->context)) {
        return fail_waiting(session, TOCSIN_ERROR_CANCELLED, "the query was cancelled", "", err);
    }
    if ((options->query_ms > 0 && now - session->begun_ms > options->query_ms) ||
        (options->session_ms > 0 && now - session->opened_ms > options->session_ms)) {
        return fail_waiting(session, TOCSIN_ERROR_LIMIT, "the query took longer than it may, and was cancelled",
                            "narrow the time range, or allow it more time (--time-limit)", err);
    }
    if (now - session->heard_ms > options->silence_ms) {
        return fail_waiting(session, TOCSIN_ERROR_INPUT, "it has said nothing for too long; the query was cancelled",
                            "is the node overloaded, or the network gone?", err);
    }
    return TOCSIN_OK;
}

static tocsin_status refused(struct clickhouse_session *session, long http_status, str text, struct error *err)
{
    session->failure = CLICKHOUSE_REFUSED;
    return clickhouse_exception_error(session->address, text, http_status, &session->code, err);
}

/* 18.16 cannot add a column to the table over a cluster: another process that loads events makes it anew, and for a
 * moment there is none. Then the question is asked again. */
static bool is_table_coming(struct clickhouse_session *session)
{
    if (session->code != CODE_NO_TABLE || session->dialect != CLICKHOUSE_18 || !*session->address->cluster ||
        session->query.data.len > 0) {
        return false;
    }
    session->table_gone_ms = session->table_gone_ms > 0 ? session->table_gone_ms : now_ms();
    return now_ms() - session->table_gone_ms < session->options.table_ms;
}

static tocsin_status ask_again(struct clickhouse_session *session, struct error *err)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    (void)nanosleep(&pause, NULL);
    begin_transfer(session);
    if (curl.multi_add(session->multi, session->easy) != CURLM_OK) {
        return error_memory(err);
    }
    session->is_sent = true;
    return check_time(session, err);
}

/* The transfer is over: was that the end of an answer? */
static tocsin_status conclude(struct clickhouse_session *session, struct error *err)
{
    long http_status = 0;
    (void)curl.easy_getinfo(session->easy, CURLINFO_RESPONSE_CODE, &http_status);
    leave_transfer(session);
    if (session->refusal.is_failed || session->piece.is_failed) {
        session->failure = CLICKHOUSE_UNCERTAIN;
        return error_memory(err);
    }
    if (http_status != 0 && http_status != 200 && (session->result == CURLE_OK || session->refusal.len > 0)) {
        struct error error = {0};
        tocsin_status status = refused(session, http_status, strbuf_str(&session->refusal), &error);
        if (is_table_coming(session)) {
            return ask_again(session, err);
        }
        if (err) {
            *err = error;
        }
        return status;
    }
    if (session->result == CURLE_OK && !session->has_frame) {
        session->result = CURLE_PARTIAL_FILE;
    }
    if (session->result == CURLE_OK) {
        return TOCSIN_END;
    }
    str tail = str_from(session->tail, session->tail_len);
    if (clickhouse_exception_find(tail) != SIZE_MAX) {
        return refused(session, http_status, tail, err);
    }
    session->failure = session->sent > 0 ? CLICKHOUSE_UNCERTAIN : CLICKHOUSE_NOT_SENT;
    const char *text = session->curl_text[0] ? session->curl_text : curl.easy_strerror(session->result);
    return clickhouse_transfer_error(session->address, (int)session->result, text, err);
}

static void see_whether_over(struct clickhouse_session *session)
{
    int left = 0;
    const CURLMsg *message;
    while ((message = curl.multi_info(session->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE && message->easy_handle == session->easy) {
            session->result = message->data.result;
            session->is_over = true;
        }
    }
}

/* Until there are bytes, the end, or a tenth of a second has passed. */
static tocsin_status receive(struct clickhouse_session *session, struct error *err)
{
    int running = 0;
    if (session->is_paused) {
        session->is_paused = false;
        (void)curl.easy_pause(session->easy, CURLPAUSE_CONT);
    }
    for (int round = 0; round < 2 && session->piece.len == 0 && !session->is_over; round++) {
        if (round > 0 && curl.multi_poll(session->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK) {
            return error_set(err, TOCSIN_ERROR_INTERNAL, "waiting for ClickHouse failed");
        }
        if (curl.multi_perform(session->multi, &running) != CURLM_OK) {
            return error_set(err, TOCSIN_ERROR_INTERNAL, "libcurl failed");
        }
        see_whether_over(session);
    }
    return TOCSIN_OK;
}

tocsin_status clickhouse_query_read(struct clickhouse_session *session, str *ret_piece, struct error *err)
{
    strbuf_clear(&session->piece);
    *ret_piece = STR_EMPTY;
    if (!session->is_sent) {
        return TOCSIN_END;
    }
    tocsin_status status = session->is_over ? TOCSIN_OK : receive(session, err);
    if (status != TOCSIN_OK) {
        clickhouse_query_end(session);
        return status;
    }
    if (session->piece.len > 0 && !session->piece.is_failed) {
        *ret_piece = strbuf_str(&session->piece);
        return session->is_over ? TOCSIN_OK : check_time(session, err);
    }
    return session->is_over ? conclude(session, err) : check_time(session, err);
}

tocsin_status clickhouse_query_damaged(struct clickhouse_session *session, tocsin_status status, struct error *err)
{
    /* The rest of the exception may be on its way. */
    struct error ignored = {0};
    str piece;
    for (int round = 0; round < 20 && clickhouse_query_read(session, &piece, &ignored) == TOCSIN_OK; round++) {
    }
    str tail = str_from(session->tail, session->tail_len);
    if (clickhouse_exception_find(tail) == SIZE_MAX) {
        return status;
    }
    if (err) {
        *err = (struct error){0};
    }
    return refused(session, 200, tail, err);
}

/* ---- whole queries ----------------------------------------------------------------------------------------------- */

/* `answer` NULL: nobody wants it. */
static tocsin_status read_all(struct clickhouse_session *session, struct strbuf *answer, struct error *err)
{
    str piece;
    tocsin_status status;
    while ((status = clickhouse_query_read(session, &piece, err)) == TOCSIN_OK) {
        if (answer) {
            strbuf_append(answer, piece);
        }
        if (answer && answer->is_failed) {
            clickhouse_query_end(session);
            return error_set(err, TOCSIN_ERROR_LIMIT, "the answer of ClickHouse is longer than %zu MiB",
                             answer->bytes_max / MEBI);
        }
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

tocsin_status clickhouse_command(struct clickhouse_session *session, const struct clickhouse_query *query,
                                 struct error *err)
{
    tocsin_status status = send_query(session, query, true, err);
    return status == TOCSIN_OK ? read_all(session, NULL, err) : status;
}

tocsin_status clickhouse_ask(struct clickhouse_session *session, str sql, struct strbuf *answer, struct error *err)
{
    const struct clickhouse_query query = {.sql = sql, .settings = "wait_end_of_query=1", .data = STR_EMPTY};
    strbuf_clear(answer);
    tocsin_status status = clickhouse_query_send(session, &query, err);
    return status == TOCSIN_OK ? read_all(session, answer, err) : status;
}
