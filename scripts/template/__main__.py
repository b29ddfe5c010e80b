"""`python -m scripts.template distil WHEELS`: writes `rules.json` anew."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from scripts.template.distil import DistillingError, distil
from scripts.template.rules import RULES


def main() -> int:
    """Do what is asked for; 1 with one sentence where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m scripts.template", description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    distilling = tasks.add_parser("distil", help="ROS's rules out of the wheels ros_cdk_*")
    distilling.add_argument("wheels", type=Path, help="folder of the wheels")
    given = parser.parse_args()
    try:
        RULES.write_text(json.dumps(distil(given.wheels), indent=1) + "\n", encoding="utf-8")
    except DistillingError as error:
        print(f"template: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
