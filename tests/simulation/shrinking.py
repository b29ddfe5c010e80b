"""A failing seed made simpler: kinds of accidents switched off, uploads left out, as long as it
still fails. Each kind has its own stream of chances, so what stays mostly strikes as before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tests.simulation.laws import LawBrokenError
from tests.simulation.storm import Setting, Storm
from tests.simulation.verdict import judge
from tests.simulation.verdict_erasing import judge_both
from tests.simulation.weather import CHANCES

Build = Callable[[Setting], Storm]


@dataclass(frozen=True)
class Failed:
    """A run that broke a law: which, under what, and what happened."""

    setting: Setting
    law: str
    time_line: str
    struck: Counter[str]


def run(setting: Setting, build: Build = Storm) -> Failed | Counter[str]:
    """One run to its end and its judgement: how often what struck, or how it failed."""
    storm = build(setting)
    try:
        storm.run()
        judge_both(storm) if setting.erases else judge(storm)
    except LawBrokenError as broken:
        return Failed(setting, str(broken), storm.time_line(), storm.weather.struck)
    except Exception as mistake:  # noqa: BLE001 - whatever a use-case lets out is a failure too
        return Failed(setting, repr(mistake), storm.time_line(), storm.weather.struck)
    return storm.weather.struck


def shrunk(failed: Failed, build: Build = Storm) -> Failed:
    """The simplest failing setting that one pass over kinds and uploads finds."""
    for setting in _simpler(failed.setting):
        kept = replace(setting, off=setting.off | failed.setting.off)
        uploads = min(kept.uploads, failed.setting.uploads)
        again = run(replace(kept, uploads=uploads), build)
        if isinstance(again, Failed):
            failed = again
    return failed


def _simpler(setting: Setting) -> Iterator[Setting]:
    for uploads in range(1, setting.uploads):
        yield replace(setting, uploads=setting.uploads - uploads)
    for kind in CHANCES:
        yield replace(setting, off=setting.off | {kind})


def told(failed: Failed, build: Build = Storm) -> str:
    """The failure for people: the law, the simplest setting found, and its time line."""
    small = shrunk(failed, build)
    on = sorted(small.struck)
    what = f"{small.setting.seed}, uploads={small.setting.uploads}, off={small.setting.off}"
    repeat = f"{what}, erases={small.setting.erases}, crowded={small.setting.crowded}"
    return "\n".join(
        [
            f"seed {failed.setting.seed}: {failed.law}",
            f"still fails with {small.setting.uploads} uploads: {small.law}",
            f"accidents that struck: {', '.join(on) or 'none'}",
            f"repeat with Setting({repeat})",
            small.time_line,
        ]
    )
