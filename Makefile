# BMADFlow: `make run` starts the hub, `make test` checks it. `make help` lists everything.
SHELL := /bin/sh
PORT ?= 8000
DATA ?=
PROJECT ?=
ARGS ?=
PY := .venv/bin/python
SOURCES := libs services deploy tests bench scripts

.DEFAULT_GOAL := help
.PHONY: help compose-env setup setup-dev run test test-compose e2e lint fmt types arch check generated generated-check lock migrate revision bench image

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Create .venv with the pinned dependencies
	@scripts/setup

setup-dev: ## The same, with what the tests need
	@scripts/setup --dev

run: setup ## Start the hub: make run [PORT=8000] [DATA=dir] [PROJECT=name=url_or_path]
	@exec .venv/bin/bmadflow up --port $(PORT) $(if $(DATA),--data "$(DATA)") $(if $(PROJECT),--project "$(PROJECT)")

test: setup-dev ## All tests that need no Docker (ARGS="-k words" narrows)
	$(PY) -m pytest -m "not compose" $(ARGS)

e2e: setup-dev ## The journeys through the gateway alone
	$(PY) -m pytest tests/e2e -m "not compose" $(ARGS)

test-compose: setup-dev ## The journeys against docker compose (needs a Docker engine)
	$(PY) -m pytest tests/e2e -m compose $(ARGS)

lint: setup-dev ## ruff: rules and format
	.venv/bin/ruff check $(SOURCES)
	.venv/bin/ruff format --check $(SOURCES)

fmt: setup-dev ## Format the code
	.venv/bin/ruff check --fix $(SOURCES)
	.venv/bin/ruff format $(SOURCES)

types: setup-dev ## basedpyright, strict
	.venv/bin/basedpyright

arch: setup-dev ## Who may import whom
	.venv/bin/lint-imports --no-cache

generated: setup-dev ## Write openapi.json, contracts/ and the third-party notices anew
	$(PY) scripts/generate.py

generated-check: setup-dev ## Fail when a generated file isn't up to date
	$(PY) scripts/generate.py --check

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
