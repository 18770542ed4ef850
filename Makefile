# BMADFlow: `make run` starts the hub, `make test` checks it. `make help` lists everything.
SHELL := /bin/sh
PORT ?= 8000
DATA ?=
PROJECT ?=
ARGS ?=
PY := .venv/bin/python
NPM := npm --prefix frontend --silent
SOURCES := libs services deploy tests bench scripts

.DEFAULT_GOAL := help
.PHONY: help compose-env setup setup-dev setup-web setup-web-dev run web web-build test test-compose e2e faults lint fmt types arch check generated generated-check lock migrate revision bench image

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Create .venv with the pinned dependencies
	@scripts/setup

setup-dev: ## The same, with what the tests need
	@scripts/setup --dev

# Not in the help: others need them, nobody asks for them.
setup-web:
	@scripts/setup-web --packages

setup-web-dev:
	@scripts/setup-web --dev

run: setup ## Start the hub: make run [PORT=8000] [DATA=dir] [PROJECT=name=url_or_path]
	@scripts/setup-web
	@exec .venv/bin/bmadflow up --port $(PORT) $(if $(DATA),--data "$(DATA)") $(if $(PROJECT),--project "$(PROJECT)")

web: setup-web ## Dev server of the web client on port 3000, over a hub that runs on PORT
	@BMADFLOW_URL=http://127.0.0.1:$(PORT) $(NPM) run dev

web-build: ## Build the web client, if its sources changed (make run does that too)
	@scripts/setup-web --build

test: setup-dev setup-web-dev ## All tests that need no Docker (ARGS="-k words" narrows to some of Python's)
	$(if $(ARGS),,$(NPM) test)
	$(PY) -m pytest -m "not compose" $(ARGS)

e2e: setup-dev setup-web-dev ## The journeys through the gateway alone
	$(PY) -m pytest tests/e2e -m "not compose" $(ARGS)

faults: setup-dev ## Kill everything, again and again: make faults [TRIALS=20] [TRANSPORT=postgres|rabbitmq|both] [SEED=x]
	$(PY) -m tests.faults --trials $(or $(TRIALS),20) --transport $(or $(TRANSPORT),both) $(if $(SEED),--seed $(SEED))

test-compose: setup-dev ## The journeys against docker compose (needs a Docker engine)
	$(PY) -m pytest tests/e2e -m compose $(ARGS)

lint: setup-dev setup-web ## Rules and format: ruff, and for the web client biome and knip
	.venv/bin/ruff check $(SOURCES)
	.venv/bin/ruff format --check $(SOURCES)
	$(NPM) run lint

fmt: setup-dev setup-web ## Format the code
	.venv/bin/ruff check --fix $(SOURCES)
	.venv/bin/ruff format $(SOURCES)
	$(NPM) run fmt

types: setup-dev setup-web ## basedpyright and tsc, both strict
	.venv/bin/basedpyright
	$(NPM) run types

arch: setup-dev ## Who may import whom
	.venv/bin/lint-imports --no-cache

generated: setup-dev setup-web ## Write openapi.json, contracts/, the third-party notices and the web client's types anew
	$(PY) scripts/generate.py
	$(NPM) run generate

generated-check: setup-dev setup-web ## Fail when a generated file isn't up to date
	$(PY) scripts/generate.py --check
	$(NPM) run generate:check

check: lint types arch generated-check ## Everything but the tests

lock: ## Resolve and pin the dependencies anew
	scripts/lock --upgrade

migrate: setup ## Bring all schemas to the newest version (the launcher does this at every start)
	for service in projects documents chat; do $(PY) -m $$service.migrate || exit 1; done

revision: setup-dev ## A new migration: make revision SERVICE=projects MESSAGE="add x"
	$(PY) scripts/revision.py "$(SERVICE)" "$(MESSAGE)"

bench: setup-dev ## Measure start, memory, sync, search and gateway; prints a table, stores nothing
	$(PY) -m bench $(ARGS)

compose-env: setup ## Random secrets for docker compose: make compose-env > .env
	@.venv/bin/bmadflow compose-env

image: ## Build the one container image
	docker build -f deploy/Dockerfile -t bmadflow:latest .
