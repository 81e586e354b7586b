# The one door to everything: `make run` to watch the system, `make test` to trust it.
# The Lambda's own Python (3.13) where the machine has it, else the oldest supported one.
CANDIDATES = python3.13 $(HOME)/.pyenv/versions/3.13*/bin/python3.13 python3.11 python3.12 python3
PYTHON ?= $(shell for p in $(CANDIDATES); do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
# Everything runs with the environment's own tools first: `sam build` looks for python3.13 on PATH.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)/layers/zonos_orders:$(CURDIR)
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help
FROM ?= 20240101
THROUGH ?= 20241231
ORDERS ?= 20000

.PHONY: help run backfill doctor setup test check unit sam simulate bench format audit requirements clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 16

run: $(VENV)/sandbox ## Watch orders arrive, live on a web page (ONCE=1: end after the story; SUCCESS_PAGE=disabled: no page)
	@python -m tests.sandbox $(if $(filter-out 0 no false,$(ONCE)),--once) --success-page $(or $(SUCCESS_PAGE),enabled)

backfill: $(VENV)/sandbox ## Import a backlog, killed in the middle and started again (FROM=20240101 THROUGH=20241231 ORDERS=20000)
	@python -m tests.sandbox.backfill --since $(FROM) --through $(THROUGH) --orders $(ORDERS)

doctor: $(VENV)/sandbox ## Check a real Zonos account, reading only (ZONOS_STORE_ID and ZONOS_SECRET in the environment)
	@python -m tests.doctor

setup: $(VENV)/tests ## Deploy for the first time, asking only what it must (PARAMETERS="SuccessPage=disabled …")
	@python -m tests.setup $(PARAMETERS)

test: check sam unit ## Format, lint, types, template, build, and every test

check: $(VENV)/tests ## Formatting, lint and strict types
	ruff format --check .
	ruff check .
	mypy layers/zonos_orders/zonos_orders tests
	@for app in functions/*/app.py; do echo "mypy $$app"; mypy $$app || exit 1; done

sam: $(VENV)/tests ## Validate the template and build the artefacts
	sam validate --lint
	@if command -v python3.13 >/dev/null && python3.13 --version >/dev/null 2>&1; then sam build; \
	elif [ -n "$$CI" ]; then echo "CI needs Python 3.13 to build the functions" >&2; exit 1; \
	else echo "SKIPPED: sam build needs python3.13 on PATH"; fi

unit: $(VENV)/tests ## The test suite with its coverage floor
	pytest

simulate: $(VENV)/tests ## Break the world by seeds and watch the promises (SEEDS=20000: more of them; SEED=7: that one again)
	@python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),500))

bench: $(VENV)/tests sam ## Measure against floors and peers, and write docs/benchmarks.md (QUICK=1: a minute, to see that it runs)
	@python -m tests.bench $(if $(filter-out 0 no false,$(QUICK)),--quick) $(if $(ONLY),--only $(ONLY))

format: $(VENV)/tests ## Put the code into shape
	ruff format .
	ruff check --fix .

# Strict: a package about which the service knows nothing was not audited, and that is a failure too.
audit: ## Look for known vulnerabilities in every pinned package (needs the internet)
	@"$(PYTHON)" -m venv --clear .cache/audit
	@.cache/audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements-audit.txt
	@failed=0; for f in layers/dependencies/requirements.txt tests/requirements*.txt tests/sandbox/requirements.txt; do \
		echo "$$f"; .cache/audit/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r $$f || failed=1; \
	done; exit $$failed

requirements: ## Pin the newest versions again (needs uv)
	@for f in tests/requirements tests/requirements-pip tests/requirements-audit layers/dependencies/requirements tests/sandbox/requirements; do \
		uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras \
			--no-emit-index-url --no-emit-find-links --quiet \
			$$(case $$f in tests/requirements*) ;; *) echo --constraint tests/requirements.txt;; esac) $$f.in --output-file $$f.txt; done

clean: ## Remove what the other targets made
	rm -rf $(VENV) .aws-sam .cache .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find functions layers tests -name __pycache__ -exec rm -rf {} +

$(VENV)/sandbox: tests/sandbox/requirements.txt
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv $(VENV)
	@echo "Installing the sandbox's packages into $(VENV) ($$(python --version))"
	@python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/sandbox/requirements.txt
	@touch $@

$(VENV)/tests: tests/requirements.txt tests/requirements-pip.txt tests/requirements-vendor-client.txt $(VENV)/sandbox
	@echo "Installing the tests' packages into $(VENV)"
	@python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements-pip.txt
	@python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@# An old source package: built with the environment's setuptools, not with one of its own.
	@python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-build-isolation \
		-r tests/requirements-vendor-client.txt
	@touch $@
