"""`python -m scripts.bench [SECTION ...] [--quick | --full] [--json FILE]`; see `make bench`.

slot        how busy the provider's one slot is, against the SDK and a program on the minute
latency     from the upload to its event, without the provider's time, on an idle system
throughput  pictures a second and calls a picture, against a plain script that keeps no state
backlog     what a job costs with a thousand to a million jobs queued behind it
cold-start  import and first invocation of each package, against bare imports
money       what a thousand pictures cost: measured amounts times scripts/bench/prices.yml
cloud       how soon the local cloud is there, its memory, what a request costs it
imaging     what is made of a large photo, against decoding and encoding alone and the plain way
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from scripts.bench.cloud import BenchError
from scripts.bench.report import Report, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How much of each section is wanted, and where remarks go."""

    quick: bool
    full: bool
    say: Callable[[str], None]


def _slot(chosen: Chosen) -> Section:
    from scripts.bench import slot
    from scripts.bench.slot_lines import section

    settings = slot.settings(full=chosen.full, quick=chosen.quick)
    return section(slot.measure(settings, virtual=not chosen.quick, say=chosen.say))


def _latency(chosen: Chosen) -> Section:
    from scripts.bench import latency

    images = 5 if chosen.quick else 20
    chosen.say(f"latency: {images} photos, one at a time")
    return latency.section(latency.measure(images))


def _throughput(chosen: Chosen) -> Section:
    from scripts.bench import throughput

    images = 16 if chosen.quick else 200 if chosen.full else 60
    return throughput.section(throughput.measure(images, chosen.say))


def _backlog(chosen: Chosen) -> Section:
    from scripts.bench import backlog

    sizes = [10**3, 10**4] if chosen.quick else [10**3, 10**4, 10**5]
    sizes += [10**6] if chosen.full else []
    jobs = 5 if chosen.quick else 20
    return backlog.section(backlog.measure(sizes, jobs, chosen.say))


def _cold_start(chosen: Chosen) -> Section:
    from scripts.bench import cold_start

    rounds = 3 if chosen.quick else 9
    chosen.say(f"cold-start: {rounds} rounds")
    return cold_start.section(*cold_start.measure(rounds))


def _money(chosen: Chosen) -> Section:
    from scripts.bench import money

    prices = money.read_prices()
    chosen.say("money: two runs, with short and longer tasks")
    return money.section(prices, *money.measure(4 if chosen.quick else 10))


def _cloud(chosen: Chosen) -> Section:
    from scripts.bench import local_cloud

    rounds, count = (3, 300) if chosen.quick else (9, 2000)
    chosen.say(f"cloud: {rounds} starts, {count} requests of each kind")
    starts = local_cloud.measure_start(rounds)
    return local_cloud.section(starts, local_cloud.measure_requests(count))


def _imaging(chosen: Chosen) -> Section:
    from scripts.bench import imaging

    chosen.say("imaging: a 4096 x 4096 photo, 5 and 20 people")
    return imaging.section(quick=chosen.quick)


SECTIONS: Final[Mapping[str, Callable[[Chosen], Section]]] = {
    "slot": _slot,
    "latency": _latency,
    "throughput": _throughput,
    "backlog": _backlog,
    "cold-start": _cold_start,
    "money": _money,
    "cloud": _cloud,
    "imaging": _imaging,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, keep."""
    given = _given(arguments)
    stderr = Console(stderr=True, highlight=False)
    chosen = Chosen(quick=given.quick, full=given.full, say=stderr.print)
    report = Report(machine=_machine())
    found = [_measured(name, chosen) for name in given.sections or SECTIONS]
    report.sections += [section for section in found if section is not None]
    report.show(Console(highlight=False, soft_wrap=not sys.stdout.isatty()))
    if given.json:
        report.write(given.json)
        stderr.print(f"bench: everything is in {given.json}")
    return int(None in found)


def _measured(name: str, chosen: Chosen) -> Section | None:
    """What fails costs its own section alone."""
    try:
        return SECTIONS[name](chosen)
    except BenchError as error:
        chosen.say(f"bench: {name}: {error}")
        return None


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="a look at each, in about two minutes")
    extent.add_argument("--full", action="store_true", help="every setting: half an hour")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep everything there")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.sections if name not in SECTIONS]:
        parser.error(f"no section {unknown[0]!r}; there are {', '.join(SECTIONS)}")
    return given


def _machine() -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
    }


if __name__ == "__main__":
    sys.exit(main())
