PYTHON ?= python3
# An interpreter that is named has an environment of its own.
VENV := .venv$(if $(findstring command,$(origin PYTHON)),/$(subst /,_,$(PYTHON)))
BIN := $(VENV)/bin
SUBSET ?= all
SERVERS ?=
TESTS ?=
N ?=
MINUTES ?=
SEED ?=
KINDS ?=

.PHONY: demo test test-all test-servers torture bench plot dist server lint docs picture clean

demo: $(VENV)/installed
	$(BIN)/python -m demo

test: lint
	$(BIN)/python -m pytest -n 2 -m "not slow" $(TESTS)

test-all: lint
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow

test-servers: $(VENV)/installed
	$(BIN)/python -m devtools.servers --subset $(SUBSET) $(SERVERS)

torture: $(VENV)/installed
	$(BIN)/python -m tests.torture $(N:%=--number %) $(MINUTES:%=--minutes %) $(SEED:%=--seed %) $(KINDS)

bench: $(VENV)/installed
	$(BIN)/python -m benchmarks

plot: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[plot]'
	$(BIN)/python -m benchmarks --json docs/benchmarks.json everyday growth
	$(BIN)/python -m benchmarks.plot

dist: $(VENV)/installed
	$(BIN)/python -m hatchling build

server: $(VENV)/installed
	$(BIN)/python -m devtools.playground

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/installed
	$(BIN)/python -m tests.support.guide
	$(BIN)/zensical build --strict

picture: $(VENV)/installed
	$(BIN)/python -m devtools.picture

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv
