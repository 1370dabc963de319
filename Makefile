# Every command sets up what it needs, once: a virtual environment in .venv and the assets in the user's cache.
# README.md lists the commands; `make` alone prints them.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PATH := $(abspath $(BIN)):$(PATH)

# TORCH_BACKEND=cpu installs PyTorch's CPU builds (0.2 GB) where pip's default on Linux carries CUDA (5 GB).
TORCH_BACKEND ?=

LAB_ARGS ?=
GRADE_ARGS ?=
TEST_ARGS ?=
# Test processes, of one thread each.
TEST_WORKERS ?= 2
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(TEST_WORKERS)
ASSIGNMENT ?=
ROOT_ARGS := $(if $(filter 0,$(shell id -u)),--allow-root)

TOPICS = $(notdir $(wildcard solutions/0*))
LECTURES = $(wildcard lectures/*.ipynb)
STUDENT_FILES = lectures assignments utils binder README.md LICENSE Makefile pyproject.toml constraints.txt .gitignore

.PHONY: help lab grade test slow lint assignments site bench checkpoints student-copy instructor
.DEFAULT_GOAL := help

help:
	@echo "make lab           learn: JupyterLab, opened on the first lecture"
	@echo "make grade         teach: grade class/submitted/ (ME=1: grade your own assignments/)"
	@echo "make test          verify: the test suite"
	@echo "make assignments   make assignments/ anew from solutions/"
	@echo "make site          run the lectures and write them as pages into site/"
	@echo "make bench         measure against peers, print the ratios"
	@echo "make checkpoints   retrain every shipped weight from its seed"
	@echo "make student-copy DEST=folder GITHUB=owner/name   what a class gets: no solutions, no hidden tests"

lab: $(VENV)/.lab
	$(BIN)/python -m jupyterlab $(ROOT_ARGS) --LabApp.default_url=/lab/tree/lectures/00_start.ipynb $(LAB_ARGS)

ifdef ME
grade: $(VENV)/.lab instructor
	$(BIN)/python -m utils.grading --me $(ASSIGNMENT) $(GRADE_ARGS)
else
grade: $(VENV)/.lab instructor
	@mkdir -p class/submitted
	@test -n "$$(ls -A class/submitted)" || { \
		echo "class/submitted/ is empty: grading a demonstration class made from the answer bank."; \
		$(BIN)/python -m tests.answers.demo class/submitted; }
	$(BIN)/python -m utils.grading $(ASSIGNMENT) $(GRADE_ARGS)
endif

test: $(VENV)/.dev instructor
	$(PYTEST) -m "not slow" $(TEST_ARGS)

slow: $(VENV)/.dev instructor
	$(PYTEST) -m slow $(TEST_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

assignments: $(VENV)/.lab instructor
	@mkdir -p class
	@for topic in $(TOPICS); do $(BIN)/nbgrader generate_assignment $$topic --create --force || exit 1; done

site: $(VENV)/.lab
	$(BIN)/jupyter nbconvert --to html --execute --output-dir site $(LECTURES)

bench: $(VENV)/.bench instructor
	$(BIN)/python -m tests.bench

checkpoints: $(VENV)/.lab
	$(BIN)/python -m utils.models.train

student-copy: assignments
	@test -n "$(DEST)" || { echo "student-copy needs a folder: make student-copy DEST=../for-my-class"; exit 2; }
	@test ! -e "$(DEST)" || test -z "$$(ls -A "$(DEST)")" || { \
		echo "$(DEST) is not empty: name a new or an empty folder, so that nothing in it is overwritten."; exit 2; }
	@mkdir -p "$(DEST)"
	@git ls-files -z -- $(STUDENT_FILES) | tar --null -T - -cf - | tar -xf - -C "$(DEST)"
ifdef GITHUB
	@sed 's#OWNER/REPOSITORY#$(GITHUB)#g' README.md > "$(DEST)/README.md"
endif
	@echo "$(DEST) holds what your class gets: publish that folder, and keep this repository private."

instructor:
	@test -d solutions || { \
		echo "This is a student's copy: grading and testing need the instructor's repository, with solutions/ and tests/."; \
		exit 2; }

# A comma that $(call) does not take for the end of an argument.
, := ,

# $(call install,EXTRAS) installs the package, editable, at the versions that were tested.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Set-up needs Python 3.11 or newer: install it, then say which: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); echo "Set-up could not make a virtual environment: install Python's venv module (Debian and" \
		"Ubuntu: the package python3-venv), then run the same command again."; exit 1; }
	@echo "Setting up $(VENV), once: some minutes, most of them to fetch PyTorch$(if $(TORCH_BACKEND),, (5 GB on Linux;" \
		"0.2 GB with TORCH_BACKEND=cpu))."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt pip $(if $(TORCH_BACKEND),uv) \
		$(if $(TORCH_BACKEND),&& $(BIN)/uv pip install --python $(BIN)/python --torch-backend $(TORCH_BACKEND) \
			--constraint constraints.txt torch torchvision) \
		&& $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable ".$(1)" \
			--quiet --progress-bar off || { \
		echo "Set-up could not install the packages, for the reason above: free some disk (8 GB with CUDA, 3 GB with" \
		"TORCH_BACKEND=cpu) or reach a package index, then run the same command again; what is done is kept."; exit 1; }
	@$(BIN)/python -m utils.data
endef

$(VENV)/.lab: pyproject.toml constraints.txt
	$(call install,)
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	$(call install,[dev])
	@touch $(VENV)/.lab $@

# The peers; llama.cpp is built from source, which takes some minutes more.
$(VENV)/.bench: pyproject.toml constraints.txt
	$(call install,[dev$(,)bench])
	@touch $(VENV)/.lab $(VENV)/.dev $@
