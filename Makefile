PYTHON ?= python3
BIN := .venv/bin
SUBSET ?= all
SERVERS ?=

.PHONY: demo test test-all test-servers bench server lint docs clean

demo: .venv/installed
	$(BIN)/python -m demo

test: lint
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: lint
	$(BIN)/python -m pytest -n 2 -m slow

test-servers: .venv/installed
	$(BIN)/python -m devtools.servers --subset $(SUBSET) $(SERVERS)

bench: .venv/installed
	$(BIN)/python -m benchmarks

server: .venv/installed
	$(BIN)/python -m devtools.playground

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/installed
	$(BIN)/python -m tests.support.guide
	$(BIN)/mkdocs build --strict

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv
