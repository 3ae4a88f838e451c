/* clickhouse/pushed_operators.h
 * Operators and clauses of AQL, and how ClickHouse is asked for them: for the list in docs/clickhouse-functions.md.
 */
#ifndef CLICKHOUSE_PUSHED_OPERATORS_H
#define CLICKHOUSE_PUSHED_OPERATORS_H

/* X(name, is pushed, note) */
#define PUSHED_OPERATOR_LIST(X)                                                                                        \
    X("=", 1, "`=`; null = null as the query has it")                                                                  \
    X("!=", 1, "`NOT (=)`")                                                                                            \
    X("<", 1, "`<`")                                                                                                   \
    X("<=", 1, "`<=`")                                                                                                 \
    X(">", 1, "`>`")                                                                                                   \
    X(">=", 1, "`>=`")                                                                                                 \
    X("BETWEEN", 1, "two comparisons")                                                                                 \
    X("IN (list)", 1, "`IN`; of doubles 0.0 apart, which it tells from -0.0")                                          \
    X("IN (SELECT)", 0, "the answer of the sub-select is known when all rows have been read")                          \
    X("IS NULL", 1, "`isNull()`")                                                                                      \
    X("LIKE", 1, "`position()`, `startsWith()`, `endsWith()`, `=`; with wildcards inside `LIKE`, and values that are " \
      "not all ASCII are looked at here. A pattern that is no constant is matched here")                               \
    X("ILIKE", 1, "as LIKE, ignoring case of ASCII; values with other letters that fold into ASCII, or any for a "     \
      "pattern with such letters, are looked at here")                                                                 \
    X("MATCHES", 1, "`match()` of what RE2 has, too; values that are long or not all ASCII are looked at here. Of "    \
      "patterns with look-arounds, back-references and the like only their literals are asked for")                    \
    X("IMATCHES", 1, "as MATCHES, with a class for each letter")                                                       \
    X("TEXT SEARCH", 0, "the server parts texts into other words")                                                     \
    X("AND", 1, "`AND`; what can't be asked for is left out")                                                          \
    X("OR", 1, "`OR`, if all of it can be asked for")                                                                  \
    X("NOT", 1, "of each test, as null has it")                                                                        \
    X("+", 1, "`+`")                                                                                                   \
    X("-", 1, "`-`, `negate()`")                                                                                       \
    X("*", 1, "`*`")                                                                                                   \
    X("/", 1, "`intDiv()` of integers, where that does not fail; `/` of doubles")                                      \
    X("%", 1, "`modulo()` of integers; of doubles it is worked out here")                                              \
    X("^", 1, "products, of integers up to the fourth power; others are worked out here")                              \
    X("<<", 1, "`bitShiftLeft()`")                                                                                     \
    X(">>", 1, "`bitShiftRight()`")                                                                                    \
    X(">>>", 1, "`bitShiftRight()` of UInt64")                                                                         \
    X("&", 1, "`bitAnd()`")                                                                                            \
    X("|", 1, "`bitOr()`")                                                                                             \
    X("#", 1, "`bitXor()`")                                                                                            \
    X("~", 1, "`bitNot()`")                                                                                            \
    X("CASE", 1, "`multiIf()`")                                                                                        \
    X("IF", 1, "`multiIf()`")                                                                                          \
    X("START, STOP, LAST", 1, "comparisons of `starttime`, and the days of the partitions")                            \
    X("GROUP BY, HAVING", 1, "`GROUP BY` of keys that mean the same there; others, and conditions that are not "       \
      "exact, are worked out here for each group of what they read. HAVING is tested here, on whole groups")           \
    X("SESSION BY", 0, "sessions are numbered here, in the order of time")                                             \
    X("ORDER BY .. LIMIT", 1, "`ORDER BY .. LIMIT` of the rows of which the server is sure, and all others, if "       \
      "no collation is asked for; groups are sorted here")

#endif
