#!/bin/bash
# run.sh BUILD_FOLDER SECONDS: runs each fuzz target in turn. New inputs that reach new code go to the corpus; an input
# that breaks something is left in BUILD_FOLDER/found and fails the run.
set -uo pipefail
folder=$1
seconds=$2
found=$folder/found
mkdir -p "$found"
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
broken=0
for program in "$folder"/tests/fuzz/fuzz_*; do
    if [ -d "$program" ] || [ ! -x "$program" ]; then
        continue
    fi
    name=${program##*/fuzz_}
    corpus=tests/fuzz/corpus/$name
    dictionary=tests/fuzz/dictionaries/$name.dict
    [ -f "$dictionary" ] || dictionary=
    mkdir -p "$corpus" "$folder/new/$name"
    echo "tocsin: fuzzing $name for $seconds seconds"
    if "$program" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=2048 -timeout=10 -print_final_stats=0 \
        ${dictionary:+-dict="$dictionary"} -artifact_prefix="$found/$name-" \
        "$folder/new/$name" "$corpus" >"$folder/$name.log" 2>&1; then
        # Only the smallest set that reaches everything is kept.
        "$program" -merge=1 "$corpus" "$folder/new/$name" >>"$folder/$name.log" 2>&1
        grep -E '^#[0-9]+.*DONE' "$folder/$name.log"
    else
        tail -n 30 "$folder/$name.log"
        broken=1
    fi
done
[ "$broken" -eq 0 ] || echo "tocsin: something broke; the inputs are in $found" >&2
exit "$broken"
