"""`python -m scripts.engine`: the engine's command line alone."""

from __future__ import annotations

from scripts.engine.cli import app

if __name__ == "__main__":
    app(prog_name="maskline engine")
