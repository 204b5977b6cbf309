# `make conformance` runs the whole suite against the embedded sandbox; `make test` runs the house's own tests.
# Both set up the environment first. Nothing but Python 3.11+ and make is needed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Tests that need a program of the system which is not there, and could not be installed, are left out and named.
NO_BROWSER  = $(if $(shell command -v chromium || command -v google-chrome),,--ignore=tests/browser)
NO_POSTGRES = $(if $(shell ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null || command -v postgres),,--ignore=tests/selftest/test_sandbox_postgresql.py)

.PHONY: conformance test lint setup system corpora benchmark clean audit proof docs mutation
.DEFAULT_GOAL := conformance

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this is " + sys.version.split()[0] + ". Say which to use: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

system:
	.ci/system-packages

conformance: setup
	$(BIN)/lead-provider-conformance run --target targets/sandbox.yaml -n 2

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.contract lint

test: setup system lint
	$(if $(NO_BROWSER)$(NO_POSTGRES),@echo "Left out: $(NO_BROWSER) $(NO_POSTGRES)")
	$(BIN)/pytest tests $(NO_BROWSER) $(NO_POSTGRES)

# After a change to the contract or to how requests are generated: the corpora that come with the package.
corpora: setup
	$(BIN)/python -m tools.corpora

# Stock Schemathesis and our generated tests on the same faults, and what each costs. FAULTS says how many, where one of every
# kind is not enough.
benchmark: setup
	$(BIN)/python tools/benchmarks/side_by_side.py $(if $(FAULTS),--faults $(FAULTS))
	$(BIN)/python tools/benchmarks/generation.py

# After a change to the contract or to the lifecycles: the generated pages docs/contract/v*.md and docs/lifecycles.md.
docs: setup
	$(BIN)/python -m tools.docs

# Known vulnerabilities in what constraints.txt pins; asks a public service.
audit:
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(VENV)-audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict

# The suite against every fault of the sandbox: the matrix in tools/proof/proof.json, and docs/proof.md.
proof: setup
	$(BIN)/python -m tools.proof

# Mutates the suite's own code: verdict, waivers, redaction, limits, merging, preflight, states. Takes some ten minutes.
mutation: setup
	$(BIN)/python -m tools.mutation $(MODULES)

clean:
	rm -rf mutants $(VENV) $(VENV)-audit build dist reports/latest
