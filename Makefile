# Everything a newcomer needs: `make demo` and `make test`. Both install what they use.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
UV := $(shell command -v uv 2>/dev/null || echo .make/bootstrap/bin/uv)
RUN := $(UV) run --no-sync
ASSET_SOURCES := package.json package-lock.json hatch_build.py $(wildcard frontend/*)
PO := $(wildcard src/manyi/*/locale/*/LC_MESSAGES/django.po)
TESTENV := MANYI_LANGUAGE=en MANYI_LOG_LEVEL=ERROR

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.make/bootstrap/bin/uv:
	$(PYTHON) -m venv .make/bootstrap
	.make/bootstrap/bin/pip install --quiet --disable-pip-version-check uv

.make/synced: pyproject.toml uv.lock hatch_build.py | $(UV)
	@mkdir -p .make
	$(UV) sync --frozen --quiet
	@touch $@

.make/assets: $(ASSET_SOURCES) .make/synced
	$(RUN) python hatch_build.py
	@touch $@

.make/messages: $(PO) .make/assets
	$(RUN) python -m manyi.web.messages
	@touch $@

setup: .make/messages  ## Install everything the product needs

demo: setup  ## Run the product with a living demo organisation (PORT=8000)
	$(RUN) manyi demo --port $(PORT)

dev: setup  ## Run the product on your own data folder, with debug pages
	MANYI_DEBUG=1 $(RUN) manyi serve --port $(PORT) --data-dir .data

lint: setup  ## Format, lint, types, import contracts, translations
	$(RUN) ruff format --check src tests benchmarks
	$(RUN) ruff check src tests benchmarks
	$(RUN) djlint src --lint --quiet
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) bandit -q -ll -r src -c pyproject.toml
	$(RUN) python -m manyi.web.messages --check
	$(TESTENV) MANYI_DATA_DIR=.make/check DJANGO_SETTINGS_MODULE=manyi.config.settings $(RUN) python -m django makemigrations --check --dry-run

system:  ## Install Chromium, PostgreSQL and fonts by apt, where that is allowed
	@bash tests/install_system.sh

test: setup system lint  ## Run every check; says which suites had to be left out
	@bash tests/run_all.sh

bench: setup  ## Print speeds as ratios against named peers and limits
	@for file in benchmarks/*.py; do echo "== $$file"; $(RUN) python $$file || exit 1; done

.PHONY: help setup demo dev lint system test bench
