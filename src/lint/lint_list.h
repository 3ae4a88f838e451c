/* lint/lint_list.h - every code that a remark about a query may have, by family; docs/lints.md is printed from it.
 * X(code, severity, has a fix, summary, detail, example). Included by lint.c only. An example gets its own remark
 * (tests/unit/lint/test_lint.c sees to it); codes whose example is empty come from the parser and the binder.
 */
#define LINT_LIST(X)                                                                                                   \
    /* ---- what keeps a query from running ---- */                                                                    \
    X("syntax", ERROR, false, "the text is no AQL",                                                                    \
      "The message says what was expected and found. Nothing else is checked.",                                        \
      "SELECT username FORM events")                                                                                   \
    X("unknown-field", ERROR, false, "there is no such field",                                                         \
      "Neither a column of the database, nor a custom property, nor an alias. Custom properties of log sources that "  \
      "Tocsin does not read can be defined in a property file.",                                                       \
      "SELECT usernme FROM events LAST 1 HOURS")                                                                       \
    X("unknown-function", ERROR, false, "there is no such function", "Functions of extensions are not known here.",    \
      "SELECT LOWERCASE(username) FROM events LAST 1 HOURS")                                                           \
    X("wrong-type", ERROR, false, "a value is of the wrong type", "An operand or an argument cannot be what it is.",   \
      "SELECT QIDNAME(username) FROM events LAST 1 HOURS")                                                             \
    X("unknown-name", ERROR, false, "there is nothing of this name", "The message says of what kind it should be.",    \
      "")                                                                                                              \
    X("unknown-source", ERROR, false, "there is no such database or cursor",                                           \
      "FROM takes events, flows, simarc, a name that INTO gave an answer, a sub-select or a saved search.", "")        \
    X("unknown-search", WARNING, false, "a saved search that is not in the configuration",                             \
      "QRadar may have it. Here the query does not run before it is put into the configuration folder.", "")           \
    X("misplaced-aggregate", ERROR, false, "an aggregate where rows are not yet grouped",                              \
      "WHERE tests single rows; HAVING tests groups.", "SELECT username FROM events WHERE COUNT(*) > 5 LAST 1 HOURS")  \
    X("unsupported", ERROR, false, "valid AQL that this release does not run", "The message names the construct.", "") \
    X("limit", ERROR, false, "the query is over a limit", "The message names the limit.", "")                          \
    /* ---- names ---- */                                                                                              \
    X("double-quoted-value", ERROR, true, "double quotes around a text",                                               \
      "Double quotes name a field; a text takes single quotes. The comparison is with a field that does not exist.",   \
      "SELECT username FROM events WHERE username = \"admin\" LAST 1 HOURS")                                           \
    X("single-quoted-name", WARNING, true, "single quotes around the name of a field",                                 \
      "Single quotes make a text: two constants are compared, and the field is never looked at.",                      \
      "SELECT username FROM events WHERE 'username' = 'admin' LAST 1 HOURS")                                           \
    X("not-a-qradar-field", WARNING, false, "a column that QRadar does not have",                                      \
      "The query runs here and fails there, unless a custom property of that name is defined.",                        \
      "SELECT hostname FROM events LAST 1 HOURS")                                                                      \
    X("not-a-qradar-function", WARNING, false, "a function that QRadar does not have",                                 \
      "The query runs here and fails there.", "")                                                                      \
    X("wrong-id", WARNING, true, "a function gets an id of another kind",                                              \
      "LOGSOURCETYPENAME wants the id of a type (devicetype). Given the id of a log source it gives the name of some " \
      "other type, or none, and the condition is true for the wrong rows. The same holds for all functions that turn " \
      "an id into a name.",                                                                                            \
      "SELECT LOGSOURCETYPENAME(logsourceid) FROM events LAST 1 HOURS")                                                \
    X("log-source-type-name", WARNING, true, "a log source type that QRadar calls otherwise",                          \
      "Names are compared letter by letter. A name that is only nearly right selects nothing.",                        \
      "SELECT username FROM events WHERE LOGSOURCETYPENAME(devicetype) = 'Kubernetes Audit Log' LAST 1 HOURS")         \
    X("unknown-log-source-type", NOTE, false, "a log source type that is not known here",                              \
      "It may be one of your own: list it in log_sources.yaml.",                                                       \
      "SELECT username FROM events WHERE LOGSOURCETYPENAME(devicetype) = 'Door Opener 3000' LAST 1 HOURS")             \
    X("null-shown-as-text", WARNING, false, "N/A taken for a value",                                                   \
      "QRadar's pages show null as N/A; no field holds that text.",                                                    \
      "SELECT username FROM events WHERE username = 'N/A' LAST 1 HOURS")                                               \
    X("alias-twice", WARNING, false, "two columns of one name",                                                        \
      "Other clauses see the first of them only.",                                                                     \
      "SELECT sourceip AS ip, destinationip AS ip FROM events LAST 1 HOURS")                                           \
    /* ---- dates ---- */                                                                                              \
    X("week-year", WARNING, true, "YYYY in a date pattern",                                                            \
      "Y is the year that the week belongs to. In the last days of December and the first of January it is another "   \
      "year: 2024-12-30 is printed as 2025-12-30.",                                                                    \
      "SELECT DATEFORMAT(starttime, 'YYYY-MM-dd') FROM events LAST 1 HOURS")                                           \
    X("half-day-hour", WARNING, true, "hh without AM or PM",                                                           \
      "h and K count half a day. Without a, morning and evening look the same.",                                       \
      "SELECT DATEFORMAT(starttime, 'yyyy-MM-dd hh:mm') FROM events LAST 1 HOURS")                                     \
    X("minutes-as-month", WARNING, true, "mm in a date", "m is minutes, M the month.",                                 \
      "SELECT DATEFORMAT(starttime, 'yyyy-mm-dd') FROM events LAST 1 HOURS")                                           \
    X("month-as-minutes", WARNING, true, "MM in a time", "M is the month, m minutes.",                                 \
      "SELECT DATEFORMAT(starttime, 'HH:MM:ss') FROM events LAST 1 HOURS")                                             \
    X("day-of-year", WARNING, true, "DD beside a month", "D counts the days of the year, d those of the month.",       \
      "SELECT DATEFORMAT(starttime, 'yyyy-MM-DD') FROM events LAST 1 HOURS")                                           \
    X("milliseconds-as-seconds", WARNING, true, "SS in the place of seconds", "S is milliseconds, s seconds.",         \
      "SELECT DATEFORMAT(starttime, 'HH:mm:SS') FROM events LAST 1 HOURS")                                             \
    X("order-by-unsorted-date", WARNING, false, "sorted by a date's text that does not sort as time does",             \
      "Texts are sorted letter by letter: 02/01/2027 comes before 31/12/2026.",                                        \
      "SELECT DATEFORMAT(starttime, 'dd/MM/yyyy') AS day FROM events ORDER BY day LAST 1 HOURS")                       \
    X("order-by-date-text", NOTE, false, "sorted by a date's text",                                                    \
      "The order is right, and takes longer than sorting by the time itself.",                                         \
      "SELECT DATEFORMAT(starttime, 'yyyy-MM-dd') AS day FROM events ORDER BY day LAST 1 HOURS")                       \
    /* ---- text and patterns ---- */                                                                                  \
    X("payload-without-utf8", ERROR, true, "bytes compared with text",                                                 \
      "The payload is bytes. UTF8(payload) is its text.",                                                              \
      "SELECT username FROM events WHERE payload ILIKE '%denied%' LAST 1 HOURS")                                       \
    X("address-as-text", ERROR, true, "a pattern for an address",                                                      \
      "LIKE and MATCHES take text. INCIDR tests for a network, STR gives the address as text.",                        \
      "SELECT username FROM events WHERE sourceip LIKE '10.%' LAST 1 HOURS")                                           \
    X("like-without-wildcard", NOTE, true, "LIKE without a wildcard",                                                  \
      "The whole value is compared, as = does. Perhaps '%..%' was meant.",                                             \
      "SELECT username FROM events WHERE username LIKE 'admin' LAST 1 HOURS")                                          \
    X("like-everything", WARNING, true, "a pattern that everything fits",                                              \
      "LIKE '%' is a test for not being null.", "SELECT username FROM events WHERE username LIKE '%' LAST 1 HOURS")    \
    X("underscore-wildcard", NOTE, false, "an underscore in a pattern",                                                \
      "_ is a wildcard for one character, and LIKE has no way to escape it.",                                          \
      "SELECT username FROM events WHERE username LIKE 'svc_backup%' LAST 1 HOURS")                                    \
    X("backslash-in-pattern", WARNING, false, "a backslash meant as an escape",                                        \
      "In AQL's texts a backslash is a character as any other. '%\\(x%' looks for a backslash and a parenthesis.",     \
      "SELECT username FROM events WHERE username LIKE '%\\(x\\)%' LAST 1 HOURS")                                      \
    X("regex-in-like", WARNING, false, "a regular expression after LIKE",                                              \
      "The only wildcards of LIKE are % and _; every other character stands for itself.",                              \
      "SELECT username FROM events WHERE username ILIKE '%(root|admin)%' LAST 1 HOURS")                                \
    X("regex-unanchored", NOTE, false, "MATCHES with neither anchors nor .*",                                          \
      "Whether MATCHES looks for a part or wants the whole value is not documented. With .* or anchors at the ends "   \
      "both readings agree.",                                                                                          \
      "SELECT username FROM events WHERE username MATCHES 'adm[io]n' LAST 1 HOURS")                                    \
    X("payload-search", NOTE, false, "the whole payload is searched",                                                  \
      "A pattern that starts with % cannot use an index. TEXT SEARCH, or a condition on an indexed property, can. "    \
      "Said once a query.",                                                                                            \
      "SELECT username FROM events WHERE UTF8(payload) ILIKE '%denied%' LAST 1 HOURS")                                 \
    X("strpos-from-zero", WARNING, false, "STRPOS(..) > 0",                                                            \
      "Positions count from 0, and -1 says that there is none: > 0 leaves out what the value starts with.",            \
      "SELECT username FROM events WHERE STRPOS(username, 'adm') > 0 LAST 1 HOURS")                                    \
    X("substring-range", WARNING, false, "SUBSTRING of nothing",                                                       \
      "The third argument is the end, not the length. QRadar's documents leave that open; this reading fits its own "  \
      "applications.",                                                                                                 \
      "SELECT SUBSTRING(username, 5, 3) FROM events LAST 1 HOURS")                                                     \
    X("text-order", NOTE, false, "numbers compared as texts", "'10' is less than '9' when compared as text.",          \
      "SELECT username FROM events WHERE username > '9' LAST 1 HOURS")                                                 \
    /* ---- null ---- */                                                                                               \
    X("never-null", WARNING, false, "a null test of a field that is never null",                                       \
      "Where an event has no address, port or severity, QRadar stores a filler: 0.0.0.0, 0 and so on.",                \
      "SELECT username FROM events WHERE sourceip IS NULL LAST 1 HOURS")                                               \
    X("equals-null", NOTE, true, "= NULL", "IS NULL is the documented test.",                                          \
      "SELECT username FROM events WHERE username = NULL LAST 1 HOURS")                                                \
    X("not-over-null", NOTE, false, "a negation that rows without a value fit",                                        \
      "username != 'x' is true where username is null, as far as is known. To leave such rows out, say so. Said once " \
      "for each field of an AND.",                                                                                     \
      "SELECT username FROM events WHERE username != 'admin' LAST 1 HOURS")                                            \
    /* ---- logic ---- */                                                                                              \
    X("mixed-and-or", WARNING, true, "AND and OR without parentheses",                                                 \
      "a AND b OR c is (a AND b) OR c. Parentheses say that it is meant.",                                             \
      "SELECT username FROM events WHERE severity > 5 AND magnitude > 5 OR relevance > 5 LAST 1 HOURS")                \
    X("never-true", WARNING, false, "a condition that is never true",                                                  \
      "By the field's values, by what stands beside it, or since both sides are constants.",                           \
      "SELECT username FROM events WHERE severity > 20 LAST 1 HOURS")                                                  \
    X("always-true", WARNING, false, "a condition that is always true",                                                \
      "By the field's values, by what stands beside it (x != 'a' OR x != 'b'), or since both sides are constants.",    \
      "SELECT username FROM events WHERE username != 'a' OR username != 'b' LAST 1 HOURS")                             \
    X("unreachable-when", WARNING, false, "a WHEN that nothing gets to",                                               \
      "The first WHEN that is true counts. One before it takes everything that this one would take.",                  \
      "SELECT CASE WHEN severity >= 5 THEN 'mid' WHEN severity >= 8 THEN 'high' ELSE 'low' END AS s FROM events "      \
      "LAST 1 HOURS")                                                                                                  \
    X("between-reversed", WARNING, true, "BETWEEN with the higher bound first", "Nothing is between them.",            \
      "SELECT username FROM events WHERE severity BETWEEN 8 AND 3 LAST 1 HOURS")                                       \
    X("repeated-condition", NOTE, true, "a condition that stands there twice", "The second changes nothing.",          \
      "SELECT username FROM events WHERE severity > 5 AND severity > 5 LAST 1 HOURS")                                  \
    X("repeated-value", NOTE, true, "a value that stands in a list twice", "The second changes nothing.",              \
      "SELECT username FROM events WHERE qid IN (1, 2, 1) LAST 1 HOURS")                                               \
    X("covered-pattern", NOTE, true, "a pattern that another one covers",                                              \
      "Whatever fits the narrow pattern fits the wide one in the same OR: one of the two is not what was meant.",      \
      "SELECT username FROM events WHERE username ILIKE '%admin%' OR username ILIKE '%sysadmin%' LAST 1 HOURS")        \
    X("blank-twin", WARNING, false, "patterns that differ by blanks only",                                             \
      "The SELECT list scores or shows what WHERE selects; a blank more or less in one of two patterns is a slip.",    \
      "SELECT CASE WHEN username ILIKE '%root%' THEN 1 ELSE 0 END AS n FROM events WHERE username ILIKE '% root%' "    \
      "LAST 1 HOURS")                                                                                                  \
    X("unfilled-field", WARNING, false, "a field that the selected log sources never fill",                            \
      "WHERE selects log source types, and no format that reads them fills this field.",                               \
      "SELECT \"Verb\" FROM events WHERE LOGSOURCETYPENAME(devicetype) = 'Linux OS' LAST 1 HOURS")                     \
    X("score-zero", WARNING, false, "rows that are selected and score 0",                                              \
      "A part of WHERE selects rows for which no condition of the score is true: they come last, or are dropped by a " \
      "threshold. A column is taken for a score if its alias holds risk or score, and it is a sum of CASE or IF.",     \
      "SELECT CASE WHEN username ILIKE '%root%' THEN 1 ELSE 0 END AS RiskScore FROM events WHERE username ILIKE "      \
      "'%root%' OR username ILIKE '%admin%' LAST 1 HOURS")                                                             \
    /* ---- clauses ---- */                                                                                            \
    X("no-time-clause", WARNING, true, "no time clause",                                                               \
      "QRadar searches the last five minutes then, whatever WHERE says about starttime.",                              \
      "SELECT username FROM events")                                                                                   \
    X("outside-window", WARNING, false, "a condition that reaches beyond the time clause",                             \
      "The time clause goes by the time of receipt and is applied first; a condition on starttime or devicetime only " \
      "narrows what it lets through.",                                                                                 \
      "SELECT username FROM events WHERE devicetime > NOW() - 604800000 LAST 1 HOURS")                                 \
    X("not-grouped", NOTE, false, "a column that is neither grouped nor aggregated",                                   \
      "It is legal, and shows the value of the group's first row.",                                                    \
      "SELECT sourceip, username FROM events GROUP BY sourceip LAST 1 HOURS")                                          \
    X("count-of-records", NOTE, false, "COUNT(*) where events may be meant",                                           \
      "QRadar stores repetitions of an event as one record with its eventcount.",                                      \
      "SELECT COUNT(*) FROM events LAST 1 HOURS")                                                                      \
    X("limit-without-order", NOTE, false, "LIMIT of groups without ORDER BY", "Groups come in no defined order.",      \
      "SELECT sourceip FROM events GROUP BY sourceip LIMIT 5 LAST 1 HOURS")                                            \
    X("subquery-cut", NOTE, false, "IN (SELECT ..) without a limit", "QRadar takes 10,000 values and drops the rest.", \
      "SELECT username FROM events WHERE sourceip IN (SELECT sourceip FROM events LAST 1 HOURS) LAST 1 HOURS")         \
    X("missing-lookup", NOTE, false, "a look-up function without its data",                                            \
      "The configuration folder lacks the file that the function reads, so it gives what QRadar gives for unknown "    \
      "ids.", "")                                                                                                      \
    X("unknown-offense", WARNING, false, "an offense that is not in the configuration",                                \
      "QRadar may have it. Here no event belongs to it before it is put into offenses.yaml.", "")                      \
    X("never-equal", WARNING, false, "a text that is no value of the other side's type",                               \
      "It equals nothing. Without --unknown-fields null this is an error.", "")                                        \
    X("unknown-reference", WARNING, false, "reference data that is not in the configuration",                          \
      "QRadar may have it. Here the query does not run before it is put into the configuration folder.", "")           \
    X("collation-ignored", WARNING, false, "COLLATE where there is no text",                                           \
      "Numbers, times and addresses have one order.", "SELECT severity FROM events ORDER BY severity COLLATE 'de-CH' " \
      "LAST 1 HOURS")                                                                                                  \
    X("parameter-ignored", NOTE, false, "a parameter that is ignored here",                                            \
      "It is for a deployment of several servers.",                                                                    \
      "SELECT username FROM events LAST 1 HOURS PARAMETERS PRIORITY = 'LOW'")                                          \
    X("view-without-groups", WARNING, false, "a global view of a search that groups nothing",                          \
      "There is nothing to accumulate; its rows are taken as they are.", "")                                           \
    X("empty-window", WARNING, false, "STOP before START", "Nothing is between them.",                                 \
      "SELECT username FROM events START '2026-11-22 10:00' STOP '2026-11-21 10:00'")                                  \
    X("window-ignored", WARNING, false, "a time clause over rows without starttime",                                   \
      "It selects by the column starttime, which the sub-select or the cursor does not have.",                         \
      "SELECT username FROM (SELECT username FROM events LAST 7 DAYS) LAST 1 HOURS")                                   \
    X("inner-window", WARNING, false, "a sub-select without a time clause",                                            \
      "It is read over the window of the outer query; whether QRadar does the same is not documented.", "")            \
    X("text-as-number", WARNING, false, "text where numbers are wanted",                                               \
      "A comparison with a number, SUM and its kin turn texts into numbers; what is none is no match and counts as "   \
      "null. QRadar may compare them as texts.", "")                                                                   \
    /* ---- comments ---- */                                                                                           \
    X("unknown-code", WARNING, false, "a comment silences a code that there is not",                                   \
      "`tocsin check --list` shows the codes.", "SELECT username FROM events LAST 1 HOURS /* tocsin:ignore no-such */")
