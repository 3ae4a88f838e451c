/* fuzz_query.c - a query on its whole way: parsed, bound, run over a small log, explained, checked, mended, laid out.
 *
 * The first two bytes of the input are options (see take_settings), the rest is AQL. The log has some rows of each
 * format, with nulls; the configuration folder is docs/lookups. What must hold, besides no crash, leak or hang:
 *  - an error has a message, and a place within the text where it is one of the text;
 *  - rows taken one at a time, three at a time and all at once give the same bytes or the same error;
 *  - so does as little memory as makes everything spill, if it is enough;
 *  - so does the query in its canonical layout;
 *  - `check` says why a query cannot be prepared; a query that could be still can when mended;
 *  - `explain` takes every query that runs, and the event it explains.
 * No query runs longer than a log of some 40 rows and the budget of regular expressions let it. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "tocsin/tocsin.h"

enum { OUTPUT_BYTES_MAX = 16 * 1024 * 1024, ENGINES = 16 };

static void check(bool is_right, const char *what, const struct tocsin_error *err)
{
    if (!is_right) {
        fprintf(stderr, "%s: %s: %s (%s)\n", what, err ? tocsin_status_name(err->status) : "-",
                err ? err->message : "-", err ? err->hint : "-");
        abort();
    }
}

/* ---- the fixture: a log, a folder of cursors, engines --------------------------------------------------------------
 */

static const char linux_log[] =
    "type=SYSCALL msg=audit(1795403414.390:388): arch=c000003e syscall=59 success=yes exit=0 a0=7fbee0d6b6e0 items=2 "
    "ppid=32032 pid=32065 auid=1000 uid=0 gid=0 euid=0 tty=pts1 ses=5 comm=\"bash\" exe=\"/usr/bin/bash\" "
    "key=\"exec\"\n"
    "type=EXECVE msg=audit(1795403414.390:388): argc=3 a0=\"kubectl\" a1=\"get\" a2=\"secrets\"\n"
    "type=CWD msg=audit(1795403414.390:388): cwd=\"/root\"\n"
    "type=PATH msg=audit(1795403414.390:388): item=0 name=\"/usr/bin/bash\" inode=247101 nametype=NORMAL\n"
    "type=SYSCALL msg=audit(1795403414.390:389): arch=c000003e syscall=42 success=no exit=-2 ppid=1 pid=2 "
    "auid=4294967295"
    " uid=0 comm=\"curl\" exe=\"/usr/bin/curl\" key=(null)\n"
    "type=SOCKADDR msg=audit(1795403414.390:389): saddr=02000050CB0071090000000000000000\n"
    "type=USER_LOGIN msg=audit(1795403500.001:400): pid=9 uid=0 auid=4294967295 ses=4294967295 msg='op=login "
    "acct=\"jsmith\" exe=\"/usr/sbin/sshd\" hostname=? addr=203.0.113.9 terminal=ssh res=failed'\n"
    "type=USER_LOGIN msg=audit(1795403560.001:401): pid=9 uid=0 auid=1000 ses=6 msg='op=login id=1000 "
    "exe=\"/usr/sbin/sshd\" hostname=h addr=10.0.0.1 terminal=ssh res=success'\n"
    "type=EXECVE msg=audit(1795403560.500:402): argc=2 a0=\"CURL\" a1=687474703A2F2F312E322E332E342FC3A4\n";

static const char kubernetes_log[] =
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"be23\",\"stage\":"
    "\"ResponseComplete\",\"requestURI\":\"/api/v1/namespaces/kube-system/"
    "secrets?limit=500\",\"verb\":\"list\",\"user\":{"
    "\"username\":\"system:serviceaccount:a:b\",\"groups\":[\"system:authenticated\"]},\"sourceIPs\":[\"10.0.0.1\"],"
    "\"userAgent\":\"kubectl/v1.29\",\"objectRef\":{\"resource\":\"secrets\",\"namespace\":\"kube-system\"},"
    "\"responseStatus\":{\"code\":200},\"requestReceivedTimestamp\":\"2026-11-23T03:14:33.120575Z\",\"stageTimestamp\":"
    "\"2026-11-23T03:14:33.220575Z\"}\n"
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Request\",\"auditID\":\"be24\",\"stage\":"
    "\"ResponseComplete\",\"requestURI\":\"/api/v1/namespaces/default/pods/web/exec?command=sh\",\"verb\":\"create\","
    "\"user\":{\"username\":\"Alice\"},\"sourceIPs\":[\"2001:db8::1\"],\"objectRef\":{\"resource\":\"pods\",\"name\":"
    "\"web\",\"subresource\":\"exec\"},\"responseStatus\":{\"code\":403},\"requestReceivedTimestamp\":"
    "\"2026-11-23T03:15:00Z\"}\n"
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"be25\",\"stage\":"
    "\"RequestReceived\",\"verb\":\"get\",\"user\":{},\"requestReceivedTimestamp\":\"2026-11-23T03:15:00Z\"}\n";

