/* What a server says when it refuses, in the words of tocsin. */
#include <curl/curl.h>
#include <stdio.h>

#include "base/limits.h"
#include "clickhouse/session_internal.h"

struct known_exception {
    unsigned code;
    tocsin_status status;
    const char *hint;
};

#define HINT_LOGIN  "check the user of the address, and TOCSIN_CLICKHOUSE_PASSWORD or password-file="
#define HINT_TABLES "`tocsin schema --clickhouse --apply ADDRESS` makes the tables, and adds what they lack"
#define HINT_SHARD                                                                                                     \
    "a node of the cluster does not answer (system.clusters there lists them): start it, or go on without its "        \
    "events: --allow-partial"

#define HINT_DISK "a full disk there? make room, or keep fewer days: tocsin schema --keep-days"

static const struct known_exception known[] = {
    {16, TOCSIN_ERROR_CONFIG, HINT_TABLES},
    {47, TOCSIN_ERROR_CONFIG, HINT_TABLES},
    {60, TOCSIN_ERROR_CONFIG, HINT_TABLES},
    {75, TOCSIN_ERROR_INPUT, HINT_DISK},
    {81, TOCSIN_ERROR_CONFIG, "make the database there: CREATE DATABASE"},
    {158, TOCSIN_ERROR_LIMIT, "narrow the time range, or raise max_rows_to_read of the user there"},
    {159, TOCSIN_ERROR_LIMIT, "narrow the time range, or raise max_execution_time of the user there"},
    {160, TOCSIN_ERROR_LIMIT, "narrow the time range, or raise max_execution_time of the user there"},
    {164, TOCSIN_ERROR_CONFIG, "the user may not change settings: give it a profile with readonly = 2, or 0 to insert"},
    {170, TOCSIN_ERROR_CONFIG, "system.clusters on that server lists its clusters; cluster= names one of them"},
    {192, TOCSIN_ERROR_CONFIG, HINT_LOGIN},
    {193, TOCSIN_ERROR_CONFIG, HINT_LOGIN},
    {194, TOCSIN_ERROR_CONFIG, HINT_LOGIN},
    {516, TOCSIN_ERROR_CONFIG, HINT_LOGIN},
    {497, TOCSIN_ERROR_CONFIG, "grant the user what the message says"},
    {201, TOCSIN_ERROR_LIMIT, "the user's quota there is used up"},
    {202, TOCSIN_ERROR_LIMIT, "try again when the server has fewer queries to run"},
    {209, TOCSIN_ERROR_INPUT, HINT_SHARD},
    {210, TOCSIN_ERROR_INPUT, HINT_SHARD},
    {279, TOCSIN_ERROR_INPUT, HINT_SHARD},
    {225, TOCSIN_ERROR_INPUT, "the server does not reach its ZooKeeper"},
    {242, TOCSIN_ERROR_INPUT, "the replica takes no rows while it does not reach its ZooKeeper"},
    {999, TOCSIN_ERROR_INPUT, "the server does not reach its ZooKeeper"},
    {241, TOCSIN_ERROR_LIMIT, "narrow the time range, or raise max_memory_usage of the user there"},
    {243, TOCSIN_ERROR_INPUT, HINT_DISK},
    {252, TOCSIN_ERROR_LIMIT, "the server has too many parts to merge: insert more slowly, or fewer days at once"},
    {394, TOCSIN_ERROR_INPUT, "somebody killed the query there (KILL QUERY)"},
};

void clickhouse_place(const struct clickhouse_address *address, char *target, size_t target_bytes)
{
    bool is_literal = strchr(address->host, ':') != NULL;
    (void)snprintf(target, target_bytes, "%s%s%s:%u", is_literal ? "[" : "", address->host, is_literal ? "]" : "",
                   address->port);
}

/* ---- exceptions -------------------------------------------------------------------------------------------------- */

/* "Code: 395, e.displayText() = DB::Exception: TEXT, e.what() = ..", since then "Code: 395. DB::Exception: TEXT" */
static bool read_exception(str text, unsigned *ret_code, str *ret_text)
{
    const str code_mark = STR("Code: ");
    uint64_t code;
    if (!str_starts_with(text, code_mark)) {
        return false;
    }
    size_t end = code_mark.len;
    while (end < text.len && end < code_mark.len + 6 && ascii_is_digit(text.data[end])) {
        end++;
    }
    if (!str_to_u64(str_slice(text, code_mark.len, end), &code)) {
        return false;
    }
    str rest = str_skip(text, end);
    const str words[] = {STR(", e.displayText() = DB::Exception: "), STR(". DB::Exception: "),
                         STR(", e.displayText() = "), STR(". ")};
    for (size_t i = 0; i < countof(words); i++) {
        if (str_starts_with(rest, words[i])) {
            *ret_code = (unsigned)code;
            *ret_text = str_skip(rest, words[i].len);
            return true;
        }
    }
    return false;
}

