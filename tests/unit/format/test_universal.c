#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../support/universal_harness.h"

enum { EXPECTATIONS_MAX = 14 };

struct line_case {
    const char *line;
    struct universal_expectation expected[EXPECTATIONS_MAX];
};

static const struct line_case cases[] = {
    /* LEEF */
    {"<13>Nov 23 03:10:14 node-01 LEEF:2.0|Linux|auditd|3.0.9|EXECVE|^|devTime=1795403414410^devTimeFormat=epoch"
     "^src=10.20.4.17^dst=2001:db8::1^srcPort=4000^dstPort=22^proto=TCP^usrName=jsmith^identHostName=web-9^sev=7"
     "^cat=Process Create^command=ls -la",
     {{"devicetime", "2026-11-23T03:10:14.410Z"},
      {"hostname", "web-9"},
      {"logsourceidentifier", "node-01"},
      {"sourceip", "10.20.4.17"},
      {"sourceaddress", "10.20.4.17"},
      {"destinationip", "0.0.0.0"},
      {"destinationv6", "2001:db8:0:0:0:0:0:1"},
      {"sourceport", "4000"},
      {"destinationport", "22"},
      {"protocolid", "6"},
      {"username", "jsmith"},
      {"severity", "7"},
      {"Command", "ls -la"},
      {"isunparsed", "false"}}},
    {"LEEF:2.0|V|P|1|E|^|devTime=Nov 23 2025 02:41:07.000 EST^devTimeFormat=MMM dd yyyy HH:mm:ss.SSS z",
     {{"devicetime", "2025-11-23T07:41:07.000Z"}, {"qideventid", "E"}, {"Event ID", "E"}, {"Device Vendor", "V"}}},
    /* the format given does not fit the time: it is read by its looks */
    {"LEEF:2.0|V|P|1|E|^|devTime=2025-11-23 02:41:07^devTimeFormat=MMM dd yyyy HH:mm:ss",
     {{"devicetime", "2025-11-23T02:41:07.000Z"}}},
    {"LEEF:1.0|V|P", {{"isunparsed", "true"}, {"istruncated", "true"}, {"Device Vendor", "V"}}},
    /* CEF */
    {"<14>Nov 23 03:10:14 node-01 CEF:0|Linux|auditd|3.0.9|EXECVE|Process executed|Very-High|rt=1795403414402 "
     "dvchost=node-02 suser=jsmith duser=root dproc=kubectl msg=kubectl get x --timeout\\=1s src=::1 cnt=12",
     {{"devicetime", "2026-11-23T03:10:14.402Z"},
      {"hostname", "node-02"},
      {"username", "jsmith"},
      {"Target Username", "root"},
      {"severity", "9"},
      {"sourcev6", "0:0:0:0:0:0:0:1"},
      {"eventcount", "12"},
      {"Command", "kubectl get x --timeout=1s"},
      {"Process Name", "kubectl"},
      {"Event Name", "Process executed"},
      {"qideventid", "EXECVE"}}},
    /* msg of another event is no command */
    {"CEF:0|V|P|1|600|User Signed In|3|msg=rm -rf src=10.52.116.160|",
     {{"Command", "NULL"}, {"Message", "rm -rf"}, {"sourceip", "10.52.116.160"}, {"severity", "3"}}},
    {"CEF:0|V|P|1|1|New process started|3|msg=id", {{"Command", "id"}}},
    {"CEF:0|V|P|1|1|x|3|rt=x start=Oct 12 2025 10:00:00", {{"devicetime", "2025-10-12T10:00:00.000Z"}}},
    {"CEF:0|V|P|1|1|x|3|cs1Label=Command Line cs1=cat /etc/shadow", {{"Command", "cat /etc/shadow"}}},
    /* JSON */
    {"{\"@timestamp\":\"2026-11-23T03:10:14.5Z\",\"host\":{\"name\":\"h1\"},\"user\":{\"name\":\"bob\"},"
     "\"process\":{\"name\":\"curl\",\"command_line\":\"curl \\u002dk https://x\",\"pid\":12,\"parent\":{\"pid\":3}},"
     "\"source\":{\"ip\":\"10.1.1.1\",\"port\":55}}",
     {{"devicetime", "2026-11-23T03:10:14.500Z"},
      {"hostname", "h1"},
      {"username", "bob"},
      {"Command", "curl -k https://x"},
      {"Process Name", "curl"},
      {"Process ID", "12"},
      {"Parent Process ID", "3"},
      {"sourceip", "10.1.1.1"},
      {"sourceport", "55"},
      {"isunparsed", "false"}}},
    {"{\"process.command_line\":\"id\",\"process.args\":[\"x\"]}", {{"Command", "id"}}},
    {"{\"process\":{\"args\":[\"kubectl\",\"get\",\"secret \\\"a\\\"\",1,null,true]}}",
     {{"Command", "kubectl get secret \"a\" 1  true"}}},
    {"{\"output_fields\":{\"proc.cmdline\":\"bash -c env\",\"proc.name\":\"bash\",\"user.name\":\"root\"}}",
     {{"Command", "bash -c env"}, {"Process Name", "bash"}, {"username", "root"}}},
    {"{\"process_exec\":{\"process\":{\"binary\":\"/usr/bin/kubectl\",\"arguments\":\"get secrets\"}}}",
     {{"Command", "/usr/bin/kubectl get secrets"}, {"Process Name", "kubectl"}, {"Process Path", "/usr/bin/kubectl"}}},
    {"{\"data\":{\"win\":{\"eventdata\":{\"commandLine\":\"whoami /all\",\"image\":\"C:\\\\W\\\\whoami.exe\"}}}}",
     {{"Command", "whoami /all"}, {"Process Name", "whoami.exe"}}},
    {"{}", {{"isunparsed", "false"}, {"Command", "NULL"}}},
    /* damaged JSON: what stands in front of the damage, and the value the cut goes through */
    {"{\"user\":\"bob\",\"command\":\"kubectl get sec",
     {{"isunparsed", "true"}, {"istruncated", "true"}, {"username", "bob"}, {"Command", "kubectl get sec"}}},
    {"{\"command\":\"id\"} trailing", {{"isunparsed", "true"}, {"Command", "id"}}},
    {"{{.Names}} is a template", {{"qid", "2000501"}, {"isunparsed", "true"}}},
    /* wrappers */
    {"{\"log\":\"Nov 23 03:10:14 web sudo: al : TTY=x ; PWD=/ ; USER=root ; COMMAND=/bin/kubectl get secrets\\n\","
     "\"stream\":\"stdout\",\"time\":\"2026-11-23T04:00:00.1Z\"}",
     {{"devicetime", "2026-11-23T04:00:00.100Z"},
      {"hostname", "web"},
      {"username", "al"},
      {"Target Username", "root"},
      {"Command", "/bin/kubectl get secrets"},
      {"Process Name", "kubectl"},
      {"Process Path", "/bin/kubectl"}}},
    {"{\"log\":\"{\\\"command\\\":\\\"id "
     "\\\\\\\"x\\\\\\\"\\\"}\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-23T04:00:00Z\"}",
     {{"Command", "id \"x\""}}},
    {"{\"MESSAGE\":\"(root) CMD (run-parts /etc)\",\"SYSLOG_IDENTIFIER\":\"CRON\",\"_HOSTNAME\":\"h\","
     "\"__REALTIME_TIMESTAMP\":\"1795403414402123\"}",
     {{"Command", "run-parts /etc"},
      {"hostname", "h"},
      {"devicetime", "2026-11-23T03:10:14.402Z"},
      {"username", "root"}}},
    {"{\"message\":\"LEEF:1.0|V|P|1|E|command=id\\tusrName=eve\"}", {{"Command", "id"}, {"username", "eve"}}},
    {"sudo: "
     "@cee:{\"sudo\":{\"accept\":{\"submituser\":\"al\",\"command\":\"/bin/cat\",\"runargv\":[\"cat\",\"/etc/"
     "shadow\"]}}}",
     {{"Command", "NULL"}}},
    {"<85>Nov 23 03:10:14 h sudo: "
     "@cee:{\"sudo\":{\"accept\":{\"submituser\":\"al\",\"command\":\"/bin/cat\",\"runargv\":[\"cat\",\"/etc/"
     "shadow\"]}}}",
     {{"Command", "cat /etc/shadow"}, {"username", "al"}, {"Process Name", "cat"}}},
    {"{\"message\":\"{\\\"log\\\":\\\"LEEF:1.0|V|P|1|E|command=id\\\\n\\\",\\\"stream\\\":\\\"stdout\\\"}\"}",
     {{"Command", "id"}}},
    {"agent wrote {\"command\":\"id -u\",\"user\":\"al\"}",
     {{"Command", "id -u"}, {"username", "al"}, {"qid", "2000505"}}},
    {"agent wrote {\"command\":\"id}", {{"Command", "NULL"}, {"isunparsed", "true"}}},
    /* key=value */
    {"time=\"2026-11-23T03:10:14.348974815Z\" level=debug msg=\"Calling GET /v1.41/containers/json\"",
     {{"devicetime", "2026-11-23T03:10:14.348Z"},
      {"Command", "GET /v1.41/containers/json"},
      {"URL", "/v1.41/containers/json"},
      {"Action", "GET"},
      {"Log Level", "debug"},
      {"qid", "2000506"}}},
    {"time=\"2026-11-23T03:10:45Z\" level=debug msg=\"form data: "
     "{\\\"Cmd\\\":[\\\"cat\\\",\\\"/proc/1/environ\\\"],\\\"Tty\\\":false}\"",
     {{"Command", "cat /proc/1/environ"}}},
    {"date=2026-11-23 time=03:10:14 devname=fw srcip=1.2.3.4 dstip=5.6.7.8 dstport=443 proto=17 action=deny",
     {{"devicetime", "2026-11-23T03:10:14.000Z"},
      {"hostname", "fw"},
      {"sourceip", "1.2.3.4"},
      {"destinationip", "5.6.7.8"},
      {"destinationport", "443"},
      {"protocolid", "17"},
      {"Action", "deny"}}},
    {"user=bob cmd=kubectl get secrets -A tty=pts/0", {{"Command", "kubectl get secrets -A"}, {"username", "bob"}}},
    {"user=bob cmd=\"kubectl get \\\"x\\\"\" tty=pts/0", {{"Command", "kubectl get \"x\""}}},
    {"Notice A shell was spawned (user=root container=abc cmdline=bash -c env terminal=34816)",
     {{"Command", "bash -c env"}}},
    /* docker events */
    {"2026-11-23T03:21:06.214968019Z container exec_create: env  "
     "ef64fd99dc5ff98a0340550336adf5400c6354bac21bed21661472ad433553a2 (execID=7a, image=acme/webapp:1.4, "
     "name=billing-api)",
     {{"devicetime", "2026-11-23T03:21:06.214Z"},
      {"Command", "env"},
      {"Action", "exec_create"},
      {"Container Name", "billing-api"},
      {"Container Image", "acme/webapp:1.4"},
      {"Container ID", "ef64fd99dc5ff98a0340550336adf5400c6354bac21bed21661472ad433553a2"},
      {"hostname", "NULL"}}},
    {"{\"status\":\"exec_create: env \",\"Type\":\"container\",\"Action\":\"exec_create: env "
     "\",\"timeNano\":1795403446342654819}",
     {{"Command", "env"}, {"Action", "exec_create"}, {"devicetime", "2026-11-23T03:10:46.342Z"}}},
    {"{\"RequestMethod\":\"POST\",\"RequestUri\":\"/v1.41/containers/billing-api/exec\",\"RequestBody\":"
     "\"eyJDbWQiOlsiY2F0IiwiL2V0Yy9zaGFkb3ciXX0=\"}",
     {{"Command", "cat /etc/shadow"}, {"URL", "/v1.41/containers/billing-api/exec"}, {"Action", "POST"}}},
    {"{\"RequestMethod\":\"GET\",\"RequestUri\":\"/_ping\"}", {{"Command", "GET /_ping"}}},
    /* prose in frames */
    {"<86>Nov 23 03:10:14 h sshd[12]: Failed password for invalid user root from 192.168.1.2 port 51182 ssh2",
     {{"username", "root"},
      {"sourceip", "192.168.1.2"},
      {"sourceaddress", "192.168.1.2"},
      {"sourceport", "51182"},
      {"Process Name", "sshd"},
      {"Application", "sshd"},
      {"Process ID", "12"},
      {"qid", "2000502"},
      {"isunparsed", "false"}}},
    {"Nov 23 03:10:14 h sudo:    alice : TTY=pts/0 ; PWD=/home/al ice ; USER=root ; COMMAND=/usr/bin/docker exec x env",
     {{"Command", "/usr/bin/docker exec x env"},
      {"username", "alice"},
      {"Target Username", "root"},
      {"Working Directory", "/home/al ice"},
      {"Process Path", "/usr/bin/docker"}}},
    {"Nov 23 03:10:14 h sudo: al : (command continued) get secrets -A", {{"Command", "get secrets -A"}}},
    {"Nov 23 03:10:14 h pkexec[7]: al: Executing command [USER=root] [TTY=x] [CWD=/] [COMMAND=/bin/cat /etc/shadow]",
     {{"Command", "/bin/cat /etc/shadow"}, {"Process Name", "cat"}}},
    {"Nov 23 03:10:14 h doas: al ran command kubectl get secrets as root from /home/al",
     {{"Command", "kubectl get secrets"}, {"username", "al"}, {"Target Username", "root"}}},
    {"Nov 23 03:10:14 h doas: command not permitted for al: id -u", {{"Command", "id -u"}}},
    {"Nov 23 03:10:14 h snoopy[3]: [login:root ssh:(x) sid:1 tty:/dev/pts/0 (0/root) uid:root(0)/root(0) cwd:/]: "
     "kubectl get x",
     {{"Command", "kubectl get x"}}},
    {"Nov 23 03:10:14 h bash[3]: HISTORY: PID=3 UID=0 docker inspect x", {{"Command", "docker inspect x"}}},
    {"Nov 23 03:10:14 h bash[3]: al [3]: docker inspect x [0]", {{"Command", "docker inspect x"}}},
    {"Nov 23 03:10:14 h CRON[3]: (root) CMD (  [ -x /x ] && /x)",
     {{"Command", "  [ -x /x ] && /x"}, {"username", "root"}}},
    {"Nov 23 03:10:14 h kubelet: msg=\"Exec for \\\"ab\\\" with command [cat /etc/x]\"", {{"Command", "cat /etc/x"}}},
    {"Nov 23 03:10:14 h ansible-command: Invoked with _raw_params=kubectl get secrets _uses_shell=True argv=None",
     {{"Command", "kubectl get secrets"}}},
    {"<166>Nov 23 2026 03:10:14 fw : %ASA-6-302013: Built inbound", {{"Event ID", "ASA-6-302013"}, {"hostname", "fw"}}},
    /* line separators inside a command do not hide it */
    {"Nov 23 03:10:14 h CRON[3]: (root) CMD (kubectl\xE2\x80\xA8get secrets\r)",
     {{"Command", "kubectl\xE2\x80\xA8get secrets\r"}}},
    {"Nov 23 03:10:14 h sudo: a : TTY=x ; COMMAND=/bin/sh -c kubectl\xC2\x85 get\r secrets",
     {{"Command", "/bin/sh -c kubectl\xC2\x85 get\r secrets"}}},
    {"{\"Action\":\"exec_start: sh -c id\\nenv \"}", {{"Command", "sh -c id\nenv"}}},
    {"Nov 23 03:10:14 h kubelet: ExecSync for x with command [sh -c [ 1 ]; id] returns 0",
     {{"Command", "sh -c [ 1 ]; id"}}},
    /* nothing at all */
    {"just some words",
     {{"isunparsed", "true"}, {"qid", "2000501"}, {"payload", "just some words"}, {"devicetype", "4001"}}},
};

