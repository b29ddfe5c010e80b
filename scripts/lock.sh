#!/usr/bin/env bash
# Resolve pyproject.toml into lock files: universal, hashes, markers per Python version, no addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
uv="${UV:-.venv/bin/uv}"
resolve() { "$uv" pip compile --universal --python-version 3.10 --generate-hashes --no-header --quiet "$@"; }
resolve pyproject.toml --group dev --output-file requirements.lock "$@"
# What drives the browser in tests/browser.
resolve --group browser --constraint requirements.lock --output-file tests/browser/requirements.lock "$@"
# The bench's peers, in the versions of the lock where both have a package.
resolve --group bench --constraint requirements.lock --output-file scripts/bench/peers.lock "$@"
