#!/usr/bin/env bash
# Resolve pyproject.toml into requirements.lock: one universal file, hashes, markers per Python version.
set -euo pipefail
cd "$(dirname "$0")/.."
uv="${UV:-.venv/bin/uv}"
"$uv" pip compile pyproject.toml --group dev --universal --python-version 3.10 --generate-hashes \
    --no-emit-index-url --no-header --quiet --output-file requirements.lock "$@"
sed -i -E '/^--(index-url|extra-index-url|find-links)/d' requirements.lock
# What drives the browser in tests/browser.
"$uv" pip compile --group browser --universal --python-version 3.10 --generate-hashes \
    --no-emit-index-url --no-header --quiet --constraint requirements.lock \
    --output-file tests/browser/requirements.lock "$@"
sed -i -E '/^--(index-url|extra-index-url|find-links)/d' tests/browser/requirements.lock
# The bench's peers, in the versions of the lock where both have a package.
"$uv" pip compile --group bench --universal --python-version 3.10 --generate-hashes \
    --no-emit-index-url --no-header --quiet --constraint requirements.lock \
    --output-file scripts/bench/peers.lock "$@"
sed -i -E '/^--(index-url|extra-index-url|find-links)/d' scripts/bench/peers.lock