static void fields_of_all_shapes(void **state)
{
    (void)state;
    struct universal_harness harness;
    universal_harness_open(&harness, NULL, NULL, 0);
    int differences = 0;
    for (size_t i = 0; i < countof(cases); i++) {
        universal_harness_line(&harness, str_from_cstring(cases[i].line));
        differences +=
            universal_harness_differs(&harness, cases[i].line, cases[i].expected, countof(cases[i].expected));
    }
    universal_harness_close(&harness);
    assert_int_equal(differences, 0);
}

/* Nothing may depend on which other fields are wanted. */
static void a_field_alone_has_the_same_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(cases); i++) {
        for (size_t k = 0; k < EXPECTATIONS_MAX && cases[i].expected[k].field; k++) {
            const char *field = cases[i].expected[k].field;
            if (strcmp(field, "isunparsed") == 0) {
                continue; /* an extraction that hits makes text understood: by design the one exception */
            }
            if (i % 7 != k % 7) {
                continue; /* a sample: opening the format costs milliseconds */
            }
            struct universal_harness harness;
            universal_harness_open(&harness, NULL, &field, 1);
            universal_harness_line(&harness, str_from_cstring(cases[i].line));
            int differences = universal_harness_differs(&harness, cases[i].line, &cases[i].expected[k], 1);
            universal_harness_close(&harness);
            assert_int_equal(differences, 0);
        }
    }
}

