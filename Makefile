# Two commands are all that is needed: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run setup test check format lint types imports tests browser-tests

help:
	@echo "make run    start Balm on this machine: no account, no message leaves it"
	@echo "make test   run every check"
	@echo "make setup  make the environment alone (.venv, with .venv/bin/balm)"

run: .venv/ready
	@$(BIN)/balm run

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml deploy/setup
	@PYTHON="$(PYTHON)" sh deploy/setup requirements.lock
	@touch $@

.venv/ready-dev: requirements-dev.lock pyproject.toml deploy/setup
	@PYTHON="$(PYTHON)" sh deploy/setup requirements-dev.lock
	@touch $@ .venv/ready

test: .venv/ready-dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh deploy/test

format: .venv/ready-dev
	$(BIN)/ruff format bot handlers tests benchmarks
	$(BIN)/ruff check --fix bot handlers tests benchmarks
