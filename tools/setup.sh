#!/bin/bash
# setup.sh build|test|bench|clickhouse: makes sure that what the build (or the tests, or the benchmark, or the tests on
# ClickHouse) needs is there.
#
# Says what it installs before it does, installs with apt-get (as root or through sudo), and is silent and quick when
# nothing is missing. Needs are found by trying them, not by asking the package manager, so hand-installed tools count
# and other systems than Debian work too; only the installing knows Debian.
set -euo pipefail

# One need a line: Debian package, then a command that succeeds when it is there.
build_needs() {
    cat <<'END'
gcc             has_command gcc
libc6-dev       has_header stdio.h
ninja-build     has_command ninja
meson           has_meson
pkg-config      has_command pkg-config
libpcre2-dev    has_library libpcre2-8
libedit-dev     has_library libedit
libcyaml-dev    has_library libcyaml
libyaml-dev     has_library yaml-0.1
libxxhash-dev   has_library libxxhash
libcmark-dev    has_library libcmark
libmaxminddb-dev has_library libmaxminddb
libicu-dev      has_library icu-i18n
zlib1g-dev      has_library zlib
libzstd-dev     has_library libzstd
liblz4-dev      has_library liblz4
liblzma-dev     has_library liblzma
libcurl4-openssl-dev has_library libcurl
END
    echo "$(matcher_package) has_library libhs"
}

# Hyperscan exists for x86 only; elsewhere it is Vectorscan, with the same interface.
matcher_package() {
    if [ "$(uname -m)" = x86_64 ]; then
        echo libhyperscan-dev
    else
        echo libvectorscan-dev
    fi
}

test_needs() {
    cat <<'END'
libcmocka-dev     has_library cmocka
clang             has_command clang
libclang-rt-dev   has_sanitizers
libauparse-dev    has_header auparse.h
python3           has_command python3
python3-jsonschema has_python_module jsonschema
man-db            has_command man
neovim            has_command nvim
gzip              has_command gzip
xz-utils          has_command xz
zstd              has_command zstd
valgrind          has_command valgrind
END
}

bench_needs() {
    test_needs
    cat <<'END'
ripgrep         has_command rg
jq              has_command jq
sqlite3         has_command sqlite3
g++             has_command g++
libsimdjson-dev has_cpp_header simdjson.h
nodejs          has_command node
npm             has_command npm
END
}

