/* match/regex_java.h
 * Java's regular expressions (java.util.regex.Pattern, JDK 9 and later) rewritten for PCRE2 10.
 * For regex.c only. A pattern is translated twice: in a quick form for values of ASCII, where most differences cannot
 * show, and in an exact one for all others. What it does about each difference:
 *   translated  class unions and intersections [a-z&&[^x]], nested classes, (?x) inside classes too, \0nn, \uhhhh, \cX,
 *               \Q..\E, \p{Lower} and its kin, \p{IsL}, \p{script=..}, \p{java..}, \p{In..} blocks, \11 where there is
 *               no group 11; line ends U+0085 U+2028 U+2029 for . ^ $ \Z; (?i) for ASCII letters only unless (?u),
 *               which IMATCHES has; \b for letters of all scripts; (?U) and (?d), anywhere
 *   the same    (?su), (?m), named groups, lookaround, possessive and lazy quantifiers, \R \h \v \X
 *   refused     what Java refuses, above all PCRE2's own inventions: (*VERB), (?R), (?C), (?|, (?(, (?#, (?P, \C, \K,
 *               \g, \N, \o, [[:alpha:]]; and of Java's: \N{name}, \b{g}, \p{javaJavaIdentifier..} and its kin,
 *               lookbehind of no fixed length (by PCRE2), x{2}{3}, && with nothing or & beside it
 *   differs     back-references under (?i) fold letters of all scripts; properties are Unicode 14's, Java 17 has 13.
 * \b is as up to JDK 18, of which QRadar has one: a word is made of letters and digits of any script, \w of ASCII.
 */
#ifndef MATCH_REGEX_JAVA_H
#define MATCH_REGEX_JAVA_H

#include "base/error.h"
#include "base/strbuf.h"

struct regex_java {
    struct strbuf text;    /* for pcre2_compile with PCRE2_UTF */
    struct strbuf origins; /* for each byte of text a uint32_t: offset in the pattern that it comes from */
    unsigned group_count;
};

/* ignores_case: the pattern will be compiled with PCRE2_CASELESS. On success the caller releases both with
 * regex_java_release. If *ret_exact has no text, the quick form serves all values. */
tocsin_status regex_java_translate(str pattern, bool ignores_case, struct regex_java *ret_quick,
                                   struct regex_java *ret_exact, struct error *err);
void regex_java_release(struct regex_java *java);

/* TOCSIN_ERROR_SYNTAX for the pattern at that offset. */
tocsin_status regex_java_error(struct error *err, str pattern, size_t offset, const char *reason);

#endif
