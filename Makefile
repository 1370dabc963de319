# Every command sets up what it needs, once: a virtual environment in .venv and the assets in the user's cache.
# `make help`, or `make` alone, lists the commands.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PATH := $(abspath $(BIN)):$(PATH)

# TORCH_BACKEND=cpu installs PyTorch's CPU builds (0.2 GB) where pip's default on Linux carries CUDA (5 GB).
TORCH_BACKEND ?=
# NEWEST=1 installs the newest versions that pyproject.toml admits instead of those that were tested.
NEWEST ?=

LAB_ARGS ?=
GRADE_ARGS ?=
TEST_ARGS ?=
# Test processes, of one thread each.
TEST_WORKERS ?= 2
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(TEST_WORKERS)
ASSIGNMENT ?=
ROOT_ARGS := $(if $(filter 0,$(shell id -u)),--allow-root)

TOPICS = $(notdir $(wildcard solutions/0*))
STUDENT_FILES = lectures assignments utils binder install.py README.md CONTRIBUTING.md LICENSE CITATION.cff Makefile pyproject.toml \
	constraints.txt .gitignore .github/workflows/pages.yml

.PHONY: help lab grade test slow lint lowest assignments release site slides check-site pdf bench checkpoints studies student-copy instructor
.DEFAULT_GOAL := help

help:
	@echo "For learners"
	@echo "  make lab            open JupyterLab on the first lecture"
	@echo "  make grade ME=1     grade your own assignments/: points, progress, feedback and model answers"
	@echo "                      (in a class's copy, which has no solutions: run the checks that you can see)"
	@echo "  make site           run the lectures, once, and write the course as a site into site/"
	@echo "                      (GITHUB=owner/name adds links to Binder and to the notebooks)"
	@echo "For instructors"
	@echo "  make grade          grade class/submitted/; with nothing submitted, a demonstration class"
	@echo "  make student-copy DEST=folder GITHUB=owner/name"
	@echo "                      write what a class gets: no solutions, no hidden tests"
	@echo "  make site INSTRUCTOR=1"
	@echo "                      the site with the instructor's guides, in class/site/: do not publish it"
	@echo "  make slides         make slides of each lecture in class/slides/, with speaker notes (key S)"
	@echo "  make pdf            print each lecture into class/pdf/ (needs Chromium; site/ stays as it is)"
	@echo "For developers"
	@echo "  make test           run the test suite (a sample of the long parametrised tests)"
	@echo "  make slow           run the tests marked slow: what make test leaves out, and all lectures"
	@echo "  make check-site     check every page of the site in Chromium (half an hour)"
	@echo "  make lint           check format, style and types (ruff, mypy, tsc)"
	@echo "  make lowest         run the test suite with the lowest versions that pyproject.toml admits"
	@echo "  make assignments    regenerate assignments/ from solutions/, and check that these get full points"
	@echo "  make release        the same without the check"
	@echo "  make bench          measure speed and memory against peers, as ratios"
	@echo "  make checkpoints    retrain every shipped model from its seeds (hours)"
	@echo "  make studies        recompute the shipped tables of topics 00 to 06 (hours)"
	@echo "Options for the set-up: PYTHON=python3.12; TORCH_BACKEND=cpu (0.2 GB instead of 5 GB on Linux); NEWEST=1"
	@echo "(the newest versions instead of those that were tested). For the commands:"
	@echo "LAB_ARGS, GRADE_ARGS, TEST_ARGS are passed on; ASSIGNMENT=name; TEST_WORKERS=2 test processes."

lab: $(VENV)/.lab
	@echo "Opening JupyterLab. Without a browser here, open the address below in one; Ctrl+C here stops JupyterLab."
	@$(BIN)/python -m jupyterlab $(ROOT_ARGS) --log-level=ERROR --LabApp.default_url=/lab/tree/lectures/00_start.ipynb $(LAB_ARGS)

ifdef ME
grade: $(VENV)/.lab
	@$(BIN)/python -m utils.grading --me $(ASSIGNMENT) $(GRADE_ARGS)
else
grade: instructor $(VENV)/.lab
	@mkdir -p class/submitted
	@$(BIN)/python -m tests.answers.demo class/submitted $(ASSIGNMENT)
	@$(BIN)/python -m utils.grading $(ASSIGNMENT) $(GRADE_ARGS)
endif

test: instructor $(VENV)/.dev
	$(PYTEST) -m "not slow" $(TEST_ARGS)

slow: instructor $(VENV)/.dev
	$(PYTEST) -m "slow and not whole_site" $(TEST_ARGS)

# One process: the tests share the site that the first of them builds.
check-site: instructor $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m whole_site $(TEST_ARGS)

# uv finds the lowest versions; it is installed into an environment of its own, .venv-lowest.
lowest: instructor .venv-lowest/.lowest
	@touch .venv-lowest/.lab .venv-lowest/.site .venv-lowest/.dev
	$(MAKE) test VENV=.venv-lowest

.venv-lowest/.lowest: pyproject.toml
	@$(PYTHON) -m venv --clear .venv-lowest
	@.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
		--constraint constraints.txt uv
	@.venv-lowest/bin/uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct \
		$(if $(TORCH_BACKEND),--torch-backend $(TORCH_BACKEND)) --editable ".[dev,site]"
	@.venv-lowest/bin/python -m utils.data && .venv-lowest/bin/python -m utils.prompting
	@touch $@

