# CrisisLink. `make demo` shows it, `make test` proves it; both install what they need into this checkout.
# The long part is in deploy/setup.sh, which does nothing (and says nothing) when nothing changed.
SHELL := /bin/bash
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE = 1
# What measures, and says so, shares the machine with no other test.
ALONE := tests/bench/test_run.py tests/journey/test_demo.py
.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo check check-python check-pages test bench faults docs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## install Python and front-end dependencies, build the front end (idempotent)
	@deploy/setup.sh

setup-test:
	@deploy/setup.sh --test

demo: setup ## the whole story on this machine: http://localhost:8400 (options: ARGS="--port 8500")
	@exec $(BIN)/crisislink demo $(ARGS)

check: setup-test ## format, lint, types, import contracts, front end
	@$(MAKE) --no-print-directory -j 2 --output-sync check-python check-pages

check-python:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

check-pages:
	cd frontend && npm run --silent check

test: setup-test ## everything: unit, property, contract, integration, browser (options: ARGS="-k grant")
	cd frontend && npm test --silent
ifdef ARGS
	$(BIN)/pytest $(ARGS)
else
	$(BIN)/pytest -n 3 --dist loadfile $(addprefix --ignore=,$(ALONE) tests/journey)
	$(BIN)/pytest -n 2 --dist worksteal tests/journey $(addprefix --ignore=,$(ALONE))
	$(BIN)/pytest $(ALONE)
endif

bench: setup ## the picture beside its peers, as JSON (options: ARGS="--quick"); see docs/performance.md
	@$(BIN)/crisislink bench media --json $(ARGS)

faults: setup-test ## break what can break while people watch (options: RUNS=3 ARGS="--strict --only database --json runs.json")
	@$(BIN)/python -m crisislink.faults --runs $(or $(RUNS),1) $(ARGS)

docs: setup ## write docs/openapi.json and the front end's types from the models
	$(BIN)/crisislink openapi > docs/openapi.json
	cd frontend && npm run --silent types

clean: ## forget what was installed and built
	rm -rf .venv .setup frontend/node_modules crisislink/web/static var
