"""`maskline forget KEY`: photograph, results and rows go; a receipt says what went."""

from __future__ import annotations

import math
from typing import Any

from rich.markup import escape

from scripts.cli.describe import iso
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.output import print_json, to_people
from shared.bootstrap.operator import Operator
from shared.usecases.forget import Receipt

_BEYOND = (
    "events that were sent, logs, and results that were brought home are not reached from here"
)


def forget_upload(operator: Operator, name: str, *, as_json: bool) -> int:
    """Forget the upload *name* (with or without the upload prefix); exit code 3 while its job is
    under way. Raises CommandError where there is nothing of that name.
    """
    prefix = operator.prefixes.uploads
    key = name if name.startswith(prefix) else f"{prefix}{name}"
    receipt = operator.forget(key)
    if not receipt.found_anything:
        raise CommandError(f"nothing is known of {key}", "see `maskline list` for what there is")
    if as_json:
        print_json(_document(receipt))
    else:
        _print(receipt)
    return ExitCode.UNFINISHED if receipt.under_way else ExitCode.DONE


def _document(receipt: Receipt) -> dict[str, Any]:
    return {
        "key": receipt.key,
        "forgotten": not receipt.under_way,
        "at": iso(receipt.at),
        "jobs": list(receipt.jobs),
        "deleted": dict(receipt.deleted),
        "kept": list(receipt.kept),
        "unsent": list(receipt.unsent),
        "under_way": list(receipt.under_way),
        "again_at": None if receipt.again_at is None else iso(receipt.again_at),
        "note": _BEYOND,
    }


def _why(receipt: Receipt) -> str:
    if receipt.again_at is None:
        return "is still under way; forget it once it has ended, as `maskline show` tells"
    seconds = math.ceil(receipt.again_at - receipt.at)
    return (
        f"ended only just now, and a finalizer that was held up may still write; "
        f"forget it in {seconds} s"
    )


def _print(receipt: Receipt) -> None:
    console = to_people()
    if receipt.under_way:
        ids = ", ".join(job_id[:12] for job_id in receipt.under_way)
        gone = receipt.deleted.total()
        touched = "files are gone, its row stays" if gone else "nothing was touched"
        console.print(f"{escape(receipt.key)} {_why(receipt)} ({ids}): {touched}")
        return
    console.print(f"forgotten at {iso(receipt.at)}: {escape(receipt.key)}", soft_wrap=True)
    counts = ", ".join(f"{count} {kind}" for kind, count in receipt.deleted.items() if count)
    console.print(f"deleted: {counts or 'no objects, they were gone'}")
    for job_id in receipt.jobs:
        console.print(f"job {job_id}: a tombstone, so that a repeated event is not paid for")
    for event_id in receipt.unsent:
        console.print(f"event {event_id}: a sink was still owed it, and is not told any more")
    if receipt.kept:
        console.print("kept: the raw mask, as another upload has the same bytes")
    console.print(_BEYOND, soft_wrap=True)
