"""HTML that cannot be broken by what stands in it: whatever is not markup already is escaped."""

from __future__ import annotations

import html
from typing import Final

from scripts.viewer.words import Words

_VOID: Final = frozenset({"img", "input", "link", "meta"})

Value = str | int | bool | None


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *children: str | Words, **attributes: Value) -> Markup:
    """One element. *children* are escaped unless they are markup, words stand in both languages.

    Attributes are named as in HTML, with `_` for `-` and after a Python keyword; True is an
    attribute without a value, None and False are left out.
    """
    opened = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    if name in _VOID:
        return Markup(opened)
    return Markup(f"{opened}{join(*children)}</{name}>")


def join(*children: str | Words) -> Markup:
    """Elements and texts, one after another."""
    return Markup("".join(_child(child) for child in children))


def described(words: Words, attribute: str) -> dict[str, str]:
    """An attribute that people hear or read, in English, and beside it the other language's."""
    return {attribute: words.english, "data_zh": words.chinese}


def _child(child: str | Words) -> str:
    if isinstance(child, Words):
        return both(child)
    return child if isinstance(child, Markup) else html.escape(child)


def both(words: Words) -> Markup:
    """The words in both languages; the page's style shows one of them."""
    if words.english == words.chinese:
        return Markup(html.escape(words.english))
    return join(
        tag("span", words.english, class_="w", lang="en"),
        tag("span", words.chinese, class_="w", lang="zh-CN"),
    )


def _attribute(key: str, value: Value) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
