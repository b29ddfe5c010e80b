"""What the page shows, as plain data. Addresses are relative to the page, quoted for a URL."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.viewer.words import Group, Words
from shared.imaging.palette import Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A small picture made for the page, its sides in pixels, and whether one sees through it."""

    address: str
    width: int
    height: int
    seen_through: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePerson:
    """One person: `outline` is SVG path data in the coordinates of the photo's `frame`.

    `area` in pixels of the original, `share` of the picture (0..1), `at` is the top of the
    person, as shares of the picture's sides.
    """

    id: int
    colour: Colour
    outline: str
    area: int
    share: float
    at: tuple[float, float]
    touches_edge: bool
    is_dominant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """One file of the set. `thumbnail` is there for pictures that can be shown."""

    name: str
    words: Words
    group: Group
    address: str
    size: int
    thumbnail: Shown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A picture that can be laid over the photograph."""

    words: Words
    shown: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSet:
    """What came of one photograph. `frame` is the size of the outlines' coordinates.

    `problems` are recipes that gave nothing, `refusals` people without an ID photo, and why.
    """

    photo: Shown | None
    frame: tuple[int, int]
    people: tuple[PagePerson, ...]
    views: tuple[View, ...]
    files: tuple[PageFile, ...]
    problems: tuple[Words, ...]
    refusals: tuple[Words, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePhoto:
    """One photograph and how it went. `preview` is its picture where there is no result."""

    name: str
    state: str
    facts: tuple[Words, ...] = ()
    why: Words | None = None
    code: str = ""
    preview: Shown | None = None
    result: ResultSet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page. `notes` are told at the top: what differed from what was expected."""

    title: Words
    summary: Words
    photos: tuple[PagePhoto, ...]
    notes: tuple[str, ...] = ()
