"""Outcome scripts: what becomes of chosen tasks, whatever the engine would have made of them.

A script is `{"match": {...}, "outcome": WORD, ...}`; `match` may name `nth` (1 is the first task
accepted after the scripts were given), `url_contains`, `model`; all that it names must agree, and
an empty one takes the next task. It is used up after `count` tasks (1 unless said). Outcomes:

* `FAILED` with `code` and `message`: fails after the service time.
* `VANISH`: accepted, then never heard of: UNKNOWN to `fetch`, absent from `list`.
* `SUSPENDED` with `seconds`: stands still that long, then goes on as usual.
* `STUCK`: stays RUNNING until the three hours are over, then fails as `InternalError.Timeout`.
* `SUCCEEDED`: nothing special, but may carry `service_time`, as every outcome may.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

FAILED, VANISH, SUSPENDED, STUCK, SUCCEEDED = (
    "FAILED",
    "VANISH",
    "SUSPENDED",
    "STUCK",
    "SUCCEEDED",
)
OUTCOMES = (FAILED, VANISH, SUSPENDED, STUCK, SUCCEEDED)
FIELDS = frozenset({"match", "outcome", "code", "message", "seconds", "service_time", "count"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One script. Times are in seconds; `left` is how many tasks it still takes."""

    outcome: str
    nth: int | None = None
    url_contains: str = ""
    model: str = ""
    code: str = "InternalError.Algo"
    message: str = "algorithm process error"
    seconds: float = 5.0
    service_time: float | None = None
    left: int = 1

    def takes(self, *, nth: int, url: str, model: str) -> bool:
        """Whether this script is for the `nth` accepted task."""
        return (
            self.left > 0
            and self.nth in {None, nth}
            and self.url_contains in url
            and self.model in {"", model}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """The scripts in order, and how many tasks were accepted since they were given."""

    scripts: tuple[Outcome, ...] = ()
    accepted: int = 0

    def next(self, *, url: str, model: str) -> tuple[Outcome | None, Playbook]:
        """The script for the next accepted task, if any, and what remains afterwards."""
        if not self.scripts:
            return None, self
        nth = self.accepted + 1
        for index, script in enumerate(self.scripts):
            if script.takes(nth=nth, url=url, model=model):
                left = replace(script, left=script.left - 1)
                rest = (*self.scripts[:index], left, *self.scripts[index + 1 :])
                kept = tuple(each for each in rest if each.left > 0)
                return script, Playbook(scripts=kept, accepted=nth)
        return None, replace(self, accepted=nth)

    def as_dict(self) -> dict[str, Any]:
        """For keeping."""
        return {"scripts": [asdict(script) for script in self.scripts], "accepted": self.accepted}


def restored(kept: dict[str, Any]) -> Playbook:
    """What `Playbook.as_dict` made."""
    return Playbook(
        scripts=tuple(Outcome(**script) for script in kept["scripts"]), accepted=kept["accepted"]
    )


def parse_playbook(value: Any) -> Playbook:
    """Read the field `outcomes`.

    Raises:
        ValueError: a script is wrong; the text names its place, the field and the remedy.
    """
    if not isinstance(value, list):
        raise ValueError("field 'outcomes' must be a list of scripts")  # noqa: TRY004 - to the caller a wrong field is one kind of error
    return Playbook(scripts=tuple(_parse(index, each) for index, each in enumerate(value)))


def _parse(index: int, script: Any) -> Outcome:
    place = f"outcomes[{index}]"
    if not isinstance(script, dict):
        raise ValueError(f"{place} needs 'match' and 'outcome'")  # noqa: TRY004 - to the caller a wrong field is one kind of error
    if unknown := sorted(set(script) - FIELDS):
        raise ValueError(
            f"{place} has the unknown field {unknown[0]!r}; known: {', '.join(sorted(FIELDS))}"
        )
    if script.get("outcome") not in OUTCOMES:
        raise ValueError(f"{place}.outcome must be one of {', '.join(OUTCOMES)}")
    numbers = {
        name: _seconds(place, name, script[name])
        for name in ("seconds", "service_time")
        if name in script
    }
    texts = {
        name: _text(place, name, script[name]) for name in ("code", "message") if name in script
    }
    left = _whole(place, "count", script.get("count", 1))
    return Outcome(
        outcome=script["outcome"],
        left=left,
        **_parse_match(place, script.get("match", {})),
        **numbers,
        **texts,
    )


def _parse_match(place: str, match: Any) -> dict[str, Any]:
    known = {"nth": _whole, "url_contains": _text, "model": _text}
    if not isinstance(match, dict) or set(match) - set(known):
        raise ValueError(f"{place}.match must be an object of {', '.join(known)}")
    return {name: known[name](f"{place}.match", name, value) for name, value in match.items()}


def _whole(place: str, name: str, value: Any) -> Any:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{place}.{name} must be a whole number of 1 or more")
    return value


def _text(place: str, name: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(f"{place}.{name} must be a text")  # noqa: TRY004 - to the caller a wrong field is one kind of error
    return value


def _seconds(place: str, name: str, value: Any) -> Any:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{place}.{name} must be seconds of 0 or more")
    return float(value)