static const char universal_log[] =
    "<14>Nov 23 03:10:14 node-01 CEF:0|Linux|auditd|3.0.9|EXECVE|Process executed|5|rt=1795403414402 dvchost=node-01 "
    "suser=jsmith suid=1000 dproc=kubectl msg=kubectl get secrets --all-namespaces cs1Label=key cs1=exec\n"
    "<13>1 2026-11-23T03:10:14Z node-01 auditd - - - LEEF:1.0|Linux|auditd|3.0.9|EXECVE|devTime=1795403414402\t"
    "src=10.20.4.17\tdst=203.0.113.9\tsrcPort=50000\tdstPort=443\tproto=TCP\tusrName=jsmith\tsev=5\tcat=Process "
    "Create\n"
    "<30>Nov 23 03:10:20 node-02 sshd[77]: Failed password for invalid user \xC3\xA4\xE2\x82\xAC from 10.0.0.7 port "
    "22\n"
    "plain text without a time, \xFF\xFE bytes that are no UTF-8 and 100% _wild_ 'quotes' \\ \"double\"\n"
    "\n"
    "<30>Nov 23 03:10:21 node-02 app: url=http://example.com/a?b=c&d=%20 size=1024 eMail=Bob@Example.COM\n";

static const char ariel_log[] =
    "{\"events\":[\n"
    "{\"starttime\":1795403400000,\"endtime\":1795403400500,\"sourceip\":\"10.0.0.1\",\"destinationip\":\"10.0.0.2\","
    "\"sourceport\":1,\"destinationport\":65535,\"username\":\"admin\",\"qid\":28250369,\"category\":3011,\"severity\":"
    "10,\"magnitude\":9,\"eventcount\":7,\"logsourceid\":63,\"devicetype\":11,\"domainid\":1,\"protocolid\":17,"
    "\"identityip\":\"0.0.0.0\",\"utf8_payload\":\"one\",\"Command\":\"curl -s http://x\",\"Process Name\":\"curl\","
    "\"URL\":\"http://example.com/a?b=c\",\"creeventlist\":\"[100001,100002]\",\"hasOffense\":true},\n"
    "{\"starttime\":1795403400000,\"sourceip\":\"fd00::1\",\"username\":null,\"qid\":28250369,\"category\":-1,"
    "\"eventcount\":9223372036854775807,\"utf8_payload\":\"\"},\n"
    "{\"starttime\":-1,\"sourceip\":\"192.168.0.1\",\"username\":\"ADMIN\",\"eventcount\":0,\"utf8_payload\":\"two\","
    "\"Command\":\"kubectl get secrets\"}\n"
    "]}\n"
    "{\"flows\":[\n"
    "{\"starttime\":1795403400000,\"sourceip\":\"10.1.0.5\",\"destinationip\":\"203.0.113.9\",\"sourcebytes\":5120,"
    "\"destinationbytes\":900123,\"sourcepackets\":14,\"protocolid\":6,\"applicationid\":1019,\"flowtype\":0,"
    "\"firstpackettime\":1795403400000,\"lastpackettime\":1795403460000,\"sourceflags\":\"S,A,P\",\"category\":18448},"
    "\n"
    "{\"starttime\":1795403461000,\"sourceip\":\"10.1.0.6\",\"sourcebytes\":60,\"protocolid\":17,\"flowtype\":3,"
    "\"sourceflags\":null}\n"
    "]}\n"
    "{\"simarc\":[{\"starttime\":1795403400000,\"sourceip\":\"10.0.0.9\",\"eventcount\":3}]}\n";

static char folder[] = "/tmp/tocsin_fuzz_query_XXXXXX";
static char paths[4][64];
static const char *inputs[4];
static char cursors_folder[64];
static tocsin_engine *engines[ENGINES];

