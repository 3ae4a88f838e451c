#!/bin/sh
# configure.sh FOLDER OPTION...: sets up a Meson build folder, or does nothing when it stands with these options.
# A folder made with other options is reconfigured, which rebuilds only what they change.
set -eu
folder=$1
shift
wanted="${CC:-cc} $*"
if [ -f "$folder/build.ninja" ] && [ "$(cat "$folder/tocsin-options" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi
mkdir -p "$folder"
log=$folder/configure.log
again=''
[ ! -f "$folder/build.ninja" ] || again=--reconfigure
# shellcheck disable=SC2086 # one word or none
if ! meson setup $again "$folder" "$@" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "tocsin: cannot configure $folder (all of it: $log)" >&2
    exit 1
fi
printf '%s\n' "$wanted" >"$folder/tocsin-options"
