# Needs Python 3.11 or newer, make and the package index. Everything else is set up here.
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() or 1)')

.PHONY: setup demo test lint bench pictures clean

setup: .venv/ready

.venv/ready: requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: -r requirements-dev.lock
	touch $@

# The whole product on this machine, until Ctrl-C. CHECK=1: the main job, step by step, then the end. HOST=forge: through
# that door. Only as make's own argument: some shells and toolchains have a HOST in the environment.
demo: setup
	CHECK=$(CHECK) HOST=$(if $(findstring command,$(origin HOST)),$(HOST)) $(BIN)/python -m sandbox.demo

# One process for each processor; JOBS=0 runs the tests in one, in their order.
test: setup
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The pictures in docs/pictures, taken anew (needs Chromium).
pictures: setup
	FAIRTRIAL_PICTURES=docs/pictures $(BIN)/python -m pytest tests/browser

# Speeds as ratios, written to docs/benchmarks.md.
bench: setup
	$(BIN)/python -m tests.bench

clean:
	rm -rf .venv var
