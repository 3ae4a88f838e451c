#!/bin/bash
# run_tests.sh GCC_FOLDER CLANG_FOLDER: builds both, runs every test of the sanitized one but documents and the suite
# `long`, and, of the other, all but tidiness, fuzz corpora, ClickHouse, conversions, missing memory and the suite
# `once`. The last line is `N passed, N failed`; the exit code is 0 when none failed.
set -uo pipefail
gcc_folder=$1
clang_folder=$2
logs=''
failed_builds=0

# Servers for tests are fetched meanwhile. Without them their tests are skipped.
tools/setup.sh clickhouse >"$clang_folder/servers.log" 2>&1 &
servers=$!

for folder in "$gcc_folder" "$clang_folder"; do
    echo "tocsin: building $folder"
    if ! ninja -C "$folder" --quiet >"$folder/build.log" 2>&1; then
        sed -n '/^FAILED:\|^[^ ]*meson.build:[0-9]*:[0-9]*: ERROR/,$p' "$folder/build.log" >&2
        echo "tocsin: the build in $folder failed" >&2
        failed_builds=$((failed_builds + 1))
    fi
done

# A sanitizer's finding must fail the test that met it.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:detect_stack_use_after_return=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

run() {
    folder=$1
    shift
    echo "tocsin: testing $folder"
    rm -f "$folder/meson-logs/testlog.json"
    meson test -C "$folder" --no-rebuild "$@" >"$folder/test.log" 2>&1 || true
    logs="$logs $folder/meson-logs/testlog.json"
}

if ! wait "$servers"; then
    sed 's/^/        /' "$clang_folder/servers.log" >&2
    echo "tocsin: NOT ALL SERVERS OF CLICKHOUSE COULD BE HAD: tests that need those are SKIPPED" >&2
fi

if [ "$failed_builds" -eq 0 ]; then
    # Once is enough for what does not depend on the compiler, for the corpora of the fuzz targets, for what waits for
    # servers, and for golden cases in ways that others of the same kind cover.
    # Those with servers wait most of the time: there is room for one more at once.
    run "$clang_folder" --no-suite docs --no-suite long --num-processes $(($(nproc) + 1))
    run "$gcc_folder" --no-suite tidy --no-suite fuzz --no-suite clickhouse --no-suite once --no-suite convert \
        --no-suite torture
fi
# shellcheck disable=SC2086 # a list of words
exec python3 tools/test_summary.py --failed-builds "$failed_builds" $logs
