#!/bin/sh
# check_codes.sh: every code that a remark may have is in the table of lints (src/lint/lint_list.h), so that it is
# documented, can be ignored, and has a severity.
set -eu
cd "$(dirname "$0")/.."

known=$(grep -o 'X("[a-z0-9-]*"' src/lint/lint_list.h | sed 's/X("//; s/"//')
bad=0
# The codes in calls that add remarks, whatever lines they are spread over, and those that errors are given.
word='"[a-z0-9-]+"'
adds='(bind_remark|bind_remark_at|diagnostic_add|lint_add)'
for code in $(cat src/plan/*.c src/engine/*.c src/lint/*.c src/function/*.c | tr '\n' ' ' |
              grep -oE "$adds\([^;\"]*$word[^;\"]*($word)?|error_code = $word" |
              grep -oE '"[a-z0-9]+(-[a-z0-9]+)*"' | tr -d '"' | sort -u); do
    if ! echo "$known" | grep -qx -- "$code"; then
        echo "$code is a remark's code, and not in src/lint/lint_list.h" >&2
        bad=1
    fi
done
exit $bad
