# CrisisLink. `make demo` shows it, `make test` proves it; both install what they need into this checkout.
# The long part is in deploy/setup.sh, which does nothing (and says nothing) when nothing changed.
SHELL := /bin/bash
BIN := .venv/bin
PY := $(BIN)/python
export PYTHONDONTWRITEBYTECODE = 1
.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo check test bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## install Python and front-end dependencies, build the front end (idempotent)
	@deploy/setup.sh

setup-test:
	@deploy/setup.sh --test

demo: setup ## the whole story on this machine: http://localhost:8400
	@exec $(BIN)/crisislink demo $(ARGS)

check: setup-test ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup-test ## everything: unit, property, contract, integration, browser
	$(BIN)/pytest $(ARGS)

clean: ## forget what was installed and built
	rm -rf .venv .setup frontend/node_modules crisislink/web/static var
