from __future__ import annotations

import json
from typing import Any

import pytest

from shared.wire.errors import WireError
from shared.wire.invocation import FinalizeRequest, parse, payload

REQUEST = FinalizeRequest(job_id="0f" * 16, attempt=1, finalize_attempt=2)


def test_a_request_comes_back_as_it_went() -> None:
    assert parse(json.dumps(payload(REQUEST)).encode()) == REQUEST


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("job_id", None),
        ("job_id", 7),
        ("job_id", ""),
        ("job_id", "../x"),
        ("attempt", None),
        ("attempt", 0),
        ("attempt", True),
        ("attempt", "1"),
        ("finalize_attempt", 0),
        ("finalize_attempt", 1.5),
    ],
)
def test_a_bad_field_is_named(field: str, value: Any) -> None:
    document = {**payload(REQUEST), field: value}

    with pytest.raises(WireError) as caught:
        parse(json.dumps(document).encode())
    assert caught.value.field == field


@pytest.mark.parametrize("event", [b"", b"[]", b"{"])
def test_what_is_no_object_is_refused(event: bytes) -> None:
    with pytest.raises(WireError, match="event"):
        parse(event)
