"""Where events go, as a person writes it: `mns,log,webhook.shop:job.done|job.failed`.

    MASKLINE_SINKS := SINK {, SINK}      SINK := KIND [.LABEL] [:TYPE {|TYPE}]

A label lets there be several of a kind; `webhook.shop` reads `MASKLINE_WEBHOOK_SHOP_URL`. Types
are those of events without `maskline.`; one that ends in `*` is a beginning.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.domain import events
from shared.domain.outbox import Subscription

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "mns": ("TOPIC",),
    "log": (),
    "webhook": ("URL", "SECRET"),
    "dingtalk": ("URL", "SECRET"),
    "eventbridge": ("ENDPOINT", "BUS"),
}
"""What each kind of sink must be told."""

MOST_SINKS: Final = 16
MOST_SECRETS: Final = 4
TYPES: Final = (
    events.JOB_DONE,
    events.JOB_FAILED,
    events.JOB_REJECTED,
    events.JOB_LOST,
    events.PIPELINE_STOPPED,
    events.PIPELINE_RESUMED,
    events.PIPELINE_STALLED,
    events.QUOTA_LOW,
)
_COMMON: Final = "maskline."
_NAME: Final = re.compile(r"(?P<kind>[a-z]+)(?:\.(?P<label>[a-z0-9]{1,20}))?")
_LABELLED: Final = re.compile(
    rf"MASKLINE_(?P<kind>{'|'.join(KINDS).upper()})_[A-Z0-9]{{1,20}}_(?P<what>[A-Z]+)"
)
_ADDRESSES: Final = frozenset({"URL", "ENDPOINT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkChoice:
    """One sink that was asked for. `values` are its settings by their last word (`URL`, `TOPIC`
    ...); they are not shown, since a webhook's path may itself be a secret.
    """

    name: str
    kind: str
    types: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that sign: while one is exchanged for another there are several."""
        return tuple(self.values.get("SECRET", "").split())

    @property
    def subscription(self) -> Subscription:
        """What the outbox must know of it."""
        told = "\0".join(f"{name}={self.values[name]}" for name in sorted(self.values))
        fingerprint = hashlib.sha256(f"{self.kind}\0{told}".encode()).hexdigest()[:12]
        return Subscription(name=self.name, types=self.types, fingerprint=fingerprint)


@dataclass(frozen=True, slots=True)
class SinkProblem:
    """What is wrong with which variable, and what to do."""

    variable: str
    problem: str
    remedy: str


def variable_of(name: str, what: str) -> str:
    """The variable of a sink's URL, SECRET ...; the first topic's is older than the rule."""
    if (name, what) == ("mns", "TOPIC"):
        return "MNS_TOPIC"
    return f"MASKLINE_{name.upper().replace('.', '_')}_{what}"


def is_of_a_sink(variable: str) -> bool:
    """Whether a sink with a label would read this variable."""
    found = _LABELLED.fullmatch(variable)
    return found is not None and found["what"] in KINDS[found["kind"].lower()]


def read_sinks(
    text: str, env: Mapping[str, str]
) -> tuple[tuple[SinkChoice, ...], list[SinkProblem]]:
    """The sinks that *text* names, with their variables of *env*; and all that is wrong."""
    problems: list[SinkProblem] = []
    chosen: dict[str, SinkChoice] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        choice = _choice(part, env, problems)
        if choice is not None and choice.name in chosen and chosen[choice.name] != choice:
            _refuse(problems, f"names {choice.name} twice", "give each a label: KIND.LABEL")
        elif choice is not None:
            chosen[choice.name] = choice
    if len(chosen) > MOST_SINKS:
        _refuse(problems, f"names {len(chosen)} sinks", f"name {MOST_SINKS} at most")
    return tuple(chosen.values()), problems


def _choice(part: str, env: Mapping[str, str], problems: list[SinkProblem]) -> SinkChoice | None:
    name, _, wanted = part.partition(":")
    found = _NAME.fullmatch(name)
    if found is None or found["kind"] not in KINDS:
        known = ", ".join(sorted(KINDS))
        _refuse(problems, f"names {name!r}", f"choose from {known}, with .LABEL for a second one")
        return None
    kind = found["kind"]
    values = {what: _value(name, what, env, problems) for what in KINDS[kind]}
    return SinkChoice(name=name, kind=kind, types=_types(wanted, problems), values=values)


def _value(name: str, what: str, env: Mapping[str, str], problems: list[SinkProblem]) -> str:
    variable = variable_of(name, what)
    value = env.get(variable, "").strip()
    if not value:
        remedy = f"set it, as MASKLINE_SINKS names {name}"
        problems.append(SinkProblem(variable, "is missing", remedy))
    elif what in _ADDRESSES and not re.fullmatch(r"https?://[^\s/@]+(?:/[\x21-\x7e]*)?", value):
        remedy = "write https://HOST/PATH, without name or password in it"
        problems.append(SinkProblem(variable, "is no address", remedy))
    elif what == "SECRET" and not _are_secrets(value):
        remedy = f"copy it again; {MOST_SECRETS} at most, with spaces between them"
        problems.append(SinkProblem(variable, "holds no secrets", remedy))
    return value


def _are_secrets(value: str) -> bool:
    return value.isascii() and value.isprintable() and len(value.split()) <= MOST_SECRETS


def _types(text: str, problems: list[SinkProblem]) -> tuple[str, ...]:
    wanted = [part.strip() for part in text.split("|") if part.strip()]
    full = [part if part.startswith(_COMMON) else f"{_COMMON}{part}" for part in wanted]
    for given, name in zip(wanted, full, strict=True):
        if not any(Subscription(name="", types=(name,)).takes(each) for each in TYPES):
            known = ", ".join(each.removeprefix(_COMMON) for each in TYPES)
            _refuse(problems, f"asks for {given!r}", f"choose from {known}, or a beginning with *")
    return tuple(full)


def _refuse(problems: list[SinkProblem], problem: str, remedy: str) -> None:
    problems.append(SinkProblem("MASKLINE_SINKS", problem, remedy))
