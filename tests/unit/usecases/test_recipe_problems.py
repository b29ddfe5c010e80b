from __future__ import annotations

import re

import pytest

from shared.imaging.errors import MaskError, NotAPictureError
from shared.imaging.options.recipe_options import OptionError
from shared.usecases.recipe_problems import problem_of

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            OptionError("backdrop", "image", "there is none", "Name one.", "没有", "请指定。"),
            "OptionImpossible",
            "image: there is none",
        ),
        (NotAPictureError("it is a text"), "not_a_picture", "it is a text"),
        (MaskError("strange", code="mask_strange"), "mask_strange", "strange"),
        (ZeroDivisionError("secret"), "RecipeFailed", "ZeroDivisionError"),
    ],
)
def test_a_problem_is_told_in_both_languages(error: Exception, code: str, message: str) -> None:
    problem = problem_of("backdrop", error)

    assert (problem.recipe, problem.code, problem.message) == ("backdrop", code, message)
    assert problem.remedy.endswith(".")
    assert not CHINESE.search(problem.message + problem.remedy)
    assert CHINESE.search(problem.message_zh)
    assert CHINESE.search(problem.remedy_zh)
    assert "secret" not in str(problem)
