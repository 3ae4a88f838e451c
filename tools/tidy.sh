#!/bin/bash
# tidy.sh: house rules that a machine can check. Prints every breach as FILE:LINE: text; exit code 1 when there is one.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8
bad=0

complain() { # reads breaches from stdin, adds what the rule says
    while IFS= read -r line; do
        printf '%s  [%s]\n' "$line" "$1"
        bad=1
    done
}

sources=$(find src include tests tools -name '*.[ch]' | sort)
scripts=$(find tools tests .ci -name '*.sh' -o -name '*.py' -o -path .ci/run | sort)
builds=$(find . -path ./build -prune -o -path './build-*' -prune -o -name meson.build -print | sort)
library=$(find src -name '*.[ch]' ! -path 'src/cli/*' | sort)

banned='v?sprintf|strcpy|strcat|strncpy|strncat|stpcpy|strtok|strtok_r|atoi|atol|atoll|atof|gmtime|localtime|ctime|'
banned+='asctime|gets|alloca|tmpnam|mktemp|rand|setlocale|system|popen'

# Calls, with comments and strings taken out.
calls() { # NAMES FILE...
    local names=$1
    shift
    [ $# -gt 0 ] || return 0
    awk -v names="$names" '
    FNR == 1 { in_comment = 0 }
    {
        line = $0
        if (in_comment) {
            if (!sub(/^.*\*\//, "", line)) next
            in_comment = 0
        }
        gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
        if (sub(/\/\*.*/, "", line)) in_comment = 1
        gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
        if (line ~ "(^|[^A-Za-z0-9_.>])(" names ")[ ]*\\(") printf "%s:%d: %s\n", FILENAME, FNR, $0
    }' "$@"
}

# shellcheck disable=SC2086,SC2046 # lists of files; no name holds a blank
{
    complain 'banned: unbounded, stateful or silent about errors' < <(calls "$banned" $sources)
    complain 'malloc and its kin only in base/memory.c' < <(calls \
        'malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf' ${library/src\/base\/memory.c/})
    complain 'library code never prints and never exits (a forked child does, in host/child_process.c)' < <(calls \
        'printf|vprintf|fprintf|vfprintf|puts|putchar|perror|exit|_exit|abort' ${library/src\/host\/child_process.c/})
    complain 'tab' < <(grep -nP '\t' $sources $scripts $builds)
    complain 'over 120 columns' < <(grep -nP '^.{121,}' $sources $scripts $builds)
    complain 'trailing blank' < <(grep -nP '[ \t\r]+$' $sources $scripts $builds Makefile \
        $(find . -path ./build -prune -o -path './build-*' -prune -o -name '*.md' -print))
}

# Functions: from a { to a } in the first column.
# shellcheck disable=SC2086
complain 'a function over 70 lines' < <(awk '
    FNR == 1 { start = 0 }
    /^\{/ { start = FNR }
    /^\}/ { if (start && FNR - start > 71) printf "%s:%d: %d lines\n", FILENAME, start, FNR - start - 1; start = 0 }
' $sources)

for file in $sources $scripts; do
    if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then
        complain 'no line end at the end' <<<"$file"
    fi
done

for folder in src/*/ tests tests/*/ tools docs packs; do
    if [ -d "$folder" ] && [ ! -f "$folder/README.md" ] && [ "$folder" != tests/data/ ]; then
        complain 'no README.md' <<<"${folder%/}"
    fi
done

# A name in talk, in a stack trace or in a build log needs no path.
# shellcheck disable=SC2086
complain 'file name is not unique' < <(printf '%s\n' $sources | sed 's|.*/||' | sort | uniq -d)

if [ "$bad" -eq 0 ]; then
    echo "tidy: nothing to complain about"
fi
exit "$bad"
