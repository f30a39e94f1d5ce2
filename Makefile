# make demo: what kmsmock is for.  make test: everything that CI checks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Clients that run with what the others and kmsmock need, but whose pins forbid it ("Real clients" in the README).
PINNED := aioboto3==15.5.0 aiobotocore==3.10.0 s3fs==2026.9.0 amazon-s3-encryption-client-python==4.0.0 aws-encryption-sdk-cli==4.3.0

.PHONY: demo test lint bench clean help

demo: $(VENV)/installed  ## run and narrate the example suite
	$(BIN)/python -m pytest examples -p no:randomly -p no:cacheprovider -q --narrate

test: lint $(VENV)/clients  ## all tests, lint and types
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/installed
	$(BIN)/ruff check kmsmock conftest_plugin tests tools examples benchmarks
	$(BIN)/ruff format --check kmsmock conftest_plugin tests tools examples benchmarks
	$(BIN)/mypy

bench: $(VENV)/installed  ## speed, as ratios within one run
	$(BIN)/python -m benchmarks.calls
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.decisions
	$(BIN)/python -m benchmarks.travel
	$(BIN)/python -m benchmarks.objects
	$(BIN)/python -m benchmarks.instances
	$(BIN)/python -m benchmarks.clients

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

$(VENV)/clients: $(VENV)/installed Makefile
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,clients]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(PINNED)
	touch $@

clean:
	rm -rf $(VENV)

help:
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/ :/'
