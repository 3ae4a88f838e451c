# The front door. `make demo` and `make test` install what is missing first (tools/setup.sh); `make help` lists the rest.
# The build itself is Meson's: src/README.md says where things are.

PREFIX ?= /usr/local
DESTDIR ?=

RELEASE = build/release
# Libraries within the program: a start that links a dozen of them takes a millisecond longer, and the file runs elsewhere.
RELEASE_OPTIONS = --buildtype=release -Db_lto=true -Dprefer_static=true
GCC = build/gcc
CLANG = build/clang
TSAN = build/tsan
FUZZ = build/fuzz
FUZZ_SECONDS ?= 60
KILLS ?= 1000

# ausearch is an administrator's program, outside the PATH of others.
export PATH := $(CURDIR)/build/oracle/sbin:$(PATH):/usr/sbin:/sbin

.PHONY: build demo test bench-clickhouse test-clickhouse setup-clickhouse test-crash tsan bench bench-baseline fuzz tidy install clean help setup-build setup-test setup-bench release

build: setup-build release
	@echo "tocsin: the program is build/tocsin"

demo: setup-build release
	@echo 'tocsin: build/tocsin hunt --evidence samples'; echo; \
	build/tocsin hunt --evidence samples; status=$$?; \
	if [ $$status -ne 1 ]; then echo "tocsin: the demo should have found something (exit code $$status)" >&2; exit 1; fi

# gcc and clang with warnings as errors; all tests under AddressSanitizer and UndefinedBehaviorSanitizer, and those that
# measure (memory) or stress the optimiser with gcc's release build.
test: setup-test
	@tools/configure.sh $(GCC) --buildtype=release -Dwerror=true & gcc=$$!; \
	CC=clang tools/configure.sh $(CLANG) --buildtype=debug -Doptimization=1 -Dwerror=true \
	    -Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-g1; clang=$$?; wait $$gcc && exit $$clang
	@tools/run_tests.sh $(GCC) $(CLANG)

# The tests of runs on two threads, under ThreadSanitizer: a minute or two, of which most is the build.
tsan: setup-test
	@CC=clang tools/configure.sh $(TSAN) --buildtype=debug -Doptimization=1 -Dwerror=true \
	    -Db_sanitize=thread -Db_lundef=false
	@meson test -C $(TSAN) --print-errorlogs --timeout-multiplier 5 ring log_feed threads store_filter cases_on_2_threads

# Whoever writes, seals, compacts or retains a store is killed at random moments, KILLS times.
test-crash: setup-test
	@tools/configure.sh $(GCC) --buildtype=release -Dwerror=true
	@ninja -C $(GCC) --quiet tests/crash/crash_store
	@$(GCC)/tests/crash/crash_store $(KILLS)

# Golden cases and failures on ClickHouse servers that it starts and ends: three nodes of 18.16, and a recent one.
test-clickhouse: setup-build setup-test setup-clickhouse
	@tools/configure.sh $(GCC) --buildtype=release -Dwerror=true
	@ninja -C $(GCC) --quiet src/cli/tocsin tests/support/golden_runner tests/clickhouse/print_sql \
	    tests/clickhouse/wrong_clock.so
	@rm -f $(GCC)/meson-logs/testlog.json
	@meson test -C $(GCC) --no-rebuild --suite clickhouse >$(GCC)/test.log 2>&1 || true
	@python3 tools/test_summary.py $(GCC)/meson-logs/testlog.json

bench: setup-bench release
	@tools/configure.sh $(RELEASE) $(RELEASE_OPTIONS) -Dtests=true
	@ninja -C $(RELEASE) --quiet src/cli/tocsin tests/bench/generate_logs tests/bench/auparse_walk \
	    tests/bench/bench_linux_audit
	@tests/bench/install_peers.sh
	@tests/bench/run_bench.py $(RELEASE)

# Inserting into ClickHouse and asking it, on servers that it starts and ends; writes docs/clickhouse.md and docs/scale.md.
bench-clickhouse: setup-build setup-test setup-clickhouse release
	@tools/configure.sh $(RELEASE) $(RELEASE_OPTIONS) -Dtests=true
	@ninja -C $(RELEASE) --quiet src/cli/tocsin tests/bench/generate_logs
	@tests/bench/bench_clickhouse.py $(RELEASE)

# The instruction counts that `make test` holds the program to, as they are now.
bench-baseline: setup-test
	@tools/configure.sh $(GCC) --buildtype=release -Dwerror=true
	@ninja -C $(GCC) --quiet src/cli/tocsin tests/bench/generate_logs tests/bench/fixed_random.so
	@tests/bench/test_instructions.py --update $(GCC)/tests/bench/generate_logs $(GCC)/src/cli/tocsin \
	    $(GCC)/tests/bench/fixed_random.so

# Every fuzz target for FUZZ_SECONDS; what they find is added to tests/fuzz/corpus.
fuzz: setup-test
	@CC=clang tools/configure.sh $(FUZZ) --buildtype=debug -Doptimization=1 -Dfuzz=true \
	    -Db_sanitize=address,undefined -Db_lundef=false
	@ninja -C $(FUZZ) --quiet
	@tests/fuzz/run.sh $(FUZZ) $(FUZZ_SECONDS)

tidy:
	@tools/check_layers.sh
	@tools/tidy.sh

install: setup-build
	@tools/configure.sh $(RELEASE) $(RELEASE_OPTIONS) -Dtests=false --prefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C $(RELEASE)

clean:
	rm -rf build

help:
	@echo 'make build     the program, at build/tocsin (optimised)'
	@echo 'make demo      build, then hunt in the sample logs'
	@echo 'make test      every test, with gcc and clang, under sanitizers'
	@echo 'make test-crash  kill whoever changes a store KILLS=1000 times'
	@echo 'make test-clickhouse  every golden case on ClickHouse servers, and what goes wrong there'
	@echo 'make tsan      the tests of two threads under ThreadSanitizer'
	@echo 'make bench     speed and memory, measured against peers; writes docs/performance.md'
	@echo 'make bench-clickhouse  inserts and the original query on ClickHouse, measured; writes docs/clickhouse.md'
	@echo 'make bench-baseline  the instruction counts that tests hold the program to, as they are now'
	@echo 'make fuzz      run the fuzz targets, FUZZ_SECONDS=60 each'
	@echo 'make tidy      check layers and house rules'
	@echo 'make install   to PREFIX=/usr/local, below DESTDIR'
	@echo 'make clean     remove build/'

setup-build setup-test setup-bench setup-clickhouse:
	@tools/setup.sh $(@:setup-%=%)

release:
	@tools/configure.sh $(RELEASE) $(RELEASE_OPTIONS) -Dtests=false
	@ninja -C $(RELEASE) --quiet
	@cmp -s $(RELEASE)/src/cli/tocsin build/tocsin || cp $(RELEASE)/src/cli/tocsin build/tocsin
