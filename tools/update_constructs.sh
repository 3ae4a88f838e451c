#!/bin/sh
# update_constructs.sh BUILD-FOLDER: prints the table of docs/aql.md anew.
set -eu
cd "$(dirname "$0")/.."
text=$(mktemp)
trap 'rm -f "$text"' EXIT
sed '/^<!-- printed by tools\/print_constructs -->$/q' docs/aql.md >"$text"
"$1"/tools/print_constructs tests/cases >>"$text" || true
cp "$text" docs/aql.md
