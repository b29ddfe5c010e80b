#!/usr/bin/env bash
# What `make test-browser` needs: Chromium from the distribution where there is none, and what drives it from
# the package index. CHROMIUM=/path/to/chrome names another one. Idempotent.
set -euo pipefail
cd "$(dirname "$0")/.."
found() {
    for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return
    done
    return 1
}
fail() { echo "maskline: $*; or name one: make test-browser CHROMIUM=/path/to/chromium" >&2; exit 1; }
if ! found; then
    command -v apt-get >/dev/null || fail "there is no Chromium, and no apt-get to install it: install it by hand"
    root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "there is no Chromium: as root, run apt-get install chromium"
        root=(sudo)
    fi
    echo "maskline: installing Chromium from the distribution (about a minute)" >&2
    install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet --no-install-recommends chromium)
    "${install[@]}" >&2 || { "${root[@]}" apt-get update --quiet --quiet >&2; "${install[@]}" >&2; } ||
        fail "apt-get could not install chromium"
    found || fail "apt-get installed no program named chromium"
fi
lock=tests/browser/requirements.lock
if ! cmp --silent "$lock" .venv/.maskline-browser; then
    .venv/bin/python -m pip --disable-pip-version-check install --quiet --no-input --require-hashes --no-deps -r "$lock"
    cp "$lock" .venv/.maskline-browser
fi
