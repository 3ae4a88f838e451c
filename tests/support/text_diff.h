/* text_diff.h
 * Shows where two texts differ, line by line, as TAP comments: "-" expected, "+" got. Not a patch; long runs are cut.
 */
#ifndef TESTS_SUPPORT_TEXT_DIFF_H
#define TESTS_SUPPORT_TEXT_DIFF_H

#include "base/str.h"

void text_diff_print(str expected, str got);

#endif
