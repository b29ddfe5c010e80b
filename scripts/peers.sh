#!/usr/bin/env bash
# DashScope's own SDK into build/peers, beside the environment and not into it: the bench's peer, and a client of
# the tests. Each file is checked by hash. Idempotent.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=scripts/bench/peers.lock
if ! cmp --silent "$lock" build/peers/peers.lock; then
    rm -rf build/peers build/peers.new
    .venv/bin/python -m pip --disable-pip-version-check install --quiet --no-input --require-hashes \
        --no-deps --target build/peers.new -r "$lock"
    cp "$lock" build/peers.new/peers.lock && mv build/peers.new build/peers
fi
