# The commands of the project. `make run`, `make demo` and `make test` also install what is missing (Scripts/bootstrap).
SHELL := /bin/bash
export SWIFT_BACKTRACE := enable=no

.PHONY: run demo test build bench faults fuzz format lint lint-native sanitize tsan bootstrap static install deb test-deb tarball

# Builds the release binaries and starts the daemon: make run ARGS="--robot unitree_g1"
run: bootstrap
	swift build -c release
	exec .build/release/kmmd $(ARGS)

# A simulated G1 carries out what is said: in MuJoCo's viewer, or without a display in demo.gif. make demo ARGS="'walk forward'"
demo:
	Scripts/bootstrap --demo
	swift build -c release
	.venv/bin/python -m kmmd.sim demo --daemon .build/release/kmmd $(ARGS)

build: bootstrap
	swift build -c release

# Programs that need no Swift where they run, in a build folder of their own, of exactly the packages in Packaging/resolved.json.
STATIC := .build-static
static: bootstrap
	cp Packaging/resolved.json Package.resolved
	for program in kmmd kmmctl; do swift build -c release --product $$program --static-swift-stdlib \
		--force-resolved-versions --scratch-path $(STATIC) || exit; done

PREFIX ?= /usr/local
# Programs, models, profiles, units, manual pages and completions: make install PREFIX=/usr DESTDIR=stage
install: static
	Packaging/stage $(STATIC)/release "$(DESTDIR)" "$(PREFIX)"

# A Debian package, and an archive that runs from any folder, in dist/.
deb: static
	Packaging/deb $(STATIC)/release
tarball: static
	Packaging/tarball $(STATIC)/release

# Installs, drives, upgrades and removes the package in a bare root; needs root and debootstrap.
test-deb: deb
	Packaging/test-deb "$$(ls -t dist/*.deb | head -1)"

# Tests of sockets and clocks run after the others, which would keep them waiting for a processor.
TIMED := ServiceTests|MessagingTests
# Everything that is checked: format, papers, native code under sanitizers, warnings, undeclared imports, Swift tests, and the
# Python client against a real daemon process.
test: export KMMD_WARNINGS_AS_ERRORS := 1
test: lint
	Scripts/bootstrap --tests
	$(MAKE) lint-native sanitize
	swift build --build-tests --explicit-target-dependency-import-check error
	Scripts/document
	swift test --skip-build --skip '$(TIMED)'
	swift test --skip-build --filter '$(TIMED)'
	swift build --package-path Examples/RetargetClip --scratch-path .build-examples
	KMMD_BIN=$${KMMD_BIN:-.build/debug/kmmd} .venv/bin/python -m pytest -q Clients/python/tests

# Measures the release build; Benchmarks/README.md says what. Debian's python3 has the packages from the bootstrap.
BENCH_PYTHON ?= $(firstword $(wildcard .venv/bin/python /usr/bin/python3) python3)
bench: bootstrap
	swift build -c release
	$(BENCH_PYTHON) Benchmarks/first_frame.py
	$(BENCH_PYTHON) Benchmarks/retarget.py
	$(BENCH_PYTHON) Benchmarks/generate.py

# Attacks, full disks, kills and evil files on the release build, some minutes; SECONDS for each attack: make faults ARGS="--seconds 600"
faults: bootstrap
	swift build -c release --product kmmd
	$(BENCH_PYTHON) Tests/Faults/faults.py $(ARGS)

# Coverage-guided fuzzing of every reader, on demand: make fuzz ARGS="60 mcap npz"
fuzz: bootstrap
	Scripts/fuzz $(ARGS)

# C and C++ under the address and undefined-behaviour sanitizers, a minute.
sanitize:
	Scripts/sanitize

# Swift tests under the thread sanitizer, in a build folder of its own: some twenty minutes, so not part of `make test`.
tsan: bootstrap
	swift test --sanitize thread --scratch-path .build-tsan $(ARGS)

CLANG_FORMAT ?= $(firstword $(wildcard .venv/bin/clang-format) clang-format)
NATIVE = $(shell git ls-files -co --exclude-standard '*.c' '*.h' '*.cpp' '*.hpp')

format:
	swift format -i -r Package.swift Sources Tests Examples
	$(CLANG_FORMAT) -i $(NATIVE)

lint:
	swift format lint --strict -r Package.swift Sources Tests Examples
	python3 Scripts/check_documents.py
	python3 Scripts/check_architecture.py
	python3 Scripts/room_graph.py > /dev/null

lint-native:
	$(CLANG_FORMAT) --dry-run --Werror $(NATIVE)

bootstrap:
	@Scripts/bootstrap
