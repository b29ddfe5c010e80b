from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import pytest

from shared.imaging.choosing import chosen
from shared.imaging.options.catalogue import OPTIONS
from shared.imaging.options.choice import Choice, check_choice
from shared.imaging.options.recipe_options import OptionError, RecipeOptions
from shared.imaging.recipes.catalogue import DEFAULT
from shared.imaging.scene import Person

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Soup(RecipeOptions):
    """Salt in grams."""

    recipe: ClassVar[str] = "soup"
    salt: float = 1.0
    bowl: str = "deep"
    guests: Choice = "all"

    def __post_init__(self) -> None:
        self.check_range("salt", 0, 5)
        self.check_word("bowl", "deep", "flat")
        check_choice(self, "guests")


def person(number: int, area: int) -> Person:
    return Person(
        id=number,
        provider_id=number,
        box=(0, 0, 1, area),
        area=area,
        share=0.1,
        centroid=(0.0, 0.0),
        touches_edge=False,
    )


PEOPLE = (person(1, 10), person(2, 30), person(3, 30))


@pytest.mark.parametrize("name", OPTIONS)
def test_every_recipe_has_defaults_and_a_module_that_renders(name: str) -> None:
    options = OPTIONS[name]()

    assert options.recipe == name
    assert callable(import_module(f"shared.imaging.recipes.{name.replace('-', '_')}").render)


def test_people_is_made_where_nobody_asked_for_anything() -> None:
    assert [options.recipe for options in DEFAULT] == ["people"]


@pytest.mark.parametrize("salt", [-0.1, 5.1, float("nan"), float("inf"), True, "much", None])
def test_a_number_out_of_range_is_refused_by_recipe_option_and_remedy(salt: float) -> None:
    with pytest.raises(OptionError) as caught:
        Soup(salt=salt)

    assert (caught.value.recipe, caught.value.option) == ("soup", "salt")
    assert caught.value.remedy == "Give 0 to 5."


def test_a_word_that_is_unknown_is_refused() -> None:
    with pytest.raises(OptionError, match=r"'cup' is unknown\. Give one of deep, flat\."):
        Soup(bowl="cup")


@pytest.mark.parametrize("guests", ["", "some", (), (0,), (256,), (1.0,), (True,), [1], None])
def test_a_choice_that_chooses_nobody_is_refused(guests: Choice) -> None:
    with pytest.raises(OptionError, match="chooses nobody"):
        Soup(guests=guests)


@pytest.mark.parametrize(
    ("choice", "ids"),
    [
        ("all", (1, 2, 3)),
        ("largest", (2,)),
        ("not-largest", (1, 3)),
        ((3, 1, 9), (1, 3)),
        ((9,), ()),
    ],
)
def test_a_choice_names_those_who_are_in_the_picture(choice: Choice, ids: tuple[int, ...]) -> None:
    assert chosen(PEOPLE, choice) == ids


@pytest.mark.parametrize("choice", ["all", "largest", "not-largest", (1,)])
def test_nobody_is_chosen_where_nobody_is(choice: Choice) -> None:
    assert chosen((), choice) == ()


def test_reading_options_imports_no_picture_library() -> None:
    program = "import sys, shared.imaging.recipes.catalogue; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    assert set(loaded) & {"numpy", "PIL", "isal", "cv2"} == set()