/* The time of a file counts where lines have none, so it is fixed. */
static void write_log(size_t index, const char *name, const char *text, size_t bytes)
{
    snprintf(paths[index], sizeof(paths[index]), "%s/%s", folder, name);
    inputs[index] = paths[index];
    int fd = open(paths[index], O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    struct timespec times[2] = {{1795404000, 0}, {1795404000, 0}};
    check(fd >= 0 && write(fd, text, bytes) == (ssize_t)bytes && futimens(fd, times) == 0 && close(fd) == 0,
          "the log is written", NULL);
}

static void empty_folder(const char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (entry->d_name[0] != '.') {
            (void)unlinkat(dirfd(directory), entry->d_name, 0);
        }
    }
    if (directory) {
        (void)closedir(directory);
    }
}

static void clean_up(void)
{
    for (size_t i = 0; i < ENGINES; i++) {
        tocsin_engine_free(engines[i]);
    }
    empty_folder(cursors_folder);
    (void)rmdir(cursors_folder);
    empty_folder(folder);
    (void)rmdir(folder);
}

static void prepare_once(void)
{
    static bool is_prepared;
    if (is_prepared) {
        return;
    }
    is_prepared = true;
    check(mkdtemp(folder) != NULL, "a temporary folder", NULL);
    write_log(3, "audit.log", linux_log, sizeof(linux_log) - 1);
    write_log(1, "kubernetes.log", kubernetes_log, sizeof(kubernetes_log) - 1);
    write_log(2, "universal.log", universal_log, sizeof(universal_log) - 1);
    write_log(0, "ariel.json", ariel_log, sizeof(ariel_log) - 1);
    snprintf(cursors_folder, sizeof(cursors_folder), "%s/cursors", folder);
    check(mkdir(cursors_folder, 0700) == 0, "a folder for cursors", NULL);
    (void)atexit(clean_up);
}

/* ---- options -------------------------------------------------------------------------------------------------------
 */

struct settings {
    unsigned engine;
    bool sessions_sequential;
    bool keeps_input_order;
    bool has_now;
    bool shows_evidence;
    unsigned memory_bytes;
    size_t first_input;
    size_t input_count;
};

/* Bits of the low nibbles and two of the high ones, so that '@' is "nothing special, all logs", and letters the rest.
 * A run over one log alone is several times as quick. */
static struct settings take_settings(const uint8_t *bytes)
{
    static const unsigned memories[] = {16 * 1024, 10 * 1024, 24 * 1024, 64 * 1024};
    static const struct {
        size_t first;
        size_t count;
    } logs[] = {{0, countof(inputs)}, {0, 1}, {1, 2}, {0, 1}};
    return (struct settings){
        .engine = bytes[0] & 15,
        .sessions_sequential = (bytes[1] & 1) != 0,
        .keeps_input_order = (bytes[1] & 2) != 0,
        .has_now = (bytes[1] & 4) != 0,
        .shows_evidence = (bytes[1] & 8) != 0,
        .memory_bytes = memories[(bytes[0] >> 4) & 3],
        .first_input = logs[(bytes[1] >> 4) & 3].first,
        .input_count = logs[(bytes[1] >> 4) & 3].count,
    };
}

static tocsin_engine *engine_of(unsigned bits)
{
    if (!engines[bits]) {
        struct tocsin_engine_options options = {
            .config_path = TOCSIN_SOURCE_ROOT "/docs/lookups",
            .cursors_path = cursors_folder,
            .time_zone = "Europe/Berlin",
            .is_null_sql = (bits & 1) != 0,
            .matches_full = (bits & 2) != 0,
            .has_null_unknown_fields = (bits & 4) != 0,
            .selects_all = (bits & 8) != 0,
            .has_qradar_window = (bits & 8) != 0,
            .has_exact_time_bounds = (bits & 8) != 0,
        };
        struct tocsin_error err = {0};
        check(tocsin_engine_create(&options, &engines[bits], &err) == TOCSIN_OK, "an engine", &err);
    }
    return engines[bits];
}

#ifdef FUZZ_WITH_LIBFUZZER
static const tocsin_engine *fuzz_engine(void)
{
    return engines[0];
}

#include "query_mutator.h"
#endif

/* ---- what is written -----------------------------------------------------------------------------------------------
 */

static int collect(void *context, const char *bytes, size_t byte_count)
{
    strbuf_append(context, str_from(bytes, byte_count));
    return 0;
}

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            return false;
        }
    }
    return true;
}

static size_t count_lines(str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.data[i] == '\n';
    }
    return lines;
}

