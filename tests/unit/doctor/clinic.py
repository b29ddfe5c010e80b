"""A deployment that nothing is wrong with, over memory, for misconfigurations to be planted in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scripts.doctor.patient import Machine, Patient
from scripts.doctor.template import declared
from shared.adapters.memory.clock import ManualClock
from shared.adapters.memory.objects import MemoryObjectStore
from shared.adapters.memory.stores import MemoryClaimStore, MemoryGateStore, MemoryJobStore
from shared.domain.gate import Gate
from shared.domain.quota import Quota
from shared.ports.errors import PortError
from shared.ports.inspection import (
    AsynchronousFacts,
    BucketFacts,
    FunctionFacts,
    Inspection,
    LifecycleRule,
    TableFacts,
    TriggerFacts,
)
from shared.ports.tasks import ListedTask, TaskPage, TaskStatus
from shared.settings import Settings
from shared.wire.checkup import PAYLOAD
from tests.unit.test_settings import ENV

GATE_ID = "dashscope:1649015465570000:image-instance-segmentation"
FINGERPRINT = "0123456789ab"
TEMPLATE = declared("2.0")
VARIABLES = {**ENV, "MASKLINE_QUOTA": "500"}
EVENTS = sorted(TEMPLATE.upload_events)


def trigger_of(function: str) -> list[TriggerFacts]:
    """What starts a function, as the template has it."""
    prefix = {"filter": {"key": {"prefix": "uploads/", "suffix": ""}}}
    upload = {"bucketName": "photos", "events": EVENTS, **prefix}
    tick = {"cronExpression": "@every 1m", "enable": True, "payload": "tick"}
    known: dict[str, tuple[str, Mapping[str, Any]]] = {
        "submit": ("oss", upload),
        "poller": ("timer", tick),
    }
    if function not in known:
        return []
    kind, config = known[function]
    return [TriggerFacts(name="start", kind=kind, qualifier="", config=config)]


def functions() -> dict[str, FunctionFacts]:
    made = {}
    for one in TEMPLATE.functions:
        measures = {"timeout": 600, **one.measures}
        made[one.name] = FunctionFacts(
            environment={name: VARIABLES.get(name, "") for name in one.variables},
            asynchronous=AsynchronousFacts(**one.tries, on_failure=""),
            triggers=trigger_of(one.name),
            **measures,
        )
    return made


def tables() -> dict[str, TableFacts]:
    return {
        one.name: TableFacts(
            key=list(one.key),
            columns=dict.fromkeys(one.columns, "STRING"),
            indexes={name: (*key, "job_id") for name, key in one.indexes.items()},
            time_to_live=one.time_to_live,
            max_versions=one.max_versions,
        )
        for one in TEMPLATE.tables
    }


HEALTHY_BUCKET = BucketFacts(
    region="cn-beijing",
    acl="private",
    versioning="",
    lifecycle=(LifecycleRule(prefix="pins/", deletes=True),),
)
OPEN_GATE = Gate(
    id=GATE_ID,
    version=1,
    nonce="n",
    quota=Quota(budget=500, spent=20),
    api_key_id="15",
    api_key_of=FINGERPRINT,
)
THIS_MACHINE = Machine(python=(3, 11), packages={"oss2": ("2.19.1", ">=2.19.1")})


@dataclass
class Clinic:
    """Everything that a doctor looks at; `refuses` raises for a verb that is named in it."""

    variables: dict[str, str] = field(default_factory=lambda: dict(VARIABLES))
    facts: BucketFacts | None = HEALTHY_BUCKET
    shapes: dict[str, TableFacts] = field(default_factory=tables)
    service_role: str | None = "acs:ram::1649015465570000:role/maskline-functions"
    deployed: dict[str, FunctionFacts] = field(default_factory=functions)
    topics: set[str] = field(default_factory=lambda: {"maskline-events"})
    queues: dict[str, int] = field(default_factory=lambda: {"maskline-dlq": 0})
    answer: tuple[int, str] = (200, "")
    ahead: float = 0.0
    listed: Sequence[ListedTask] = ()
    gate: Gate = OPEN_GATE
    told: bytes | None = b'{"permissions": {"oss:ListObjects": "", "ots:GetRow jobs": ""}}'
    machine: Machine = THIS_MACHINE
    refuses: dict[str, PortError] = field(default_factory=dict)
    clock: ManualClock = field(default_factory=ManualClock)
    jobs: MemoryJobStore = field(default_factory=MemoryJobStore)
    claims: MemoryClaimStore = field(default_factory=MemoryClaimStore)
    objects: MemoryObjectStore = field(init=False)

    def __post_init__(self) -> None:
        self.objects = MemoryObjectStore(self.clock)

    def function(self, name: str) -> FunctionFacts | None:
        self._asked("function")
        return self.deployed.get(name)

    def change(self, name: str, **changes: Any) -> None:
        """Deploy a function otherwise."""
        self.deployed[name] = replace(self.deployed[name], **changes)

    def variable(self, function: str, name: str, value: str | None) -> None:
        """Give a function another variable; None takes it out."""
        environment = {**self.deployed[function].environment, name: value or ""}
        if value is None:
            del environment[name]
        self.change(function, environment=environment)

    def trigger(self, function: str, **changes: Any) -> None:
        """Configure a function's trigger otherwise."""
        one = self.deployed[function].triggers[0]
        self.change(function, triggers=[replace(one, config={**one.config, **changes})])

    def role(self) -> str | None:
        self._asked("role")
        return self.service_role

    def answer_of(self, function: str, payload: bytes) -> bytes | None:
        assert (function, payload) == ("submit", PAYLOAD)
        return self.told

    def bucket(self) -> BucketFacts | None:
        self._asked("bucket")
        return self.facts

    def table(self, name: str) -> TableFacts | None:
        self._asked("table")
        return self.shapes.get(name)

    def has_topic(self, name: str) -> bool:
        self._asked("topic")
        return name in self.topics

    def waiting(self, queue: str) -> int | None:
        return self.queues.get(queue)

    def fetch(self, url: str) -> tuple[int, str]:
        self._asked("fetch")
        assert url
        return self.answer

    def time_at(self, url: str) -> float | None:
        assert url.startswith("https://")
        return self.clock.now() + self.ahead

    def list(self, *, since: float, until: float, page: int) -> TaskPage:
        self._asked("list")
        assert since < until
        return TaskPage(total=len(self.listed), page=page, pages=1, tasks=self.listed)

    def _asked(self, what: str) -> None:
        if what in self.refuses:
            raise self.refuses[what]

    def patient(self) -> Patient:
        gates = MemoryGateStore()
        gates.add(self.gate)
        return Patient(
            settings=Settings.from_env(self.variables),
            variables=self.variables,
            declared=TEMPLATE,
            inspection=Inspection(
                buckets=self, tables=self, functions=self, messages=self, web=self
            ),
            tasks=self,  # type: ignore[arg-type]  # the list is all that is asked of it
            objects=self.objects,
            jobs=self.jobs,
            gates=gates,
            claims=self.claims,
            gate_id=GATE_ID,
            key_fingerprint=FINGERPRINT,
            clock=self.clock,
            real_clock=self.clock,
            machine=self.machine,
        )


def task(created_at: float, *, task_id: str = "t-1", key: str = "15") -> ListedTask:
    return ListedTask(
        task_id=task_id,
        model="image-instance-segmentation",
        status=TaskStatus.SUCCEEDED,
        created_at=created_at,
        request_id=None,
        api_key_id=key,
    )
