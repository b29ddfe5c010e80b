"""What the environment says, read once and judged as a whole.

`Settings.from_env` reports every problem at once, each with the variable, what is wrong and what to
do; secrets are never repeated. `credentials_from` takes the context first, then the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, Final
from urllib.parse import urlsplit

from shared.domain.keys import Prefixes
from shared.domain.line import HIGHEST, MOST_PREFIXES, Standing, numbers_by_prefix
from shared.domain.recipes import RecipePlan, RecipeTextError, parse_plan
from shared.domain.sinks import SinkChoice, read_sinks
from shared.transport.addresses import Network, parse_networks

DEFAULT_MODEL: Final = "image-instance-segmentation"
DEFAULT_HOSTS: Final = ".aliyuncs.com"
MOST_ALARMS: Final = 5
DEFAULT_SINKS: Final = "mns,log"

PREFIXES: Final = {
    "MASKLINE_UPLOAD_PREFIX": "uploads/",
    "MASKLINE_RESULTS_PREFIX": "results/",
    "MASKLINE_PINS_PREFIX": "pins/",
    "MASKLINE_RAW_PREFIX": "raw/",
    "MASKLINE_BACKDROPS_PREFIX": "backdrops/",
}
"""Folders in the bucket, with what they are where nothing is said."""

_NO_CREDENTIALS: Final = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET: neither the context nor the "
    "environment has credentials; give the service a role (template.yml does), or set both"
)
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")
_ON: Final = frozenset({"1", "true", "yes", "on"})
_OFF: Final = frozenset({"0", "false", "no", "off"})


class SettingsError(Exception):
    """The environment cannot be worked with; one line per variable."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that a deployment can choose. `quota` None means unlimited."""

    bucket: str
    prefixes: Prefixes
    region: str
    account_id: str
    oss_endpoint: str
    oss_public_endpoint: str
    oss_is_cname: bool
    tablestore_endpoint: str
    tablestore_instance: str
    fc_endpoint: str
    fc_service: str
    fc_api: str
    mns_endpoint: str
    mns_topic: str
    mns_failure_queue: str
    dashscope_base_url: str
    dashscope_api_key: str = field(repr=False)
    dashscope_model: str
    dashscope_result_hosts: tuple[str, ...]
    quota: int | None
    erase_quota: int | None
    poller_seconds: int
    sinks: tuple[SinkChoice, ...]
    sink_networks: tuple[Network, ...]
    reuse: bool
    absence_seconds: int
    deployment: str
    recipes: RecipePlan
    standing: Standing
    allotments: Mapping[str, int]
    alarm_at: tuple[int, ...]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """The settings of an environment. Raises SettingsError with all that is wrong."""
        read = _Reader(env)
        oss_endpoint = read.url("OSS_ENDPOINT", scheme_optional=True)
        settings = cls(
            bucket=read.text("MASKLINE_BUCKET"),
            prefixes=_prefixes(read),
            region=read.text("MASKLINE_REGION"),
            account_id=read.text("MASKLINE_ACCOUNT_ID"),
            oss_endpoint=oss_endpoint,
            oss_public_endpoint=read.url("OSS_PUBLIC_ENDPOINT", oss_endpoint, scheme_optional=True),
            oss_is_cname=read.switch("OSS_IS_CNAME", default=False),
            tablestore_endpoint=read.url("TABLESTORE_ENDPOINT"),
            tablestore_instance=read.text("TABLESTORE_INSTANCE"),
            fc_endpoint=read.url("FC_ENDPOINT"),
            fc_service=read.text("FC_SERVICE"),
            fc_api=read.text("FC_API", "2.0"),
            mns_endpoint=read.url("MNS_ENDPOINT"),
            mns_topic=read.text("MNS_TOPIC"),
            mns_failure_queue=read.text("MNS_FAILURE_QUEUE"),
            dashscope_base_url=read.url("DASHSCOPE_BASE_URL"),
            dashscope_api_key=read.secret("DASHSCOPE_API_KEY"),
            dashscope_model=read.text("DASHSCOPE_MODEL", DEFAULT_MODEL),
            dashscope_result_hosts=read.names("DASHSCOPE_RESULT_HOSTS", DEFAULT_HOSTS),
            quota=read.budget("MASKLINE_QUOTA"),
            erase_quota=read.budget("MASKLINE_ERASE_QUOTA"),
            poller_seconds=read.number("MASKLINE_POLLER_SECONDS", 600, least=60, most=86_400),
            sinks=read.sinks("MASKLINE_SINKS", DEFAULT_SINKS),
            sink_networks=read.networks("MASKLINE_SINK_NETWORKS"),
            reuse=read.switch("MASKLINE_REUSE", default=True),
            absence_seconds=read.number("MASKLINE_ABSENCE_SECONDS", 240, least=1, most=3600),
            deployment=read.text("MASKLINE_DEPLOYMENT", "first"),
            recipes=read.recipes("MASKLINE_RECIPES"),
            standing=_standing(read),
            allotments=read.by_prefix("MASKLINE_PREFIX_QUOTAS", least=0, most=10**9),
            alarm_at=read.percents("MASKLINE_QUOTA_ALARMS", "10"),
        )
        if read.problems:
            raise SettingsError(tuple(read.problems))
        return settings


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials of one invocation; equal ones mean that clients may be kept."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


