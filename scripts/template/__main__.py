"""`python -m scripts.template fc3`: the variant for FC 3.0; `... distil WHEELS`: `rules.json`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from scripts.template.distil import DistillingError, distil
from scripts.template.fc3 import VARIANT, variant
from scripts.template.rules import RULES


def main() -> int:
    """Do what is asked for; 1 with one sentence where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m scripts.template", description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    distilling = tasks.add_parser("distil", help="ROS's rules out of the wheels ros_cdk_*")
    distilling.add_argument("wheels", type=Path, help="folder of the wheels")
    tasks.add_parser("fc3", help="the variant for Function Compute 3.0, out of template.yml")
    given = parser.parse_args()
    if given.task == "fc3":
        VARIANT.write_text(variant(), encoding="utf-8")
        return 0
    try:
        RULES.write_text(json.dumps(distil(given.wheels), indent=1) + "\n", encoding="utf-8")
    except DistillingError as error:
        print(f"template: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
