# Needs Python 3.11 or newer, make and the package index. Everything else is set up here.
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() or 1)')

.PHONY: setup demo test lint bench fuzz pictures clean

# The process that reads a hostile file keeps no compiled code: what it would compile anew for each file is compiled here.
setup: .venv/ready
	@$(BIN)/python -m compileall -q services

.venv/ready: requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: -r requirements-dev.lock
	touch $@

# The whole product on this machine, until Ctrl-C. CHECK=1: the main job, step by step, then the end. HOST=forge: through
# that door. Only as make's own argument: some shells and toolchains have a HOST in the environment.
demo: setup
	CHECK=$(CHECK) HOST=$(if $(findstring command,$(origin HOST)),$(HOST)) $(BIN)/python -m sandbox.demo

# The pages by themselves, then the others in one process for each processor (JOBS). ARGS: pytest's own, for part of them.
test: setup
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python -m pytest tests/browser
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --ignore tests/browser
endif

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The pictures in docs/pictures, taken anew (needs Chromium): before the tests that bring people with hostile names.
pictures: setup
	FAIRTRIAL_PICTURES=docs/pictures $(BIN)/python -m pytest tests/browser/test_looks.py tests/browser/test_desk.py

# Speeds as ratios, written to docs/benchmarks.md. PARTS="guard import": only those.
bench: setup
	$(BIN)/python -m tests.bench $(PARTS)

# The reader of hostile files against spoiled samples, by a fuzzer that watches its lines, for FUZZ_SECONDS. The fuzzer
# has its own environment: it is there for Linux on x86-64 and Python 3.11 to 3.13, and the product needs neither.
FUZZ_SECONDS ?= 60

fuzz: var/fuzz/ready
	var/fuzz/venv/bin/python -m tests.fuzz $(FUZZ_SECONDS) $(AGAIN)

var/fuzz/ready: requirements-fuzz.lock
	$(PYTHON) -m venv var/fuzz/venv
	var/fuzz/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: -r requirements-fuzz.lock
	touch $@

clean:
	rm -rf .venv var
