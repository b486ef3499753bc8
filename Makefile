# Needs python3 (3.11 or newer) with pip, git and make; neither python3-venv nor a compiler.
# Every target does the set-up it needs, once; again when pyproject.toml or constraints.txt changes.

PYTHON  ?= python3
VENV    ?= .venv
WORKERS ?= auto
ARGS    ?=
SIZE    ?= 1000000

BIN   := $(VENV)/bin
PY    := $(BIN)/python
STAMP := $(VENV)/.syncengine-installed
EXTRAS := sql,quality,excel,dev

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format types check long strangers bench build clean

help:  ## show this list
	@sed -nE 's/^([a-z]+):.*## (.*)$$/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

setup: $(STAMP)  ## make the environment in .venv and install everything into it

# `venv --without-pip` works without python3-venv; pip then installs into it from outside. `--python` is an
# option of pip itself and stands before the word `install`. The build tools come first and at their pinned
# versions: with build isolation pip would fetch others.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'syncengine needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null \
	  || { echo 'syncengine needs pip to set itself up. On Debian and Ubuntu: apt install python3-pip' >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv --without-pip $(VENV)
	$(PYTHON) -m pip --python $(PY) install --quiet -c constraints.txt hatchling editables
	$(PYTHON) -m pip --python $(PY) install --quiet -c constraints.txt --no-build-isolation -e '.[$(EXTRAS)]'
	@touch $@

demo: $(STAMP)  ## watch a CSV export and an emulated Exact administration become one
	@$(BIN)/sync demo $(ARGS)

test: $(STAMP)  ## run the tests (ARGS='-k words' for some of them)
	@$(PY) -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

lint: $(STAMP)  ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(STAMP)  ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(STAMP)  ## mypy, strict
	@$(BIN)/mypy

check: lint types test  ## what .ci/run does

long: $(STAMP)  ## the long tests too: more histories, more kills (up to 80 minutes)
	@$(PYTHON) -m pip --python $(PY) install --quiet --only-binary :all: -c constraints.txt atheris \
	  || echo 'Atheris does not install here: fuzzing that is led by coverage is skipped.' >&2
	@SYNCENGINE_LONG=1 $(PY) -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

strangers: $(STAMP)  ## install clients that others wrote, and point them at the emulator
	@SYNCENGINE_STRANGERS=1 $(PY) -m pytest -q tests/strangers $(ARGS)

bench: $(STAMP)  ## the data path as ratios to its floor (SIZE=20000 for a quick look; ARGS=--help for more)
	@$(PY) -m benchmarks.bench --size $(SIZE) $(ARGS)

build: $(STAMP)  ## wheel and sdist into dist/
	@$(PY) -m build --no-isolation

clean:  ## remove what the tools left behind, the environment too
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
