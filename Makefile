# `make help` lists the targets. Every target sets up .venv first, which needs only Python 3.11 or later.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Tests that need a browser, nginx, PostgreSQL, Java or npm are skipped with a message if it is not installed.
NO_BROWSER  = $(if $(shell command -v chromium || command -v google-chrome),,--ignore=tests/browser)
NO_NGINX    = $(if $(shell command -v nginx || ls /usr/sbin/nginx 2>/dev/null),,--ignore=tests/selftest/test_hosting_nginx.py)
NO_POSTGRES = $(if $(shell ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null || command -v postgres),,--ignore=tests/selftest/test_sandbox_postgresql.py --ignore=tests/selftest/test_hosting_postgresql.py)

# These tests run beside the others, in a process of their own.
BESIDE := tests/unit $(addprefix tests/selftest/test_,faults.py few_records.py missing_data.py waived_deviations.py worlds.py)

# Clients are generated with Java and Node.
CLIENTS    := $(VENV)-clients
NO_CLIENTS  = $(if $(shell command -v java >/dev/null && command -v npm),,--ignore=tests/clients)

.PHONY: help conformance test lint setup system clients corpora benchmark clean audit proof docs mutation
.DEFAULT_GOAL := conformance

help: ## Print this list.
	@awk -F ' ## ' '/^[a-z]+:.* ## / { split($$1, target, ":"); printf "%-12s %s\n", target[1], $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## Create the virtual environment .venv with all dependencies.

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this is " + sys.version.split()[0] + ". Choose another: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

system: ## Install the browser, nginx, the PostgreSQL server, Java and npm that some tests need.
	.ci/system-packages

clients: system ## Install the generators of clients that some tests need.
	$(if $(NO_CLIENTS),,$(MAKE) $(CLIENTS)/.ready)

$(CLIENTS)/.ready: tests/clients/requirements.txt tests/clients/package.json examples/client-ts/package.json
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/clients/requirements.txt
	npm install --prefix tests/clients --no-package-lock --no-audit --no-fund --silent
	npm install --prefix examples/client-ts --no-package-lock --no-audit --no-fund --silent
	touch $@

conformance: setup ## Run the whole suite against the embedded sandbox, in every edition (default); EDITION=2026-08 for one.
	$(BIN)/python -m tools.conformance $(EDITION)

lint: setup ## Check the code with ruff and mypy, and the contract with its linter.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.contract lint

test: setup system clients lint ## Run the tests of the project itself.
	$(if $(NO_BROWSER)$(NO_NGINX)$(NO_POSTGRES)$(NO_CLIENTS),@echo "Skipped (not installed): $(NO_BROWSER) $(NO_NGINX) $(NO_POSTGRES) $(NO_CLIENTS)")
	@# Tests wait for servers and clients most of the time, so two processes take half of the time.
	@beside=$$(mktemp); trap 'rm -f "$$beside"' EXIT; \
	$(BIN)/pytest $(BESIDE) --durations=10 > "$$beside" 2>&1 & pid=$$!; \
	$(BIN)/pytest tests $(BESIDE:%=--ignore=%) --durations=20 $(NO_BROWSER) $(NO_NGINX) $(NO_POSTGRES) $(NO_CLIENTS); status=$$?; \
	wait $$pid || status=1; cat "$$beside"; exit $$status

corpora: setup ## Generate the shipped corpora again, after a change to the contract or to the generator.
	$(BIN)/python -m tools.corpora

benchmark: setup ## Compare the generated tests with stock Schemathesis; FAULTS=N for more faults than one of each kind.
	$(BIN)/python tools/benchmarks/side_by_side.py $(if $(FAULTS),--faults $(FAULTS))
	$(BIN)/python tools/benchmarks/generation.py

docs: setup ## Generate the pages of docs/ again that are made from the contract, the lifecycles and the clients' requirements.
	$(BIN)/python -m tools.docs

audit: ## Check the pinned dependencies for known vulnerabilities, with a public service.
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(VENV)-audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict

proof: setup ## Run the suite against every fault, and every bad client; update tools/proof/proof.json and docs/proof.md.
	$(BIN)/python -m tools.proof
	$(BIN)/python -m tools.proof.clients

mutation: setup ## Mutate the suite's own code and run its tests; MODULES=... for some modules. Takes some ten minutes.
	$(BIN)/python -m tools.mutation $(MODULES)

clean: ## Delete the environments, builds and the reports of `make conformance`.
	rm -rf mutants $(VENV) $(VENV)-audit $(CLIENTS) tests/clients/node_modules examples/client-ts/node_modules build dist reports/latest reports/20[0-9][0-9]-[0-9][0-9]*