static void cut_lines_do_no_harm(void **state)
{
    (void)state;
    struct universal_harness harness;
    universal_harness_open(&harness, NULL, NULL, 0);
    for (size_t i = 0; i < countof(cases); i++) {
        size_t whole = strlen(cases[i].line);
        for (size_t bytes = 0; bytes < whole; bytes++) {
            char *copy = test_malloc(bytes + 1);
            memcpy(copy, cases[i].line, bytes);
            universal_harness_line(&harness, str_from(copy, bytes));
            (void)universal_harness_get(&harness, "Command");
            universal_harness_recycle(&harness);
            test_free(copy);
        }
    }
    universal_harness_close(&harness);
}

/* Lines that make a careless regular expression or search take quadratic time: prefix, what is repeated, end. With it
   this test would run into its time limit. */
static const struct {
    const char *prefix;
    const char *repeated;
    const char *end;
} hostile_lines[] = {
    {"h app: ", "=", ""},
    {"h app: ", "a=", ""},
    {"h app: ", "a='", ""},
    {"h app: ", "a='\\' ", ""},
    {"h app: ", "EF:", ""},
    {"h app: cmd=x", " ", "y"},
    {"h app: ", " cmd=a", ""},
    {"h app: ", " cmdline=a;", "="},
    {"h app: x ; COMMAND= ", "; COMMAND=", "\r)"},
    {"h sudo: ", "[COMMAND=", "]"},
    {"h pkexec[1]: ] ", "[COMMAND=", ""},
    {"h sudo: ; USER= ", "; PWD=", ""},
    {"h app: ; USER= ", "; PWD=", ""},
    {"h app: HISTORY: ", "HISTORY: PID=1 ", "\r"},
    {"h doas: a ran command ", " as xx", ""},
    {"h snoopy[1]: ", " uid:1(", ""},
    {"h snoopy[1]: [", "]: [", ""},
    {"h bash[1]: a [1]: ", " [1]", "x"},
    {"h app: (root) CMD (", "(", ""},
    {"h app: ] ", " with command [", ""},
    {"h app: ] in ", "Exec'd [", ""},
    {"h app: _raw_params= ", "Invoked with ", ""},
    {"h app: ", "Invoked with _raw_params=", ""},
    {"h app: ", "Process Command Line: ", ""},
    {"h app: ", "Name=\"CommandLine\">", ""},
    {"h app: msg=\"form data: {", "\\\"Cmd\\\":", "\""},
    {"h app: msg=\"Calling ", "GET ", "\""},
    {"h app: container exec_create: ", " ", "x"},
    {"h app: container exec_create: ", "(", " image= name="},
    {"h app: container exec_create: ", " 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef (",
     " image= name="},
    {"h app: container x: ", "image=a, ", ""},
    {"h sshd[1]: ", " ::: port", ""},
    {"h sshd[1]: refused connect from ", "(::", ""},
    {"h app: RemoteAddress= ", "RemoteAddress=\"IPV4/TCP/1", ""},
    {"h CEF:0|a|b|c|d|e|1|", "a=b ", ""},
    {"h CEF:0|a|b|c|execve|process start|1|msg=", "process ", ""},
    {"h CEF:0|a|b|c|d|", "process ", "|1|a=b"},
    {"h CEF:0|a|b|c|d|e|1|", "k1Label=x ", ""},
    {"h LEEF:2.0|a|b|c|d|^|", "a=b^", ""},
    {"h LEEF:2.0|a|b|c|d|^|command=", "/", ""},
    {"h app: {", "\"a\":{", ""},
    {"h app: {\"message\":\"", "\\\\", "\"}"},
    {"h app: x ", "{\"a\":1 ", "}"},
    {"h app: ", "<1>", ""},
    {"", "<1>Nov 23 03:10:14 ", ""},
};

