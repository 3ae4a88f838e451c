#include "lsp/language_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "lsp/document.h"
#include "lsp/rpc_message.h"

/* Errors of JSON-RPC and of the protocol. */
enum {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_NOT_INITIALIZED = -32002,
    RPC_REQUEST_FAILED = -32803
};

/* What the protocol calls things. */
enum { SYNC_FULL = 1, SEVERITY_ERROR = 1, SEVERITY_WARNING = 2, SEVERITY_INFORMATION = 3 };

struct language_server {
    tocsin_engine *engine;
    int output;
    struct document_set documents;
    struct arena arena;  /* of the message being answered */
    struct strbuf body;  /* the answer's */
    bool is_initialized;
    bool is_shut_down;
    bool is_over;
    struct error *err;
};

/* One message. */
struct request {
    str id; /* as written; empty: a notification, which gets no answer */
    str method;
    str params; /* an object as written, or empty */
};

/* ---- answers ---- */

static tocsin_status send_body(struct language_server *server)
{
    if (server->body.is_failed) {
        return error_memory(server->err);
    }
    return message_write(server->output, strbuf_str(&server->body), server->err);
}

/* Begins {"jsonrpc":..,"id":..,"result": ; a value and a brace follow. */
static void begin_result(struct language_server *server, const struct request *request)
{
    strbuf_clear(&server->body);
    strbuf_append(&server->body, STR("{\"jsonrpc\":\"2.0\",\"id\":"));
    strbuf_append(&server->body, request->id);
    strbuf_append(&server->body, STR(",\"result\":"));
}

static tocsin_status end_result(struct language_server *server)
{
    strbuf_append_char(&server->body, '}');
    return send_body(server);
}

static tocsin_status send_null(struct language_server *server, const struct request *request)
{
    begin_result(server, request);
    strbuf_append(&server->body, STR("null"));
    return end_result(server);
}

static tocsin_status send_error(struct language_server *server, const struct request *request, int code, str message)
{
    strbuf_clear(&server->body);
    strbuf_append(&server->body, STR("{\"jsonrpc\":\"2.0\",\"id\":"));
    strbuf_append(&server->body, request->id.len > 0 ? request->id : STR("null"));
    strbuf_append_format(&server->body, ",\"error\":{\"code\":%d,\"message\":", code);
    json_append_string(&server->body, message);
    strbuf_append(&server->body, STR("}}"));
    return send_body(server);
}

static void write_place(struct json_writer *json, const char *name, struct document_place place)
{
    json_key(json, str_from_cstring(name));
    json_begin_object(json);
    json_key(json, STR("line"));
    json_u64(json, place.line);
    json_key(json, STR("character"));
    json_u64(json, place.character);
    json_end_object(json);
}

static void write_range(struct json_writer *json, str text, size_t start, size_t end)
{
    json_key(json, STR("range"));
    json_begin_object(json);
    write_place(json, "start", document_place(text, start));
    write_place(json, "end", document_place(text, end));
    json_end_object(json);
}

static void write_text(struct json_writer *json, const char *key, const char *value)
{
    json_key(json, str_from_cstring(key));
    json_string(json, str_from_cstring(value));
}

/* ---- parameters ---- */

/* The value at a path of the parameters; an empty string if it is no string. */
static str text_param(struct language_server *server, const struct request *request, const char *path)
{
    struct json_path parsed;
    struct json_value value;
    struct error ignored = {0};
    if (json_path_parse(str_from_cstring(path), &server->arena, &parsed, &ignored) != TOCSIN_OK ||
        !json_find_path(request->params, &parsed, &value) || value.kind != JSON_STRING) {
        return STR_EMPTY;
    }
    str text = json_text(&value, &server->arena);
    return text.data ? text : STR_EMPTY;
}

static bool number_param(struct language_server *server, const struct request *request, const char *path,
                         uint32_t *ret_number)
{
    struct json_path parsed;
    struct json_value value;
    struct error ignored = {0};
    int64_t number;
    if (json_path_parse(str_from_cstring(path), &server->arena, &parsed, &ignored) != TOCSIN_OK ||
        !json_find_path(request->params, &parsed, &value) || !json_to_i64(&value, &number) || number < 0) {
        return false;
    }
    *ret_number = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    return true;
}

