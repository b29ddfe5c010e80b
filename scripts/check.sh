#!/usr/bin/env bash
# The gate, failing fast. `check.sh quick` is the half for every commit, `check.sh all` is what CI runs.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
step() { echo "── $*" >&2; }

step "format";  $bin/ruff format --check --quiet .
step "lint";    $bin/ruff check --quiet .
step "types";   $bin/mypy --no-error-summary
step "imports"; $bin/lint-imports --no-logo 2>&1 | tail -n 20
quick=(tests/unit tests/property tests/contract tests/architecture)
if [ "${1:-all}" = quick ]; then
    step "tests: unit, property, contract, architecture"
    exec $bin/pytest -m "not slow" "${quick[@]}"
fi
step "tests: all tiers that Python alone can run; others are: make test-browser, make test-clients"
exec $bin/pytest --ignore=tests/browser --ignore=tests/clients
