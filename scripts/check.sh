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
step "tests: all tiers that Python alone can run; make test-browser and make test-clients run the others"
# Whole runs mostly wait, for tasks and for retries: they go beside the other tiers, on the second core. Job control
# gives them a group of their own, and SIGINT as any program has it; who breaks off ends them, too.
log="$(mktemp)"
set -m
$bin/pytest tests/e2e > "$log" 2>&1 &
whole_runs=$!
set +m
trap 'kill -TERM -- "-$whole_runs" 2>/dev/null || true; rm -f "$log"' EXIT
code=0
$bin/pytest --ignore=tests/browser --ignore=tests/clients --ignore=tests/e2e || code=$?
step "tests: whole runs, which went on meanwhile"
wait "$whole_runs" || code=$?
cat "$log"
exit "$code"
