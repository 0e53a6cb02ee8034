# Trainshed. `make help` lists what there is; CONTRIBUTING.md tells more.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
# A test mostly waits for processes; those of one file share what they set up and stay together.
WORKERS := -n auto --dist loadfile
APT    := apt install git make python3-venv

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all lint coverage compatibility benchmark clean prerequisites test-packages

# A user's shell has neither, and they change what is measured and tested.
unexport PYTHONUNBUFFERED
unexport PYTHONDONTWRITEBYTECODE

help:
	@echo "make demo           install into $(VENV) and run the main job: examples/first_snippet"
	@echo "make test           install what the tests need, then lint, types, import contracts, tests"
	@echo "make test-all       the slow tests"
	@echo "make benchmark      install the pinned peers and measure against them"
	@echo "make lint           ruff, mypy --strict, import-linter"
	@echo "make compatibility  write docs/compatibility.md anew"
	@echo "make clean          remove $(VENV) and everything that was built"

demo: $(VENV)/.demo
	$(PY) examples/first_snippet/write_digits.py
	cd examples/first_snippet && $(CURDIR)/$(PY) submit.py
	@echo "Open the page above in a browser. To go on: source $(VENV)/bin/activate; trainshed runs; README.md tells more."

test: $(VENV)/.test test-packages lint coverage
	$(PY) -m pytest $(WORKERS) -m "not slow"

test-all: $(VENV)/.test test-packages
	$(PY) -m pytest $(WORKERS) -m slow

lint: $(VENV)/.test
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -c 'import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint())'

coverage: $(VENV)/.test
	$(PY) tools/api_coverage.py --total --not-below docs/compatibility.md

compatibility: $(VENV)/.test
	$(PY) tools/api_coverage.py --total --markdown docs/compatibility.md

benchmark: $(VENV)/.test
	$(PY) benchmarks/run.py --install $(WHAT)

clean:
	rm -rf $(VENV) build dist benchmarks/.peers .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests tools examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# The install is editable: a change of the sources needs no second one, a change of these files does.
INSTALLED_FROM := pyproject.toml tools/hatch_build.py tools/trainshed-v1.pth tools/install.py

$(VENV)/.demo: $(VENV)/.made $(INSTALLED_FROM)
	$(PY) tools/install.py -e '.[demo]'
	@touch $@

$(VENV)/.test: $(VENV)/.made $(INSTALLED_FROM)
	$(PY) tools/install.py -e '.[demo,test]'
	@touch $@

$(VENV)/.made: | prerequisites
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

test-packages: prerequisites
	@$(PYTHON) tools/system_packages.py tools/test-packages.txt

prerequisites:
	@git --version >/dev/null 2>&1 && $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(APT)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Trainshed's server needs Python 3.10 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }
