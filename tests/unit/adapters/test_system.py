from __future__ import annotations

import time
from pathlib import Path

import pytest

from shared.adapters.memory.chance import SeededChance
from shared.adapters.mns.sink import tag_of
from shared.adapters.system.chance import SystemChance
from shared.adapters.system.clock import SystemClock
from shared.adapters.system.ids import RandomIds
from shared.domain import events
from shared.ports.chance import Chance


def test_without_a_file_the_clock_is_the_systems() -> None:
    assert abs(SystemClock().now() - time.time()) < 1


def test_the_offset_is_read_at_every_now(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    clock = SystemClock(str(file))
    before = clock.now()

    file.write_text("3600.5\n")
    shifted = clock.now()
    file.write_text("-60")

    assert 3600 <= shifted - before <= 3602
    assert clock.now() < before


@pytest.mark.parametrize("text", ["", "soon", "1,5"])
def test_a_half_written_offset_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "offset"
    file.write_text(text)

    assert abs(SystemClock(str(file)).now() - time.time()) < 1


def test_monotonic_time_does_not_know_the_offset(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    clock = SystemClock(str(file))
    before = clock.monotonic()
    file.write_text("3600")

    assert clock.monotonic() - before < 60


@pytest.mark.parametrize("seconds", [0, -5])
def test_no_time_is_no_wait(seconds: float) -> None:
    began = time.monotonic()
    SystemClock().sleep(seconds)

    assert time.monotonic() - began < 0.05


def test_ids_are_fresh_and_plain() -> None:
    ids = {RandomIds().new() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(len(one) <= 32 and one.isalnum() and one == one.lower() for one in ids)


@pytest.mark.parametrize("chance", [SystemChance(), SeededChance()])
def test_chance_is_drawn_evenly_from_nought_to_one(chance: Chance) -> None:
    drawn = [chance.fraction() for _ in range(4000)]

    assert all(0.0 <= one < 1.0 for one in drawn)
    assert 0.45 < sum(drawn) / len(drawn) < 0.55
    assert len(set(drawn)) > 3900


def test_a_seed_repeats_its_chance() -> None:
    one, two, other = SeededChance("a"), SeededChance("a"), SeededChance("b")

    assert one.fraction() == two.fraction() != other.fraction()


def test_every_type_of_event_has_a_tag_that_a_topic_takes() -> None:
    types = [value for name, value in vars(events).items() if name.isupper()]

    assert len(types) >= 7
    assert all(0 < len(tag_of(one)) <= 16 for one in types)
    assert len({tag_of(one) for one in types}) == len(types)
