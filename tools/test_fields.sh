#!/bin/sh
# test_fields.sh PROGRAM DOCUMENT: fails when the document is not what print_fields (or print_functions) prints.
set -eu
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
"$1" > "$fresh"
if ! diff -u "$2" "$fresh"; then
    echo "$2 is stale: run $1 > $2" >&2
    exit 1
fi
