#!/bin/sh
# list_files.sh DIRECTORY PATTERN...: the files of a plug-in or test folder, sorted, one a line, without the folder.
# Used by the build to register them: adding a file is enough (then `meson setup --reconfigure`).
set -eu
cd "$1" 2>/dev/null || exit 0
shift
for pattern in "$@"; do
    for file in $pattern; do
        [ -e "$file" ] && printf '%s\n' "$file"
    done
done | LC_ALL=C sort
