"""`maskline demo`: from nothing to masks, in front of one's eyes."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts.cli.audit import exit_code as audit_code
from scripts.cli.audit import settled
from scripts.cli.connection import connect
from scripts.cli.errors import ExitCode
from scripts.cli.follow import Outcome, Run
from scripts.cli.homecoming import Homecoming
from scripts.cli.output import print_json, say, to_people
from scripts.cli.page import write_page
from scripts.cli.photos import gather
from scripts.cli.plan import Planner
from scripts.cli.progress import watched
from scripts.cli.run import print_outcomes
from scripts.cli.stage import PROJECT, local_cloud
from shared.bootstrap.operator import Operator

SAMPLES: Final = PROJECT / "scripts" / "samples"
RECIPES: Final = (
    "people:margin=0.03, bokeh:strength=24, "
    "backdrop:colour=F7D9C4:colour_to=8FB7D9:shadow=0.45, "
    "id-photo:size=two-inch:background=438EDB, erase-mask, erase, annotations"
)
"""What the demonstration asks for: something of everything."""
SECONDS: Final = 900.0
"""How long the demonstration may take before it gives up."""
SETTLE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Show:
    """What came out. `differences`: what was not as expected; `paid`: calls the provider billed;
    `events`: how many were published, by type.
    """

    outcomes: Sequence[Outcome]
    differences: tuple[str, ...]
    paid: int
    events: Mapping[str, int]
    page: Path
    code: int


def show_demo(photos: Path | None, *, out: Path, keep: bool, as_json: bool) -> int:
    """The whole command; 0 only when every sample came out as expected. Raises CommandError."""
    started = time.monotonic()
    with _stage(keep=keep) as folder:
        say("maskline: starting the local cloud")
        with local_cloud(folder / "cloud", folder / "up.log") as description:
            operator = connect(Path(description["data_dir"]), None)
            show = _played(operator, description, photos or SAMPLES, out, photos is None)
    seconds = time.monotonic() - started
    if as_json:
        print_json(_document(show, seconds))
    else:
        _print(show, seconds, photos or SAMPLES)
    return show.code


@contextmanager
def _stage(*, keep: bool) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="maskline-demo-"))
    try:
        yield folder
    finally:
        if keep:
            say(f"maskline: kept; go on with `maskline up --data {folder / 'cloud'}`")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _played(
    operator: Operator, description: Mapping[str, Any], photos: Path, out: Path, samples: bool
) -> _Show:
    results = out / "results"
    shutil.rmtree(results, ignore_errors=True)
    plans = list(Planner(operator)(gather([photos], out=out, prefix=operator.prefixes.uploads)))
    homecoming = Homecoming(objects=operator.objects, out=results)
    run = Run(operator=operator, homecoming=homecoming, recipes=RECIPES)
    with watched(run, total=len(plans)):
        run.upload(plans)
        run.follow(seconds=SECONDS)
    outcomes = sorted([*run.outcomes, *run.left()], key=lambda outcome: outcome.planned.key)
    say("maskline: checking that everything is accounted for")
    report = settled(operator, wait=SETTLE_SECONDS, deep=True)
    wrong = [f"audit: {f.kind} {f.subject}: {f.detail}" for f in report.wrong]
    events, silent = _events(description, outcomes)
    differences = (*(_differences(outcomes) if samples else ()), *silent, *wrong)
    good = not differences and (samples or run.exit_code() is ExitCode.DONE)
    code = ExitCode.DONE if good and audit_code(report) is ExitCode.DONE else ExitCode.WRONG
    page = write_page(outcomes, out, notes=differences)
    return _Show(
        outcomes=outcomes,
        differences=differences,
        paid=_asked(f"{description['control_url']}/_control/ledger")["totals"]["billed"],
        events=events,
        page=page.resolve(),
        code=code,
    )


def _asked(url: str) -> Any:
    """An answer of the local cloud's own control interface, on loopback."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=30) as answer:
        return json.load(answer)


def _events(
    description: Mapping[str, Any], outcomes: Sequence[Outcome]
) -> tuple[dict[str, int], list[str]]:
    """The events on the topic, counted by type, and the uploads that none told of."""
    url = f"{description['control_url']}/_control/messages?topic={description['mns_topic']}"
    published = [json.loads(message["body"]) for message in _asked(url)["messages"]]
    told = {event["subject"] for event in published}
    keys = [outcome.planned.key for outcome in outcomes if outcome.job is not None]
    silent = [f"{key}: no event told of it" for key in keys if key not in told]
    return dict(Counter(event["type"] for event in published)), silent


def _differences(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What came out otherwise than `expected.json` says; samples that are missing as well."""
    expected = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
    found = {outcome.planned.photo.path.name: _facts(outcome) for outcome in outcomes}
    for name, wanted in expected.items():
        got = found.pop(name, None)
        if got != wanted:
            yield f"{name}: expected {_told(wanted)}, got {_told(got)}"
    yield from (f"{name}: nothing was expected of it" for name in found)


def _facts(outcome: Outcome) -> dict[str, Any]:
    why = outcome.reason
    return {
        "state": outcome.state,
        "people": outcome.job.people if outcome.job else None,
        "reason": why["code"] if why else None,
    }


def _told(facts: Mapping[str, Any] | None) -> str:
    if facts is None:
        return "nothing"
    return ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)


def _document(show: _Show, seconds: float) -> dict[str, Any]:
    return {
        "ok": show.code == ExitCode.DONE,
        "photos": [outcome.document() for outcome in show.outcomes],
        "differences": list(show.differences),
        "paid_calls": show.paid,
        "events": dict(show.events),
        "seconds": round(seconds, 1),
        "page": str(show.page),
    }


def _print(show: _Show, seconds: float, photos: Path) -> None:
    console = to_people()
    print_outcomes(show.outcomes, console, inside=photos if photos.is_dir() else photos.parent)
    console.print(
        f"{len(show.outcomes)} uploads, {sum(show.events.values())} events, "
        f"{show.paid} paid calls, {seconds:.0f} s with start and stop"
    )
    for difference in show.differences:
        console.print(f"[red]not as expected[/red] {difference}", markup=True)
    if show.code == ExitCode.DONE:
        console.print("[green]everything came out as it should[/green]")
    console.print("Look at it:", f"file://{show.page}", soft_wrap=True)
