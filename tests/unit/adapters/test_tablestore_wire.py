"""Documents of rows: what is stored, what is kept, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.tablestore.wire import decode, encode
from shared.domain.claim import Claim
from shared.domain.effects import AcceptErasure, DropPin
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.ports.errors import RejectedError
from tests.contract import records

STORED = Path(__file__).parent / "stored"


def _gate_that_probes() -> Gate:
    """The full gate as `gate_1` has it: `probing` told that somebody tried, and not who."""
    document = json.loads(encode(records.full_gate()))
    document["breaker"]["probing"] = False
    return decode(Gate, json.dumps(document))


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("job_1", records.full_job()),
        ("gate_1", _gate_that_probes()),
        ("gate_2", records.full_gate()),
        ("claim_1", records.claim()),
    ],
)
def test_documents_of_this_version_stay_readable(name: str, record: Any) -> None:
    """The files are what is in people's tables: a change here needs a new version beside it."""
    text = (STORED / f"{name}.json").read_text()
    stored, written = json.loads(text), json.loads(encode(record))

    assert decode(type(record), text) == record
    assert _keeps(written, stored)


def _keeps(written: Any, stored: Any) -> bool:
    """Whether everything stored is written as it was; fields may come, inside objects too."""
    if isinstance(stored, dict) and isinstance(written, dict):
        return all(name in written and _keeps(written[name], stored[name]) for name in stored)
    if isinstance(stored, list) and isinstance(written, list):
        return len(stored) == len(written) and all(map(_keeps, written, stored))
    return bool(written == stored)


def test_a_document_says_which_version_it_is() -> None:
    assert json.loads(encode(records.job()))["schema_version"] == 1


def test_an_erasing_is_not_read_by_code_that_knows_of_none() -> None:
    erasing = records.job(
        erasure=records.erasure(), pending=(AcceptErasure(records.erasure()), DropPin("pins/x"))
    )

    assert json.loads(encode(erasing))["schema_version"] == 2
    assert decode(Job, encode(erasing)) == erasing


def test_fields_from_a_newer_version_travel_along() -> None:
    document = json.loads(encode(records.job()))
    document["colour"] = {"deep": [1]}

    job = decode(Job, json.dumps(document))

    assert job.extra == {"colour": {"deep": [1]}}
    assert json.loads(encode(job)) == document


def test_fields_inside_objects_travel_along_with_their_object() -> None:
    document = json.loads(encode(records.full_job()))
    document["source"]["weather"] = "rain"
    document["history"][0]["who"] = "me"
    document["pending"][2]["why"] = {"deep": 1}

    job = decode(Job, json.dumps(document))
    again = decode(Job, json.dumps(json.loads(encode(job))))

    assert json.loads(encode(again)) == document
    later = dataclasses.replace(
        again, pending=again.pending[2:], source=dataclasses.replace(again.source, size=7)
    )
    written = json.loads(encode(later))
    assert written["pending"][0] == document["pending"][2]
    assert "weather" not in written["source"]  # an object made anew is the writer's own
    assert written["history"] == document["history"]


def test_a_gates_slots_keep_what_a_newer_version_put_there() -> None:
    document = json.loads(encode(records.full_gate()))
    document["slots"][0]["priority"] = 5
    document["quota"]["class"] = "gold"

    gate = decode(Gate, json.dumps(document))

    assert json.loads(encode(dataclasses.replace(gate, window=9))) == {**document, "window": 9}


def test_what_extra_says_never_hides_a_field() -> None:
    job = records.job(extra={"state": "DONE", "colour": 1})

    assert json.loads(encode(job))["state"] == "QUEUED"


def test_fields_with_a_default_may_be_missing() -> None:
    document = json.loads(encode(records.job()))
    for name in ("announcements", "history", "retries", "failure"):
        del document[name]

    assert decode(Job, json.dumps(document)) == records.job()


def test_the_counter_stands_in_a_column_of_its_own() -> None:
    text = encode(records.gate(wake=7), without=("wake",))

    assert "wake" not in json.loads(text)
    assert decode(Gate, text, wake=3).wake == 3


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"schema_version": 3}, "schema_version 3"),
        ({"state": "DREAMING"}, "state"),
        ({"version": "secret"}, "version"),
        ({"pending": [{"kind": "FlyToTheMoon"}]}, "FlyToTheMoon"),
    ],
)
def test_what_cannot_be_read_names_the_field_and_the_remedy(
    change: dict[str, Any], named: str
) -> None:
    document = {**json.loads(encode(records.job())), **change}

    with pytest.raises(RejectedError) as caught:
        decode(Job, json.dumps(document))

    assert named in str(caught.value)
    assert "newer version" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "7"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(RejectedError):
        decode(Claim, text)
