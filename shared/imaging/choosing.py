"""From a choice of people to the ids of those who are in the picture."""

from __future__ import annotations

from collections.abc import Sequence

from shared.imaging.options.choice import ALL, LARGEST, Choice
from shared.imaging.scene import Person


def chosen(people: Sequence[Person], choice: Choice) -> tuple[int, ...]:
    """The ids that *choice* means among *people*, rising; ids of nobody are passed over."""
    ids = tuple(person.id for person in people)
    if isinstance(choice, tuple):
        return tuple(one for one in ids if one in choice)
    if choice == ALL or not people:
        return ids
    largest = dominant(people)
    return (largest,) if choice == LARGEST else tuple(one for one in ids if one != largest)


def dominant(people: Sequence[Person]) -> int:
    """The id of whoever covers most of the picture; of equals the leftmost."""
    return max(people, key=lambda person: (person.area, -person.id)).id