static void hostile_lines_take_linear_time(void **state)
{
    (void)state;
    enum { HOSTILE_BYTES = 1 << 19 };
    struct universal_harness harness;
    struct strbuf line;
    universal_harness_open(&harness, NULL, NULL, 0);
    strbuf_init(&line, 2 * HOSTILE_BYTES);
    for (size_t i = 0; i < countof(hostile_lines); i++) {
        strbuf_clear(&line);
        strbuf_append(&line, STR("Nov 23 03:10:14 "));
        strbuf_append(&line, str_from_cstring(hostile_lines[i].prefix));
        while (line.len < HOSTILE_BYTES) {
            strbuf_append(&line, str_from_cstring(hostile_lines[i].repeated));
        }
        strbuf_append(&line, str_from_cstring(hostile_lines[i].end));
        universal_harness_line(&harness, strbuf_str(&line));
        universal_harness_recycle(&harness);
    }
    strbuf_release(&line);
    universal_harness_close(&harness);
}

static void a_listed_host_decides_the_type(void **state)
{
    (void)state;
    struct universal_harness harness;
    universal_harness_open(&harness, NULL, NULL, 0);
    str host = STR("web-1");
    struct log_source source = {
        .id = 2001, .name = host, .type_id = LOG_SOURCE_TYPE_LINUX_OS, .identifiers = &host, .identifier_count = 1};
    assert_int_equal(log_source_table_add(harness.sources, &source, NULL), TOCSIN_OK);
    const struct universal_expectation linux_os[] = {{"devicetype", "11"}, {"logsourceid", "2001"}};
    const struct universal_expectation universal[] = {{"devicetype", "4001"}, {"logsourceid", "1002"}};
    const char *line = "<13>Nov 23 03:10:14 WEB-1 app: x";
    universal_harness_line(&harness, str_from_cstring(line));
    assert_int_equal(universal_harness_differs(&harness, line, linux_os, 2), 0);
    line = "<13>Nov 23 03:10:14 web-2 app: x";
    universal_harness_line(&harness, str_from_cstring(line));
    assert_int_equal(universal_harness_differs(&harness, line, universal, 2), 0);
    universal_harness_close(&harness);
}