# The server itself is unpacked, see unpack_clickhouse: its package would set up a service.
clickhouse_needs() {
    cat <<'END'
clickhouse-common    has_file /usr/lib/*/libclickhouse.so.18.16
zookeeper            has_file /usr/share/java/zookeeper.jar
default-jre-headless has_command java
openssl              has_command openssl
python3              has_command python3
nodejs               has_command node
npm                  has_command npm
END
}

has_command() { command -v "$1" >/dev/null 2>&1; }

has_library() { pkg-config --exists "$1" 2>/dev/null; }

has_file() { [ -e "$1" ]; }

has_python_module() { python3 -c "import $1" >/dev/null 2>&1; }

has_header() { echo "#include <$1>" | gcc -E - >/dev/null 2>&1; }

has_cpp_header() { echo "#include <$1>" | g++ -E -x c++ - >/dev/null 2>&1; }

has_meson() {
    local version
    version=$(meson --version 2>/dev/null) || return 1
    [ "${version%%.*}" -ge 1 ] 2>/dev/null
}

has_sanitizers() {
    local program
    program=$(mktemp) || return 1
    echo 'int main(void) { return 0; }' |
        clang -fsanitize=address,undefined -x c -o "$program" - >/dev/null 2>&1
    local status=$?
    rm -f "$program"
    return $status
}

missing_packages() {
    local package probe
    while read -r package probe; do
        $probe </dev/null || echo "$package"
    done < <("$1_needs")
}

fail() {
    echo "tocsin: $1" >&2
    shift
    printf '        %s\n' "$@" >&2
    exit 1
}

# How to run a command as root: nothing when we are root, else sudo; fails when neither works.
root_prefix() {
    if [ "$(id -u)" -eq 0 ]; then
        echo ''
    elif has_command sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        echo 'sudo'
    else
        return 1
    fi
}

apt_get() {
    # shellcheck disable=SC2086 # $as_root is empty or one word
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
        -o Dpkg::Use-Pty=0 -qq "$@"
}

# The package lists of a fresh system are empty or old: they are fetched only when a package is not known or not to be
# had from the lists at hand.
install_packages() {
    if apt-cache show --no-all-versions "$@" >/dev/null 2>&1 && apt_get install -y --no-install-recommends "$@"; then
        return 0
    fi
    echo "tocsin: fetching the package lists (apt-get update)" >&3
    apt_get update && apt_get install -y --no-install-recommends "$@"
}

install_missing() {
    local command="apt-get install --no-install-recommends $*"
    if ! has_command apt-get; then
        fail "these are needed, and this system has no apt-get to install them with (names of Debian 12):" "$*" \
            "Install their equivalents with your package manager, then run make again."
    fi
    if ! as_root=$(root_prefix); then
        fail "these packages are needed, and installing them takes root or sudo:" "$*" \
            "Run as root: $command" "Then run make again."
    fi
    echo "tocsin: installing with apt-get: $*"
    if ! install_packages "$@" 3>&1 >"$log" 2>&1; then
        tail -n 15 "$log" | sed 's/^/        /' >&2
        fail "a package could not be had (the last lines of apt-get are above)." \
            "Check the network and the package sources, or run as root: $command" "Then run make again."
    fi
}

# ausearch, the oracle of the audit tests, comes in the package of the audit daemon. Installing that would start the
# daemon and switch on the kernel's auditing, so only the program is taken out of the package, into build/oracle.
unpack_ausearch() {
    if has_command ausearch || [ -x /sbin/ausearch ] || [ -x /usr/sbin/ausearch ] || [ -x build/oracle/sbin/ausearch ]
    then
        return 0
    fi
    if ! has_command apt-get || ! has_command dpkg-deb; then
        echo "tocsin: no ausearch here; the tests that compare with it will be skipped"
        return 0
    fi
    echo "tocsin: fetching ausearch from the package auditd into build/oracle (nothing is installed)"
    local folder
    folder=$(mktemp -d)
    if (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download auditd) >"$log" 2>&1 &&
        dpkg-deb -x "$folder"/auditd_*.deb "$folder/root" && mkdir -p build/oracle/sbin &&
        cp "$folder/root/sbin/ausearch" build/oracle/sbin/; then
        rm -rf "$folder"
        return 0
    fi
    tail -n 5 "$log" | sed 's/^/        /' >&2
    rm -rf "$folder"
    fail "the package auditd could not be fetched (the last lines of apt-get are above)." \
        "Check the network and the package sources, then run make again."
}

# From the package clickhouse-server only the program is taken, into build/oracle: installing it starts a server.
unpack_clickhouse() {
    if has_command clickhouse-server || [ -x /usr/sbin/clickhouse-server ] ||
        [ -x build/oracle/sbin/clickhouse-server ]; then
        return 0
    fi
    echo "tocsin: fetching clickhouse-server from its package into build/oracle (nothing is installed)"
    local folder
    folder=$(mktemp -d)
    if (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download clickhouse-server) >"$log" 2>&1 &&
        dpkg-deb -x "$folder"/clickhouse-server_*.deb "$folder/root" && mkdir -p build/oracle/sbin &&
        cp "$folder/root/usr/sbin/clickhouse-server" build/oracle/sbin/; then
        rm -rf "$folder"
        return 0
    fi
    tail -n 5 "$log" | sed 's/^/        /' >&2
    rm -rf "$folder"
    fail "the package clickhouse-server could not be fetched (the last lines of apt-get are above)." \
        "Check the network and the package sources, then run make again."
}

case "${1:-}" in
build | test | bench | clickhouse) ;;
*)
    echo "usage: setup.sh build|test|bench|clickhouse" >&2
    exit 2
    ;;
esac

cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
kinds=build
[ "$1" = build ] || kinds="build $1"

packages=''
for kind in $kinds; do
    packages="$packages$(missing_packages "$kind" | tr '\n' ' ')"
done
# Libraries cannot be found without pkg-config, nor headers without gcc: then all are listed, which is harmless.
if [ -n "${packages// /}" ]; then
    # shellcheck disable=SC2086 # a list of words
    install_missing $packages
    for kind in $kinds; do
        left=$(missing_packages "$kind" | tr '\n' ' ')
        [ -z "$left" ] || fail "installed, but still not usable: $left" "Is an older version in front of it in PATH?"
    done
fi
case "$kinds" in
*test* | *bench*) unpack_ausearch ;;
*clickhouse*)
    unpack_clickhouse
    tests/bench/install_peers.sh chdb
    ;;
esac
