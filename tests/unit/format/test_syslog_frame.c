#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "format/log_time.h"
#include "format/syslog_frame.h"

/* 2026-11-23T12:00:00Z */
#define REFERENCE_MS INT64_C(1795435200000)

struct frame_case {
    const char *line;
    const char *time; /* ISO, or NULL */
    int priority;
    const char *host;
    const char *application;
    const char *process_id;
    const char *structured_data;
    const char *message;
};

static const struct frame_case cases[] = {
    /* RFC 3164 */
    {"<34>Oct 11 22:14:15 mymachine su: 'su root' failed", "2026-10-11T22:14:15.000Z", 34, "mymachine", "su", "", "",
     "'su root' failed"},
    {"Nov 2 15:40:14 workshop sshd[28179]: pam_unix(sshd:auth): x", "2026-11-02T15:40:14.000Z", -1, "workshop", "sshd",
     "28179", "", "pam_unix(sshd:auth): x"},
    {"Dec  7 14:53:04 vskub1 sudo: pam_tally2(sudo:auth): user", "2025-12-07T14:53:04.000Z", -1, "vskub1", "sudo", "",
     "", "pam_tally2(sudo:auth): user"},
    {"<13>Nov 23 03:10:14.250 h app: x", "2026-11-23T03:10:14.250Z", 13, "h", "app", "", "", "x"},
    {"<13>Nov 24 11:59:59 h app: x", "2026-11-24T11:59:59.000Z", 13, "h", "app", "", "", "x"}, /* within a day ahead */
    {"<13>Nov 24 12:00:01 h app: x", "2025-11-24T12:00:01.000Z", 13, "h", "app", "", "", "x"},
    {"<13>Feb 29 00:00:00 h app: x", "2024-02-29T00:00:00.000Z", 13, "h", "app", "", "", "x"},
    {"<13>Nov 23 03:10:14 last message repeated 2 times", "2026-11-23T03:10:14.000Z", 13, "last", "", "", "",
     "message repeated 2 times"},
    {"<13>Nov 23 03:10:14 node-01 {\"a\":1}", "2026-11-23T03:10:14.000Z", 13, "node-01", "", "", "", "{\"a\":1}"},
    {"<13>Nov 23 03:10:14 kernel: [1.0] x", "2026-11-23T03:10:14.000Z", 13, "", "kernel", "", "", "[1.0] x"},
    {"<30>Nov 23 03:10:14 node-01 audisp-syslog: type=CWD msg=audit(1.2:3): cwd=\"/\"", "2026-11-23T03:10:14.000Z", 30,
     "node-01", "audisp-syslog", "", "", "type=CWD msg=audit(1.2:3): cwd=\"/\""},
    {"Nov 23 03:10:14 fe80::1 sshd[1]: x", "2026-11-23T03:10:14.000Z", -1, "fe80::1", "sshd", "1", "", "x"},
    {"Nov 23 03:10:14 h CRON[12]: (root) CMD (true)", "2026-11-23T03:10:14.000Z", -1, "h", "CRON", "12", "",
     "(root) CMD (true)"},
    {"Nov 23 03:10:14 h run-parts(/etc/cron.daily)[12]: x", "2026-11-23T03:10:14.000Z", -1, "h",
     "run-parts(/etc/cron.daily)", "12", "", "x"},
    {"Nov 23 03:10:14 h postfix/smtpd[9] x", "2026-11-23T03:10:14.000Z", -1, "h", "postfix/smtpd", "9", "", "x"},
    {"Nov 23 03:10:14 met sshd[1]: x", "2026-11-23T03:10:14.000Z", -1, "met", "sshd", "1", "", "x"},
    {"Nov 23 03:10:14 EST sshd[1]: x", "2026-11-23T03:10:14.000Z", -1, "EST", "sshd", "1", "", "x"},
    {"Nov 23 03:10:14 Message forwarded from aix1: sshd[1]: x", "2026-11-23T03:10:14.000Z", -1, "aix1", "sshd", "1", "",
     "x"},
    {"<13>Nov 23 03:10:14", "2026-11-23T03:10:14.000Z", 13, "", "", "", "", ""},
    {"<13>Nov 23 03:10:14 ", "2026-11-23T03:10:14.000Z", 13, "", "", "", "", ""},
    {"<13>Nov 23 03:10:14 host", "2026-11-23T03:10:14.000Z", 13, "host", "", "", "", ""},
    /* a priority and little else */
    {"<134>cef[24366]: CEF:0|fireeye|", NULL, 134, "", "cef", "24366", "", "CEF:0|fireeye|"},
    {"<134> CEF:0|A10|", NULL, 134, "", "", "", "", "CEF:0|A10|"},
    {"<14>x sensor01 CEF:0|G|", NULL, 14, "", "", "", "", "x sensor01 CEF:0|G|"},
    {"<0>", NULL, 0, "", "", "", "", ""},
    {"<13>plain words", NULL, 13, "", "", "", "", "plain words"},
    {"<999>type=EXECVE", NULL, -1, "", "", "", "", "type=EXECVE"},
    {"<13>1 file changed", NULL, 13, "", "", "", "", "1 file changed"},
    /* ISO times */
    {"2023-11-14T00:20:42.738197+01:00 myserver sshd[1112652]: User root", "2023-11-13T23:20:42.738Z", -1, "myserver",
     "sshd", "1112652", "", "User root"},
    {"<13>2026-11-23T03:10:14+01:00 host tag: msg", "2026-11-23T02:10:14.000Z", 13, "host", "tag", "", "", "msg"},
    {"2026-11-23 03:10:14,123 INFO org.x: started", "2026-11-23T03:10:14.123Z", -1, "", "", "", "",
     "INFO org.x: started"},
    {"2026-11-23T03:21:06.214968019Z container exec_create: env  ef64 (image=a)", "2026-11-23T03:21:06.214Z", -1, "",
     "", "", "", "container exec_create: env  ef64 (image=a)"},
    {"2026-11-23T03:21:06Z some text without a tag", "2026-11-23T03:21:06.000Z", -1, "", "", "", "",
     "some text without a tag"},
    {"2026-11-23T03:21:06Z h {\"kind\":\"Event\"}", "2026-11-23T03:21:06.000Z", -1, "h", "", "", "",
     "{\"kind\":\"Event\"}"},
    {"2026-11-23T03:21:06.5Z stdout F {\"kind\":\"Event\"}", "2026-11-23T03:21:06.500Z", -1, "", "stdout", "", "",
     "{\"kind\":\"Event\"}"},
    {"2026-11-23T03:21:06Z", "2026-11-23T03:21:06.000Z", -1, "", "", "", "", ""},
    /* LEEF and CEF behind a header */
    {"Nov 23 02:41:07 sensor01 LEEF:1.0|V|", "2026-11-23T02:41:07.000Z", -1, "sensor01", "", "", "", "LEEF:1.0|V|"},
    {"Nov 23 02:41:07 sensor01: CEF:0|Cisco|", "2026-11-23T02:41:07.000Z", -1, "sensor01", "", "", "", "CEF:0|Cisco|"},
    {"Sep  8 08:32:20 UDM-Gent CEF: 0|Ubiquiti|", "2026-09-08T08:32:20.000Z", -1, "UDM-Gent", "", "", "",
     "CEF: 0|Ubiquiti|"},
    {"<134> Nov 23 02:41:07 sensor01 vectra_cef -: CEF:0|V|", "2026-11-23T02:41:07.000Z", 134, "sensor01", "", "", "",
     "vectra_cef -: CEF:0|V|"},
    {"<134>1 2026-11-23T02:41:07.120 sensor01 LEEF:1.0|V|P|x|e|a=b - - x", "2026-11-23T02:41:07.120Z", 134, "sensor01",
     "", "", "", "LEEF:1.0|V|P|x|e|a=b - - x"},
    /* RFC 5424 */
    {"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xEF\xBB\xBF'su root' failed",
     "2003-10-11T22:14:15.003Z", 34, "mymachine.example.com", "su", "", "", "'su root' failed"},
    {"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time", "2003-08-24T12:14:15.000Z", 165,
     "192.0.2.1", "myproc", "8710", "", "%% It's time"},
    {"<165>1 2003-10-11T22:14:15Z h evntslog - ID47 [a@1 iut=\"3\\]\" b=\"x]y\"][b@2 c=\"d\"] msg",
     "2003-10-11T22:14:15.000Z", 165, "h", "evntslog", "", "[a@1 iut=\"3\\]\" b=\"x]y\"][b@2 c=\"d\"]", "msg"},
    {"<13>1 - - - - - -", NULL, 13, "", "", "", "", ""},
    {"<13>1 - h - - - - x", NULL, 13, "h", "", "", "", "x"},
    {"<13>1 2026-11-23T03:10:14 h app 1 - [cut a=\"b", "2026-11-23T03:10:14.000Z", 13, "h", "", "", "",
     "app 1 - [cut a=\"b"},
    {"<13>1 2026-11-23T03:10:14Z h app[7]: old tag", "2026-11-23T03:10:14.000Z", 13, "h", "app", "7", "", "old tag"},
    {"<133>1 2026-11-23T03:15:03.114Z master-1 kube-apiserver 1 audit - {\"kind\":1}", "2026-11-23T03:15:03.114Z", 133,
     "master-1", "kube-apiserver", "1", "", "{\"kind\":1}"},
    /* RFC 6587 */
    {"53 <13>1 2026-11-23T03:10:14Z h app - - - x", "2026-11-23T03:10:14.000Z", 13, "h", "app", "", "", "x"},
    {"7 <13>Nov 23 03:10:14 h a: x", "2026-11-23T03:10:14.000Z", 13, "h", "a", "", "", "x"},
    /* Cisco */
    {"<189>29: *Mar  1 18:48:50.483 UTC: %SYS-5-CONFIG_I: Configured", "2026-03-01T18:48:50.483Z", 189, "",
     "%SYS-5-CONFIG_I", "", "", "Configured"},
    {"<189>29: r1: .Mar  1 18:48:50: %SYS-5-CONFIG_I: x", "2026-03-01T18:48:50.000Z", 189, "r1", "%SYS-5-CONFIG_I", "",
     "", "x"},
    {"<166>Nov 23 2025 03:10:14: %ASA-6-302013: Built", "2025-11-23T03:10:14.000Z", 166, "", "%ASA-6-302013", "", "",
     "Built"},
    {"<166>Nov 23 2025 03:10:14 fw01 : %ASA-6-302013: Built", "2025-11-23T03:10:14.000Z", 166, "fw01", "%ASA-6-302013",
     "", "", "Built"},
    {"Mon Nov 23 03:10:14 2020 host app: x", "2020-11-23T03:10:14.000Z", -1, "host", "app", "", "", "x"},
    /* no time */
    {"node-01 sshd[16378]: Invalid user", NULL, -1, "node-01", "sshd", "16378", "", "Invalid user"},
    /* frames in frames */
    {"<13>Nov 23 03:10:15 relay <30>Nov 23 03:10:14 node-01 audispd: type=CWD", "2026-11-23T03:10:14.000Z", 30,
     "node-01", "audispd", "", "", "type=CWD"},
    {"<13>1 2026-11-23T03:10:15Z relay rsyslogd - - - <30>type=CWD", "2026-11-23T03:10:15.000Z", 30, "relay", "", "",
     "", "type=CWD"},
};

