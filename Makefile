# make rollout and make test need nothing but Python 3.11 or newer.

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-20s %s\n", $$1, $$2}' Makefile

.PHONY: rollout
rollout: .venv/.installed ## Roll backups to another region out over a fleet: a simulated one, or with a token the real one
	@.venv/bin/python -m tools.rollout

STAGES_FAST = format lint yaml shell types unit
STAGES_REST = sanity-oldest sanity-newest ansible-lint docs changelog scenarios
STAGES_LONG = $(if $(wildcard extensions/molecule),molecule) slow

.PHONY: test
test: .venv/.test .venv/.installed ## Run all tests but the longest
	@.venv/bin/python tools/stages.py $(STAGES_FAST) $(STAGES_REST)

.PHONY: test-fast
test-fast: .venv/.test ## Run linters, type checks and unit tests
	@.venv/bin/python tools/stages.py $(STAGES_FAST)

.PHONY: test-long
test-long: .venv/.test .venv/.installed ## Run the longest tests
	@.venv/bin/python tools/stages.py $(STAGES_LONG)

.PHONY: test-all
test-all: test test-long ## Run all tests

.PHONY: bench
bench: .venv/.test .venv/.installed ## Measure what a rollout costs, beside what people use today
	@.venv/bin/python -m tests.benchmark

.PHONY: bench-scale
bench-scale: .venv/.test ## Measure 100,000 services in slices that share a rate limit: ten minutes
	@PYTHONPATH=.venv/tree .venv/bin/python -m tests.scale

.PHONY: fuzz
fuzz: .venv/.test ## Feed 21,000 mutated answers, files and variables to all that reads them: ten minutes
	@PYTHONPATH=.venv/tree .venv/bin/python -m tests.fuzz

.PHONY: setup
setup: .venv/.test ## Make .venv with everything that the tests need

.PHONY: install-collection
install-collection: .venv/.installed ## Build the collection and install it into .venv/collections

LOCK = uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

.PHONY: lock
lock: ## Lock the requirements of the tests anew, with hashes (needs uv)
	@$(LOCK) tests/requirements/test.txt --output-file tests/requirements/test.lock.txt
	@$(LOCK) --constraint tests/requirements/test.lock.txt tests/requirements/rollout.txt --output-file tests/requirements/rollout.lock.txt

.PHONY: audit-deps
audit-deps: ## Look for known weaknesses in what is locked (needs pip-audit and the network)
	@pip-audit --require-hashes --disable-pip --requirement tests/requirements/test.lock.txt

.PHONY: sbom
sbom: .venv/.rollout ## Write the bill of materials of a release (CycloneDX) into dist
	@.venv/bin/python tools/sbom.py dist/offsite-aiven.cdx.json

.PHONY: clean
clean: ## Remove all that make made
	rm -rf .venv dist

.venv/.rollout: requirements.txt tests/requirements/rollout.txt tests/requirements/rollout.lock.txt tools/setup
	@tools/setup tests/requirements/rollout.txt
	@touch $@

.venv/.test: .venv/.rollout tests/requirements/test.txt tests/requirements/test.lock.txt
	@tools/setup tests/requirements/test.txt
	@touch $@

# Folders too: their time tells when a file was removed.
SHIPPED := $(shell find CHANGELOG.md LICENSE README.md changelogs docs extensions galaxy.yml inventories meta playbooks plugins \
	requirements.txt roles -name __pycache__ -prune -o -print 2>/dev/null)

.venv/.installed: .venv/.rollout tools/install $(SHIPPED)
	@tools/install
	@touch $@
