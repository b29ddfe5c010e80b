from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.domain.stage import Stage
from shared.wire.errors import WireError
from shared.wire.timer import Tick, Wake, parse, wake_payload

EVENTS = Path(__file__).parents[2] / "events"


def test_the_documented_timer() -> None:
    tick = parse((EVENTS / "timer.json").read_bytes())

    assert tick == Tick(trigger_name="timer-trigger", trigger_time="2023-12-26T07:49:00Z")


def test_an_empty_event_is_a_tick() -> None:
    assert parse(b"") == Tick(trigger_name="", trigger_time="")


@pytest.mark.parametrize("reason", ["kick", "handover"])
def test_a_wake_up_comes_back_as_it_went(reason: str) -> None:
    for stage in Stage:
        wake = Wake(generation=3, reason=reason, stage=stage)

        assert parse(json.dumps(wake_payload(wake)).encode()) == wake


def test_a_wake_up_of_a_version_with_one_stage_is_about_uploads() -> None:
    assert parse(b'{"kind": "kick", "generation": 2}') == Wake(generation=2, reason="kick")


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (b"{", "event"),
        (b"[]", "event"),
        (b'{"kind": "dance"}', "kind"),
        (b'{"kind": ["kick"]}', "kind"),
        (b'{"kind": "kick", "generation": -1}', "generation"),
        (b'{"kind": "kick", "generation": true}', "generation"),
        (b'{"kind": "kick", "generation": "1"}', "generation"),
        (b'{"triggerName": 7}', "triggerName"),
        (b'{"kind": "kick", "stage": "paint"}', "stage"),
    ],
)
def test_what_is_none_names_the_field(event: bytes, field: str) -> None:
    with pytest.raises(WireError) as caught:
        parse(event)

    assert caught.value.field == field
