from __future__ import annotations

import numpy as np
import pytest

from shared.imaging.contacts import find_contacts
from shared.imaging.runs import find_runs


@pytest.mark.parametrize(
    ("rows", "contacts"),
    [
        (["1.2", "1.2"], []),
        (["12"], [(1, 2)]),
        (["2", "1"], [(1, 2)]),
        (["1.", ".2"], []),
        (["113", "123"], [(1, 2), (1, 3), (2, 3)]),
        (["1.", "2.", ".1"], [(1, 2)]),
        (["2.1", "..1", "1.1"], []),
        ([".1", "2."], []),
        (["11", "12", "31"], [(1, 2), (1, 3)]),
        (["1.", "12", "1."], [(1, 2)]),
        ([".1", "21", ".1"], [(1, 2)]),
        (["."], []),
        (["1"], []),
    ],
)
def test_those_who_share_a_pixels_side_touch(
    rows: list[str], contacts: list[tuple[int, int]]
) -> None:
    labels = np.array([[0 if c == "." else int(c) for c in row] for row in rows], np.uint8)

    assert sorted(find_contacts(find_runs(labels))) == contacts


def test_it_is_what_looking_at_every_pair_of_pixels_tells() -> None:
    labels = np.random.default_rng(5).integers(0, 40, (300, 60), dtype=np.uint8)
    pairs: set[tuple[int, ...]] = set()
    for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        pairs |= {
            tuple(sorted(pair))
            for pair in zip(one.ravel().tolist(), other.ravel().tolist(), strict=True)
        }

    found = find_contacts(find_runs(labels))

    assert set(found) == {(a, b) for a, b in pairs if a and a != b}
