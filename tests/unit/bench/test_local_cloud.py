"""The local cloud's own figures as lines of the report."""

from __future__ import annotations

import os

import pytest

from scripts.bench.figures import spread
from scripts.bench.local_cloud import MIB, Cost, Start, section
from scripts.bench.processes import memory, own_cpu_seconds


def start(seconds: float, megabytes: int) -> Start:
    return Start(wall=spread([seconds]), cpu=spread([seconds]), memory=megabytes * MIB)


COSTS = {
    "constant": Cost(cpu=0.001, rate=500.0),
    "commit": Cost(cpu=0.001, rate=900.0),
    "PutObject": Cost(cpu=0.004, rate=100.0),
    "GetObject": Cost(cpu=0.002, rate=200.0),
    "PutRow": Cost(cpu=0.003, rate=150.0),
    "GetRow": Cost(cpu=0.0015, rate=300.0),
}


@pytest.mark.parametrize(
    ("seconds", "megabytes", "met"), [(0.9, 119, [True, True]), (1.1, 121, [False, False])]
)
def test_start_and_memory_are_held_against_their_aims(
    seconds: float, megabytes: int, met: list[bool]
) -> None:
    lines = section({"cloud": start(seconds, megabytes), "bare": start(0.3, 40)}, COSTS).lines

    assert [line.met for line in lines if line.met is not None] == met


def test_a_write_is_held_against_a_constant_answer_and_a_commit() -> None:
    lines = section({"cloud": start(0.7, 70), "bare": start(0.3, 40)}, COSTS).lines
    names = [line.what.partition(" ")[0] for line in lines[3:]]

    assert names == ["PutObject", "GetObject", "PutRow", "GetRow"]
    assert [line.ours for line in lines[3:]] == ["250", "500", "333", "667"]
    assert [line.ratio for line in lines[3:]] == pytest.approx([2.0, 2.0, 1.5, 1.5])


def test_a_process_can_be_looked_at() -> None:
    assert memory(os.getpid()) > MIB
    assert own_cpu_seconds(os.getpid()) > 0
