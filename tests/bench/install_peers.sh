#!/bin/sh
# install_peers.sh: fetches the databases that the benchmark compares with, DuckDB and ClickHouse (as chDB), as
# libraries of node, into build/bench/peers. Nothing is installed on the system. The versions are part of the benchmark.
# `install_peers.sh chdb` fetches only the latter, for tests.
set -eu
duckdb=@duckdb/node-api@1.5.6-r.1
chdb=chdb@3.4.0
folder=build/bench/peers
wanted="$duckdb $chdb"
[ "${1:-}" = chdb ] && wanted=$chdb
case "$(cat "$folder/versions" 2>/dev/null)" in
*"$wanted"*) exit 0 ;;
esac
mkdir -p "$folder"
echo "tocsin: fetching $wanted into $folder"
# shellcheck disable=SC2086 # a list of words
if ! npm install --prefix "$folder" --no-audit --no-fund --no-save $wanted >"$folder/install.log" 2>&1; then
    tail -n 5 "$folder/install.log" >&2
    echo "tocsin: the databases to compare with could not be fetched (all of it: $folder/install.log)" >&2
    exit 1
fi
echo "$wanted" >"$folder/versions"