/* An error of the text says where. */
static void check_error(const struct tocsin_error *err, str text)
{
    check(err->status > TOCSIN_END && err->status < TOCSIN_ERROR_INTERNAL && err->message[0], "an error that says what",
          err);
    check(is_printable(err->message) && is_printable(err->hint), "an error that is printable", err);
    bool is_of_text = err->status == TOCSIN_ERROR_SYNTAX || err->status == TOCSIN_ERROR_NAME ||
                      err->status == TOCSIN_ERROR_TYPE || err->status == TOCSIN_ERROR_UNSUPPORTED;
    check(!is_of_text || (err->line > 0 && err->column > 0), "an error with a place", err);
    check(err->line <= count_lines(text) && err->column <= text.len + 1, "an error with a place in the text", err);
}

/* ---- runs ----------------------------------------------------------------------------------------------------------
 */

struct answer {
    struct strbuf text;
    tocsin_status status; /* TOCSIN_OK at the end */
    struct tocsin_error err;
    bool is_cut; /* a budget of time was hit: another run may get further */
};

static void answer_release(struct answer *answer)
{
    strbuf_release(&answer->text);
}

static struct tocsin_run_options run_options(const struct settings *settings, struct strbuf *text)
{
    return (struct tocsin_run_options){
        .inputs = inputs + settings->first_input,
        .input_count = settings->input_count,
        .output = "ndjson",
        .shows_evidence = settings->shows_evidence,
        .now = settings->has_now ? "2026-11-23T03:16:00Z" : NULL,
        .sessions_sequential = settings->sessions_sequential,
        .keeps_input_order = settings->keeps_input_order,
        .replaces_cursor = true,
        .write = collect,
        .write_context = text,
    };
}

static void run(tocsin_engine *engine, const tocsin_query *query, const struct settings *settings, unsigned batch_rows,
                unsigned memory_bytes, struct answer *ret)
{
    *ret = (struct answer){.status = TOCSIN_OK};
    strbuf_init(&ret->text, OUTPUT_BYTES_MAX);
    struct tocsin_run_options options = run_options(settings, &ret->text);
    options.batch_rows = batch_rows;
    options.memory_bytes = memory_bytes;
    tocsin_run *made = NULL;
    ret->status = tocsin_run_query(engine, query, &options, &made, &ret->err);
    while (ret->status == TOCSIN_OK) {
        ret->status = tocsin_run_step(made, &ret->err);
    }
    if (ret->status == TOCSIN_END) {
        struct tocsin_summary summary;
        tocsin_run_summary(made, &summary);
        ret->is_cut = summary.regex_given_up > 0;
        ret->status = TOCSIN_OK;
    } else {
        check(ret->err.status == ret->status && ret->err.message[0] && is_printable(ret->err.message) &&
                  ret->status != TOCSIN_ERROR_INTERNAL,
              "a run that fails says why", &ret->err);
        ret->is_cut = ret->status == TOCSIN_ERROR_LIMIT || ret->status == TOCSIN_ERROR_MEMORY;
    }
    tocsin_run_free(made);
}

static void check_same(const struct answer *one, const struct answer *other, bool has_same_names, const char *what)
{
    if (one->is_cut || other->is_cut || one->text.is_failed || other->text.is_failed) {
        return;
    }
    bool is_same =
        one->status == other->status && (!has_same_names || str_eq(strbuf_str(&one->text), strbuf_str(&other->text)));
    if (!is_same) {
        fprintf(stderr, "%s\n%s: %s\n%.*s---\n%s: %s\n%.*s", what, tocsin_status_name(one->status), one->err.message,
                STR_ARG(strbuf_str(&one->text)), tocsin_status_name(other->status), other->err.message,
                STR_ARG(strbuf_str(&other->text)));
        abort();
    }
}

static void explain(tocsin_engine *engine, const tocsin_query *query, const struct settings *settings)
{
    struct strbuf text;
    struct tocsin_error err = {0};
    strbuf_init(&text, OUTPUT_BYTES_MAX);
    struct tocsin_explain_options options = {
        .output = settings->shows_evidence ? "json" : NULL, .write = collect, .write_context = &text};
    tocsin_status status = tocsin_explain_query(engine, query, &options, &err);
    check(status == TOCSIN_OK, "a query that can be prepared can be explained", &err);
    check(text.len > 0, "an explanation says something", NULL);
    if (tocsin_query_reads_log(query)) {
        struct tocsin_run_options about = run_options(settings, &text);
        bool passes;
        status = tocsin_explain_event(engine, query, &about, NULL, 0, &options, &passes, &err);
        check(status != TOCSIN_ERROR_INTERNAL, "an event is explained", &err);
    }
    strbuf_release(&text);
}

static bool has_into(str text)
{
    for (size_t i = 0; i + 4 <= text.len; i++) {
        if (str_eq_ignore_case(str_slice(text, i, i + 4), STR("into"))) {
            return true;
        }
    }
    return false;
}

