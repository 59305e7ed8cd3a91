# Everything runs in .venv. Stamp files remember what is installed, so a second run is fast;
# a change to pyproject.toml or constraints.txt installs again.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# Many tests wait for a card to be noticed or a process to start: twice as many as cores.
WORKERS ?= $(shell echo $$((2 * $$(nproc 2>/dev/null || echo 2))))
# What Python compiles, and pytest rewrites, is kept for the other workers and the hundreds of children
# that tests start, also where the surroundings say otherwise.
COMPILED := PYTHONDONTWRITEBYTECODE=
# More words for pytest, e.g. make test PYTEST_ARGS='-k purse -x'
PYTEST_ARGS ?=
# More words for the mutator, e.g. make mutate MUTATE_ARGS='--rooms wire --per-module 5'
MUTATE_ARGS ?= --limit 20
# More words for the driver of kills, e.g. make kills KILLS_ARGS='--number 10000 --seed 1'
KILLS_ARGS ?=
# More words for the exploration of the zoo, e.g. make explore EXPLORE_ARGS='--seconds 5'
EXPLORE_ARGS ?=
# Seconds for each target of the fuzzer, and more words for it, e.g. make fuzz FUZZ_ARGS='card psam'
FUZZ_SECONDS ?= 60
FUZZ_ARGS ?=
# More words for the sweep of cuts, e.g. make tear TEAR_ARGS='--samples 1000'
TEAR_ARGS ?=
# Debian packages the tests need: the report is tried and printed in a real browser, cards in a real PC/SC
# service with a virtual reader, by other people's programs, captures in tshark; pyscard is built
# from source.
SYSTEM_PACKAGES ?= chromium chromium-driver fonts-noto-cjk \
  pcscd vsmartcard-vpcd opensc pcsc-tools iproute2 tshark \
  swig libpcsclite-dev gcc libc6-dev python3-dev

RECIPE := pyproject.toml constraints.txt
TYPED := ykt_sim conformance/ykt_conformance conformance/conftest.py

.PHONY: help demo test check bench mutate explore kills tear fuzz release-check docs golden reference clean system
.DEFAULT_GOAL := help

help:
	@echo 'make demo    install and run "ykt demo"'
	@echo 'make test    run the tests (PYTEST_ARGS adds words for pytest)'
	@echo 'make check   lint, format, types, import rules, rules of the repository'
	@echo 'make bench   run the benchmarks'
	@echo 'make mutate  break places drawn by seed and see whether a test notices (MUTATE_ARGS)'
	@echo 'make explore which faulty cards, or terminals (--subject terminal), exploration finds (EXPLORE_ARGS)'
	@echo 'make fuzz    bytes from strangers, searched for by coverage (FUZZ_SECONDS for each target, FUZZ_ARGS)'
	@echo 'make release-check  build wheel and sdist, try each in an empty environment'
	@echo 'make kills   kill ykt and fill its disk at any moment, see that nothing is lost (KILLS_ARGS)'
	@echo 'make tear    cut every flow of every card wherever it can be cut (TEAR_ARGS)'
	@echo 'make docs    build the documentation into docs/_build/html'
	@echo 'make golden  write apdu_traces/synthetic again (see its README)'
	@echo 'make reference  write the pages of docs/reference that come from tables, raise the version of a changed suite'
	@echo 'make clean   remove everything made by the targets above'

demo: $(VENV)/.stamp-base
	$(BIN)/ykt demo

test: $(VENV)/.stamp-test
	$(COMPILED) $(BIN)/python -m compileall -q ykt_sim conformance
	$(COMPILED) $(BIN)/pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

check: $(VENV)/.stamp-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tests/tools/check_repo.py
	$(BIN)/python tests/tools/check_structure.py

bench: $(VENV)/.stamp-test
	$(BIN)/python -m tests.benchmarks

mutate: $(VENV)/.stamp-test
	nice $(BIN)/python -m tests.tools.mutate $(MUTATE_ARGS)

explore: $(VENV)/.stamp-test
	nice $(BIN)/python -m tests.tools.explore_zoo $(EXPLORE_ARGS)

fuzz: $(VENV)/.stamp-test $(VENV)/.stamp-fuzz
	nice $(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS) $(FUZZ_ARGS)

release-check: $(VENV)/.stamp-venv
	$(BIN)/python -m tests.tools.release_check

kills: $(VENV)/.stamp-test
	nice $(BIN)/python -m tests.tools.kills $(KILLS_ARGS)

tear: $(VENV)/.stamp-test
	nice $(BIN)/python -m tests.tools.tear_all $(TEAR_ARGS)

docs: $(VENV)/.stamp-docs
	$(BIN)/sphinx-build -b html -W --keep-going docs docs/_build/html

golden: $(VENV)/.stamp-test
	$(BIN)/python -m tests.golden

reference: $(VENV)/.stamp-test
	$(BIN)/python -m tests.docs.reference
	$(BIN)/python -m tests.conformance.cases.version

clean:
	rm -rf $(VENV) docs/_build build dist out *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

system:
ifneq ($(strip $(SYSTEM_PACKAGES)),)
	@missing=; \
	for package in $(SYSTEM_PACKAGES); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
	    || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y --no-install-recommends $$missing; \
	fi
endif

# The build backends (ours, and pyscard's) are installed first and used without isolation, so
# that their versions are pinned too.
$(VENV)/.stamp-venv: $(RECIPE)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -q -c constraints.txt hatchling editables setuptools
	touch $@

$(VENV)/.stamp-base: $(VENV)/.stamp-venv
	$(PIP) install -q --no-build-isolation -c constraints.txt -e .
	touch $@

$(VENV)/.stamp-test: | system

$(VENV)/.stamp-test $(VENV)/.stamp-lint $(VENV)/.stamp-docs $(VENV)/.stamp-fuzz: $(VENV)/.stamp-%: $(VENV)/.stamp-venv
	$(PIP) install -q --no-build-isolation -c constraints.txt -e '.[$*]'
	touch $@