/* The open document a request is about. */
static const struct document *document_param(struct language_server *server, const struct request *request)
{
    return document_find(&server->documents, text_param(server, request, "$.textDocument.uri"));
}

static bool offset_param(struct language_server *server, const struct request *request, const struct document *document,
                         size_t *ret_offset)
{
    struct document_place place;
    if (!number_param(server, request, "$.position.line", &place.line) ||
        !number_param(server, request, "$.position.character", &place.character)) {
        return false;
    }
    *ret_offset = document_offset(document->text, place);
    return true;
}

/* ---- diagnostics ---- */

static void write_diagnostic(struct json_writer *json, str text, const struct tocsin_diagnostic *diagnostic)
{
    static const int severities[] = {[TOCSIN_SEVERITY_NOTE] = SEVERITY_INFORMATION,
                                     [TOCSIN_SEVERITY_WARNING] = SEVERITY_WARNING,
                                     [TOCSIN_SEVERITY_ERROR] = SEVERITY_ERROR};
    json_begin_object(json);
    write_range(json, text, diagnostic->offset, diagnostic->offset_end);
    json_key(json, STR("severity"));
    json_u64(json, (uint64_t)severities[diagnostic->severity]);
    write_text(json, "code", diagnostic->code);
    write_text(json, "source", "tocsin");
    json_key(json, STR("message"));
    json_string_begin(json);
    json_string_part(json, str_from_cstring(diagnostic->message));
    if (diagnostic->hint[0]) {
        json_string_part(json, STR("\n"));
        json_string_part(json, str_from_cstring(diagnostic->hint));
    }
    json_string_end(json);
    json_end_object(json);
}

/* What to check a text as: a file of a filter or property has its own ending. */
static struct tocsin_check_options check_options(str uri)
{
    struct tocsin_check_options options = {.kind = TOCSIN_CHECK_QUERY};
    if (str_ends_with(uri, STR(".filter.aql"))) {
        options.kind = TOCSIN_CHECK_FILTER;
    } else if (str_ends_with(uri, STR(".property.aql"))) {
        options.kind = TOCSIN_CHECK_PROPERTY;
    }
    return options;
}

static tocsin_status check_document(struct language_server *server, const struct document *document,
                                    tocsin_check **ret_check)
{
    struct tocsin_error failure = {0};
    struct tocsin_check_options options = check_options(document->uri);
    tocsin_status status = tocsin_check_query(server->engine, document->text.data, document->text.len, &options,
                                              ret_check, &failure);
    return status == TOCSIN_OK ? TOCSIN_OK : error_set(server->err, status, "%s", failure.message);
}

static void begin_publish(struct language_server *server, struct json_writer *json, str uri)
{
    strbuf_clear(&server->body);
    json_writer_init(json, &server->body, false);
    json_begin_object(json);
    write_text(json, "jsonrpc", "2.0");
    write_text(json, "method", "textDocument/publishDiagnostics");
    json_key(json, STR("params"));
    json_begin_object(json);
    json_key(json, STR("uri"));
    json_string(json, uri);
    json_key(json, STR("diagnostics"));
    json_begin_array(json);
}

static tocsin_status end_publish(struct language_server *server, struct json_writer *json)
{
    json_end_array(json);
    json_end_object(json);
    json_end_object(json);
    return send_body(server);
}

static tocsin_status publish(struct language_server *server, const struct document *document)
{
    tocsin_check *check = NULL;
    bool is_blank = str_trim(document->text).len == 0; /* a new file is no mistake */
    tocsin_status status = is_blank ? TOCSIN_OK : check_document(server, document, &check);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct json_writer json;
    begin_publish(server, &json, document->uri);
    for (size_t i = 0; check && i < tocsin_check_count(check); i++) {
        write_diagnostic(&json, document->text, tocsin_check_get(check, i));
    }
    status = end_publish(server, &json);
    tocsin_check_free(check);
    return status;
}

/* ---- documents ---- */

static tocsin_status keep_text(struct language_server *server, const struct request *request, const char *path)
{
    str uri = text_param(server, request, "$.textDocument.uri");
    tocsin_status status = document_set_put(&server->documents, uri, text_param(server, request, path), server->err);
    return status == TOCSIN_OK ? publish(server, document_find(&server->documents, uri)) : status;
}

