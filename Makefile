# `make demo` and `make test` need only make and Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=
# Parallel test processes; more than the number of cores pays off, because crawls mostly wait.
JOBS ?= 3

.PHONY: demo test reliability check constraints clean

demo: $(VENV)/crawl.stamp
	$(BIN)/cleanwire demo

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

# Test every promise, including the slow ones, and write the table of results.
reliability: $(VENV)/dev.stamp
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal -m promise --slow --promises=docs/reliability.md $(ARGS)

# Check formatting, lint rules, types, and the layers of the packages.
check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Pin the newest versions that pyproject.toml allows; run the tests before committing the file.
constraints:
	rm -rf $(VENV).new && $(PYTHON) -m venv $(VENV).new
	$(VENV).new/bin/python -m pip --disable-pip-version-check install --quiet '.[dev]'
	(echo "# Versions used by the tests; written by 'make constraints'."; \
	 $(VENV).new/bin/python -m pip freeze --exclude cleanwire | grep -v ' @ ') > constraints.txt
	rm -rf $(VENV).new

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	 { echo "Cleanwire needs Python 3.11 or newer: make PYTHON=python3.12 demo"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	 { rm -rf $(VENV); echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 2; }

$(VENV)/crawl.stamp: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable '.[crawl]'
	@touch $@

$(VENV)/dev.stamp: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/crawl.stamp
