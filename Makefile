# One line each: `make` lists them. The work is in scripts/, which say what they install before they do.
.DEFAULT_GOAL := help
.PHONY: help setup demo test trials bench lint format package lab lab-down clean-root-trial

help: ## list these goals
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what the build and the lab need; says what, and asks for nothing twice
	@scripts/setup

demo: ## set up, build, and check a drifted example company in a lab of its own
	@scripts/demo

test: ## set up, then run the whole test suite
	@scripts/test

trials: ## the full counts of sweeps and properties, the fuzzers, and their figures
	@scripts/trials

bench: ## build for release, then speed, calls, memory and processor, each beside a floor of the same run
	@scripts/bench

lint: ## format, shell, licences and bans, clippy, documentation
	@scripts/lint

format: ## rewrite the sources in the project's format
	@cargo fmt --all

package: ## build the Debian package for release, and look into it (the first build takes many minutes)
	@scripts/package

lab: ## keep a lab up for playing, and say how to use it (VARIANT=clean|drifted|hostile)
	@scripts/lab up

lab-down: ## stop that lab and remove all it left
	@scripts/lab down

clean-root-trial: ## as root: `make demo` as a newcomer in a new Debian root (SUITE=bookworm|trixie)
	@scripts/clean-root $(or $(SUITE),bookworm) demo