/* The layout is the same query, but a column without a name is called as its text is written. */
static void check_layout(tocsin_engine *engine, str text, const struct settings *settings, const struct answer *answer)
{
    struct strbuf laid_out;
    struct tocsin_error err = {0};
    strbuf_init(&laid_out, OUTPUT_BYTES_MAX);
    tocsin_query *query = NULL;
    tocsin_status status = tocsin_format_query(text.data, text.len, "query", collect, &laid_out, &err);
    check(status == TOCSIN_OK || status == TOCSIN_ERROR_LIMIT, "a query can be laid out", &err);
    if (status == TOCSIN_OK) {
        str copy = strbuf_str(&laid_out);
        status = tocsin_query_prepare(engine, copy.data, copy.len, "query", &query, &err);
        check(status == TOCSIN_OK, "a layout can be prepared", &err);
        struct answer again;
        run(engine, query, settings, 0, 0, &again);
        check_same(answer, &again, true, "the layout gives another answer");
        answer_release(&again);
        tocsin_query_free(query);
    }
    strbuf_release(&laid_out);
}

static void run_all_ways(tocsin_engine *engine, const tocsin_query *query, str text, const struct settings *settings)
{
    struct answer answer;
    struct answer other;
    run(engine, query, settings, 0, 0, &answer);
    run(engine, query, settings, 1, 0, &other);
    check_same(&answer, &other, true, "rows one at a time give another answer");
    answer_release(&other);
    run(engine, query, settings, 3, settings->memory_bytes, &other);
    check_same(&answer, &other, true, "little memory gives another answer");
    answer_release(&other);
    check_layout(engine, text, settings, &answer);
    answer_release(&answer);
    if (has_into(text)) {
        empty_folder(cursors_folder);
    }
}

/* ---- check ---------------------------------------------------------------------------------------------------------
 */

static void check_remarks(tocsin_engine *engine, str text, bool can_be_prepared)
{
    tocsin_check *found = NULL;
    struct tocsin_error err = {0};
    tocsin_status status = tocsin_check_query(engine, text.data, text.len, NULL, &found, &err);
    check(status == TOCSIN_OK || status == TOCSIN_ERROR_LIMIT, "what is wrong with a text is no error", &err);
    if (status != TOCSIN_OK) {
        return;
    }
    size_t errors = 0;
    for (size_t i = 0; i < tocsin_check_count(found); i++) {
        const struct tocsin_diagnostic *item = tocsin_check_get(found, i);
        check(item->offset <= item->offset_end && item->offset_end <= text.len + 1, "a remark has a place", NULL);
        check(item->message[0] && is_printable(item->message) && is_printable(item->hint), "a remark is printable",
              NULL);
        /* Reference data that is not here may be in the QRadar that the query is for: a warning. */
        errors += item->severity == TOCSIN_SEVERITY_ERROR || strcmp(item->code, "unknown-reference") == 0;
    }
    bool is_whole = tocsin_check_more(found) == 0 && tocsin_check_silenced(found) == 0;
    check(!is_whole || can_be_prepared || errors > 0, "check finds nothing wrong with a query that cannot run", NULL);
    const char *fixed;
    size_t fixed_bytes;
    size_t fixes;
    status = tocsin_check_fix(found, &fixed, &fixed_bytes, &fixes, &err);
    if (status == TOCSIN_OK && can_be_prepared && fixes > 0) {
        tocsin_query *query = NULL;
        status = tocsin_query_prepare(engine, fixed, fixed_bytes, "query", &query, &err);
        if (status != TOCSIN_OK) {
            fprintf(stderr, "mended: %.*s\n", (int)fixed_bytes, fixed);
        }
        check(status == TOCSIN_OK || status == TOCSIN_ERROR_LIMIT, "a query that is mended can be prepared", &err);
        tocsin_query_free(query);
    }
    tocsin_check_free(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    prepare_once();
    if (size < 2) {
        return 0;
    }
    struct settings settings = take_settings(data);
    str text = str_from((const char *)data + 2, size - 2);
    tocsin_engine *engine = engine_of(settings.engine);
    tocsin_query *query = NULL;
    struct tocsin_error err = {0};
    tocsin_status status = tocsin_query_prepare(engine, text.data, text.len, "query", &query, &err);
    check_remarks(engine, text, status == TOCSIN_OK);
    if (status == TOCSIN_OK) {
        explain(engine, query, &settings);
        run_all_ways(engine, query, text, &settings);
    } else {
        check_error(&err, text);
    }
    tocsin_query_free(query);
    return 0;
}
