"""Options of `backdrop`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from shared.imaging.options.choice import ALL, Choice, check_choice
from shared.imaging.options.colour import check_colour
from shared.imaging.options.picture import PictureOptions

TRANSPARENT: Final = "transparent"
PEOPLE: Final = "people"
BACKGROUND: Final = "background"
FILLED: Final = "filled"
COVER: Final = "cover"
CONTAIN: Final = "contain"
_LONGEST_KEY: Final = 1023
"""Bytes of an object's name, says OSS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackdropOptions(PictureOptions):
    """`backdrop`: people on another background, or the background without them.

    `show` is `people`, or `background`: the picture without the chosen people, whose place is a
    `hole` that is `filled` with the colours around it, or `transparent`. Behind people is a
    `colour` (or nothing: `transparent`), which runs to `colour_to` at an `angle` (degrees, 0 to
    the right, 90 down) where that is given, and before it the `image` of that name (below
    `backdrops/` in the bucket; a file, for `derive`), which shall `cover` the whole or be
    `contain`ed in it. `shadow` is 0 (none) to 1 (black). `quality` is JPEG's, which is written
    wherever nothing is transparent. `profile` and `metadata` are as in `people`; people before
    something new are always sRGB.
    """

    recipe: ClassVar[str] = "backdrop"
    people: Choice = ALL
    show: str = PEOPLE
    hole: str = FILLED
    colour: str = "white"
    colour_to: str = ""
    angle: float = 90
    image: str = ""
    fit: str = COVER
    shadow: float = 0
    quality: int = 92

    def __post_init__(self) -> None:
        PictureOptions.__post_init__(self)
        check_choice(self, "people")
        self.check_word("show", PEOPLE, BACKGROUND)
        self.check_word("hole", FILLED, TRANSPARENT)
        self.check_word("fit", COVER, CONTAIN)
        self.check_range("angle", -360, 360)
        self.check_range("shadow", 0, 1)
        self.check_whole("quality", 1, 100)
        self._check_colours()
        if "\0" in self.image or len(self.image.encode()) > _LONGEST_KEY:
            raise self.refuse("image", f"{self.image!r} is no key", "Give a name below backdrops/.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The picture behind the people, where there is one."""
        return (self.image,) if self.image and self.show == PEOPLE else ()

    @property
    def see_through(self) -> bool:
        """Whether the result has transparent pixels."""
        if self.show == BACKGROUND:
            return self.hole == TRANSPARENT
        return self.colour == TRANSPARENT and not self.image

    def _check_colours(self) -> None:
        if self.colour != TRANSPARENT:
            check_colour(self, "colour")
        if self.colour_to:
            check_colour(self, "colour_to")
            if self.colour == TRANSPARENT:
                what = "a gradient cannot begin with nothing"
                raise self.refuse("colour", what, "Give a colour, or leave out colour_to.")
        if self.colour == TRANSPARENT and self.image and self.fit == CONTAIN:
            what = "what the image leaves free needs a colour"
            raise self.refuse("colour", what, f"Give a colour, or {COVER} as fit.")
