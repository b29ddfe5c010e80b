"""From a line of text to the options of recipes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from shared.domain.recipes import RecipeTextError
from shared.imaging.options.catalogue import OPTIONS
from shared.imaging.options.choice import ALL, Choice
from shared.imaging.options.people import PeopleOptions
from shared.imaging.options.recipe_options import RecipeOptions
from shared.wire.recipes import read_recipes


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryKind(RecipeOptions):
    """One option of each kind that recipes have."""

    recipe: ClassVar[str] = "every-kind"

    count: int = 1
    share: float = 0.5
    sharp: Choice = ALL
    soft: bool = False
    limit: int | None = None
    sheets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        self.check_range("share", 0, 1)


KNOWN = {**OPTIONS, EveryKind.recipe: EveryKind}


def test_a_name_alone_has_the_recipes_own_defaults() -> None:
    assert read_recipes("people") == (PeopleOptions(),)


def test_values_are_read_by_the_options_type() -> None:
    line = "every-kind:count=3:share=.25:sharp=1+3:soft=yes:limit=40:sheets=5-inch+A4"
    assert read_recipes(line, KNOWN) == (
        EveryKind(count=3, share=0.25, sharp=(1, 3), soft=True, limit=40, sheets=("5-inch", "A4")),
    )


def test_a_word_stays_a_word_and_nothing_is_nothing() -> None:
    assert read_recipes("every-kind:sharp=largest:limit=none", KNOWN) == (
        EveryKind(sharp="largest", limit=None),
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("portrait", "'portrait' is no recipe; choose from people"),
        ("every-kind:size=3", "'size' is no option; its options are count, share"),
        ("every-kind:count=many", "count is 'many', but must be a whole number"),
        ("every-kind:share=nan", "share is 'nan', but must be a number"),
        ("every-kind:share=2", "share: 2.0 is out of range; Give 0 to 1"),
        ("every-kind:soft=maybe", "soft is 'maybe', but must be true or false"),
        ("people,people", "people is named twice"),
    ],
)
def test_a_wrong_wish_is_told_with_what_can_be_written(line: str, told: str) -> None:
    with pytest.raises(RecipeTextError) as error:
        read_recipes(line, KNOWN)
    assert told in str(error.value)