static tocsin_status did_open(struct language_server *server, const struct request *request)
{
    return keep_text(server, request, "$.textDocument.text");
}

/* Whole texts only, as we announced; of several changes the last one holds. */
static tocsin_status did_change(struct language_server *server, const struct request *request)
{
    struct json_path path;
    struct json_value changes;
    struct error ignored = {0};
    size_t count = 0;
    if (json_path_parse(STR("$.contentChanges"), &server->arena, &path, &ignored) == TOCSIN_OK &&
        json_find_path(request->params, &path, &changes)) {
        struct json_reader reader;
        json_reader_init(&reader, changes.text);
        if (json_enter_array(&reader)) {
            while (json_next_element(&reader)) {
                count++;
                json_skip(&reader);
            }
        }
    }
    if (count == 0) {
        return TOCSIN_OK;
    }
    struct strbuf last;
    strbuf_init(&last, 64);
    strbuf_append_format(&last, "$.contentChanges[%zu].text", count - 1);
    strbuf_append_char(&last, '\0');
    tocsin_status status = last.is_failed ? error_memory(server->err) : keep_text(server, request, last.data);
    strbuf_release(&last);
    return status;
}

static tocsin_status did_close(struct language_server *server, const struct request *request)
{
    str uri = text_param(server, request, "$.textDocument.uri");
    document_set_remove(&server->documents, uri);
    struct json_writer json;
    begin_publish(server, &json, uri);
    return end_publish(server, &json); /* the marks go, too */
}

/* ---- requests about a document ---- */

static void write_markdown(struct json_writer *json, const char *key, str text)
{
    json_key(json, str_from_cstring(key));
    json_begin_object(json);
    write_text(json, "kind", "markdown");
    json_key(json, STR("value"));
    json_string(json, text);
    json_end_object(json);
}

static void write_completion(struct json_writer *json, const struct tocsin_completion *completion, size_t index,
                             str text, size_t start, size_t end)
{
    enum { KIND_FUNCTION = 3, KIND_FIELD = 5, KIND_VARIABLE = 6, KIND_MODULE = 9, KIND_PROPERTY = 10, KIND_VALUE = 12,
           KIND_KEYWORD = 14 };
    static const unsigned kinds[] = {[TOCSIN_COMPLETION_KEYWORD] = KIND_KEYWORD,
                                     [TOCSIN_COMPLETION_FIELD] = KIND_FIELD,
                                     [TOCSIN_COMPLETION_PROPERTY] = KIND_PROPERTY,
                                     [TOCSIN_COMPLETION_FUNCTION] = KIND_FUNCTION,
                                     [TOCSIN_COMPLETION_ALIAS] = KIND_VARIABLE,
                                     [TOCSIN_COMPLETION_DATABASE] = KIND_MODULE,
                                     [TOCSIN_COMPLETION_VALUE] = KIND_VALUE};
    char order[24];
    snprintf(order, sizeof(order), "%06zu", index);
    json_begin_object(json);
    write_text(json, "label", completion->label);
    json_key(json, STR("kind"));
    json_u64(json, kinds[completion->kind]);
    write_text(json, "detail", completion->detail);
    write_text(json, "sortText", order);
    json_key(json, STR("filterText")); /* what was typed so far begins with a quote where the name needs one */
    json_string(json, start < end && (text.data[start] == '"' || text.data[start] == '\'')
                          ? str_from_cstring(completion->insert)
                          : str_from_cstring(completion->label));
    if (completion->documentation[0]) {
        write_markdown(json, "documentation", str_from_cstring(completion->documentation));
    }
    json_key(json, STR("textEdit"));
    json_begin_object(json);
    write_range(json, text, start, end);
    write_text(json, "newText", completion->insert);
    json_end_object(json);
    json_end_object(json);
}

