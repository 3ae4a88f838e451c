#!/bin/sh
# test_editor.sh NVIM TOCSIN LUA: runs the tests in Neovim; prints their TAP.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
TOCSIN=$2 TAP=$folder/tap HOME=$folder XDG_CONFIG_HOME=$folder XDG_DATA_HOME=$folder XDG_CACHE_HOME=$folder \
    timeout 120 "$1" --headless -u NONE --noplugin -i NONE -n -c "luafile $3" >"$folder/log" 2>&1 </dev/null
code=$?
if ! grep -q '^1\.\.' "$folder/tap" 2>/dev/null; then
    cat "$folder/tap" 2>/dev/null
    sed 's/^/# /' "$folder/log"
    echo 'Bail out! Neovim did not run the tests to their end'
    exit 1
fi
cat "$folder/tap"
exit $code
