# Everything the project can do, behind one word each. Needs: Python 3.11 to 3.13, make, the package registry.

PYTHON ?= python3
export UV_PYTHON_DOWNLOADS = never

# uv from the PATH, else our own copy, installed through pip into .uv/
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
BIN := .venv/bin
DEMO := demo
PARALLEL := --numprocesses auto --dist loadfile --no-loadscope-reorder
MODELS := dbt/models

.DEFAULT_GOAL := help
.PHONY: help setup run dashboard notebook airflow lint format benchmark new-gold pins audit inventory docs clean
.PHONY: test test-spark test-airflow test-browser test-readers test-sqlserver test-kubernetes test-containers test-all

help:  ## Show this list
	@echo "goldreel: a warehouse for video-streaming analytics"
	@echo
	@$(PYTHON) -c 'import re; [print(f"  make {name:<17}{text}") for name, text in \
	  re.findall(r"^([a-z-]+):.*## (.*)", open("Makefile").read(), re.M)]'
	@echo
	@echo "  Your own delivery:  .venv/bin/goldreel run FOLDER      (.venv/bin/goldreel --help)"

setup: .venv/.ready  ## Make .venv with all that the project and its tests use

.venv/.ready: pyproject.toml uv.lock | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else \
	  "goldreel needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is " + sys.version.split()[0] + \
	  "; choose another one: make setup PYTHON=/path/to/python3.12")'
	@echo "Setting up .venv (once; about a minute) …"
	@$(UV) sync --quiet --locked --all-extras --compile-bytecode --python $(PYTHON)
	@touch $@

.uv/bin/uv: deploy/uv.txt
	@echo "Installing uv into .uv …"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --upgrade --target .uv --requirement $<
	@touch $@

# The demo goes to the embedded warehouse, whatever .env says for containers; GOLDREEL_ENGINE in the environment chooses.
ENGINE := $(or $(GOLDREEL_ENGINE),duckdb)

run: setup $(DEMO)  ## Generate a demo delivery and run the whole pipeline on it
	@$(BIN)/goldreel run $(DEMO) --engine $(ENGINE)

$(DEMO): | setup
	@echo "Generating a demo delivery in $(DEMO)/ …"
	@rm -rf $(DEMO).partial
	@$(BIN)/goldreel generate $(DEMO).partial >/dev/null
	@mv $(DEMO).partial $(DEMO)

dashboard: setup  ## Serve the dashboard at http://localhost:8501 (after make run)
	@$(BIN)/goldreel dashboard --engine $(ENGINE)

notebook: setup  ## Open the analysis of published gold in JupyterLab (after make run)
	@GOLDREEL_HOME=$(abspath $(or $(GOLDREEL_HOME),warehouse)) $(BIN)/jupyter lab \
	  --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate notebooks/gold_analysis.ipynb

airflow: setup  ## Start a local Airflow with the four DAGs, at work on a demo delivery
	@$(BIN)/python -m goldreel.orchestration.local

# What a test needs marks it (tests/needs.py). Who asks for one of these words wants its tests to run: they fail where
# something is missing. With test-all they are left out there, and the summary says which and why.
# As many processes as processors, and so one thread each; what starts goldreel as people do it takes all there are.
test: setup  ## Run the tests that need no Java, scheduler, browser, registry, server or container
	@GOLDREEL_THREADS=1 $(BIN)/pytest $(PARALLEL) \
	  -m "not (spark or airflow or browser or readers or sqlserver or containers or kubernetes)"

test-spark: setup  ## Run the tests that need Java
	@GOLDREEL_REQUIRE_SPARK=1 $(BIN)/pytest -m spark

test-airflow: setup  ## Run the tests that start a whole Airflow
	@GOLDREEL_REQUIRE_AIRFLOW=1 $(BIN)/pytest -m airflow

test-browser: setup  ## Run the tests that look at the dashboard in Chromium
	@GOLDREEL_REQUIRE_BROWSER=1 $(BIN)/pytest -m "browser and not containers"

test-readers: setup  ## Run the tests that read what is published with older versions of DuckDB
	@GOLDREEL_REQUIRE_READERS=1 $(BIN)/pytest -m readers

test-sqlserver: setup  ## Run the tests on the SQL Server that MSSQL_... name
	@GOLDREEL_REQUIRE_SQLSERVER=1 $(BIN)/pytest -m sqlserver

test-containers: setup  ## Build the images and run the tests on them
	@GOLDREEL_REQUIRE_CONTAINERS=1 GOLDREEL_REQUIRE_BROWSER=1 $(BIN)/pytest -m containers

test-kubernetes: setup  ## Build a Kubernetes control plane (once; minutes) and run the tests on it
	@GOLDREEL_REQUIRE_KUBERNETES=1 $(BIN)/pytest -m kubernetes

test-all: setup  ## Run all tests that can run here
	@$(BIN)/pytest $(PARALLEL)

lint: setup  ## Check style, types and SQL
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar --config dbt/.sqlfluff $(MODELS)

format: setup  ## Bring Python and SQL into the house style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/sqlfluff fix --disable-progress-bar --config dbt/.sqlfluff $(MODELS)

benchmark: setup  ## Measure against a hand-written script, pandas and bare dbt (about 20 minutes)
	@$(BIN)/python -m benchmarks

new-gold: setup  ## Write the skeleton of a gold table: NAME=gold_… [PAGE=overview]
	@$(BIN)/python -m tests.gold_tables.new "$(NAME)" $(PAGE)

pins:  ## Renew what is pinned: base images, actions, uv (WHAT="uv" for one of them)
	@$(PYTHON) deploy/pins.py $(WHAT)

audit: | $(UV)  ## Look for known vulnerabilities in what is locked (skips where their database cannot be reached)
	@UV=$(UV) sh deploy/audit.sh

inventory: | $(UV)  ## List what a release is made of into dist/: CycloneDX, third-party licences
	@UV=$(UV) sh deploy/inventory.sh dist

docs: setup  ## Build the docs site into site/ (read it: .venv/bin/mkdocs serve)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Built: site/index.html"

clean:  ## Remove what make and the demo wrote (your warehouse too, if it is in ./warehouse)
	rm -rf .venv .uv $(DEMO) warehouse