static tocsin_status complete(struct language_server *server, const struct request *request)
{
    const struct document *document = document_param(server, request);
    size_t offset;
    if (!document || !offset_param(server, request, document, &offset)) {
        return send_error(server, request, RPC_INVALID_PARAMS, STR("no such place in an open document"));
    }
    tocsin_completions *completions = NULL;
    struct tocsin_error failure = {0};
    if (tocsin_complete(server->engine, document->text.data, document->text.len, offset, &completions, &failure) !=
        TOCSIN_OK) {
        return send_error(server, request, RPC_REQUEST_FAILED, str_from_cstring(failure.message));
    }
    size_t start;
    size_t end;
    tocsin_completion_range(completions, &start, &end);
    struct json_writer json;
    begin_result(server, request);
    json_writer_init(&json, &server->body, false);
    json_begin_array(&json);
    for (size_t i = 0; i < tocsin_completion_count(completions); i++) {
        struct tocsin_completion completion;
        tocsin_completion_get(completions, i, &completion);
        write_completion(&json, &completion, i, document->text, start, end);
    }
    json_end_array(&json);
    tocsin_completions_free(completions);
    return end_result(server);
}

static int collect(void *context, const char *bytes, size_t byte_count)
{
    struct strbuf *text = context;
    strbuf_append(text, (str){bytes, byte_count});
    return 0;
}

static tocsin_status hover(struct language_server *server, const struct request *request)
{
    const struct document *document = document_param(server, request);
    size_t offset;
    if (!document || !offset_param(server, request, document, &offset)) {
        return send_error(server, request, RPC_INVALID_PARAMS, STR("no such place in an open document"));
    }
    struct strbuf markdown;
    size_t start;
    size_t end;
    struct tocsin_error failure = {0};
    strbuf_init(&markdown, LIMIT_LSP_MESSAGE_BYTES);
    tocsin_status status = tocsin_describe(server->engine, document->text.data, document->text.len, offset, collect,
                                           &markdown, &start, &end, &failure);
    if (status != TOCSIN_OK || markdown.is_failed) {
        strbuf_release(&markdown);
        str message = status == TOCSIN_OK ? STR("out of memory") : str_from_cstring(failure.message);
        return status == TOCSIN_END ? send_null(server, request)
                                    : send_error(server, request, RPC_REQUEST_FAILED, message);
    }
    struct json_writer json;
    begin_result(server, request);
    json_writer_init(&json, &server->body, false);
    json_begin_object(&json);
    write_markdown(&json, "contents", strbuf_str(&markdown));
    write_range(&json, document->text, start, end);
    json_end_object(&json);
    strbuf_release(&markdown);
    return end_result(server);
}

static tocsin_status format(struct language_server *server, const struct request *request)
{
    const struct document *document = document_param(server, request);
    if (!document) {
        return send_error(server, request, RPC_INVALID_PARAMS, STR("no such open document"));
    }
    struct strbuf text;
    struct tocsin_error failure = {0};
    strbuf_init(&text, 4 * LIMIT_LSP_MESSAGE_BYTES);
    tocsin_status status =
        tocsin_format_query(document->text.data, document->text.len, "query", collect, &text, &failure);
    if (status != TOCSIN_OK || text.is_failed) {
        strbuf_release(&text);
        return send_error(server, request, RPC_REQUEST_FAILED,
                          status == TOCSIN_OK ? STR("out of memory") : str_from_cstring(failure.message));
    }
    struct json_writer json;
    begin_result(server, request);
    json_writer_init(&json, &server->body, false);
    json_begin_array(&json);
    if (!str_eq(strbuf_str(&text), document->text)) {
        json_begin_object(&json);
        write_range(&json, document->text, 0, document->text.len);
        json_key(&json, STR("newText"));
        json_string(&json, strbuf_str(&text));
        json_end_object(&json);
    }
    json_end_array(&json);
    strbuf_release(&text);
    return end_result(server);
}

static void write_action(struct json_writer *json, const struct document *document,
                         const struct tocsin_diagnostic *diagnostic)
{
    json_begin_object(json);
    json_key(json, STR("title"));
    json_string_begin(json);
    json_string_part(json, STR("Fix: "));
    json_string_part(json, str_from_cstring(diagnostic->message));
    json_string_end(json);
    write_text(json, "kind", "quickfix");
    json_key(json, STR("diagnostics"));
    json_begin_array(json);
    write_diagnostic(json, document->text, diagnostic);
    json_end_array(json);
    json_key(json, STR("edit"));
    json_begin_object(json);
    json_key(json, STR("changes"));
    json_begin_object(json);
    json_key(json, document->uri);
    json_begin_array(json);
    json_begin_object(json);
    write_range(json, document->text, diagnostic->fix_offset, diagnostic->fix_end);
    json_key(json, STR("newText"));
    json_string(json, (str){diagnostic->fix_text, diagnostic->fix_text_bytes});
    json_end_object(json);
    json_end_array(json);
    json_end_object(json);
    json_end_object(json);
    json_end_object(json);
}

