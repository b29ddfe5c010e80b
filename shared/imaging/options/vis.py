"""Options of `vis`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.imaging.options.recipe_options import RecipeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class VisOptions(RecipeOptions):
    """`vis`: the picture with its people tinted, outlined and numbered."""

    recipe: ClassVar[str] = "vis"
