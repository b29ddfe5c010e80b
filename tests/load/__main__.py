"""`python -m tests.load --minutes 30 --seed 1 [--kills N]`: six clients at once; see `make load`.

Prints what the cloud's process holds as time goes by, then operations, refusals and what is wrong.
Exit code 1 where anything is.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.load.run import Load, Order


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; a data folder of its own is kept where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=0, help="SIGKILL to the cloud, so often")
    parser.add_argument("--pause", type=float, default=0.02, help="mean seconds between two calls")
    given = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # the SDKs tell of every refusal, keys and all
    folder = Path(tempfile.mkdtemp(prefix="maskline-load-"))
    order = Order(seed=given.seed, seconds=given.minutes * 60, kills=given.kills, pause=given.pause)
    outcome = Load(order, folder, say=lambda text: print(text, flush=True)).run()
    print(outcome.report())
    if outcome.wrong:
        print(f"see {folder}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
