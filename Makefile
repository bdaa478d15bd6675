# Fullhouse. Needs make and Python 3.11 or newer; everything else is installed into .venv and .local.
#   PORT=8200 STATE=.local2 make up    a second one beside the first
#   BROKERS=3 make up                  with three Kafka brokers, each record on all of them

SHELL := /bin/sh
.DEFAULT_GOAL := help
# PORT is 8000 at first, and then the state folder's own.
PORT ?=
STATE ?= .local
BROKERS ?=
export PORT STATE BROKERS
# Hundreds of processes read what the first one compiled.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
PREPARE = if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	echo "Fullhouse needs Python 3.11 or newer: install it, or name one with PYTHON=…" >&2; exit 1; fi; \
	"$(PYTHON)" deploy/local/bootstrap.py
BOOTSTRAP = @$(PREPARE)
IN_VENV = .venv/bin/
STACK = @$(IN_VENV)python -m stack
# Whether there is anything to ask. An installation that was interrupted has no stamp: it is finished first where
# something runs.
ANYTHING = if ls .venv/fullhouse-*.stamp >/dev/null 2>&1; then :; \
	elif [ -S "$(STATE)/run/supervisor.sock" ]; then $(PREPARE) stack; else false; fi

PIN = $(IN_VENV)uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make pins" --quiet --upgrade

# What pytest gets, for example: make test TESTS="tests/unit -x"
TESTS ?= tests
# Tests wait as long as they work: with five workers two cores are never idle, with four for a sixth of the time.
WORKERS ?= 5

.PHONY: help up down stop start restart status logs demo clean test chaos faults compose bench lint schemas texts pins proofs

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {sub(/ \(/, sprintf("\n%17s(", ""), $$2); printf "  make %-9s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)

up: ## install if needed, start everything, sell a ticket as a trial (PORT=, STATE=, BROKERS=3)
	$(BOOTSTRAP) up
	$(STACK) up

down: ## stop everything; the state stays
	@if $(ANYTHING); then $(IN_VENV)python -m stack down; else echo "Nothing is installed yet."; fi

restart: ## a new process of one part, with what .local/env says now (SERVICE=checkout)
	@if $(ANYTHING); then $(IN_VENV)python -m stack restart $(SERVICE); else echo "Nothing is installed yet."; exit 1; fi

stop: ## stop the services, and let Kafka and PostgreSQL run (SERVICE=checkout: one part)
	$(BOOTSTRAP) stack
	$(STACK) stop $(SERVICE)

start: ## start the services again (SERVICE=checkout: one part)
	$(BOOTSTRAP) stack
	$(STACK) start $(SERVICE)

status: ## what runs, and where
	@if $(ANYTHING); then $(IN_VENV)python -m stack status; else echo "Nothing is installed yet: make up does it."; fi

logs: ## follow the logs (SERVICE=checkout: of one part)
	$(BOOTSTRAP) stack
	$(STACK) logs $(SERVICE)

demo: ## sell one more demonstration ticket
	$(BOOTSTRAP) stack
	$(STACK) demo

clean: ## stop everything and remove its state
	@if $(ANYTHING); then $(IN_VENV)python -m stack clean; else rm -rf .venv .local; fi

test: ## run all tests (TESTS="tests/unit -x": some of them; WORKERS=0: one by one)
	$(BOOTSTRAP) dev
	$(STACK) install
	@env -u PORT -u STATE -u BROKERS $(IN_VENV)pytest -n $(WORKERS) --dist loadgroup $(TESTS)

chaos: ## kill the parts of a stack that sells, then look what is whole (SEED=, KILLS=, MINUTES=, CUTS=1)
	$(BOOTSTRAP) dev
	$(STACK) install
	@env -u PORT -u STATE -u BROKERS PYTHONPATH=. $(IN_VENV)python -m tests.chaos \
		$(if $(SEED),--seed $(SEED)) $(if $(KILLS),--kills $(KILLS)) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(if $(ORDERS),--orders $(ORDERS)) $(if $(CUTS),--cuts)

faults: ## let calls to providers' processors go wrong at random, and count charges (FAULTS=1000, SEED=)
	$(BOOTSTRAP) dev
	$(STACK) install
	@env -u PORT -u STATE -u BROKERS HYBRID_FAULTS=$(or $(FAULTS),1000) HYBRID_SEED=$(SEED) \
		$(IN_VENV)pytest -n $(WORKERS) -rP --no-header --show-capture=stdout tests/integration/checkout/test_ways_at_random.py

compose: ## start deploy/compose on this machine's Docker Engine and try it, as root
	$(BOOTSTRAP) dev
	$(STACK) install
	@env -u PORT -u STATE -u BROKERS PYTHONPATH=. $(IN_VENV)pytest -n 0 tests/compose

bench: ## measure a stack of its own, with baselines (ONLY=L-11,L-5: some figures; JSON=path: also as a file)
	$(BOOTSTRAP) dev
	$(STACK) install
	@env -u PORT -u STATE -u BROKERS PYTHONPATH=. $(IN_VENV)python -m tests.bench --only "$(ONLY)" --json "$(JSON)"

lint: ## formatting, style, types, imports, dependencies
	$(BOOTSTRAP) dev
	$(IN_VENV)ruff check
	$(IN_VENV)ruff format --check
	$(IN_VENV)mypy
	$(IN_VENV)lint-imports --no-logo
	$(IN_VENV)deptry .

proofs: ## print the tests that prove each requirement (ONLY="C-4 E-4": of some)
	$(BOOTSTRAP) dev
	@PYTHONPATH=. $(IN_VENV)python -m tests.unit.docs.proofs $(ONLY)

schemas: ## write event snapshots and docs/events anew (after a compatible change)
	$(BOOTSTRAP) dev
	@PYTHONPATH=. $(IN_VENV)python -m tests.contract.events

texts: ## bring the texts of each language up to the code (NEW=fr_FR: begin another language)
	$(BOOTSTRAP) dev
	@PYTHONPATH=. $(IN_VENV)python -m tests.contract.texts $(NEW)

pins: ## resolve dependencies afresh, and write what is made from code
	$(BOOTSTRAP) dev
	$(PIN) --extra stack --extra dev -o requirements/dev.txt pyproject.toml
	$(PIN) --extra stack -c requirements/dev.txt -o requirements/stack.txt pyproject.toml
	$(STACK) lock-jars
	$(STACK) example
