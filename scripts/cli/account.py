"""`maskline doctor --account`: looks at what it can, asks for the rest, and says what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.markup import escape

from scripts.cli.describe import iso
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.output import print_json, to_people
from scripts.doctor.account.point import Point
from scripts.doctor.account.points import POINTS
from scripts.doctor.account.probes import probed
from scripts.doctor.account.record import PROBE, Answer, RecordError, judged, load, save
from scripts.doctor.patient import Patient

Ask = Callable[[Point], str]
"""What a person says to a point; "" where nothing."""


def guide(
    patient: Patient,
    path: Path,
    given: Sequence[str],
    *,
    ask: Ask | None,
    who: str,
    as_json: bool,
) -> int:
    """Probe, take *given* answers (`ID=ANSWER`), ask for the others, write all down, tell.

    The exit code is 3 while anything is unknown. Raises CommandError.
    """
    account = patient.settings.account_id
    now = iso(patient.real_clock.now())
    try:
        said = dict(_pair(text) for text in given)
        answers = load(path, account)
        answers |= _seen(patient, answers, now)
        answers |= {p: Answer(answer=a, at=now, by=who) for p, a in said.items()}
        if ask is not None:
            answers |= _asked(ask, answers, now, who)
        save(path, account, answers)
    except RecordError as error:
        raise CommandError(str(error), "") from error
    if as_json:
        print_json(_document(answers))
    else:
        _print(answers, path)
    return ExitCode.UNFINISHED if len(answers) < len(POINTS) else ExitCode.DONE


def _seen(patient: Patient, answers: Mapping[str, Answer], now: str) -> dict[str, Answer]:
    """What the probes see, where no person has said otherwise: they looked from elsewhere."""
    of_people = {point for point, answer in answers.items() if answer.by != PROBE}
    seen = probed(patient)
    return {p: Answer(answer=seen[p], at=now, by=PROBE) for p in seen if p not in of_people}


def _pair(text: str) -> tuple[str, str]:
    point, sign, answer = text.partition("=")
    if not sign:
        raise RecordError(f"{text!r} is no answer: write POINT=ANSWER")
    return point.strip(), judged(point.strip(), answer)


def _asked(ask: Ask, answers: Mapping[str, Answer], now: str, who: str) -> dict[str, Answer]:
    """What a person says of the points that are open."""
    said = {point.id: _said(ask, point) for point in POINTS.values() if point.id not in answers}
    return {p: Answer(answer=answer, at=now, by=who) for p, answer in said.items() if answer}


def _said(ask: Ask, point: Point) -> str:
    """An answer that the point knows, or ""; another one is asked for again."""
    while text := ask(point).strip():
        try:
            return judged(point.id, text)
        except RecordError as error:  # noqa: PERF203 - as often as a person errs
            to_people().print(escape(str(error)), soft_wrap=True)
    return ""


def asked_at_the_terminal(point: Point) -> str:
    """Show the point and read a line."""
    console = to_people()
    console.print(f"\n[bold]{point.id}[/bold]: {escape(point.question.en)}", soft_wrap=True)
    console.print(f"    {escape(point.question.zh)}", soft_wrap=True)
    console.print(f"    {escape(point.how.en)}\n    {escape(point.how.zh)}", soft_wrap=True)
    console.print(f"    {' / '.join(point.answers)}, or Enter for later: ", end="")
    try:
        return input()
    except EOFError:
        return ""


def _document(answers: Mapping[str, Answer]) -> dict[str, Any]:
    return {
        "answers": {
            p: {**asdict(a), "follows": POINTS[p].answers[a.answer]._asdict()}
            for p, a in answers.items()
        },
        "unknown": {
            point.id: {
                "question": point.question._asdict(),
                "how": point.how._asdict(),
                "until_then": point.until_then._asdict(),
                "answers": list(point.answers),
            }
            for point in POINTS.values()
            if point.id not in answers
        },
    }


def _print(answers: Mapping[str, Answer], path: Path) -> None:
    console = to_people()
    for point in POINTS.values():
        answer = answers.get(point.id)
        if answer is None:
            console.print(f"[yellow]unknown[/yellow] {point.id}: {escape(point.question.en)}")
            console.print(f"    see: {escape(point.how.en)}", soft_wrap=True)
            console.print(f"    until then: {escape(point.until_then.en)}", soft_wrap=True)
            console.print(f"    [dim]{escape(point.how.zh)}[/dim]", soft_wrap=True)
            continue
        follows = point.answers[answer.answer]
        console.print(f"[green]{escape(answer.answer)}[/green] {point.id} ({escape(answer.by)})")
        console.print(f"    {escape(follows.en)} [dim]{escape(follows.zh)}[/dim]", soft_wrap=True)
    open_ones = len(POINTS) - len(answers)
    console.print(f"{len(answers)} known, {open_ones} unknown; written to {escape(str(path))}")
