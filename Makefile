# Tổng đài Cải cách hành chính. `make help` lists what can be made.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run province line test proof check format bench rows house lock clean screenshots pictures recording

help: ## List these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(VENV)/.run ## Start the hotline on this machine; an empty book gets a sample month and a demonstration call
	$(BIN)/tongdai serve --sample

PROVINCE ?= var/province
province: $(VENV)/.run ## Make a sample province of 65 offices in PROVINCE (var/province), and say how to serve and call it
	$(BIN)/tongdai --installation $(PROVINCE) province sample

line: $(VENV)/.run ## The sample office with a SIP line of its own on this machine, to be called by any softphone
	$(BIN)/tongdai line demo

test: $(VENV)/.test ## Run what a developer runs all day, on SQLite, and on PostgreSQL where it is installed
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not proof"

proof: $(VENV)/.test ## Run the long proofs: kills, restarts, downtime, browsers, LibreOffice, random callers
	$(BIN)/python -m pytest -n 3 --dist worksteal -m proof

check: $(VENV)/.test ## Format, lint, types, arrows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports & arrows=$$!; $(BIN)/mypy && wait $$arrows

format: $(VENV)/.test ## Put the code into the house's shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.test ## Our application beside the floor application, in one interleaved run
	$(BIN)/python -m bench

rows: $(VENV)/.test ## Every row of the requirements with the tests that prove it
	$(BIN)/python -m tests.rows

house: $(VENV)/.test ## Measures of the code: full folders, long files and functions, circles, files for one more of a kind
	$(BIN)/python -m tests.house

lock: ## Choose the newest versions and write the lock files (needs uv)
	uv pip compile pyproject.toml --extra paper --extra postgres --extra print --extra voice --group dev --universal --generate-hashes --python-version 3.11 \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header --upgrade -q -o requirements-dev.lock
	uv pip compile pyproject.toml --extra paper --extra postgres --extra print --extra voice --group build --universal --generate-hashes --python-version 3.11 \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header -q -c requirements-dev.lock -o requirements.lock

screenshots: $(VENV)/.test ## Take the pictures of the guides from the sample month
	$(BIN)/python -m tests.suite.screenshots

pictures: $(VENV)/.test ## Draw the pictures of docs/architecture.md from the code
	$(BIN)/python -m tests.suite.architecture.pictures

recording: $(VENV)/.test ## Record the call of the README anew: a citizen complains, on the sample month
	$(BIN)/python -m tests.suite.recorded_call

clean: ## Remove the environment (the book in var/ stays)
	rm -rf $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-dev.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@
