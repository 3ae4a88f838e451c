/* match/regex_java.h
 * Java's regular expressions (java.util.regex.Pattern, JDK 9 and later) rewritten for PCRE2 10.
 * For regex.c only. What it does about each difference:
 *   translated  class unions and intersections [a-z&&[^x]], nested classes, (?x) inside classes too, \0nn, \uhhhh, \cX,
 *               \Q..\E, \p{Lower} and its kin, \p{IsL}, \p{script=..}, \11 where there is no group 11, $ ^ \Z before
 *               U+0085 U+2028 U+2029, (?U) and (?d) at the start
 *   the same    (?ismu), named groups, lookaround, possessive and lazy quantifiers, \R \h \v \X
 *   refused     what Java refuses, above all PCRE2's own inventions: (*VERB), (?R), (?C), (?|, (?(, (?#, (?P, \C, \K,
 *               \g, \N, \o, [[:alpha:]]; and of Java's: \p{In..} blocks, \N{name}, \b{g}, (?U) and (?d) further on,
 *               lookbehind of no fixed length (by PCRE2), x{2}{3}, && with nothing or & beside it
 *   differs     letters fold by Unicode under (?i), Java wants (?iu) for that; `.` does match U+0085 U+2028 U+2029.
 * Both find more than Java does, never less. \b knows ASCII words, as from JDK 19 on.
 */
#ifndef MATCH_REGEX_JAVA_H
#define MATCH_REGEX_JAVA_H

#include "base/error.h"
#include "base/strbuf.h"

struct regex_java {
    struct strbuf text;    /* for pcre2_compile with PCRE2_UTF */
    struct strbuf origins; /* for each byte of text a uint32_t: offset in the pattern that it comes from */
    bool is_unicode;       /* (?U): compile with PCRE2_UCP */
    bool is_unix_lines;    /* (?d): only \n ends a line */
    unsigned group_count;
};

/* ignores_case: the pattern will be compiled with PCRE2_CASELESS. On success the caller releases both buffers with
 * regex_java_release. */
tocsin_status regex_java_translate(str pattern, bool ignores_case, struct regex_java *ret, struct error *err);
void regex_java_release(struct regex_java *java);

/* TOCSIN_ERROR_SYNTAX for the pattern at that offset. */
tocsin_status regex_java_error(struct error *err, str pattern, size_t offset, const char *reason);

#endif
