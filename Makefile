PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-all bench server lint docs picture clean

demo: .venv/installed
	$(BIN)/python -m demo

test: lint
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: lint
	$(BIN)/python -m pytest -n 2 -m slow

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
	$(BIN)/zensical build --strict

picture: .venv/installed
	$(BIN)/python -m devtools.picture

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv
