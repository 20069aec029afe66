# make help says what there is. Everything sets itself up: a virtual environment with pinned dependencies in .venv.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
T ?= tests
HANGS_AFTER := 300
# What was compiled once is not compiled again at every start.
unexport PYTHONDONTWRITEBYTECODE
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: help run test test-long bench bench-peers bench-policy bench-pricing bench-orders bench-credit check lint types imports format schema docs lock migration clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(VENV)/run: requirements.txt
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev: requirements-dev.txt
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/run

run: $(VENV)/run ## start the demo company on http://127.0.0.1:$${PORT:-8000}; DATABASE_URL=postgres://… uses that server
	@SDGRAPH_MODE=$${SDGRAPH_MODE:-demo} exec $(BIN)/python -m api serve --prepare

test: $(VENV)/dev node_modules/.ready ## run the tests, on a PostgreSQL of their own; T=path runs some
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not long" \
		-o faulthandler_timeout=$(HANGS_AFTER) -o faulthandler_exit_on_timeout=true $(T)

test-long: $(VENV)/dev node_modules/.ready ## run the long tests: big property runs, kills, races
	@PATH="$(CURDIR)/$(BIN):$$PATH" SDGRAPH_LONG=1 $(BIN)/python -m pytest -n $(WORKERS) $(T)

bench: $(VENV)/dev ## measure planned reads side by side with others; needs wrk; BENCH_CUSTOMERS=1000000
	@$(BIN)/python -m benchmarks.bench

bench-peers: $(VENV)/dev benchmarks/postgraphile/node_modules/.ready ## the same, and beside PostGraphile 5 with row-level security
	@$(BIN)/python -m benchmarks.bench peers

bench-policy: $(VENV)/dev ## measure decisions and administration with 10,000 users, 300 roles and 30,000 assignments
	@$(BIN)/python -m benchmarks.policy

bench-pricing: $(VENV)/dev ## measure pricing with 25 steps, 12 access sequences and 1,000,000 condition records
	@$(BIN)/python -m benchmarks.pricing

bench-credit: $(VENV)/dev ## measure what the credit check adds to an order, beside 100,000 accounts and 1,000,000 open items
	@$(BIN)/python -m benchmarks.credit

bench-orders: $(VENV)/dev benchmarks/postgraphile/node_modules/.ready ## measure documents read, entered and billed beside BENCH_ORDERS=1000000 orders
	@$(BIN)/python -m benchmarks.orders

check: lint types imports ## lint, types, and which room may import which

lint: $(VENV)/dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/dev
	@$(BIN)/mypy

imports: $(VENV)/dev
	@$(BIN)/lint-imports

format: $(VENV)/dev ## write the code as the formatter has it
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

schema: $(VENV)/run ## write schema.graphql anew
	@$(BIN)/python -m api schema print > schema.graphql

docs: $(VENV)/run ## write docs/reference.md anew
	@$(BIN)/python -m api docs > docs/reference.md

migration: $(VENV)/run ## write a migration for what has changed in the models; NAME=what_it_does
	@$(BIN)/tortoise -c models.config.DESIGN makemigrations --name $(NAME)

lock: $(VENV)/dev ## pin the dependencies anew
	@$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o requirements.txt pyproject.toml
	@$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --extra dev -o requirements-dev.txt pyproject.toml

node_modules/.ready benchmarks/postgraphile/node_modules/.ready: %node_modules/.ready: %package-lock.json $(VENV)/dev
	@cd $(<D) && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund
	@touch $@

clean: ## throw away what was set up and the embedded database
	@rm -rf $(VENV) node_modules benchmarks/postgraphile/node_modules var
