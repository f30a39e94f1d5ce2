# make demo: what kmsmock is for.  make test: everything that CI checks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench clean help

demo: $(VENV)/installed  ## run and narrate the example suite
	$(BIN)/python -m pytest examples -p no:randomly -p no:cacheprovider -q --narrate

test: lint  ## all tests, lint and types
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/installed
	$(BIN)/ruff check kmsmock conftest_plugin tests examples benchmarks
	$(BIN)/ruff format --check kmsmock conftest_plugin tests examples benchmarks
	$(BIN)/mypy

bench: $(VENV)/installed  ## speed, as ratios within one run
	$(BIN)/python -m benchmarks.calls
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.decisions
	$(BIN)/python -m benchmarks.travel
	$(BIN)/python -m benchmarks.objects
	$(BIN)/python -m benchmarks.instances

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV)

help:
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/ :/'
