# Passerelle. `make demo` and `make test` set up what they need; a set-up that is done is not done again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
LAKE ?= .lake/demo
AIRFLOW ?= .airflow
MOTO := $(VENV)/moto
SHARED_DATA ?= ../shared/data

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export HF_HUB_OFFLINE := 1
# Images of Python often forbid writing bytecode: then each of hundreds of processes compiles PyTorch's modules anew,
# which takes five times as long as importing them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := setup
.PHONY: setup demo report-demo airflow airflow-demo test test-all test-browser test-distributed lint format bench bench-linking bench-nights bench-whole bench-formats bench-match lock verify-lock dist fuzz clean

setup: $(STAMP)  ## set up the virtual environment from the lock file

# The lock is complete, so pip resolves nothing: --no-deps keeps out what a resolver would add to torch.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] < (3, 13); sys.exit(0 if ok else "Passerelle needs Python 3.11 or 3.12, not " + sys.version.split()[0] + ": make PYTHON=python3.11")'
	@test -x $(BIN)/python || { echo "set-up 1/3: a virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "set-up 2/3: the packages of requirements.lock (about 2 GB; a minute or two)"
	@$(BIN)/python -m pip install -qq --no-deps --no-compile -r requirements.lock
	@echo "set-up 3/3: passerelle itself"
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
	@$(BIN)/python -c "import torch" || { echo "torch cannot be imported: this build of it wants CUDA libraries. Point pip at PyTorch's CPU wheels (README, Requirements) and run make again"; $(BIN)/python -m pip uninstall -qq -y torch; exit 1; }
	@touch $@
	@echo "set-up done: $$($(BIN)/passerelle --version)"

airflow: $(STAMP)  ## Airflow on this machine, with the DAGs, a lake and a landing area in .airflow
	@$(BIN)/python -m pipeline.airflow_support.local up $(AIRFLOW)

airflow-demo: $(STAMP)  ## drop the samples into the landing area of `make airflow`, and follow the runs
	@$(BIN)/python -m pipeline.airflow_support.local demo $(AIRFLOW)

demo: $(STAMP)  ## run the whole chain on the bundled sample
	@$(BIN)/passerelle demo --lake $(LAKE)

report-demo: demo  ## the site of the sample's snapshot, and where to open it
	@$(BIN)/passerelle report --lake $(LAKE)

lint: $(STAMP)  ## formatters, linters and the type checker, over all of the code
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(STAMP)  ## let the linters mend what they can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Two processes share the tests, each with the fixtures of the files it takes; one thread each, as there are two cores.
test: lint  ## everything that runs in minutes
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow and not browser" -n 2 --dist loadfile --durations 25

test-all: lint  ## the heavy tests too
	@$(BIN)/python -m pytest -m "not browser"

# Chromium comes from Debian's packages: where make does not run as root, it says what to install.
test-browser: $(STAMP)  ## the report's pages in a real browser
	@command -v chromium chromium-browser google-chrome >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || { echo "no Chromium here: sudo apt-get install chromium"; exit 1; }
	@$(BIN)/python -m pytest -m browser tests/report/browser

test-distributed: $(STAMP)  ## two Celery workers, PostgreSQL, Redis and S3, all on loopback; installs Debian packages
	@command -v redis-server >/dev/null && test -d /usr/lib/postgresql || { apt-get update -qq && apt-get install -y -qq redis-server postgresql; }
	@test -x $(MOTO)/bin/moto_server || { $(PYTHON) -m venv $(MOTO) && $(MOTO)/bin/pip install -qq 'moto[s3,server]==5.2.5'; }
	@MOTO_SERVER=$(abspath $(MOTO))/bin/moto_server $(BIN)/python -m pytest tests/dags/test_distributed.py

bench: bench-linking bench-formats bench-match bench-nights bench-whole  ## every benchmark, on the real data beside the checkout

bench-linking: $(STAMP)  ## linking against its bare encoder and plain MiniLM
	@$(BIN)/python benchmarks/run.py --data $(SHARED_DATA)

bench-nights: $(STAMP)  ## a full run and the nights after it, with the built-in taxonomy (15 minutes)
	@$(BIN)/python benchmarks/nights.py --data $(SHARED_DATA) --postings 100000 --taxonomy starter

bench-whole: $(STAMP)  ## the whole job at two sizes, step by step: seconds and memory
	@$(BIN)/python benchmarks/whole.py --data $(SHARED_DATA) --postings 2000 10000 --distinct 20000

bench-formats: $(STAMP)  ## postings ingested a second, by format
	@$(BIN)/python benchmarks/formats.py --data $(SHARED_DATA)

bench-match: demo  ## how the match step grows, from the demo's snapshot
	@$(BIN)/python benchmarks/match.py --lake $(LAKE)

lock: $(STAMP)  ## compile the lock file anew, for all extras at once
	@$(BIN)/uv pip compile --quiet --all-extras --universal --no-header --annotation-style line pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --all-extras --universal --no-header --no-annotate --generate-hashes \
	  --no-emit-package torch -c requirements.lock pyproject.toml -o requirements.hashes

verify-lock: $(STAMP)  ## download what the lock names, all but torch, and check it against requirements.hashes
	@rm -rf build/locked
	@$(BIN)/python -m pip download -q --no-deps --require-hashes -r requirements.hashes -d build/locked
	@echo "$$(ls build/locked | wc -l) packages have the hashes of requirements.hashes"; rm -rf build/locked

dist: $(STAMP)  ## the wheel and the source archive, the same bytes each time
	@$(BIN)/python -m supply.build_dist dist

FUZZ_SECONDS ?= 120
FUZZ_TARGETS ?= $(shell $(BIN)/python -c "from fuzz.targets import TARGETS; print(*TARGETS)")

fuzz: $(STAMP)  ## every reader and the linker under a coverage-guided fuzzer, FUZZ_SECONDS each
	@test -d build/atheris || $(BIN)/python -m pip install -qq --no-deps --target build/atheris -r fuzz/requirements.txt
	@for target in $(FUZZ_TARGETS); do echo "fuzzing $$target"; \
	  PYTHONPATH=build/atheris $(BIN)/python -m fuzz.guided $$target $(FUZZ_SECONDS) || exit 1; done

clean:  ## remove what was built, but not the demo's lake
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