size_t clickhouse_exception_find(str text)
{
    size_t found = SIZE_MAX;
    for (size_t at = 0; (at = str_find(text, STR("Code: "), at)) != SIZE_MAX; at++) {
        unsigned code;
        str words;
        found = read_exception(str_skip(text, at), &code, &words) ? at : found;
    }
    return found;
}

/* Without what only its programmers read, and not the whole of a query. */
static str shorten(str text)
{
    enum { TEXT_BYTES_MAX = 500 };
    const str ends[] = {STR(", e.what()"), STR(", Stack trace"), STR("\n"), STR(" (version ")};
    for (size_t i = 0; i < countof(ends); i++) {
        text = str_slice(text, 0, str_find(text, ends[i], 0));
    }
    return str_slice(str_trim(text), 0, TEXT_BYTES_MAX);
}

tocsin_status clickhouse_exception_error(const struct clickhouse_address *address, str text, long http_status,
                                         unsigned *ret_code, struct error *err)
{
    char place[300];
    clickhouse_place(address, place, sizeof(place));
    *ret_code = 0;
    str words = text;
    size_t at = clickhouse_exception_find(text);
    if (at == SIZE_MAX || !read_exception(str_skip(text, at), ret_code, &words)) {
        words = shorten(text);
        tocsin_status status =
            error_set(err, TOCSIN_ERROR_INPUT, "%s answers like no ClickHouse (HTTP status %ld): %.*s", place,
                      http_status, STR_ARG(words));
        error_hint(err, "the port of the address must be that of ClickHouse's HTTP interface, 8123 or 8443");
        return status;
    }
    words = shorten(words);
    const struct known_exception *found = NULL;
    for (size_t i = 0; i < countof(known); i++) {
        found = known[i].code == *ret_code ? &known[i] : found;
    }
    tocsin_status status = found ? found->status : TOCSIN_ERROR_INPUT;
    (void)error_set(err, status, "ClickHouse at %s: %.*s (code %u)", place, STR_ARG(words), *ret_code);
    if (found) {
        error_hint(err, "%s", found->hint);
    }
    return status;
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

static const char *hint_of_transfer(int curl_code)
{
    switch (curl_code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "check the host of the address";
    case CURLE_COULDNT_CONNECT:
        return "is it running, and is the port that of its HTTP interface (8123, with TLS 8443)?";
    case CURLE_SSL_CONNECT_ERROR:
        return "does that port speak TLS? tls=0 is without";
    case CURLE_OPERATION_TIMEDOUT:
        return "is the node overloaded, or the port another one's (HTTP 8123, TLS 8443)?";
    case CURLE_PEER_FAILED_VERIFICATION:
        return "ca=FILE in the address names the authority that signed it";
    case CURLE_SSL_CACERT_BADFILE:
        return "ca= must name a file of certificates (PEM)";
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return "the port of the address must be that of ClickHouse's HTTP interface";
    case CURLE_GOT_NOTHING:
        return "the port must be that of ClickHouse's HTTP interface (8123); one that speaks TLS wants tls=1";
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return "its log says why; a server that was killed or restarted says nothing";
    default:
        return "";
    }
}

tocsin_status clickhouse_transfer_error(const struct clickhouse_address *address, int curl_code, const char *text,
                                        struct error *err)
{
    char place[300];
    clickhouse_place(address, place, sizeof(place));
    bool is_trust = curl_code == CURLE_PEER_FAILED_VERIFICATION || curl_code == CURLE_SSL_CACERT_BADFILE;
    bool is_cut = curl_code == CURLE_PARTIAL_FILE || curl_code == CURLE_RECV_ERROR || curl_code == CURLE_SEND_ERROR ||
                  curl_code == CURLE_GOT_NOTHING;
    const char *what = is_trust ? "is not trusted" : is_cut ? "broke the connection off" : "does not answer";
    tocsin_status status = error_set(err, is_trust ? TOCSIN_ERROR_CONFIG : TOCSIN_ERROR_INPUT,
                                     "ClickHouse at %s %s: %s", place, what, text);
    error_hint(err, "%s", hint_of_transfer(curl_code));
    return status;
}
