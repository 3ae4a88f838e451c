#!/bin/sh
# test_generator.sh GENERATE_LOGS: the generator still gives the bytes that the benchmark's numbers stand for.
set -eu
generate=$1
bad=0
check() { # SUM ARGUMENT...
    wanted=$1
    shift
    got=$("$generate" "$@" 2>/dev/null | md5sum | cut -d' ' -f1)
    if [ "$got" != "$wanted" ]; then
        echo "generate_logs $*: bytes differ"
        bad=1
    fi
}
check 57563b704ed21c8e9109a83c7cfa6e78 flat -n 30000
check 3b2e7d6311d0f418e24e30fda5013521 flat -n 20000 -f jsonl
check 3a90c2d4fffdd58b7a6763c887fb8947 flat -n 20000 -f qradar
check ae0038217ce6fdd08474ffee6d3e7f50 flat -n 20000 -f qradar -u 500
check fd0420c44775771cee05bc36da9b2412 auditd -n 30000
check f5d20099cc43fce9868bad9054f56508 auditd -n 30000 -f raw -v low
check 37b487266b5bc2a1d9cd473ef5bf438f k8s -n 20000
check 2817cade8d4a8edc96bf946bca025f66 k8s -n 20000 -v low -s 3
exit $bad
