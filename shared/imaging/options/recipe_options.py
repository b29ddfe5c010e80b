"""What the options of all recipes have in common, and the error of one that makes no sense."""

from __future__ import annotations

from typing import ClassVar


class OptionError(ValueError):
    """*option* of *recipe* is not possible: *what* is wrong, and the *remedy*.

    What only a picture can show to be impossible stands in its manifest, and is told in Chinese
    too; what is wrong with the line itself is told where it was written.
    """

    def __init__(  # noqa: PLR0917 -- what is wrong and what helps, in both languages
        self,
        recipe: str,
        option: str,
        what: str,
        remedy: str,
        what_zh: str = "",
        remedy_zh: str = "",
    ) -> None:
        super().__init__(f"{recipe}: {option}: {what}. {remedy}")
        self.recipe = recipe
        self.option = option
        self.what = what
        self.remedy = remedy
        self.what_zh = what_zh or what
        self.remedy_zh = remedy_zh or remedy


class RecipeOptions:
    """Base of every recipe's options; `recipe` is the name that users write."""

    __slots__ = ()
    recipe: ClassVar[str]

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of objects whose bytes the recipe wants to find in `Scene.materials`."""
        return ()

    @property
    def keeps_profile(self) -> bool:
        """Whether the photo's own colour profile is wanted, and no conversion to sRGB."""
        return False

    @property
    def kept_metadata(self) -> str:
        """How much of what the camera wrote is carried over: `none`, `no-gps` or `keep`."""
        return "none"

    def refuse(self, option: str, what: str, remedy: str, *chinese: str) -> OptionError:
        """The error of an impossible *option* of this recipe, to be raised; see OptionError."""
        return OptionError(self.recipe, option, what, remedy, *chinese)

    def check_range(self, option: str, low: float, high: float) -> None:
        """Raise OptionError unless *option*'s number lies within *low* to *high*, ends included."""
        value = getattr(self, option)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refuse(option, f"{value!r} is not a number", f"Give {low} to {high}.")
        if not low <= value <= high:  # a NaN is in no range either
            raise self.refuse(option, f"{value} is out of range", f"Give {low} to {high}.")

    def check_word(self, option: str, *words: str) -> None:
        """Raise OptionError unless *option* is one of *words*."""
        value = getattr(self, option)
        if value not in words:
            raise self.refuse(option, f"{value!r} is unknown", f"Give one of {', '.join(words)}.")

    def check_whole(self, option: str, low: int, high: int) -> None:
        """Raise OptionError unless *option* is a whole number of *low* to *high*."""
        self.check_range(option, low, high)
        value = getattr(self, option)
        if not isinstance(value, int):
            raise self.refuse(option, f"{value} is not whole", f"Give {low} to {high}.")

    def check_flag(self, option: str) -> None:
        """Raise OptionError unless *option* is true or false."""
        value = getattr(self, option)
        if not isinstance(value, bool):
            raise self.refuse(option, f"{value!r} is neither", "Give true or false.")
