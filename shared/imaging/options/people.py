"""Options of `people`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.imaging.options.recipe_options import RecipeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleOptions(RecipeOptions):
    """`people`: a mask and a cut-out of each person."""

    recipe: ClassVar[str] = "people"
