"""The table of settings in `docs/configuration.md`: names and defaults as the settings ask for
them, with what each means.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scripts.cli.setting_words import MEANINGS
from scripts.cli.variables import settings_and_defaults
from scripts.cli.written_part import WrittenPart

PART: Final = WrittenPart("settings")
CHINESE: Final = "configuration.zh-CN.md"
DOCUMENTS: Final = tuple(
    Path(__file__).resolve().parents[2] / "docs" / name for name in ("configuration.md", CHINESE)
)
_REQUIRED: Final = "–"
_OF_ANOTHER: Final = {"OSS_PUBLIC_ENDPOINT": "`OSS_ENDPOINT`"}
"""A default that is another setting's value."""

_WORDS: Final = {"": ("none", "无"), "unlimited": ("unlimited", "不限")}
"""Defaults that are words for people, and nothing to copy."""


def in_step(text: str, name: str) -> str:
    """The page *name* with its table as the code has it. Raises ValueError without the marks."""
    return PART.in_step(text, settings_table(chinese=name == CHINESE))


def settings_table(*, chinese: bool) -> str:
    """Every setting that there is, in the order of `setting_words`.

    Raises KeyError: a setting has no meaning, or a meaning no setting.
    """
    defaults = settings_and_defaults()
    if missing := defaults.keys() ^ MEANINGS.keys():
        raise KeyError(f"setting_words.py and the settings differ in {sorted(missing)}")
    head = "| 变量 | 默认值 | 含义 |" if chinese else "| variable | default | meaning |"
    rows = [head, "|---|---|---|"]
    for name, said in MEANINGS.items():
        default = _OF_ANOTHER.get(name) or _told(defaults[name], chinese=chinese)
        meaning = (said.zh if chinese else said.en).replace("|", r"\|")
        rows.append(f"| `{name}` | {default} | {meaning} |")
    return "\n".join(rows)


def _told(default: str | None, *, chinese: bool) -> str:
    if default is None:
        return _REQUIRED
    words = _WORDS.get(default)
    return words[chinese] if words else f"`{default}`"