def credentials_from(context: Any, env: Mapping[str, str]) -> Credentials:
    """The invocation's credentials. Raises SettingsError where neither place has any."""
    given = getattr(context, "credentials", None)
    key_id = getattr(given, "access_key_id", None) or getattr(given, "accessKeyId", None)
    secret = getattr(given, "access_key_secret", None) or getattr(given, "accessKeySecret", None)
    if key_id and secret:
        token = getattr(given, "security_token", None) or getattr(given, "securityToken", None)
        return Credentials(key_id, secret, token or None)
    key_id = env.get("ALIBABA_CLOUD_ACCESS_KEY_ID", "")
    secret = env.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")
    if not key_id or not secret:
        raise SettingsError((_NO_CREDENTIALS,))
    return Credentials(key_id, secret, env.get("ALIBABA_CLOUD_SECURITY_TOKEN") or None)


def _prefixes(read: _Reader) -> Prefixes:
    """The folders; none may begin with another, or results would trigger the pipeline."""
    values = {name: read.folder(name, default) for name, default in PREFIXES.items()}
    for (one, prefix), (other, longer) in permutations(values.items(), 2):
        equal_twice = prefix == longer and one > other
        if prefix and longer.startswith(prefix) and not equal_twice:
            read.refuse(other, f"lies inside {one}", "give each a folder of its own")
    uploads, results, pins, raw, backdrops = values.values()
    return Prefixes(uploads=uploads, results=results, pins=pins, raw=raw, backdrops=backdrops)


def _standing(read: _Reader) -> Standing:
    """Who goes first, and how often."""
    return Standing(
        uploads=read.folder("MASKLINE_UPLOAD_PREFIX", PREFIXES["MASKLINE_UPLOAD_PREFIX"]),
        priorities=read.by_prefix("MASKLINE_PRIORITIES", least=-HIGHEST, most=HIGHEST),
        weights=read.by_prefix("MASKLINE_WEIGHTS", least=1, most=1000),
    )


class _Reader:
    """Reads values one by one and collects what is wrong with them instead of stopping."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def refuse(self, name: str, problem: str, remedy: str) -> None:
        """Note a problem."""
        self.problems.append(f"{name} {problem}: {remedy}")

    def text(self, name: str, default: str = "") -> str:
        """Some text without white space around it."""
        value = self._env.get(name, "").strip() or default
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
        value = self._env.get(name, "").strip().lower()
        if value in _ON or value in _OFF:
            return value in _ON
        if value:
            self.refuse(name, f"is {value!r}", "write true or false")
        return default

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._env.get(name, "").strip() or str(default)
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            self.refuse(name, f"is {value!r}", f"write a whole number from {least} to {most}")
            return default
        return int(value)

    def by_prefix(self, name: str, *, least: int, most: int) -> dict[str, int]:
        """Numbers by upload prefix: `uploads/vip/=10,uploads/batch/=-5`."""
        found, bad = numbers_by_prefix(self._env.get(name, ""), least=least, most=most)
        for part in bad:
            self.refuse(name, f"holds {part!r}", f"write PREFIX=N, N from {least} to {most}")
        if len(found) > MOST_PREFIXES:
            self.refuse(name, f"names {len(found)} prefixes", f"name {MOST_PREFIXES} at most")
        return found

    def percents(self, name: str, default: str) -> tuple[int, ...]:
        """Shares of a hundred, the largest first; five at most."""
        parts = [part.strip() for part in (self._env.get(name, "").strip() or default).split(",")]
        good = [p for p in parts if p.isascii() and p.isdigit() and int(p) < 100]  # noqa: PLR2004 - percent
        if good != parts or len(parts) > MOST_ALARMS:
            self.refuse(name, f"is {','.join(parts)!r}", "write up to five numbers below 100")
        return tuple(sorted({int(p) for p in good}, reverse=True))

    def budget(self, name: str) -> int | None:
        """How many pictures may be paid for; empty or `unlimited`: None."""
        value = self._env.get(name, "").strip().lower()
        limited = value not in {"", "unlimited"}
        return self.number(name, 0, least=0, most=10**9) if limited else None

    def recipes(self, name: str) -> RecipePlan:
        """Which recipes uploads get, by prefix."""
        try:
            return parse_plan(self._env.get(name, ""))
        except RecipeTextError as error:
            self.refuse(name, "cannot be understood", str(error))
            return RecipePlan()

    def names(self, name: str, default: str) -> tuple[str, ...]:
        """Names with commas between them, each once."""
        parts = [part.strip() for part in (self._env.get(name, "").strip() or default).split(",")]
        return tuple(dict.fromkeys(part for part in parts if part))

    def sinks(self, name: str, default: str) -> tuple[SinkChoice, ...]:
        """Where events go, each with its own variables."""
        chosen, problems = read_sinks(self._env.get(name, "").strip() or default, self._env)
        for each in problems:
            self.refuse(each.variable, each.problem, each.remedy)
        return chosen

    def networks(self, name: str) -> tuple[Network, ...]:
        """Networks in CIDR notation, with commas between them."""
        try:
            return parse_networks(filter(None, self._env.get(name, "").split(",")))
        except ValueError as error:
            self.refuse(name, f"cannot be understood ({error})", "write it like 10.1.0.0/16")
            return ()


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