static void check_case(const struct frame_case *expected)
{
    str line = str_from_cstring(expected->line);
    struct log_frame frame;
    str message;
    char text[TIME_TEXT_BYTES] = "";
    if (!syslog_frame_parse(line, NULL, REFERENCE_MS, &frame, &message)) {
        fail_msg("no frame in: %s", expected->line);
    }
    size_t time_bytes = frame.has_time ? time_format_iso8601(frame.time_ms, text) : 0;
    str time = str_from_cstring(expected->time ? expected->time : "");
    bool is_right = frame.is_present && str_eq(str_from(text, time_bytes), time) &&
                    frame.priority == expected->priority && str_eq(frame.host, str_from_cstring(expected->host)) &&
                    str_eq(frame.application, str_from_cstring(expected->application)) &&
                    str_eq(frame.process_id, str_from_cstring(expected->process_id)) &&
                    str_eq(frame.structured_data, str_from_cstring(expected->structured_data)) &&
                    str_eq(message, str_from_cstring(expected->message));
    if (!is_right) {
        fail_msg("%s\n -> time '%.*s' pri %d host '%.*s' app '%.*s' pid '%.*s' sd '%.*s' message '%.*s'",
                 expected->line, (int)time_bytes, text, frame.priority, STR_ARG(frame.host), STR_ARG(frame.application),
                 STR_ARG(frame.process_id), STR_ARG(frame.structured_data), STR_ARG(message));
    }
}

