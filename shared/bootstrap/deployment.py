"""What a deployment consists of: the world as it is seen, and what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain.keys import Prefixes
from shared.domain.line import Standing
from shared.domain.outbox import Subscription
from shared.domain.recipes import RecipePlan
from shared.imaging.options.recipe_options import RecipeOptions
from shared.ports.chance import Chance
from shared.ports.clock import Clock
from shared.ports.events import Courier, EventSink, FailureQueue
from shared.ports.functions import FunctionInvoker
from shared.ports.ids import IdSource
from shared.ports.objects import ObjectStore
from shared.ports.stores import ArchiveStore, ClaimStore, FlowStore, GateStore, JobStore
from shared.ports.tasks import TaskService
from shared.usecases.accept_upload import Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The world, as one function instance sees it; `courier` makes one for each that delivers."""

    clock: Clock
    ids: IdSource
    chance: Chance
    jobs: JobStore
    archive: ArchiveStore
    gates: GateStore
    flows: FlowStore
    claims: ClaimStore
    objects: ObjectStore
    tasks: TaskService
    invoker: FunctionInvoker
    sinks: Sequence[EventSink]
    courier: Callable[[], Courier]
    failures: FailureQueue


def gate_id_of(account: str, model: str) -> str:
    """The gate's row: one per provider account and model."""
    return f"dashscope:{account}:{model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What one deployment chose. `absence_seconds`: see `SettleUncertain`; `parse_failure` reads
    the uploads of an event that Function Compute gave up on; `name` is new with each deployment;
    `erase_model` and `erase_budget` are the second stage's own;
    `subscriptions` are what sinks want; one that is not named there wants everything;
    `recipes` are what is made of uploads that ask for nothing, `read_recipes` understands a line.
    """

    bucket: str
    prefixes: Prefixes
    model: str
    account: str
    budget: int | None
    erase_model: str
    erase_budget: int | None = None
    key_fingerprint: str
    reuse: bool
    absence_seconds: float
    standing: Standing
    allotments: Mapping[str, int] = field(default_factory=dict)
    alarm_at: tuple[int, ...] = (10,)
    name: str = "first"
    parse_failure: Callable[[Mapping[str, object]], Sequence[Upload]]
    subscriptions: Sequence[Subscription] = ()
    recipes: RecipePlan = field(default_factory=RecipePlan)
    read_recipes: Callable[[str], tuple[RecipeOptions, ...]]
    trace_of: Callable[[str, Mapping[str, str]], str] | None = None
