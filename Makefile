# The commands of the project; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Every command below works on one instance: ./instance unless GONGSHU_HOME says otherwise.
export GONGSHU_HOME ?= $(CURDIR)/instance

# The tests start hundreds of processes; each would compile all it loads anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test check format bench serve docs lock clean

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/.demo: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/.demo

install: $(VENV)/.demo ## install into .venv what the platform needs

demo: $(VENV)/.demo ## the whole way on real data, then the portal (SERVE=0: not; DATA=folder: richer sets; YEAR=1: a lively year)
	$(BIN)/gongshu demo $(if $(DATA),--data $(DATA)) $(if $(filter 1,$(YEAR)),--year) $(if $(filter 0,$(SERVE)),--no-serve)

test: $(VENV)/.dev ## install what the tests need, run them all
	./scripts/install-test-packages
	$(BIN)/python -m pytest -n auto --dist worksteal
	$(BIN)/python -m pytest -n auto --dist worksteal --postgres

check: $(VENV)/.dev ## format, lint, types, import contracts: the whole gate
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_shape.py

format: $(VENV)/.dev ## put the code in our format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## measure; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

serve: $(VENV)/.demo ## the portal and its worker on http://127.0.0.1:8000
	$(BIN)/gongshu serve

docs: $(VENV)/.dev ## make the generated reference pages anew
	$(BIN)/python scripts/make_reference.py

lock: $(VENV)/.dev ## write the lock files anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra demo --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --extra demo --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -q -c requirements-dev.lock -o requirements.lock

clean: ## remove the virtual environment and the demo instance
	rm -rf $(VENV) instance
