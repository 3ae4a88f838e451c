#!/bin/sh
# test_constructs.sh PRINT_CONSTRUCTS DOCUMENT CASES: the table in the document is what the tool prints now, and every
# construct has a case.
set -eu
table=$(mktemp)
trap 'rm -f "$table"' EXIT
"$1" "$3" >"$table" || { grep 'NO CASE' "$table"; exit 1; }
if ! sed '1,/^<!-- printed by tools\/print_constructs -->$/d' "$2" | diff "$table" - >/dev/null; then
    echo "$2 is stale: tools/update_constructs.sh prints it anew"
    sed '1,/^<!-- printed by tools\/print_constructs -->$/d' "$2" | diff "$table" - | head -20
    exit 1
fi