lint: $(VENV)/.dev tests/js/node_modules/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	tests/js/node_modules/.bin/tsc --project tests/js

tests/js/node_modules/.installed: tests/js/package.json
	@command -v npm >/dev/null || { echo "The check of the JavaScript modules needs Node.js 18 or newer with npm:" \
		"install both (Debian and Ubuntu: nodejs and npm)."; exit 1; }
	@npm install --prefix tests/js --no-package-lock --no-audit --no-fund --silent
	@touch $@

assignments: release
	@$(BIN)/python -m utils.grading --check-course

release: instructor $(VENV)/.lab
	@mkdir -p class
	@for topic in $(TOPICS); do $(BIN)/nbgrader generate_assignment $$topic --create --force || exit 1; done

site: $(VENV)/.site
	@$(BIN)/python lectures/publish.py $(if $(GITHUB),--github $(GITHUB)) $(if $(INSTRUCTOR),--instructor)

slides: $(VENV)/.site
	@$(BIN)/python lectures/publish.py --slides class/slides --out .site/print

pdf: $(VENV)/.site
	@$(BIN)/python lectures/publish.py --pdf class/pdf --out .site/print

bench: instructor $(VENV)/.bench
	$(BIN)/python -m tests.bench

checkpoints: $(VENV)/.lab
	$(BIN)/python -m utils.models.train

studies: $(VENV)/.lab
	$(BIN)/python -m utils.compression.study
	$(BIN)/python -m utils.disentanglement.study
	$(BIN)/python -m utils.disentanglement.study --constant
	$(BIN)/python -m utils.prompting.study
	$(BIN)/python -m utils.holistic.study
	$(BIN)/python -m utils.holistic.instructions
	$(BIN)/python -m utils.preferences.study
	$(BIN)/python -m utils.widgets.start_table
	$(BIN)/python -m utils.widgets.clustering_starts
	$(BIN)/python -m utils.widgets.compression_curves
	$(BIN)/python -m utils.widgets.disentanglement_scores
	$(BIN)/python -m utils.widgets.prompting_table

student-copy:
	@test -n "$(DEST)" || { echo "student-copy needs a folder, as in make student-copy DEST=../for-my-class."; exit 2; }
	@test ! -e "$(DEST)" || test -z "$$(ls -A "$(DEST)")" || { \
		echo "$(DEST) is not empty: name a new or an empty folder, so that nothing is overwritten."; exit 2; }
	@$(MAKE) --no-print-directory release
	@mkdir -p "$(DEST)"
	@if git ls-files --error-unmatch Makefile >/dev/null 2>&1; \
		then git ls-files -z -- $(STUDENT_FILES) | tar --null -T - -cf -; \
		else tar --exclude=__pycache__ --exclude=.ipynb_checkpoints --exclude='*.egg-info' -cf - $(STUDENT_FILES); fi \
		| tar -xf - -C "$(DEST)"
ifdef GITHUB
	@sed 's#^<!-- Binder: .*-->$$#$(BADGE)#' README.md > "$(DEST)/README.md"
endif
	@echo "$(DEST) holds what your class gets: publish that folder, and keep this repository private."

instructor:
	@test -d solutions || { \
		echo "This is a student copy: grading and testing need the instructor's repository, with solutions/ and tests/."; \
		exit 2; }

PAGES = https://$(firstword $(subst /, ,$(GITHUB))).github.io/$(lastword $(subst /, ,$(GITHUB)))/
BADGE = **[Read the course]($(PAGES))**, or run it: [![Launch on Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/$(GITHUB)/HEAD?urlpath=lab/tree/lectures/00_start.ipynb)

# $(call install,EXTRAS) creates the environment and installs the course in it. An interrupted set-up resumes.
define install
	@$(PYTHON) -c "" 2>/dev/null || { echo "Set-up needs Python 3.11 or newer, and there is no $(PYTHON): install it," \
		"or name another, as in make $(MAKECMDGOALS) PYTHON=python3.12."; exit 1; }
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "Set-up needs Python 3.11 or newer, and" \
		"$(PYTHON) is older: name a newer one, as in make $(MAKECMDGOALS) PYTHON=python3.12."; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -c "import ensurepip, venv" 2>/dev/null || { \
		echo "Set-up could not create a virtual environment: install Python's venv module (Debian and Ubuntu: the" \
		"package python3-venv), then run the command again."; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python install.py $(1) $(if $(TORCH_BACKEND),--torch-backend $(TORCH_BACKEND)) $(if $(NEWEST),--newest)
endef

$(VENV)/.lab: pyproject.toml constraints.txt
	$(call install,)
	@touch $@

$(VENV)/.site: pyproject.toml constraints.txt
	$(call install,site)
	@touch $(VENV)/.lab $@

$(VENV)/.dev: pyproject.toml constraints.txt
	$(call install,dev site)
	@touch $(VENV)/.lab $(VENV)/.site $@

# The peers; llama.cpp is built from source, which takes some minutes more.
$(VENV)/.bench: pyproject.toml constraints.txt
	$(call install,dev site bench)
	@touch $(VENV)/.lab $(VENV)/.site $(VENV)/.dev $@