/* The fixes of the diagnostics that the editor's selection touches. */
static tocsin_status code_action(struct language_server *server, const struct request *request)
{
    const struct document *document = document_param(server, request);
    struct document_place from;
    struct document_place to;
    if (!document || !number_param(server, request, "$.range.start.line", &from.line) ||
        !number_param(server, request, "$.range.start.character", &from.character) ||
        !number_param(server, request, "$.range.end.line", &to.line) ||
        !number_param(server, request, "$.range.end.character", &to.character)) {
        return send_error(server, request, RPC_INVALID_PARAMS, STR("no such range in an open document"));
    }
    size_t start = document_offset(document->text, from);
    size_t end = document_offset(document->text, to);
    tocsin_check *check = NULL;
    tocsin_status status = check_document(server, document, &check);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct json_writer json;
    begin_result(server, request);
    json_writer_init(&json, &server->body, false);
    json_begin_array(&json);
    for (size_t i = 0; i < tocsin_check_count(check); i++) {
        const struct tocsin_diagnostic *diagnostic = tocsin_check_get(check, i);
        if (diagnostic->has_fix && diagnostic->offset <= end && diagnostic->offset_end >= start) {
            write_action(&json, document, diagnostic);
        }
    }
    json_end_array(&json);
    tocsin_check_free(check);
    return end_result(server);
}

/* ---- the life of the server ---- */

static tocsin_status initialize(struct language_server *server, const struct request *request)
{
    server->is_initialized = true;
    struct json_writer json;
    begin_result(server, request);
    json_writer_init(&json, &server->body, false);
    json_begin_object(&json);
    json_key(&json, STR("capabilities"));
    json_begin_object(&json);
    json_key(&json, STR("positionEncoding"));
    json_string(&json, STR("utf-16"));
    json_key(&json, STR("textDocumentSync"));
    json_begin_object(&json);
    json_key(&json, STR("openClose"));
    json_bool(&json, true);
    json_key(&json, STR("change"));
    json_u64(&json, SYNC_FULL);
    json_end_object(&json);
    json_key(&json, STR("completionProvider"));
    json_begin_object(&json);
    json_key(&json, STR("triggerCharacters"));
    json_begin_array(&json);
    json_string(&json, STR("\""));
    json_string(&json, STR("'"));
    json_end_array(&json);
    json_end_object(&json);
    json_key(&json, STR("hoverProvider"));
    json_bool(&json, true);
    json_key(&json, STR("documentFormattingProvider"));
    json_bool(&json, true);
    json_key(&json, STR("codeActionProvider"));
    json_bool(&json, true);
    json_end_object(&json);
    json_key(&json, STR("serverInfo"));
    json_begin_object(&json);
    write_text(&json, "name", "tocsin");
    write_text(&json, "version", tocsin_version());
    json_end_object(&json);
    json_end_object(&json);
    return end_result(server);
}

static tocsin_status shut_down(struct language_server *server, const struct request *request)
{
    server->is_shut_down = true;
    return send_null(server, request);
}

static tocsin_status leave(struct language_server *server, const struct request *request)
{
    server->is_over = true;
    return TOCSIN_OK;
}

static tocsin_status ignore(struct language_server *server, const struct request *request)
{
    return TOCSIN_OK;
}

struct method {
    const char *name;
    bool is_request; /* has an answer */
    tocsin_status (*run)(struct language_server *server, const struct request *request);
};

static const struct method methods[] = {
    {"initialize", true, initialize},
    {"initialized", false, ignore},
    {"shutdown", true, shut_down},
    {"exit", false, leave},
    {"$/cancelRequest", false, ignore}, /* answers come at once */
    {"$/setTrace", false, ignore},
    {"workspace/didChangeConfiguration", false, ignore},
    {"textDocument/didOpen", false, did_open},
    {"textDocument/didChange", false, did_change},
    {"textDocument/didSave", false, ignore},
    {"textDocument/didClose", false, did_close},
    {"textDocument/completion", true, complete},
    {"textDocument/hover", true, hover},
    {"textDocument/formatting", true, format},
    {"textDocument/codeAction", true, code_action},
};

