# `make help` lists everything. All a machine needs: Python 3.11 or newer, make, and a network for the packages.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE  # else each process compiles all it imports: 1.6 s of processor for a service
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python3.14,$(shell \
	$(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
BACKEND ?= embedded
SOURCES := services shared deploy tests client/python
COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

# Two more than processors: tests with real servers wait a good part of their time, those of federations more than half
# of it. Asked when `test` runs, after the environment was made.
WORKERS ?= $(shell $(BIN)/python -c 'import os; print(min(6, 2 + (os.cpu_count() or 1)))')

.PHONY: help run demo federation test bench bench-federation client lint types contracts check format lock clean

help: ## This list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/ready ## Start the whole stack on ./.local with a demonstration country; Ctrl-C stops it.
	@exec $(BIN)/steward run

demo: $(VENV)/ready ## Run the main loop once on a fresh temporary stack [FACILITIES=list.csv MAPPING='{"name": ...}'].
	@exec $(BIN)/steward demo $(if $(FACILITIES),--facilities "$(FACILITIES)") $(if $(MAPPING),--mapping '$(MAPPING)')

federation: $(VENV)/ready ## Run a hub and two regions on this machine until their totals have met.
	@exec $(BIN)/steward federation demo

test: $(VENV)/ready ## Run all tests [ARGS="-k name"], or those that need servers on containers [BACKEND=containers].
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --backend $(BACKEND) \
		$(if $(filter containers,$(BACKEND)),-m integration) $(ARGS)

bench: $(VENV)/ready ## Measure everything in one run; prints a table and the same as JSON.
	@exec $(BIN)/python -m tests.bench $(ARGS)

bench-federation: $(VENV)/ready ## What regions cost their hub, from 1 to 8 of them; a table and the same as JSON.
	@exec $(BIN)/python -m tests.bench.federation $(ARGS)

client: $(VENV)/ready ## Make the Python client's types and methods anew from the OpenAPI document.
	@$(BIN)/python -m deploy.contracts.client_code

lint: $(VENV)/ready ## Style: ruff, formatting, declared packages, migrations, and this project's own rules.
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/deptry --optional-dependencies-dev-groups dev $(filter-out tests,$(SOURCES))
	@$(BIN)/deptry $(SOURCES)
	@$(BIN)/python -m deploy.lint
	@$(BIN)/python -m deploy.revisions
	@$(BIN)/python -m deploy.images

types: $(VENV)/ready ## mypy, strict for source.
	@$(BIN)/mypy $(SOURCES)

contracts: $(VENV)/ready ## Who may import whom, and whether the Python client is as the OpenAPI document has it.
	@$(BIN)/lint-imports
	@$(BIN)/python -m deploy.contracts.client_code --check

check: lint types contracts test ## Everything a change must pass.

format: $(VENV)/ready ## Format and sort imports.
	@$(BIN)/ruff check --fix --select I --quiet $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

lock: $(VENV)/ready ## Resolve pyproject.toml anew into requirements.lock, and deploy/requirements.lock for the image.
	@$(BIN)/uv pip compile $(COMPILE) --extra dev --extra local --upgrade pyproject.toml --output-file requirements.lock
	@$(BIN)/uv pip compile $(COMPILE) --constraint requirements.lock pyproject.toml --output-file deploy/requirements.lock

clean: ## Remove the environment and caches; data in ./.local stay.
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	@find $(SOURCES) -name __pycache__ -prune -exec rm -rf {} +

# The environment: packages again only when the lock changed, the project's entry points when pyproject.toml did.
$(VENV)/packages: requirements.lock
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Installing packages into $(VENV), a minute or two the first time" >&2
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --no-deps -r requirements.lock | awk ' \
		/^(Collecting|Requirement already)/ { if (++n % 10 == 0) { print "  " n " packages found"; fflush() } } \
		/^Installing/ { print "  installing " n " packages"; fflush() }' >&2
	@touch $@

$(VENV)/ready: $(VENV)/packages pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e . >&2
	@touch $@
