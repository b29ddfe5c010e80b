#!/usr/bin/env bash
# The bench and its peers: the vendor's SDK goes into build/peers, beside the environment and not into it.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! cmp --silent scripts/bench/peers.lock build/peers/peers.lock; then
    rm -rf build/peers build/peers.new
    if .venv/bin/python -m pip --disable-pip-version-check install --quiet --no-input --require-hashes \
        --no-deps --target build/peers.new -r scripts/bench/peers.lock; then
        cp scripts/bench/peers.lock build/peers.new/ && mv build/peers.new build/peers
    else
        echo "bench: the peers could not be installed; what needs them is skipped" >&2
    fi
fi
exec .venv/bin/python -m scripts.bench --json build/bench.json "$@"
