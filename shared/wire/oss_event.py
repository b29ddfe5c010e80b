"""What an OSS trigger sends (contracts/alibaba-cloud.md, 1), in each form that it arrives in.

| form | where the records are |
|---|---|
| the trigger's own event | `events` |
| EventBridge, one CloudEvent or an array of them | `data` of each is one record |
| Function Compute's `OnFailure` message | `requestPayload`, which holds one of the above |

Every record is judged by itself: one that cannot be read is a reject with a reason, and the others
go on. Fields that are not known are ignored; the key is taken as it is, never unquoted.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.domain.job import Source
from shared.wire.errors import WireError

_PREFIX: Final = "oss:"
_DEEPEST: Final = 3
"""Envelopes inside each other: OnFailure around EventBridge around a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRecord:
    """One upload, and the event that told of it (`ObjectCreated:PutObject`, without `oss:`)."""

    event_name: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRecord:
    """A record that cannot be read: its place among the records, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRecords:
    """All records of one event, in its order."""

    records: tuple[UploadRecord, ...]
    rejects: tuple[RejectedRecord, ...] = ()


class _Lenient(BaseModel):
    # Built when a record is first read: a cold start builds none of the envelopes that do not come.
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, defer_build=True)


class _Response(_Lenient):
    request_id: str = Field(alias="requestId", min_length=1)


class _Bucket(_Lenient):
    name: str = Field(min_length=1)


class _Object(_Lenient):
    key: str = Field(min_length=1)
    etag: str = Field(alias="eTag", min_length=1)
    size: int = Field(ge=0)


class _Oss(_Lenient):
    bucket: _Bucket
    object: _Object
    # SMQ notifications nest it here (contracts, 1.4)
    response: _Response | None = Field(default=None, alias="responseElements")


class _Record(_Lenient):
    event_name: str = Field(alias="eventName", min_length=1)
    event_time: AwareDatetime = Field(alias="eventTime")
    oss: _Oss
    response: _Response | None = Field(default=None, alias="responseElements")


def parse(event: bytes) -> UploadRecords:
    """The uploads of an event. Raises WireError where it is none of the known forms."""
    judged = [_judged(n, item) for n, item in enumerate(_items(_loaded(event), _DEEPEST))]
    return UploadRecords(
        records=tuple(one for one in judged if isinstance(one, UploadRecord)),
        rejects=tuple(one for one in judged if isinstance(one, RejectedRecord)),
    )


def _judged(index: int, item: Any) -> UploadRecord | RejectedRecord:
    try:
        return _upload(item)
    except ValidationError as error:
        return RejectedRecord(index=index, reason=_reason(error))


def _loaded(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise WireError("event", "is not JSON") from error


def _items(document: Any, depth: int) -> Iterator[Any]:
    """The single records of a document, whatever is wrapped around them."""
    if depth < 0:
        raise WireError("event", "is wrapped too often")
    if isinstance(document, list):
        for item in document:
            yield from _items(item, depth - 1)
    elif not isinstance(document, dict):
        raise WireError("event", "is neither an object nor an array")
    elif "requestPayload" in document:
        yield from _items(_payload(document["requestPayload"]), depth - 1)
    else:
        yield from _records(document)


def _records(document: dict[str, Any]) -> list[Any]:
    if "events" in document:
        if not isinstance(document["events"], list):
            raise WireError("events", "is not an array")
        return document["events"]
    if "specversion" in document:
        return [document.get("data")]
    if "oss" in document:
        return [document]
    raise WireError("events", "is missing; this is no event of an OSS trigger")


def _payload(payload: Any) -> Any:
    """The payload of a failed invocation: JSON itself, its text, or that in Base64."""
    if not isinstance(payload, str):
        return payload
    try:
        return json.loads(payload)
    except ValueError:
        try:
            return _loaded(base64.b64decode(payload, validate=True))
        except binascii.Error as error:
            raise WireError("requestPayload", "is neither JSON nor Base64") from error


def _upload(item: Any) -> UploadRecord:
    record = _Record.model_validate(item)
    response = record.response or record.oss.response
    source = Source(
        bucket=record.oss.bucket.name,
        key=record.oss.object.key,
        etag=record.oss.object.etag.strip('"'),
        size=record.oss.object.size,
        request_id=response.request_id if response else "",
        uploaded_at=record.event_time.timestamp(),
    )
    return UploadRecord(event_name=record.event_name.removeprefix(_PREFIX), source=source)


def _reason(error: ValidationError) -> str:
    """Which fields, and what is wrong with each; never what they hold."""
    parts = []
    for problem in error.errors():
        place = ".".join(map(str, problem["loc"])) or "record"
        parts.append(f"{place}: {problem['msg'].lower()}")
    return "; ".join(sorted(parts))
