"""`python -m scripts.package [--out DIR] [--with-dependencies PYTHON] [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from scripts.package.build import build, build_for_cloud
from scripts.package.closure import PackagingError


def main() -> int:
    """Build, and say what was built."""
    parser = argparse.ArgumentParser(prog="python -m scripts.package", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder for the zips")
    parser.add_argument(
        "--with-dependencies",
        type=Path,
        metavar="PYTHON",
        help="for the real cloud: put third-party packages in, by this CPython 3.10 (Linux x86-64)",
    )
    parser.add_argument("--json", action="store_true", help="answer one JSON object")
    given = parser.parse_args()
    try:
        interpreter = given.with_dependencies
        built = build_for_cloud(given.out, interpreter) if interpreter else build(given.out)
    except PackagingError as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps({name: str(path) for name, path in built.items()}))
        return 0
    for name, path in built.items():
        print(f"{name:12} {path} ({path.stat().st_size / 1024:.0f} KB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
