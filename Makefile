# make rollout and make test need nothing but Python 3.11 or newer.

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-20s %s\n", $$1, $$2}' Makefile

.PHONY: rollout
rollout: .venv/.installed ## Roll backups to another region out over a fleet: a simulated one, or with a token the real one
	@.venv/bin/python -m tools.rollout

STAGES_FAST = format lint yaml shell types unit
STAGES_REST = sanity-newest ansible-lint docs changelog scenarios
STAGES_LONG = long slow $(if $(wildcard extensions/molecule),molecule) sanity-oldest sanity-bare site reuse coverage release

.PHONY: test
test: .venv/.test .venv/.installed .venv/.cores ## Run all tests but the longest
	@.venv/bin/python tools/stages.py $(STAGES_FAST) $(STAGES_REST)

.PHONY: test-fast
test-fast: .venv/.test ## Run linters, type checks and unit tests
	@.venv/bin/python tools/stages.py $(STAGES_FAST)

.PHONY: test-long
test-long: .venv/.test .venv/.installed .venv/.cores ## Run the longest tests
	@.venv/bin/python tools/stages.py $(STAGES_LONG)

.PHONY: test-all
test-all: test test-long ## Run all tests

.PHONY: bench
bench: .venv/.test .venv/.installed ## Measure what a rollout costs, beside what people use today
	@.venv/bin/python -m tests.benchmark

.PHONY: bench-scale
bench-scale: .venv/.test ## Measure 100,000 services in slices that share a rate limit: ten minutes
	@PYTHONPATH=.venv/tree .venv/bin/python -m tests.scale

.PHONY: lab
lab: .venv/.test .venv/.installed ## Run a simulated Aiven with a fleet until Ctrl-C, for avn, curl and Ansible; ENGINE=postgres: real databases
	@.venv/bin/python -m tools.lab

.PHONY: docs
docs: .venv/.test ## Build the documentation site into dist/docs
	@.venv/bin/python tools/docs_site.py

.PHONY: matrix
matrix: .venv/.test .venv/.installed ## Run unit tests and first steps on each supported ansible-core and Python; CORE=2.18/3.12: one of them
	@.venv/bin/python tools/matrix.py $(CORE)

.PHONY: coverage
coverage: .venv/.test ## Measure how much of the core the unit tests reach: less than 95 % fails
	@.venv/bin/python tools/stages.py coverage

.PHONY: mutation
mutation: .venv/.test ## Put mistakes into what decides and see whether the tests notice: half an hour
	@.venv/bin/python tools/mutation.py

.PHONY: reuse
reuse: .venv/.test ## Check that every file says who owns it and under which licence
	@.venv/bin/python tools/stages.py reuse

.PHONY: changelog
changelog: .venv/.test ## Make the changelog of the version in galaxy.yml from its fragments
	@.venv/bin/antsibull-changelog release

.PHONY: release-check
release-check: .venv/.test ## Try all that a release needs
	@.venv/bin/python tools/release.py --check

.PHONY: release
release: .venv/.test ## Build the tarball of a release into dist, checked and tried
	@.venv/bin/python tools/release.py

.PHONY: chaos
chaos: .venv/.test ## Hold every operation against every fault of the simulated Aiven
	@PYTHONPATH=.venv/tree .venv/bin/python -m tests.chaos

.PHONY: soak
soak: .venv/.test .venv/.installed ## Hold 10,000 random operations under faults and kills against a model: hours; OPERATIONS=60 SEED=7
	@PYTHONPATH=.venv/tree .venv/bin/python -m tests.soak $(if $(OPERATIONS),--operations $(OPERATIONS)) $(if $(SEED),--seed $(SEED))

.PHONY: fuzz
fuzz: .venv/.test ## Feed 22,500 mutated answers, files and variables to all that reads them: ten minutes
	@PYTHONPATH=.venv/tree .venv/bin/python -m tests.fuzz

.PHONY: setup
setup: .venv/.test ## Make .venv with everything that the tests need

.PHONY: cores
cores: .venv/.cores ## Install the oldest and the newest supported ansible-core into .venv, for the scenarios that run with them

.PHONY: install-collection
install-collection: .venv/.installed ## Build the collection and install it into .venv/collections

LOCK = uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

.PHONY: lock
lock: ## Lock the requirements of the tests anew, with hashes (needs uv)
	@$(LOCK) tests/requirements/test.txt --output-file tests/requirements/test.lock.txt
	@$(LOCK) --constraint tests/requirements/test.lock.txt tests/requirements/rollout.txt --output-file tests/requirements/rollout.lock.txt

.PHONY: audit-deps
audit-deps: .venv/.test ## Look for known weaknesses in what is locked (needs the network)
	@.venv/bin/python tools/audit_deps.py

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

.venv/.cores: .venv/.test requirements.txt tools/sanity.py
	@.venv/bin/python tools/sanity.py cores
	@touch $@

# Folders too: their time tells when a file was removed. docs/., as docs is a target.
SHIPPED := $(shell find CHANGELOG.md LICENSE README.md changelogs docs/. extensions galaxy.yml inventories meta playbooks plugins \
	LICENSES requirements.txt roles -name __pycache__ -prune -o -print 2>/dev/null)

.venv/.installed: .venv/.rollout tools/install $(SHIPPED)
	@tools/install
	@touch $@
