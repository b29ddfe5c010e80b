"""One trace for each upload, the uploader's own where there is one."""

from __future__ import annotations

import re

import pytest

from shared.domain.tracing import trace_of

JOB = "4fb0d2f8601db3de7da683f49005a31e"
THEIRS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def test_a_trace_of_our_own_is_found_by_the_jobs_id() -> None:
    version, trace_id, span_id, flags = trace_of(JOB, {}).split("-")

    assert (version, trace_id, flags) == ("00", JOB, "01")
    assert re.fullmatch("[0-9a-f]{16}", span_id)
    assert trace_of(JOB, {}) == trace_of(JOB, {"maskline-recipes": "people"})


def test_the_uploaders_trace_goes_on_with_a_span_of_ours() -> None:
    version, trace_id, span_id, flags = trace_of(JOB, {"traceparent": f" {THEIRS} "}).split("-")

    assert (version, trace_id, flags) == ("00", "0af7651916cd43dd8448eb211c80319c", "00")
    assert span_id == trace_of(JOB, {}).split("-")[2]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nonsense",
        THEIRS[:-1],
        THEIRS.upper(),
        f"{THEIRS}0",
        "ff" + THEIRS[2:],
        THEIRS.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        THEIRS.replace("b7ad6b7169203331", "0" * 16),
    ],
)
def test_what_is_no_trace_begins_one(given: str) -> None:
    assert trace_of(JOB, {"traceparent": given}) == trace_of(JOB, {})


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    assert "0af7651916cd43dd8448eb211c80319c" in trace_of(
        JOB, {"traceparent": f"01{THEIRS[2:]}-more"}
    )
