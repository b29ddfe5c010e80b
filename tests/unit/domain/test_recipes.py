"""The line that asks for recipes: what it may say, and what is said of a wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.recipes import (
    LONGEST,
    RecipePlan,
    RecipeRequest,
    RecipeTextError,
    parse_plan,
    parse_recipes,
)


def test_a_line_names_recipes_and_their_options() -> None:
    assert parse_recipes(" people, bokeh:strength=0.6:sharp=1+3 ,id-photo:kb-max=40") == (
        RecipeRequest(name="people"),
        RecipeRequest(name="bokeh", options=(("strength", "0.6"), ("sharp", "1+3"))),
        RecipeRequest(name="id-photo", options=(("kb_max", "40"),)),
    )


def test_a_value_may_hold_what_the_line_is_made_of() -> None:
    (backdrop,) = parse_recipes("backdrop:image=%E6%B5%B7%2C%20a%3Ab.jpg")
    assert backdrop.options == (("image", "海, a:b.jpg"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no recipe is named"),
        (" , ", "no recipe is named"),
        ("People", "'People' is no recipe's name"),
        ("bokeh,people,bokeh", "bokeh is named twice"),
        ("bokeh:strength", "write `bokeh:option=value`"),
        ("bokeh:=1", "write `bokeh:option=value`"),
        ("bokeh:sharp=1:sharp=2", "bokeh has an option twice"),
        (",".join(f"r{n}" for n in range(17)), "at most 16 recipes"),
        ("a" * (LONGEST + 1), f"at most {LONGEST} characters"),
    ],
)
def test_a_wrong_line_is_told_with_what_to_write(text: str, told: str) -> None:
    with pytest.raises(RecipeTextError) as error:
        parse_recipes(text)
    assert told in str(error.value)


names = st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)
options = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True),
    st.text(max_size=12).map(str.strip),
    max_size=3,
)
requests = st.builds(
    lambda name, chosen: RecipeRequest(name=name, options=tuple(chosen.items())), names, options
)


@given(requests)
def test_a_request_written_down_is_read_back(request_: RecipeRequest) -> None:
    assert parse_recipes(str(request_)) == (request_,)


def test_a_plan_gives_the_line_of_the_longest_prefix() -> None:
    plan = parse_plan("people; uploads/=people,vis;uploads/staff/=id-photo:size=one-inch")
    assert plan.line_for("elsewhere/a.jpg") == "people"
    assert plan.line_for("uploads/a.jpg") == "people,vis"
    assert plan.line_for("uploads/staff/a.jpg") == "id-photo:size=one-inch"


def test_a_plan_without_a_line_of_its_own_is_the_default() -> None:
    assert parse_plan("") == RecipePlan()
    assert parse_plan("uploads/a/=bokeh").line_for("uploads/b.jpg") == "people"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("people;bokeh", "has no prefix"),
        ("a/=people;a/=bokeh", "a/ is there twice"),
        ("a/=bokeh:strength", "write `bokeh:option=value`"),
        ("a/=", "no recipe is named"),
    ],
)
def test_a_wrong_plan_is_told(text: str, told: str) -> None:
    with pytest.raises(RecipeTextError) as error:
        parse_plan(text)
    assert told in str(error.value)