static int detect(const char *text)
{
    const struct log_line line = {.text = str_from_cstring(text), .raw = str_from_cstring(text)};
    return format_universal.detect(&line);
}

static void detection_leaves_the_way_to_others(void **state)
{
    (void)state;
    assert_true(detect("LEEF:1.0|V|P|1|E|a=b") >= FORMAT_SURE);
    assert_true(detect("CEF:0|V|P|1|E|n|1|a=b") >= FORMAT_SURE);
    assert_true(detect("type=EXECVE msg=audit(1.2:3): a0=\"x\" a1=\"CEF:0|V|P|1|E|n|1|\"") < FORMAT_SURE);
    assert_true(detect("{\"kind\":\"Event\"}") < 50 && detect("{\"kind\":\"Event\"}") > detect("words"));
    assert_true(detect("words") > 0);
    assert_true(detect("") > 0);
}

/* ---- the corpus ---- */

struct corpus_file {
    const char *path;
    uint64_t events;
    uint64_t unparsed;
    uint64_t with_command;
};

static const struct corpus_file corpus_files[] = {
    {"syslog/crowdsec-asterisk-syslogs.log", 6, 0, 0},
    {"syslog/crowdsec-pam-logs.log", 2, 0, 0},
    {"syslog/crowdsec-sshd-bad-keyexchange-bf.log", 19, 0, 0},
    {"syslog/crowdsec-sshd-logs.log", 24, 0, 0},
    {"syslog/crowdsec-syslog-logs.log", 3, 0, 0},
    {"leef-cef/crowdsec-cef-logs.log", 4, 0, 0},
    {"leef-cef/derived-auditd-cef.log", 166, 0, 166},
    {"leef-cef/derived-auditd-leef.log", 166, 0, 166},
    {"leef-cef/sc4s-cef-a.log", 28, 0, 0},
    {"leef-cef/sc4s-leef-a.log", 9, 0, 0},
    {"docker/crowdsec-docker-logs.log", 3, 0, 0},
    {"docker/live-authz-requests.jsonl", 34, 0, 34},
    {"docker/live-docker-events.jsonl", 25, 0, 11},
    {"docker/live-docker-events.txt", 11, 0, 2},
    {"docker/live-dockerd-debug.log", 135, 0, 74},
    {"docker/live-dockerd-info.log", 10, 0, 0},
    {"docker/live-dockerd-startup-2375.log", 95, 0, 0},
    {"docker/live-json-file-driver.log", 6, 0, 0},
};

