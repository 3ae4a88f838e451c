/* clickhouse/clickhouse_session.h
 * A connection to one ClickHouse server by its HTTP interface: queries whose answer is read piece by piece, inserts,
 * small questions. What the server refuses becomes an error that names the server and the way out.
 * Not for SQL, nor for what the bytes of an answer mean (clickhouse_native.h).
 * Memory: a piece of LIMIT_CLICKHOUSE_PIECE_BYTES at a time. Threads: a session belongs to one; any number of sessions.
 * libcurl is loaded when the first session is opened.
 */
#ifndef CLICKHOUSE_CLICKHOUSE_SESSION_H
#define CLICKHOUSE_CLICKHOUSE_SESSION_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "clickhouse/clickhouse_dialect.h"

/* ---- addresses -----------------------------------------------------------------------------------------------------
 *
 *     clickhouse://[USER@]HOST[:PORT]/DATABASE[?cluster=NAME&tls=1&ca=FILE&password-file=FILE]
 *
 * PORT is 8123, with TLS 8443; [::1] is a HOST, too. %XX stands for a byte. The certificate of the server is always
 * verified, against the system's authorities or those of FILE. There is no place for a password: the process list would
 * show it. It is the first line of password-file, else of the file that TOCSIN_CLICKHOUSE_PASSWORD_FILE names, else the
 * environment's TOCSIN_CLICKHOUSE_PASSWORD; else there is none. */

struct clickhouse_address {
    const char *host; /* without brackets */
    uint16_t port;
    const char *user; /* "default" if none is given */
    const char *database;
    const char *cluster;       /* empty: one server */
    const char *ca_file;       /* empty: the system's */
    const char *password_file; /* empty: see above */
    bool has_tls;
};

bool clickhouse_is_address(const char *text);
/* Texts are copied into the arena. TOCSIN_ERROR_USAGE says what is wrong. */
tocsin_status clickhouse_address_read(const char *text, struct arena *arena, struct clickhouse_address *ret_address,
                                      struct error *err);
/* The same server's, with another host and port: a node of the cluster. */
struct clickhouse_address clickhouse_address_of_node(const struct clickhouse_address *address, const char *host,
                                                     uint16_t port);

/* ---- sessions ---- */

struct clickhouse_session;

struct clickhouse_options {
    uint32_t connect_ms; /* 0: LIMIT_CLICKHOUSE_CONNECT_MS */
    uint32_t silence_ms; /* no byte and no end for so long is an error. 0: LIMIT_CLICKHOUSE_SILENCE_MS */
    uint32_t query_ms;   /* for a whole query, after which it is cancelled. 0: no limit */
    uint32_t table_ms;   /* so long a table may be away (18.16 in a cluster). 0: LIMIT_CLICKHOUSE_TABLE_MS */
    uint32_t session_ms; /* for all of the session's queries, from its opening on: likewise. 0: no limit */
    /* Asked some ten times a second by calls that wait for an answer, and with each piece of it; true: the query is
     * cancelled, and the call gives TOCSIN_ERROR_CANCELLED. NULL: never. */
    bool (*is_interrupted)(void *context);
    void *context;
};

/* Asks the server for its version. The address must outlive the session. Options may be NULL. */
tocsin_status clickhouse_session_open(const struct clickhouse_address *address,
                                      const struct clickhouse_options *options, struct clickhouse_session **ret_session,
                                      struct error *err) __attribute__((warn_unused_result));
/* NULL is allowed. */
void clickhouse_session_free(struct clickhouse_session *session);
const struct clickhouse_address *clickhouse_session_address(const struct clickhouse_session *session);
enum clickhouse_dialect clickhouse_session_dialect(const struct clickhouse_session *session);
const char *clickhouse_session_version(const struct clickhouse_session *session); /* "18.16.1" */
const char *clickhouse_session_zone(const struct clickhouse_session *session);    /* of the server: "Europe/Berlin" */

/* Settings of every query from now on, beside its own; the text stays. NULL: none. */
void clickhouse_session_set(struct clickhouse_session *session, const char *settings);

/* What is known of the last query that failed. */
enum clickhouse_failure {
    CLICKHOUSE_NOT_SENT,  /* the server was not reached: it knows nothing of the query */
    CLICKHOUSE_REFUSED,   /* the server said so, before or after it had begun */
    CLICKHOUSE_UNCERTAIN, /* the connection or the time ended: the server may have done it, or may still be at it */
};
enum clickhouse_failure clickhouse_session_failure(const struct clickhouse_session *session);
/* The server's number for what it refused ("Code: 241"), or 0. */
unsigned clickhouse_session_code(const struct clickhouse_session *session);

/* ---- queries ----
 * `settings`: those of this query, as in a URL ("max_threads=2&max_query_size=1000000"), or NULL.
 * `query_id`: NULL: a random one. */

struct clickhouse_query {
    str sql; /* with FORMAT, if it has an answer */
    const char *settings;
    const char *query_id;
    str data; /* of INSERT .. FORMAT: the rows. It and `sql` must stay as they are until the answer has ended */
    const str *pieces; /* more of it, in pieces that follow each other */
    size_t piece_count;
};

/* Sends it. One answer of a session at a time. */
tocsin_status clickhouse_query_send(struct clickhouse_session *session, const struct clickhouse_query *query,
                                    struct error *err) __attribute__((warn_unused_result));
/* The next piece of the answer, valid until the next call; it may be empty, after a tenth of a second in which none
 * came. TOCSIN_END: that was all. An exception of the server is an error, also when it comes behind rows. */
tocsin_status clickhouse_query_read(struct clickhouse_session *session, str *ret_piece, struct error *err)
    __attribute__((warn_unused_result));
/* No more is wanted: if the answer has not ended, the connection is closed and the query killed at the server. */
void clickhouse_query_end(struct clickhouse_session *session);
/* For who cannot make sense of the answer that was read: a server that fails in the middle of rows puts its exception
 * behind them. The error is that exception, if there is one; else what `status` and `err` say already stays. */
tocsin_status clickhouse_query_damaged(struct clickhouse_session *session, tocsin_status status, struct error *err);

/* Sends, waits for the end, drops the answer. The query is not sent again by itself, whatever happens. */
tocsin_status clickhouse_command(struct clickhouse_session *session, const struct clickhouse_query *query,
                                 struct error *err) __attribute__((warn_unused_result));
/* The whole answer; more than LIMIT_CLICKHOUSE_ANSWER_BYTES is an error. The buffer is cleared first. */
tocsin_status clickhouse_ask(struct clickhouse_session *session, str sql, struct strbuf *answer, struct error *err)
    __attribute__((warn_unused_result));

/* ---- answers as text: FORMAT TabSeparated, which is what the server gives if no format is named ---- */

/* Cuts the next line off, then the next field off a line. Both are false at the end. */
bool clickhouse_text_line(str *rest, str *ret_line);
bool clickhouse_text_field(str *line, str *ret_field);
/* Undoes the escaping of a field, into the arena. data is NULL when memory is out. */
str clickhouse_text_value(struct arena *arena, str field) __attribute__((warn_unused_result));

#endif
