"""What the environment says, read once and judged as a whole.

`Settings.from_env` reports every problem at once, each with the variable, what is wrong and what to
do; secrets are never repeated. `credentials_from` takes the context first, then the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, Final, TypedDict

from shared.domain.keys import Prefixes
from shared.domain.line import HIGHEST, Standing
from shared.domain.recipes import RecipePlan
from shared.domain.sinks import SinkChoice
from shared.environment import EnvironmentReader
from shared.transport.addresses import Network

DEFAULT_MODEL: Final = "image-instance-segmentation"
DEFAULT_ERASE_MODEL: Final = "image-erase-completion"
DEFAULT_HOSTS: Final = ".aliyuncs.com"
DEFAULT_SINKS: Final = "mns,log"

FC_API_2: Final = "2.0"
FC_API_3: Final = "3.0"
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
    fc_qualifier: str
    mns_endpoint: str
    mns_topic: str
    mns_failure_queue: str
    dashscope_base_url: str
    dashscope_api_key: str = field(repr=False)
    dashscope_model: str
    dashscope_erase_model: str
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
    trace: bool

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """The settings of an environment. Raises SettingsError with all that is wrong."""
        read = EnvironmentReader(env)
        settings = cls.read_by(read)
        if read.problems:
            raise SettingsError(tuple(read.problems))
        return settings

    @classmethod
    def read_by(cls, read: EnvironmentReader) -> Settings:
        """Each setting, asked for with its default; what is wrong stays with the reader."""
        oss_endpoint = read.url("OSS_ENDPOINT", scheme_optional=True)
        return cls(
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
            fc_api=read.choice("FC_API", FC_API_2, FC_API_3),
            fc_qualifier=read.text("FC_QUALIFIER", "LATEST"),
            mns_endpoint=read.url("MNS_ENDPOINT"),
            mns_topic=read.text("MNS_TOPIC"),
            mns_failure_queue=read.text("MNS_FAILURE_QUEUE"),
            dashscope_base_url=read.url("DASHSCOPE_BASE_URL"),
            dashscope_api_key=read.secret("DASHSCOPE_API_KEY"),
            dashscope_model=read.text("DASHSCOPE_MODEL", DEFAULT_MODEL),
            dashscope_erase_model=_erase_model(read),
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
            trace=read.switch("MASKLINE_TRACE", default=False),
        )


class Keys(TypedDict):
    """What adapters take of credentials."""

    access_key_id: str
    access_key_secret: str
    security_token: str | None


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials of one invocation; equal ones mean that clients may be kept."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)

    @property
    def keys(self) -> Keys:
        """As options of whatever needs them; never to be shown."""
        return Keys(
            access_key_id=self.access_key_id,
            access_key_secret=self.access_key_secret,
            security_token=self.security_token,
        )


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


def _prefixes(read: EnvironmentReader) -> Prefixes:
    """The folders; none may begin with another, or results would trigger the pipeline."""
    values = {name: read.folder(name, default) for name, default in PREFIXES.items()}
    for (one, prefix), (other, longer) in permutations(values.items(), 2):
        equal_twice = prefix == longer and one > other
        if prefix and longer.startswith(prefix) and not equal_twice:
            read.refuse(other, f"lies inside {one}", "give each a folder of its own")
    uploads, results, pins, raw, backdrops = values.values()
    return Prefixes(uploads=uploads, results=results, pins=pins, raw=raw, backdrops=backdrops)


def _standing(read: EnvironmentReader) -> Standing:
    """Who goes first, and how often."""
    return Standing(
        uploads=read.folder("MASKLINE_UPLOAD_PREFIX", PREFIXES["MASKLINE_UPLOAD_PREFIX"]),
        priorities=read.by_prefix("MASKLINE_PRIORITIES", least=-HIGHEST, most=HIGHEST),
        weights=read.by_prefix("MASKLINE_WEIGHTS", least=1, most=1000),
    )


def _erase_model(read: EnvironmentReader) -> str:
    """One of its own: with the same, both stages would share a gate and take each other's tasks."""
    model = read.text("DASHSCOPE_ERASE_MODEL", DEFAULT_ERASE_MODEL)
    if model == read.text("DASHSCOPE_MODEL", DEFAULT_MODEL):
        read.refuse("DASHSCOPE_ERASE_MODEL", "is DASHSCOPE_MODEL", "name another model")
    return model
