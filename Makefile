.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-20s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: .venv/.test ## Make .venv with everything that the tests need

.venv/.rollout: requirements.txt tests/requirements/rollout.txt tools/setup
	@tools/setup tests/requirements/rollout.txt
	@touch $@

.venv/.test: .venv/.rollout tests/requirements/test.txt
	@tools/setup tests/requirements/test.txt
	@touch $@
