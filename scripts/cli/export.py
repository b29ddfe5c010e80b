"""`maskline export`: jobs, manifests, events, time lines as JSON lines or CSV, however many."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar

from scripts.cli.describe import document, time_line
from scripts.cli.errors import CommandError
from scripts.cli.event_lines import events_document
from scripts.cli.output import say
from scripts.cli.selection import Selection
from shared.bootstrap.operator import Operator
from shared.domain.job import Job
from shared.ports.errors import NotFoundError

LARGEST_MANIFEST: Final = 4 << 20
"""Bytes; one of 255 people with every recipe has less than one megabyte."""


class What(str, Enum):
    """What is exported."""

    JOBS = "jobs"
    MANIFESTS = "manifests"
    EVENTS = "events"
    HISTORY = "history"


class Format(str, Enum):
    """How."""

    JSONL = "jsonl"
    CSV = "csv"


Record = Mapping[str, Any]
_Choice = TypeVar("_Choice", bound=Enum)


def what_of(text: str) -> What:
    """What a person named. Raises CommandError."""
    return _chosen(What, text)


def format_of(text: str) -> Format:
    """The form that a person named. Raises CommandError."""
    return _chosen(Format, text)


def _chosen(kind: type[_Choice], text: str) -> _Choice:
    try:
        return kind(text.lower())
    except ValueError:
        known = ", ".join(each.value for each in kind)
        raise CommandError(f"{text!r} cannot be exported", f"choose from {known}") from None


def export(
    operator: Operator, what: What, form: Format, selection: Selection, out: Path | None
) -> None:
    """Write a record for each job (manifest, line of a time line) that is meant.

    Raises CommandError where *out* cannot be written.
    """
    with _opened(out) as file:
        count = _written(file, form, _records(operator, what, selection))
    say(f"{count} {what.value}{'' if out is None else f' written to {out}'}")


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise CommandError(f"{out} cannot be written", f"{error.strerror}") from error


def _records(operator: Operator, what: What, selection: Selection) -> Iterator[Record]:
    made: dict[What, Callable[[Operator, Job], Iterator[Record]]] = {
        What.JOBS: _job,
        What.MANIFESTS: _manifest,
        What.EVENTS: _events,
        What.HISTORY: _history,
    }
    for job in selection.jobs(operator):
        yield from made[what](operator, job)


def _job(operator: Operator, job: Job) -> Iterator[Record]:
    yield document(job, operator.prefixes)


def _manifest(operator: Operator, job: Job) -> Iterator[Record]:
    """A manifest that has gone since is passed over: `maskline audit` tells of it."""
    if job.manifest_key is None:
        return
    try:
        text = operator.objects.read(job.manifest_key, limit=LARGEST_MANIFEST)
    except NotFoundError:
        return
    yield {"job_id": job.id, "key": job.manifest_key, "manifest": json.loads(text)}


def _events(_: Operator, job: Job) -> Iterator[Record]:
    """Each with its log; those of the pipeline itself are of no job: `maskline events list`."""
    for event in events_document(job):
        yield {"job_id": job.id, "key": job.source.key, **event}


def _history(_: Operator, job: Job) -> Iterator[Record]:
    for line in time_line(job):
        yield {"job_id": job.id, "key": job.source.key, **line}


def _written(file: TextIO, form: Format, records: Iterator[Record]) -> int:
    return _as_lines(file, records) if form is Format.JSONL else _as_table(file, records)


def _as_lines(file: TextIO, records: Iterator[Record]) -> int:
    count = 0
    for count, record in enumerate(records, 1):  # noqa: B007 - the last number is the count
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return count


def _as_table(file: TextIO, records: Iterator[Record]) -> int:
    """The first record's columns; what lies deeper is JSON inside its cell."""
    writer: Any = None
    count = 0
    for count, record in enumerate(records, 1):  # noqa: B007 - the last number is the count
        flat = {name: _cell(value) for name, value in _flat(record)}
        if writer is None:
            writer = csv.DictWriter(file, list(flat), lineterminator="\n", extrasaction="ignore")
            writer.writeheader()
        writer.writerow(flat)
    return count


def _flat(record: Record) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if name == "reason":
            yield from ((part, (value or {}).get(part)) for part in ("code", "message", "remedy"))
        else:
            yield name, value


def _cell(value: Any) -> Any:
    """Never something that a spreadsheet would run as a formula."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value
