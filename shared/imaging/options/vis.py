"""Options of `vis`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.imaging.options.recipe_options import RecipeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class VisOptions(RecipeOptions):
    """`vis`: the picture with its people tinted and outlined.

    `numbers` writes each person's id, `legend` adds a panel of colours, ids and shares.
    """

    recipe: ClassVar[str] = "vis"
    numbers: bool = True
    legend: bool = True

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        self.check_flag("numbers")
        self.check_flag("legend")
