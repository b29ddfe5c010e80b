"""Values of an environment, one by one: each as what it should be, or refused with a remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from shared.domain.line import MOST_PREFIXES, numbers_by_prefix
from shared.domain.recipes import DEFAULT_RECIPES, RecipePlan, RecipeTextError, parse_plan
from shared.domain.sinks import SinkChoice, read_sinks
from shared.transport.addresses import Network, parse_networks

MOST_ALARMS: Final = 5
UNLIMITED: Final = "unlimited"

_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")
_ON: Final = frozenset({"1", "true", "yes", "on"})
_OFF: Final = frozenset({"0", "false", "no", "off"})


class EnvironmentReader:
    """Reads values one by one and collects what is wrong with them instead of stopping."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def refuse(self, name: str, problem: str, remedy: str) -> None:
        """Note a problem."""
        self.problems.append(f"{name} {problem}: {remedy}")

    def value(self, name: str, default: str = "") -> str:
        """What stands there without white space around it, or *default*."""
        return self._env.get(name, "").strip() or default

    def text(self, name: str, default: str = "") -> str:
        """Some text."""
        value = self.value(name, default)
        if not value:
            self.refuse(name, "is missing", "set it; template.yml sets it for the functions")
        return value

    def secret(self, name: str) -> str:
        """Like `text`; of a wrong one only that it is wrong is said."""
        value = self.text(name)
        if value and not _PRINTABLE.fullmatch(value):
            self.refuse(name, "holds white space or characters outside ASCII", "copy it again")
            return ""
        return value

    def url(self, name: str, default: str = "", *, scheme_optional: bool = False) -> str:
        """An address; without a slash at its end."""
        value = self.text(name, default)
        full = value if "://" in value or not scheme_optional else f"https://{value}"
        if value and not _is_address(full):
            self.refuse(name, "is no address", "write https://HOST, without name or password in it")
        return value.rstrip("/")

    def folder(self, name: str, default: str) -> str:
        """A prefix of object keys that ends in a slash."""
        value = self.text(name, default)
        if value.startswith("/") or not value.endswith("/") or not _PRINTABLE.fullmatch(value):
            self.refuse(name, f"is {value!r}", "write ASCII that ends, and does not begin, with /")
        return value

    def switch(self, name: str, *, default: bool) -> bool:
        """On or off."""
        value = self.value(name, str(default).lower()).lower()
        if value not in _ON | _OFF:
            self.refuse(name, f"is {value!r}", "write true or false")
            return default
        return value in _ON

    def choice(self, name: str, *known: str) -> str:
        """One of a few words; the first where nothing is said."""
        value = self.value(name, known[0])
        if value not in known:
            self.refuse(name, f"is {value!r}", f"write {' or '.join(known)}")
        return value

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.value(name, str(default))
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            self.refuse(name, f"is {value!r}", f"write a whole number from {least} to {most}")
            return default
        return int(value)

    def by_prefix(self, name: str, *, least: int, most: int) -> dict[str, int]:
        """Numbers by upload prefix: `uploads/vip/=10,uploads/batch/=-5`."""
        found, bad = numbers_by_prefix(self.value(name), least=least, most=most)
        for part in bad:
            self.refuse(name, f"holds {part!r}", f"write PREFIX=N, N from {least} to {most}")
        if len(found) > MOST_PREFIXES:
            self.refuse(name, f"names {len(found)} prefixes", f"name {MOST_PREFIXES} at most")
        return found

    def percents(self, name: str, default: str) -> tuple[int, ...]:
        """Shares of a hundred, the largest first; five at most."""
        parts = [part.strip() for part in self.value(name, default).split(",")]
        good = [p for p in parts if p.isascii() and p.isdigit() and int(p) < 100]  # noqa: PLR2004 - percent
        if good != parts or len(parts) > MOST_ALARMS:
            self.refuse(name, f"is {','.join(parts)!r}", "write up to five numbers below 100")
        return tuple(sorted({int(p) for p in good}, reverse=True))

    def budget(self, name: str) -> int | None:
        """How many pictures may be paid for; empty or `unlimited`: None."""
        limited = self.value(name, UNLIMITED).lower() != UNLIMITED
        return self.number(name, 0, least=0, most=10**9) if limited else None

    def recipes(self, name: str) -> RecipePlan:
        """Which recipes uploads get, by prefix."""
        try:
            return parse_plan(self.value(name, DEFAULT_RECIPES))
        except RecipeTextError as error:
            self.refuse(name, "cannot be understood", str(error))
            return RecipePlan()

    def names(self, name: str, default: str) -> tuple[str, ...]:
        """Names with commas between them, each once."""
        parts = [part.strip() for part in self.value(name, default).split(",")]
        return tuple(dict.fromkeys(part for part in parts if part))

    def sinks(self, name: str, default: str) -> tuple[SinkChoice, ...]:
        """Where events go, each with its own variables."""
        chosen, problems = read_sinks(self.value(name, default), self._env)
        for each in problems:
            self.refuse(each.variable, each.problem, each.remedy)
        return chosen

    def networks(self, name: str) -> tuple[Network, ...]:
        """Networks in CIDR notation, with commas between them."""
        try:
            return parse_networks(filter(None, self.value(name).split(",")))
        except ValueError as error:
            self.refuse(name, f"cannot be understood ({error})", "write it like 10.1.0.0/16")
            return ()


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