/* NULL if the file is not there. */
static char *read_file(const char *path, size_t *ret_bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    (void)fseek(file, 0, SEEK_END);
    size_t bytes = (size_t)ftell(file);
    rewind(file);
    char *text = test_malloc(bytes + 1);
    *ret_bytes = fread(text, 1, bytes, file);
    fclose(file);
    return text;
}

/* Takes the next line; false at the end. */
static bool next_line(str *rest, str *ret_line)
{
    if (rest->len == 0) {
        return false;
    }
    size_t end = str_find_char(*rest, '\n', 0);
    *ret_line = str_slice(*rest, 0, end);
    *rest = str_skip(*rest, end == SIZE_MAX ? rest->len : end + 1);
    return true;
}

static void counts_on_the_corpus(void **state)
{
    (void)state;
    size_t skipped = 0;
    int differences = 0;
    for (size_t i = 0; i < countof(corpus_files); i++) {
        char path[512];
        snprintf(path, sizeof(path), TOCSIN_SOURCE_ROOT "/../shared/corpus/%s", corpus_files[i].path);
        size_t bytes;
        char *text = read_file(path, &bytes);
        if (!text) {
            skipped++;
            continue;
        }
        struct universal_harness harness;
        universal_harness_open(&harness, NULL, NULL, 0);
        uint64_t with_command = 0;
        str rest = str_from(text, bytes);
        str line;
        while (next_line(&rest, &line)) {
            if (str_trim(line).len > 0) {
                universal_harness_line(&harness, line);
                with_command += !str_eq(universal_harness_get(&harness, "Command"), STR("NULL"));
            }
        }
        struct row_statistics statistics = row_writer_statistics(harness.writer);
        if (statistics.events != corpus_files[i].events || statistics.unparsed != corpus_files[i].unparsed ||
            with_command != corpus_files[i].with_command) {
            print_error("%s: %llu events, %llu unparsed, %llu with a command\n", corpus_files[i].path,
                        (unsigned long long)statistics.events, (unsigned long long)statistics.unparsed,
                        (unsigned long long)with_command);
            differences++;
        }
        universal_harness_close(&harness);
        test_free(text);
    }
    if (skipped > 0) {
        print_message("skipped: %zu corpus files are not here\n", skipped);
    }
    assert_int_equal(differences, 0);
}

