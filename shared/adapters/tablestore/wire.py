"""Rows' documents: the domain's own records as JSON, schema-versioned.

The records are pydantic's models here (`TypeAdapter` reads stdlib dataclasses), so a field added
to the domain is stored without a second description of it. A field that this version does not know
is kept in `extra` and written back where it was (`unknown.py`), so that two versions of the code
can run side by side during a deployment. Effects carry a `kind`, because their fields alone need
not tell them apart for ever.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from shared.adapters.tablestore.unknown import INNER, inner_unknown, restored
from shared.domain.claim import Claim
from shared.domain.effects import (
    AcceptErasure,
    DropPin,
    InvokeFinalizer,
    ReleaseSlot,
    SettleContent,
)
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.line import Flow
from shared.ports.errors import RejectedError

SCHEMA_VERSION: Final = 1
"""Raised when a document can no longer be read by the version before."""

ERASING_VERSION: Final = 2
"""Of an erasing's document: code that knows of none must not take it for an upload's own job."""

_VERSION_FIELD: Final = "schema_version"
_EFFECTS: Final[dict[str, type]] = {
    kind.__name__: kind
    for kind in (AcceptErasure, DropPin, InvokeFinalizer, ReleaseSlot, SettleContent)
}
_UNSAID: Final = object()
_STEP: Final[dict[str, Any]] = {
    "signal": "",
    "effects": [],
    "request_id": None,
    "count": 1,
    "since": None,
}
_Record = TypeVar("_Record", Job, Gate, Claim, Flow)
_adapters: dict[type, TypeAdapter[Any]] = {}  # built at first use: it costs cold starts


def encode(record: Job | Gate | Claim | Flow, *, without: Iterable[str] = ()) -> str:
    """The record as JSON; *without* names what stands in a column of its own."""
    document = _dumped(record)
    extra = document.pop("extra", {})
    document = restored(document, extra.pop(INNER, []))
    for name in without:
        document.pop(name, None)
    erases = isinstance(record, Job) and record.erasure is not None
    version = ERASING_VERSION if erases else SCHEMA_VERSION
    document = {**extra, **document, _VERSION_FIELD: version}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def decode(kind: type[_Record], text: str, **columns: Any) -> _Record:
    """The record of a document; *columns* are the fields that stand beside it.

    Raises RejectedError naming the fields that cannot be read, never their values.
    """
    try:
        document = json.loads(text)
        fields = {**_sorted_out(kind, document), **columns}
        record: _Record = _adapter(kind).validate_python(fields)
        return _with_inner(record, document)
    except ValidationError as error:
        places = {".".join(map(str, problem["loc"])) for problem in error.errors()}
        raise RejectedError(_unreadable(kind, ", ".join(sorted(places)))) from error
    except (ValueError, TypeError, KeyError) as error:
        raise RejectedError(_unreadable(kind, str(error))) from error


def _sorted_out(kind: type[_Record], document: Any) -> dict[str, Any]:
    """The fields that this version knows, with the others in `extra`."""
    if not isinstance(document, dict):
        raise TypeError("no JSON object")
    version = document.pop(_VERSION_FIELD)
    if version > ERASING_VERSION:
        raise ValueError(f"{_VERSION_FIELD} {version}")
    names = {field.name for field in dataclasses.fields(kind)}
    known = {name: value for name, value in document.items() if name in names}
    if "extra" in names:
        known["extra"] = {name: document[name] for name in document if name not in names}
    if "pending" in known:
        known["pending"] = [_effect(item) for item in known["pending"]]
    return known


def _with_inner(record: _Record, document: dict[str, Any]) -> _Record:
    if isinstance(record, Claim):
        return record
    inner = inner_unknown(document, _dumped(record))
    return dataclasses.replace(record, extra={**record.extra, INNER: inner}) if inner else record


def _dumped(record: Job | Gate | Claim | Flow) -> dict[str, Any]:
    document: dict[str, Any] = _adapter(type(record)).dump_python(record, mode="json")
    if isinstance(record, Job):
        document["pending"] = [
            {"kind": type(effect).__name__, **dataclasses.asdict(effect)}
            for effect in record.pending
        ]
        document["history"] = [_lean(step) for step in document["history"]]
    if isinstance(record, Gate):
        document["quota"]["reserved"].sort()  # a set; equal gates have equal documents
    return document


def _lean(step: dict[str, Any]) -> dict[str, Any]:
    """A line of the time line without what it says by default: rows are read far too often."""
    return {name: value for name, value in step.items() if value != _STEP.get(name, _UNSAID)}


def _effect(item: dict[str, Any]) -> Any:
    kind = _EFFECTS[item["kind"]]
    names = {field.name for field in dataclasses.fields(kind)}
    known = {name: value for name, value in item.items() if name in names}
    return _adapter(kind).validate_python(known)


def _unreadable(kind: type, what: str) -> str:
    return (
        f"a stored {kind.__name__.lower()} cannot be read ({what}); it was damaged, or written by "
        "a newer version of the code: deploy that version again"
    )


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