static void headers_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(cases); i++) {
        check_case(&cases[i]);
    }
}

static void other_text_has_no_frame(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "<",
        "<>",
        "<a>",
        "<1234>x",
        "<12",
        "plain text",
        "type=CWD msg=audit(1.2:3): cwd=\"/\"",
        "{\"a\":1}",
        "CEF:0|a|b|c|d|e|1|",
        "LEEF:1.0|a|b|c|d|",
        "time=\"2026-11-23T03:10:14Z\" level=info msg=x",
        "Novel things happen",
        "Nov 23",
        "Nov 23 3:1",
        "Nov 32 03:10:14 h a: x",
        "Mayor of 12 cities",
        "2026-13-23T03:10:14Z h a: x",
        "2026-11-23",
        "12345 things",
        "12 <b>bold</b>",
        "array[0]: value",
        "two words: here",
        "see array[x]: value",
        "0|Ubiquiti|UniFi|9|1|x|7|a=b",
        "*bold* text",
        "...",
    };
    for (size_t i = 0; i < countof(lines); i++) {
        struct log_frame frame;
        str message;
        if (syslog_frame_parse(str_from_cstring(lines[i]), NULL, REFERENCE_MS, &frame, &message)) {
            fail_msg("a frame was seen in: %s (host '%.*s', message '%.*s')", lines[i], STR_ARG(frame.host),
                     STR_ARG(message));
        }
    }
}

