# make demo: what kmsmock is for.  make test: everything that CI checks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile  # most of it is never imported
# uv installs in seconds what takes pip a minute; where it finds no way to the packages, pip does it.
install = $(BIN)/python -m uv pip install --quiet --python $(BIN)/python $(1) || $(PIP) $(1)
unexport PYTHONDONTWRITEBYTECODE  # the suite starts many processes, which would compile everything again

# Clients that run with what the others and kmsmock need, but whose pins forbid it (docs/reference/clients.md).
PINNED := aioboto3==15.5.0 aiobotocore==3.10.0 s3fs==2026.9.0 amazon-s3-encryption-client-python==4.0.0 aws-encryption-sdk-cli==4.3.0
PINNED += s3cmd==2.4.0  # which would like libmagic, and does without

# Clients in another language, for tests/endpoint_clients.
NPM := @aws-sdk/client-ec2@3.1169.0 @aws-sdk/client-kms@3.1164.0 @aws-sdk/client-s3@3.1175.0
NPM += @aws-sdk/client-secrets-manager@3.1164.0 @aws-crypto/client-node@5.0.2

comma := ,
.PHONY: demo test test-matrix suite lint docs pages dist-check bench soak fuzz mutants clean help

demo: $(VENV)/installed  ## run and narrate the example suite
	$(BIN)/python -m pytest examples -p no:randomly -p no:cacheprovider -q --kmsmock-narrate --kmsmock-report=demo.html

test: $(VENV)/installed  ## all tests, lint and types
	$(MAKE) --no-print-directory --jobs 2 $(VENV)/clients $(VENV)/axe.min.js $(VENV)/node/installed
	$(MAKE) --no-print-directory --jobs 2 suite lint  # what pytest says last is the last line

suite: $(VENV)/installed
	$(BIN)/python -m pytest -n 2

test-matrix: $(VENV)/installed  ## the suite with the oldest and the newest versions, and on each Python
	$(BIN)/python -m tools.matrix --pytest -n 2

lint: $(VENV)/installed
	$(BIN)/ruff check kmsmock conftest_plugin tests tools examples benchmarks
	$(BIN)/ruff format --check kmsmock conftest_plugin tests tools examples benchmarks
	$(BIN)/mypy

docs: $(VENV)-docs/installed  ## the documentation as a site, in build/site; what is wrong with its links ends it
	NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs --quiet build

pages: $(VENV)/installed  ## write the pages and pictures that are made of the code
	$(BIN)/python -m tools.pages

dist-check: $(VENV)-dist/installed  ## build the distributions twice, compare, and install them
	$(VENV)-dist/bin/python -m tools.dist_check

bench: $(VENV)/installed  ## speed, as ratios within one run
	$(BIN)/python -m benchmarks --json bench.json

soak: $(VENV)/installed  ## 64 threads, 64 tasks and 64 connections for a minute each, counted to the last key
	$(BIN)/python -m tools.soak

fuzz: $(VENV)/installed  ## hostile requests and policies, for longer than in the suite
	$(BIN)/python -m tools.fuzz
	$(BIN)/python -m tools.fuzz_policies

mutants: $(VENV)/installed  ## changes of the code that no test would notice
	$(BIN)/python -m tools.mutants

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) uv
	$(call install,--editable '.[all$(comma)test]')
	touch $@

$(VENV)-docs/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-docs
	$(VENV)-docs/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@

$(VENV)-dist/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-dist
	$(VENV)-dist/bin/python -m pip install --quiet --disable-pip-version-check 'build>=1.2' 'hatchling>=1.20' 'hatch-fancy-pypi-readme>=24'
	touch $@

$(VENV)/clients: $(VENV)/installed Makefile
	$(call install,--editable '.[all$(comma)test$(comma)clients]')
	$(call install,--no-deps $(PINNED))
	touch $@

# What checks the report's accessibility; empty where npm or the network is not there, and then that test is skipped.
$(VENV)/axe.min.js: $(VENV)/installed
	-cd $(VENV) && npm pack --silent axe-core@4.14.1 && tar -xzf axe-core-4.14.1.tgz --strip-components=1 package/axe.min.js
	touch $@

# Where npm or the network is not there, what needs them is skipped and says so.
$(VENV)/node/installed: $(VENV)/installed Makefile
	mkdir -p $(VENV)/node
	-npm install --prefix $(VENV)/node --ignore-scripts --no-audit --no-fund --save-exact --silent $(NPM)
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-docs $(VENV)-dist build dist

help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/ :/'
