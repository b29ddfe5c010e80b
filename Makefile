# Maskline: the commands of the house. `make setup` is called by the others and changes nothing the second time.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.maskline-setup

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-browser test-clients check soak chaos load bench format lock clean

help:            ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(STAMP)  ## .venv with everything pinned, leaves .venv/bin/maskline

$(STAMP): requirements.lock pyproject.toml scripts/setup.sh
	@PYTHON=$(PYTHON) bash scripts/setup.sh

demo: setup      ## photographs of people through the whole pipeline (PHOTOS=folder for your own)
	@$(BIN)/maskline demo $(if $(PHOTOS),--photos "$(PHOTOS)")

check: setup     ## the quick half: format, lint, types, imports, fast tests
	@bash scripts/check.sh quick

test: setup      ## everything that Python alone can run
	@bash scripts/check.sh all

test-browser: setup  ## the page in a real Chromium, which scripts/browser.sh installs where there is none
	@bash scripts/browser.sh && $(BIN)/pytest tests/browser

test-clients: setup  ## npm's clients and DashScope's SDK against the local cloud, installed where they are missing
	@bash scripts/clients.sh && $(BIN)/pytest tests/clients

soak: setup      ## the simulation over SEEDS=n seeds: accidents by kind, and the mutants it finds
	@$(BIN)/python -m tests.simulation.soak --seeds $(or $(SEEDS),2000)

chaos: setup     ## the local cloud under kills and faults (IMAGES=300 KILLS=30 SEED=1), then the accounts
	@$(BIN)/python -m tests.e2e.chaos --images $(or $(IMAGES),300) --kills $(or $(KILLS),30) --seed $(or $(SEED),1)

load: setup      ## six clients at once on the local cloud: memory, files, disk, refusals (MINUTES=30 KILLS=0 SEED=1)
	@$(BIN)/python -m tests.load --minutes $(or $(MINUTES),30) --kills $(or $(KILLS),0) --seed $(or $(SEED),1)

bench: setup     ## what it costs and how fast it is, against plain programs (ARGS="slot --full")
	@bash scripts/bench/run.sh $(ARGS)

format: setup    ## lay out the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: setup      ## resolve the dependencies again, for every supported Python
	@bash scripts/lock.sh

clean:           ## forget the environment and what was built
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
