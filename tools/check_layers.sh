#!/bin/sh
# check_layers.sh: every include line of src/ points to a lower layer. The table is that of docs/architecture.md; the
# linker checks the same thing again, since each folder is a library that links only what lies below it.
set -eu
cd "$(dirname "$0")/.."

# shellcheck disable=SC2016 # awk's own $
find src -name '*.[ch]' | LC_ALL=C sort | xargs awk '
BEGIN {
    split("base:0 column:1 match:1 input:1 command:1 lookup:2 language:3 function:3 plan:4 execute:5 store:5 " \
          "format:5 output:5 pack:5 lint:5 finding:5 convert:5 rule:6 clickhouse:6 engine:7 lsp:8 verify:8 " \
          "host:8 cli:9 server:9", pairs, " ")
    for (i in pairs) {
        split(pairs[i], pair, ":")
        layer[pair[1]] = pair[2]
    }
}
function complain(text) {
    printf "%s:%d: %s\n", FILENAME, FNR, text
    bad = 1
}
FNR == 1 {
    split(FILENAME, path, "/")
    here = path[2]
    if (!(here in layer)) complain("folder " here " is not in the layer table")
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    name = $0
    sub(/^[^"]*"/, "", name)
    sub(/".*/, "", name)
    if (name !~ /\//) {
        complain("include \"" name "\" lacks its folder")
        next
    }
    there = name
    sub(/\/.*/, "", there)
    if (there == "tocsin" || there == here) next
    if (!(there in layer)) complain("include of unknown folder " there)
    else if (layer[here] == 8 && there != "base") complain(here " may include only tocsin/tocsin.h and base, not " name)
    else if (layer[here] == 9 && layer[there] != 8)
        complain(here " is a program: it may include only tocsin/tocsin.h and layer 8, not " name)
    else if (layer[there] + 0 >= layer[here] + 0)
        complain(here " (layer " layer[here] ") must not include " name " (layer " layer[there] ")")
    else if (name ~ /_internal\.h$/) complain(name " is private to " there)
}
END { exit bad }'
echo "check_layers: every include points down"
