#!/usr/bin/env bash
# What `make test-clients` needs: Node and npm from the distribution where there are none, the npm clients and
# DashScope's SDK, each file checked by hash. Idempotent.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "maskline: $*" >&2; exit 1; }
found() { command -v node >/dev/null && command -v npm >/dev/null; }
if ! found; then
    command -v apt-get >/dev/null || fail "there is no Node with npm, and no apt-get to install them: install Node 18 or newer by hand"
    root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "there is no Node with npm: as root, run apt-get install nodejs npm"
        root=(sudo)
    fi
    echo "maskline: installing Node from the distribution (about a minute)" >&2
    # A Node from elsewhere brings an npm of its own and refuses the distribution's: one of the two is missing at most.
    missing=(); command -v node >/dev/null || missing+=(nodejs); command -v npm >/dev/null || missing+=(npm)
    install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet --no-install-recommends "${missing[@]}")
    "${install[@]}" >&2 || { "${root[@]}" apt-get update --quiet --quiet >&2; "${install[@]}" >&2; } ||
        fail "apt-get could not install ${missing[*]}"
    found || fail "apt-get installed no programs named node and npm"
fi
node --eval 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' ||
    fail "Node $(node --version) is too old for the tests of the clients: install Node 18 or newer"
lock=tests/clients/package-lock.json
if ! cmp --silent "$lock" tests/clients/node_modules/.maskline-clients; then
    echo "maskline: installing the npm clients (half a minute)" >&2
    (cd tests/clients && npm ci --loglevel=error >&2)
    cp "$lock" tests/clients/node_modules/.maskline-clients
fi
bash scripts/peers.sh || fail "DashScope's SDK could not be installed"
