"""`python -m tests.simulation.soak --seeds N`: storms until a law breaks, then the planted bugs.

Prints the seeds run, the accidents injected by kind, and which seed found which planted bug.
Exit code 1 where a law was broken, or a planted bug was not found.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from tests.simulation.mutants import MUTANTS, found_by
from tests.simulation.shrinking import Failed, run, told
from tests.simulation.storm import Setting
from tests.simulation.weather import CHANCES

SEARCHED = 1000
CROWD_AT, ERASE_AT = 3, 7


def settings(seed: int) -> Iterator[Setting]:
    """What a seed is run as: each tenth as a crowd, too, and each tenth with a second stage."""
    yield Setting(seed)
    if seed % 10 == CROWD_AT:
        yield Setting(seed, uploads=12, crowded=True)
    if seed % 10 == ERASE_AT:
        yield Setting(seed, erases=True)


def storms(first: int, seeds: int) -> bool:
    """Run them; whether all kept the laws."""
    struck: Counter[str] = Counter()
    for setting in chain.from_iterable(map(settings, range(first, first + seeds))):
        outcome = run(setting)
        if isinstance(outcome, Failed):
            print(told(outcome))
            return False
        struck += outcome
    print(f"{seeds} seeds from {first}: no law broken; {struck.total()} accidents")
    for kind in CHANCES:
        print(f"  {kind:24}{struck[kind]:>10}")
    return True


def bugs() -> bool:
    """Look for every planted bug; whether all were found."""
    missed = 0
    print(f"{'planted bug':40}{'rule':>8}  {'seed or story':42}what it broke")
    for name, mutant in MUTANTS.items():
        found = found_by(mutant, range(SEARCHED))
        by, law = found or ("none", "NOT FOUND")
        print(f"{name:40}{mutant.rule:>8}  {by!s:42}{law.partition(':')[0]}")
        missed += found is None
    print(f"{len(MUTANTS) - missed} of {len(MUTANTS)} planted bugs found")
    return not missed


def main(arguments: Sequence[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    chosen = parser.parse_args(arguments)
    logging.disable(logging.WARNING)  # a storm's alarms are no news
    return 0 if storms(chosen.first, chosen.seeds) and bugs() else 1


if __name__ == "__main__":
    sys.exit(main())
