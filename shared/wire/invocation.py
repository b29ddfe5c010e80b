"""The finalizer's payload: a job and two numbers, nothing else (protocol 22)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.wire.errors import WireError

_JOB_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9#_-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizeRequest:
    """Which job, which attempt of it, and which asking this is."""

    job_id: str
    attempt: int
    finalize_attempt: int


def parse(event: bytes) -> FinalizeRequest:
    """The request. Raises WireError naming the field."""
    try:
        document = json.loads(event)
    except ValueError as error:
        raise WireError("event", "is not JSON") from error
    if not isinstance(document, dict):
        raise WireError("event", "is not an object")
    job_id = document.get("job_id")
    if not isinstance(job_id, str) or not _JOB_ID.fullmatch(job_id):
        raise WireError("job_id", "is missing or no job's id")
    return FinalizeRequest(
        job_id=job_id,
        attempt=_number(document, "attempt"),
        finalize_attempt=_number(document, "finalize_attempt"),
    )


def payload(request: FinalizeRequest) -> Mapping[str, object]:
    """What `parse` reads as this request."""
    return {
        "job_id": request.job_id,
        "attempt": request.attempt,
        "finalize_attempt": request.finalize_attempt,
    }


def _number(document: Mapping[str, Any], field: str) -> int:
    value = document.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise WireError(field, "is missing or no whole number from 1 on")
    return value