static const struct method *find_method(str name)
{
    for (size_t i = 0; i < countof(methods); i++) {
        if (str_eq(str_from_cstring(methods[i].name), name)) {
            return &methods[i];
        }
    }
    return NULL;
}

static tocsin_status dispatch(struct language_server *server, const struct request *request)
{
    const struct method *method = find_method(request->method);
    bool wants_answer = request->id.len > 0;
    bool is_leaving = method && method->run == leave;
    if (!is_leaving && !server->is_initialized && !(method && method->run == initialize)) {
        return wants_answer ? send_error(server, request, RPC_NOT_INITIALIZED, STR("initialize comes first"))
                            : TOCSIN_OK;
    }
    if (server->is_shut_down && !is_leaving) {
        return wants_answer ? send_error(server, request, RPC_INVALID_REQUEST, STR("the server was shut down"))
                            : TOCSIN_OK;
    }
    if (!method || method->is_request != wants_answer) {
        return wants_answer ? send_error(server, request, RPC_METHOD_NOT_FOUND, request->method) : TOCSIN_OK;
    }
    return method->run(server, request);
}

/* False if the text is no request: then *request has what could be read. */
static bool parse_request(struct language_server *server, str text, struct request *request)
{
    struct json_reader reader;
    struct json_member member;
    struct json_value value;
    *request = (struct request){STR_EMPTY, STR_EMPTY, STR_EMPTY};
    json_reader_init(&reader, text);
    if (!json_enter_object(&reader)) {
        return false;
    }
    while (json_next_member(&reader, &member)) {
        if (!json_read(&reader, &value)) {
            break;
        }
        if (str_eq(member.key, STR("id")) && (value.kind == JSON_NUMBER || value.kind == JSON_STRING)) {
            /* As written, with the quotes that a value's text lacks. */
            request->id = value.kind == JSON_STRING ? (str){value.text.data - 1, value.text.len + 2} : value.text;
        } else if (str_eq(member.key, STR("method")) && value.kind == JSON_STRING) {
            request->method = json_text(&value, &server->arena);
        } else if (str_eq(member.key, STR("params")) && value.kind == JSON_OBJECT) {
            request->params = value.text;
        }
    }
    return !reader.is_failed && request->method.data != NULL;
}

static tocsin_status answer(struct language_server *server, str text)
{
    struct request request = {STR_EMPTY, STR_EMPTY, STR_EMPTY};
    arena_clear(&server->arena);
    if (!json_validate(text, NULL)) {
        return send_error(server, &request, RPC_PARSE_ERROR, STR("this is no JSON"));
    }
    if (!parse_request(server, text, &request)) {
        return send_error(server, &request, RPC_INVALID_REQUEST, STR("this is no request"));
    }
    /* An answer to something we asked has no method; we ask nothing. */
    return request.method.len == 0 ? TOCSIN_OK : dispatch(server, &request);
}

tocsin_status language_server_run(tocsin_engine *engine, int input, int output, bool *ret_is_orderly,
                                  struct tocsin_error *err)
{
    struct error error = {0};
    struct language_server server = {.engine = engine, .output = output, .err = &error};
    struct message_reader reader;
    message_reader_init(&reader, input);
    arena_init(&server.arena, 8 * LIMIT_LSP_MESSAGE_BYTES);
    strbuf_init(&server.body, 16 * LIMIT_LSP_MESSAGE_BYTES);
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && !server.is_over) {
        str text;
        status = message_read(&reader, &text, &error);
        if (status == TOCSIN_OK) {
            status = answer(&server, text);
        }
    }
    *ret_is_orderly = server.is_shut_down;
    message_reader_release(&reader);
    document_set_release(&server.documents);
    arena_release(&server.arena);
    strbuf_release(&server.body);
    if (status == TOCSIN_OK || status == TOCSIN_END) {
        return TOCSIN_OK;
    }
    *err = (struct tocsin_error){.status = status};
    memcpy(err->message, error.message, sizeof(err->message));
    memcpy(err->hint, error.hint, sizeof(err->hint));
    return status;
}