/* Every prefix of every line, in a block of its own, so that a read beyond the end is seen. */
static void cut_lines_do_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(cases); i++) {
        size_t whole = strlen(cases[i].line);
        for (size_t bytes = 0; bytes <= whole; bytes++) {
            char *copy = test_malloc(bytes + 1);
            memcpy(copy + 1, cases[i].line, bytes);
            struct log_frame frame;
            str message;
            if (syslog_frame_parse(str_from(copy + 1, bytes), NULL, REFERENCE_MS, &frame, &message)) {
                assert_true(message.data >= copy + 1 && message.data + message.len == copy + 1 + bytes);
            }
            test_free(copy);
        }
    }
}

static void times_without_zone_use_the_zone_given(void **state)
{
    (void)state;
    struct time_zone *zone = NULL;
    assert_int_equal(time_zone_open(STR("+02:00"), &zone, NULL), TOCSIN_OK);
    struct log_frame frame;
    str message;
    assert_true(syslog_frame_parse(STR("<13>Nov 23 03:10:14 h a: x"), zone, REFERENCE_MS, &frame, &message));
    char text[TIME_TEXT_BYTES];
    size_t bytes = time_format_iso8601(frame.time_ms, text);
    assert_true(str_eq(str_from(text, bytes), STR("2026-11-23T01:10:14.000Z")));
    time_zone_close(zone);
}

struct time_case {
    const char *text;
    const char *pattern; /* NULL: by its looks */
    const char *time;    /* NULL: must not parse */
};

