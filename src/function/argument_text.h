/* function/argument_text.h
 * The text of an argument of any type, for the functions that take everything: STR, CONCAT, STRLEN.
 * Not the outputs' escaping. Memory: views of the argument or of the scratch buffer; argument_text_keep copies.
 */
#ifndef FUNCTION_ARGUMENT_TEXT_H
#define FUNCTION_ARGUMENT_TEXT_H

#include "base/strbuf.h"
#include "column/column.h"

/* The text of a value that is not null; bytes as Base64. Valid until the next use of scratch. False: memory is out. */
bool argument_text(const struct column *column, uint32_t row, struct strbuf *scratch, str *ret_text);

/* The same, living as long as the arena: a view where the value itself is text. NULL data: memory is out. */
str argument_text_keep(const struct column *column, uint32_t row, struct strbuf *scratch, struct arena *arena);

#endif