/* {"command": "..."} with what JSON must escape. */
static void wrap_json(str command, struct strbuf *target)
{
    strbuf_clear(target);
    strbuf_append(target, STR("{\"time\":\"2026-11-23T03:10:14Z\",\"command\":\""));
    for (size_t i = 0; i < command.len; i++) {
        unsigned char c = (unsigned char)command.data[i];
        if (c < 0x20) {
            strbuf_append_format(target, "\\u%04x", c);
        } else {
            strbuf_append(target, c == '"' || c == '\\' ? STR("\\") : STR_EMPTY);
            strbuf_append_char(target, (char)c);
        }
    }
    strbuf_append(target, STR("\",\"user\":\"jsmith\"}"));
}

static void labelled_commands_come_back_byte_for_byte(void **state)
{
    (void)state;
    size_t bytes;
    char *text = read_file(TOCSIN_SOURCE_ROOT "/../shared/corpus/labelled-dev.tsv", &bytes);
    if (!text) {
        print_message("skipped: labelled-dev.tsv is not here\n");
        return;
    }
    struct universal_harness harness;
    universal_harness_open(&harness, NULL, NULL, 0);
    struct strbuf wrapped;
    strbuf_init(&wrapped, 1 * MEBI);
    size_t rows = 0;
    str rest = str_from(text, bytes);
    str line;
    while (next_line(&rest, &line)) {
        size_t columns[3];
        size_t from = 0;
        for (size_t i = 0; i < countof(columns); i++) {
            columns[i] = str_find_char(line, '\t', from);
            from = columns[i] + 1;
        }
        str telemetry = str_slice(line, columns[1] + 1, columns[2]);
        str command = str_skip(line, columns[2] + 1);
        if (!str_eq(telemetry, STR("execve")) && !str_eq(telemetry, STR("shell"))) {
            continue;
        }
        rows++;
        wrap_json(command, &wrapped);
        universal_harness_line(&harness, strbuf_str(&wrapped));
        assert_true(str_eq(universal_harness_get(&harness, "Command"), command));
        universal_harness_recycle(&harness);
        strbuf_clear(&wrapped);
        strbuf_append(&wrapped, STR("<13>1 2026-11-23T03:10:14Z node-01 auditd - - - "
                                    "LEEF:1.0|Linux|auditd|3.0.9|EXECVE|usrName=jsmith\tcommand="));
        strbuf_append(&wrapped, command);
        strbuf_append(&wrapped, STR("\tsev=5"));
        universal_harness_line(&harness, strbuf_str(&wrapped));
        if (!str_eq(universal_harness_get(&harness, "Command"), command)) {
            fail_msg("'%.*s' became '%.*s'", STR_ARG(command), STR_ARG(universal_harness_get(&harness, "Command")));
        }
    }
    assert_int_equal(rows, 340);
    strbuf_release(&wrapped);
    test_free(text);
    universal_harness_close(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_all_shapes),           cmocka_unit_test(a_field_alone_has_the_same_value),
        cmocka_unit_test(cut_lines_do_no_harm),           cmocka_unit_test(hostile_lines_take_linear_time),
        cmocka_unit_test(a_listed_host_decides_the_type), cmocka_unit_test(detection_leaves_the_way_to_others),
        cmocka_unit_test(counts_on_the_corpus),           cmocka_unit_test(labelled_commands_come_back_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
