#!/usr/bin/env bash
# The bench and its peers.
set -euo pipefail
cd "$(dirname "$0")/../.."
bash scripts/peers.sh || echo "bench: the peers could not be installed; what needs them is skipped" >&2
exec .venv/bin/python -m scripts.bench --json build/bench.json "$@"