static const struct time_case time_cases[] = {
    {"1795403414402", NULL, "2026-11-23T03:10:14.402Z"},
    {"1795403414", NULL, "2026-11-23T03:10:14.000Z"},
    {"1795403414.402", NULL, "2026-11-23T03:10:14.402Z"},
    {"1795403414402123", NULL, "2026-11-23T03:10:14.402Z"},
    {"1795403414402123456", NULL, "2026-11-23T03:10:14.402Z"},
    {"12345", NULL, NULL},
    {"20261123031014", NULL, NULL},
    {"Nov 23 02:41:07", NULL, "2026-11-23T02:41:07.000Z"},
    {"Nov 23 02:41:07 UTC", NULL, "2026-11-23T02:41:07.000Z"},
    {"Nov 23 2025 02:41:07 EST", NULL, "2025-11-23T07:41:07.000Z"},
    {"Nov 23 2025 02:41:07.250 GMT+01:00", NULL, "2025-11-23T01:41:07.250Z"},
    {"Fri Oct 21 11:10:02 2022", NULL, "2022-10-21T11:10:02.000Z"},
    {"Fri Oct 21 11:10:02 CEST 2022", NULL, "2022-10-21T09:10:02.000Z"},
    {"Fri, 21 Oct 2022 11:10:02 +0000", NULL, "2022-10-21T11:10:02.000Z"},
    {"21/Oct/2022:11:10:02 -0500", NULL, "2022-10-21T16:10:02.000Z"},
    {"2025-09-04T08:32:58.445Z", NULL, "2025-09-04T08:32:58.445Z"},
    {"2025/09/04 08:32:58", NULL, "2025-09-04T08:32:58.000Z"},
    {" \"2025-09-04T08:32:58Z\" ", NULL, "2025-09-04T08:32:58.000Z"},
    {"October 3, 2022 1:10:02", NULL, "2022-10-03T01:10:02.000Z"},
    {"x", NULL, NULL},
    {"$UTCTimeStartCEF", NULL, NULL},
    {"Nov 23 02:41:07 x", NULL, NULL},
    {"Nov 23 2025 02:41:07", "MMM dd yyyy HH:mm:ss", "2025-11-23T02:41:07.000Z"},
    {"Nov 23 2025 02:41:07.120 EST", "MMM dd yyyy HH:mm:ss.SSS z", "2025-11-23T07:41:07.120Z"},
    {"Nov 23 02:41:07", "MMM dd yyyy HH:mm:ss", NULL},
    {"23.11.2025 02:41", "dd.MM.yyyy HH:mm", "2025-11-23T02:41:00.000Z"},
    {"11/23/25 2:41:07 PM", "MM/dd/yy h:mm:ss a", "2025-11-23T14:41:07.000Z"},
    {"2025-11-23T02:41:07+0100", "yyyy-MM-dd'T'HH:mm:ssZ", "2025-11-23T01:41:07.000Z"},
    {"1795403414402", "epoch", "2026-11-23T03:10:14.402Z"},
    {"23 Nov 02:41:07", "dd MMM HH:mm:ss", "2026-11-23T02:41:07.000Z"},
    {"2025-11-23", "GGGG", NULL},
};

static void times_of_all_senders(void **state)
{
    (void)state;
    const struct log_time_context context = {NULL, REFERENCE_MS};
    for (size_t i = 0; i < countof(time_cases); i++) {
        const struct time_case *expected = &time_cases[i];
        str text = str_from_cstring(expected->text);
        int64_t ms = 0;
        bool is_time = expected->pattern
                           ? log_time_parse_pattern(text, str_from_cstring(expected->pattern), &context, &ms)
                           : log_time_parse(text, &context, &ms);
        char got[TIME_TEXT_BYTES] = "";
        size_t bytes = is_time ? time_format_iso8601(ms, got) : 0;
        if (!str_eq(str_from(got, bytes), str_from_cstring(expected->time ? expected->time : ""))) {
            fail_msg("'%s' (%s): '%.*s'", expected->text, expected->pattern ? expected->pattern : "-", (int)bytes, got);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_taken_apart), cmocka_unit_test(other_text_has_no_frame),
        cmocka_unit_test(cut_lines_do_no_harm),    cmocka_unit_test(times_without_zone_use_the_zone_given),
        cmocka_unit_test(times_of_all_senders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
