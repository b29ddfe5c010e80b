"""The whole document: head, overview, sections; style and script stand in it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Final

from scripts.viewer.markup import Markup, described, join, tag
from scripts.viewer.model import Page, PagePhoto
from scripts.viewer.sections import section
from scripts.viewer.words import Words

_HERE: Final = Path(__file__).parent
_STYLE: Final = "page.css"
_SCRIPT: Final = "page.js"
_ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='4' fill='%231f5fbf'/%3E"
    "%3Ccircle cx='8' cy='6' r='2.6' fill='white'/%3E"
    "%3Cpath d='M3 14a5 5 0 0 1 10 0z' fill='white'/%3E%3C/svg%3E"
)
"""In the page itself: a browser would ask for one otherwise."""
_OVERVIEW: Final = 2
"""Photographs from which on there is an overview."""


def document(page: Page) -> str:
    """The page as HTML. Nothing but its own style and script may run in it."""
    style, script = _source(_STYLE), _source(_SCRIPT)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("link", rel="icon", href=_ICON),
        tag("title", page.title.english, data_zh=page.title.chinese),
        tag("style", style),
    )
    body = tag("body", _top(page), _overview(page.photos), _main(page), tag("script", script))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _source(name: str) -> Markup:
    """Our own file, which is written so that it may stand in HTML as it is."""
    return Markup((_HERE / name).read_text(encoding="utf-8"))


def _policy(style: str, script: str) -> str:
    """Pictures from beside the page (`file:` where it is opened from a disk), and nothing else."""
    parts = (
        "default-src 'none'",
        "img-src 'self' file: data:",
        f"style-src {_hashed(style)}",
        f"script-src {_hashed(script)}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(parts)


def _hashed(source: str) -> str:
    digest = hashlib.sha256(source.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _top(page: Page) -> Markup:
    notes = [tag("p", note, class_="why wrong") for note in page.notes]
    skip = Words("To the photographs", "跳到照片")
    return join(
        tag("a", skip, href="#photos", class_="skip"),
        tag(
            "header",
            tag("div", tag("h1", page.title), tag("p", page.summary), class_="titles"),
            tag("div", _language(), _theme(), class_="switches"),
            *notes,
            class_="top",
        ),
    )


def _language() -> Markup:
    """Each language is named in itself; the button names the one that it leads to."""
    names = join(
        tag("span", "中文", class_="w", lang="en"), tag("span", "English", class_="w", lang="zh-CN")
    )
    return tag("button", names, type="button", id="language", hidden=True)


def _theme() -> Markup:
    about = Words("Dark or light", "深色或浅色")
    return tag(
        "button",
        tag("span", "◐", aria_hidden="true"),
        type="button",
        id="theme",
        hidden=True,
        **described(about, "aria_label"),
    )


def _overview(photos: tuple[PagePhoto, ...]) -> Markup:
    if len(photos) < _OVERVIEW:
        return Markup()
    about = Words("All photographs", "全部照片")
    entries = [tag("li", _overview_entry(photo, number)) for number, photo in enumerate(photos, 1)]
    return tag("nav", tag("ul", *entries), class_="overview", **described(about, "aria_label"))


def _overview_entry(photo: PagePhoto, number: int) -> Markup:
    """A small picture, or the file's ending where there is none."""
    small = _thumbnail(photo)
    if small is None:
        face = tag("span", photo.name.rpartition(".")[2].upper()[:5] or "?", aria_hidden="true")
    else:
        face = tag("img", src=small, alt="", loading="lazy", decoding="async")
    mark = tag("i", class_=f"mark {photo.state.lower()}", aria_hidden="true")
    told = tag("span", f"{photo.name}, {photo.state}", class_="heard")
    return tag("a", face, mark, told, href=f"#photo-{number}", title=photo.name)


def _thumbnail(photo: PagePhoto) -> str | None:
    """The lightest picture of it: the people in colours, else the photograph itself."""
    if photo.result is None:
        return None if photo.preview is None else photo.preview.address
    small = {file.name: file.thumbnail for file in photo.result.files}
    shown = small.get("vis.png") or photo.result.photo
    return None if shown is None else shown.address


def _main(page: Page) -> Markup:
    sections = [section(photo, number) for number, photo in enumerate(page.photos, 1)]
    return tag("main", *sections, id="photos", tabindex="-1")
