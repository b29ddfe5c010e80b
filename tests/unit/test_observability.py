from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from shared.observability import bound, configure
from shared.transport.redaction import redacted

LOG = logging.getLogger("tests.observability")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    made = io.StringIO()
    configure(made)
    yield made
    root.handlers[:] = before
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_line_of_json(stream: io.StringIO) -> None:
    LOG.info("two\nlines of %s", "人")

    (line,) = lines(stream)
    assert line["message"] == "two\nlines of 人"
    assert (line["level"], line["logger"]) == ("INFO", "tests.observability")
    assert line["time"].endswith("Z")


def test_ids_stand_in_every_line_written_inside(stream: io.StringIO) -> None:
    with bound(request_id="r-1"):
        with bound(job_id="j-1"):
            LOG.info("inside")
        LOG.info("between")
    LOG.info("outside")

    inside, between, outside = lines(stream)
    assert (inside["job_id"], inside["request_id"]) == ("j-1", "r-1")
    assert "job_id" not in between
    assert between["request_id"] == "r-1"
    assert "request_id" not in outside


def test_facts_become_fields_and_cannot_overwrite(stream: io.StringIO) -> None:
    LOG.info(
        "x", extra={"facts": {"people": 2, "level": "fake", "deep": {"url": "http://h/p?s=1"}}}
    )

    (line,) = lines(stream)
    assert (line["people"], line["level"]) == (2, "INFO")
    assert line["deep"] == {"url": "http://h/p?[hidden]"}


def test_an_exception_stays_in_its_line_without_secrets(stream: io.StringIO) -> None:
    try:
        raise ValueError("failed with sk-0123456789abcdef")  # noqa: TRY301 - raised to be logged
    except ValueError:
        LOG.exception("oh")

    (line,) = lines(stream)
    assert "ValueError" in line["error"]
    assert "0123456789abcdef" not in stream.getvalue()


def test_a_long_line_is_cut_before_the_platform_cuts_it(stream: io.StringIO) -> None:
    LOG.info("人" * 100_000)

    assert len(stream.getvalue().encode()) < 32_000
    assert len(lines(stream)) == 1


@pytest.mark.parametrize("name", ["httpx", "oss2.api", "urllib3.connectionpool"])
def test_libraries_that_log_urls_are_quiet(stream: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("GET http://h/p?Signature=x")

    assert stream.getvalue() == ""


def test_secret_fields_are_hidden_by_name(stream: io.StringIO) -> None:
    LOG.info("x", extra={"facts": {"headers": {"Authorization": "FC a:b", "x-fc-date": "d"}}})

    (line,) = lines(stream)
    assert line["headers"] == {"Authorization": "[hidden]", "x-fc-date": "d"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("key sk-ABCdef0123 refused", "key [hidden] refused"),
        ("key sk-ws-ABC.def", "key [hidden].def"),
        ("st-0123456789", "[hidden]"),
        (
            "GET http://h:1/a%3Ab.png?Expires=1&Signature=s ok",
            "GET http://h:1/a%3Ab.png?[hidden] ok",
        ),
        ("https://user:pw@h/p", "https://[hidden]@h/p"),
        ("Authorization: Bearer abc.def", "Authorization: [hidden]"),
        (
            "{'authorization': 'FC id:c2ln', 'date': 'x'}",
            "{'authorization': [hidden], 'date': 'x'}",
        ),
        ('"x-fc-security-token": "CAIS"', '"x-fc-security-token": [hidden]'),
        ("x-ots-ststoken=CAIS&a=b", "x-ots-ststoken=[hidden]&a=b"),
        ("{'SignatureProvided': 'c2ln', 'x': 1}", "{'SignatureProvided': [hidden], 'x': 1}"),
        ("x-oss-signature=0f0f", "x-oss-signature=[hidden]"),
        ("DASHSCOPE_API_KEY=abc", "DASHSCOPE_API_KEY=[hidden]"),
        ("access_key_secret = 'abc'", "access_key_secret = [hidden]"),
        (
            "task-sk-lined mask-1234567 at uploads/a.jpg?",
            "task-sk-lined mask-1234567 at uploads/a.jpg?",
        ),
    ],
)
def test_redaction(text: str, kept: str) -> None:
    assert redacted(text) == kept
