"""The use-cases put together over any ports: the same house over the cloud and over memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.keys import Prefixes
from shared.ports.clock import Clock
from shared.ports.events import EventSink, FailureQueue
from shared.ports.functions import FunctionInvoker
from shared.ports.ids import IdSource
from shared.ports.objects import ObjectStore
from shared.ports.stores import ClaimStore, GateStore, JobStore
from shared.ports.tasks import TaskService
from shared.usecases.accept_upload import AcceptUpload, Upload
from shared.usecases.advance_job import AdvanceJob
from shared.usecases.contents import Contents
from shared.usecases.deliver import Deliver
from shared.usecases.drain_queue import DrainQueue
from shared.usecases.follow_task import FollowTask
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform
from shared.usecases.prepare_job import PrepareJob
from shared.usecases.rounds import Rounds
from shared.usecases.settle_uncertain import SettleUncertain
from shared.usecases.submit_task import SubmitTask
from shared.usecases.sweep_uploads import SweepUploads
from shared.usecases.take_in_uploads import TakeInUploads
from shared.usecases.wake_poller import WakePoller

WINDOW = 2
"""Tasks kept at the provider: one at work, one waiting, so that the slot never idles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The world, as one function instance sees it."""

    clock: Clock
    ids: IdSource
    jobs: JobStore
    gates: GateStore
    claims: ClaimStore
    objects: ObjectStore
    tasks: TaskService
    invoker: FunctionInvoker
    sinks: Sequence[EventSink]
    failures: FailureQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What submit, poller and the command line use; `finalizing` builds the finalizer on it."""

    take_in: TakeInUploads
    drain: DrainQueue
    advance: AdvanceJob
    gatekeeper: Gatekeeper
    journal: Journal
    wake: WakePoller
    perform: Perform
    deliver: Deliver


def gate_id_of(account: str, model: str) -> str:
    """The gate's row: one per provider account and model."""
    return f"dashscope:{account}:{model}"


def assemble(
    ports: Ports,
    *,
    bucket: str,
    prefixes: Prefixes,
    model: str,
    account: str,
    budget: int | None,
    key_fingerprint: str,
    reuse: bool,
    absence_seconds: float,
    parse_failure: Callable[[Mapping[str, object]], Sequence[Upload]],
) -> Pipeline:
    """Build every use-case once."""
    journal = Journal(jobs=ports.jobs, clock=ports.clock, ids=ports.ids)
    gatekeeper = Gatekeeper(
        gates=ports.gates,
        clock=ports.clock,
        ids=ports.ids,
        gate_id=gate_id_of(account, model),
        budget=budget,
    )
    contents = Contents(claims=ports.claims, jobs=ports.jobs, clock=ports.clock, ids=ports.ids)
    perform = Perform(
        journal=journal,
        gatekeeper=gatekeeper,
        objects=ports.objects,
        invoker=ports.invoker,
        contents=contents,
    )
    deliver = Deliver(
        journal=journal,
        gatekeeper=gatekeeper,
        sinks=ports.sinks,
        origin=f"acs:oss:{bucket}",
    )
    accept = AcceptUpload(journal=journal, deliver=deliver, prefixes=prefixes)
    submit = SubmitTask(
        journal=journal,
        gatekeeper=gatekeeper,
        perform=perform,
        objects=ports.objects,
        claims=ports.claims,
        tasks=ports.tasks,
        model=model,
        key_fingerprint=key_fingerprint,
    )
    follow = FollowTask(journal=journal, gatekeeper=gatekeeper, perform=perform, tasks=ports.tasks)
    advance = AdvanceJob(
        prepare=PrepareJob(
            journal=journal,
            objects=ports.objects,
            contents=contents,
            prefixes=prefixes,
            model=model,
            reuse=reuse,
        ),
        submit=submit,
        follow=follow,
        settle=SettleUncertain(
            journal=journal,
            gatekeeper=gatekeeper,
            submit=submit,
            objects=ports.objects,
            claims=ports.claims,
            tasks=ports.tasks,
            model=model,
            absence_seconds=absence_seconds,
        ),
        perform=perform,
        deliver=deliver,
    )
    sweep = SweepUploads(
        gatekeeper=gatekeeper,
        objects=ports.objects,
        failures=ports.failures,
        accept=accept,
        bucket=bucket,
        parse=parse_failure,
    )
    rounds = Rounds(
        gatekeeper=gatekeeper,
        jobs=ports.jobs,
        follow=follow,
        advance=advance,
        deliver=deliver,
        sweep=sweep,
        window=WINDOW,
    )
    wake = WakePoller(gatekeeper=gatekeeper, invoker=ports.invoker)
    return Pipeline(
        take_in=TakeInUploads(accept=accept, advance=advance, wake=wake),
        drain=DrainQueue(
            gatekeeper=gatekeeper, rounds=rounds, invoker=ports.invoker, clock=ports.clock
        ),
        advance=advance,
        gatekeeper=gatekeeper,
        journal=journal,
        wake=wake,
        perform=perform,
        deliver=deliver,
    )
