"""How the local provider behaves; changed field by field, kept across restarts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from scripts.localcloud.services.dashscope.outcomes import Playbook, parse_playbook, restored

QUEUE, REJECT = "queue", "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `/_control/dashscope` changes.

    `service_time` is a range in seconds; `concurrency` and `submit_qps` hold per model, as the
    vendor's limits do; `queue` is how many may wait beside those that run, None for no end;
    `query_qps` holds for fetches, lists and cancellations, each by itself; `quota` is how many
    images a model may bill in all, None for no end; `deny` are models that do not exist;
    `engine` is a name for the engine worker's `--engine`; `announce` is the function that hears of
    each task's end, None for nobody.
    """

    service_time: tuple[float, float] = (0.8, 1.2)
    over_limit: str = QUEUE
    concurrency: int = 1
    submit_qps: int = 2
    queue: int | None = None
    query_qps: int = 20
    quota: int | None = None
    deny: tuple[str, ...] = ()
    engine: str | None = None
    announce: str | None = None
    playbook: Playbook = field(default_factory=Playbook)

    def as_dict(self) -> dict[str, Any]:
        """For keeping, and for reading back with `restored_settings`."""
        return {**asdict(self), "playbook": self.playbook.as_dict()}


def restored_settings(kept: dict[str, Any]) -> Settings:
    """What `Settings.as_dict` made."""
    return Settings(
        **{
            **kept,
            "service_time": tuple(kept["service_time"]),
            "deny": tuple(kept["deny"]),
            "playbook": restored(kept["playbook"]),
        }
    )


def changed(settings: Settings, change: dict[str, Any]) -> Settings:
    """The settings with the fields that `change` names; what it does not name stays.

    Raises:
        ValueError: a field is unknown or wrong; the text names it and the remedy.
    """
    fields: dict[str, Any] = {}
    for name, value in change.items():
        if name not in PARSERS:
            raise ValueError(f"unknown field {name!r}; known are {', '.join(sorted(PARSERS))}")
        target = "playbook" if name == "outcomes" else name
        fields[target] = PARSERS[name](value)
    return replace(settings, **fields)


def public(settings: Settings) -> dict[str, Any]:
    """The settings as the control interface shows them."""
    shown = settings.as_dict()
    shown["outcomes"] = shown.pop("playbook")["scripts"]
    return shown


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _service_time(value: Any) -> tuple[float, float]:
    bounds = value if isinstance(value, list) else [value, value]
    if len(bounds) != 2 or not all(_is_number(bound) for bound in bounds):  # noqa: PLR2004 - a pair
        raise ValueError("field 'service_time' must be seconds, or [least, most]")
    least, most = float(bounds[0]), float(bounds[1])
    if not 0 <= least <= most:
        raise ValueError("field 'service_time' must be 0 or more, the least before the most")
    return least, most


def _over_limit(value: Any) -> str:
    if value not in {QUEUE, REJECT}:
        raise ValueError(f"field 'over_limit' must be '{QUEUE}' or '{REJECT}'")
    return str(value)


def _whole(name: str, least: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"field {name!r} must be a whole number of {least} or more")
        return value

    return parse


def _whole_or_none(name: str) -> Callable[[Any], int | None]:
    parse = _whole(name, 0)
    return lambda value: None if value is None else parse(value)


def _deny(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("field 'deny' must be a list of model names")
    return tuple(value)


def _engine(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value):
        raise ValueError("field 'engine' must be an engine's name, or null for the usual one")
    return value


def _announce(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value):
        raise ValueError("field 'announce' must be a function's name, or null for nobody")
    return value


PARSERS: dict[str, Callable[[Any], Any]] = {
    "service_time": _service_time,
    "over_limit": _over_limit,
    "concurrency": _whole("concurrency", 1),
    "submit_qps": _whole("submit_qps", 1),
    "queue": _whole_or_none("queue"),
    "query_qps": _whole("query_qps", 1),
    "quota": _whole_or_none("quota"),
    "deny": _deny,
    "engine": _engine,
    "announce": _announce,
    "outcomes": parse_playbook,
}
