"""The use-cases put together over any ports: the same house over the cloud and over memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from shared.bootstrap.asking import asking
from shared.bootstrap.delivering import delivering, in_passing
from shared.bootstrap.deployment import Deployment, Ports, gate_id_of
from shared.bootstrap.preparing import preparing, sweeping
from shared.domain.stage import Stage
from shared.usecases.accept_upload import AcceptUpload
from shared.usecases.advance_job import AdvanceJob
from shared.usecases.begin_erasure import BeginErasure
from shared.usecases.contents import Contents
from shared.usecases.deliver import Deliver
from shared.usecases.drain_queue import DrainQueue
from shared.usecases.fill_slots import FillSlots
from shared.usecases.follow_task import FollowTask
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.known_jobs import KnownJobs
from shared.usecases.looks import Looks
from shared.usecases.own_tasks import OwnTasks
from shared.usecases.perform import Perform
from shared.usecases.places import Places
from shared.usecases.poll import Poll
from shared.usecases.recall import Recall
from shared.usecases.rounds import Rounds
from shared.usecases.settle_uncertain import SettleUncertain
from shared.usecases.submit_task import SubmitTask
from shared.usecases.sweep_uploads import NothingToSweep, Sweep
from shared.usecases.take_in_uploads import TakeInUploads
from shared.usecases.task_list import TaskList
from shared.usecases.wake_poller import WakePoller
from shared.usecases.watch_slots import WatchSlots

WINDOW: Final = 3
"""One task at work, two waiting: the slot never idles, however short tasks are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What submit, poller and the command line use; `finalizing` builds the finalizer on it.

    `erasing` is the second stage, over the same ports and with a gate of its own.
    """

    take_in: TakeInUploads
    poll: Poll
    drain: DrainQueue
    advance: AdvanceJob
    gatekeeper: Gatekeeper
    journal: Journal
    known: KnownJobs
    recall: Recall
    wake: WakePoller
    perform: Perform
    deliver: Deliver
    erasing: SecondStage


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStage:
    """What is another's in the second stage."""

    drain: DrainQueue
    gatekeeper: Gatekeeper
    perform: Perform
    wake: WakePoller


def assemble(ports: Ports, deployment: Deployment) -> Pipeline:
    """Build every use-case once."""
    return _Assembly(ports, deployment).pipeline()


class _Assembly:
    """Each use-case on first need; they are shared among those that need them."""

    def __init__(self, ports: Ports, deployment: Deployment, stage: Stage = Stage.SEGMENT) -> None:
        self.ports = ports
        self.deployment = deployment
        self.stage = stage
        self.asking = asking(ports, deployment, stage)

    @cached_property
    def erasing(self) -> _Assembly:
        """The second stage: the same use-cases with another model, budget, gate and queue."""
        deployment = self.deployment
        second = replace(
            deployment, model=deployment.erase_model, budget=deployment.erase_budget, allotments={}
        )
        return _Assembly(self.ports, second, Stage.ERASE)

    def second(self) -> SecondStage:
        """Its parts."""
        return SecondStage(
            drain=self.drain,
            gatekeeper=self.gatekeeper,
            perform=self.perform,
            wake=self.wake,
        )

    @cached_property
    def begin(self) -> BeginErasure | None:
        """How erasings begin; an erasing has none of its own."""
        if self.stage is Stage.ERASE:
            return None
        return BeginErasure(
            journal=self.journal,
            uploads=self.gatekeeper,
            places=self.erasing.places,
            wake=self.erasing.wake,
        )

    def pipeline(self) -> Pipeline:
        """The whole, with the pieces that others build on."""
        return Pipeline(
            take_in=TakeInUploads(accept=self.accept, advance=self.advance, wake=self.wake),
            poll=Poll(uploads=self.drain, erasings=self.erasing.drain),
            drain=self.drain,
            advance=self.advance,
            gatekeeper=self.gatekeeper,
            journal=self.journal,
            known=self.known,
            recall=self.recall,
            wake=self.wake,
            perform=self.perform,
            deliver=self.deliver,
            erasing=self.erasing.second(),
        )

    @cached_property
    def journal(self) -> Journal:
        ports = self.ports
        return Journal(jobs=ports.jobs, clock=ports.clock, ids=ports.ids, chance=ports.chance)

    @cached_property
    def gatekeeper(self) -> Gatekeeper:
        return Gatekeeper(
            gates=self.ports.gates,
            clock=self.ports.clock,
            ids=self.ports.ids,
            gate_id=gate_id_of(self.deployment.account, self.deployment.model),
            budget=self.deployment.budget,
            allotments=self.deployment.allotments,
            alarm_at=self.deployment.alarm_at,
        )

    @cached_property
    def contents(self) -> Contents:
        return Contents(claims=self.ports.claims, journal=self.journal, known=self.known)

    @cached_property
    def known(self) -> KnownJobs:
        return KnownJobs(jobs=self.ports.jobs, archive=self.ports.archive)

    @cached_property
    def recall(self) -> Recall:
        return Recall(journal=self.journal, archive=self.ports.archive)

    @cached_property
    def perform(self) -> Perform:
        return Perform(
            journal=self.journal,
            gatekeeper=self.gatekeeper,
            objects=self.ports.objects,
            invoker=self.ports.invoker,
            contents=self.contents,
            begin=self.begin,
        )

    @cached_property
    def deliver(self) -> Deliver:
        return delivering(
            self.ports, self.deployment, journal=self.journal, gatekeeper=self.gatekeeper
        )

    @cached_property
    def accept(self) -> AcceptUpload:
        prefixes = self.deployment.prefixes
        return AcceptUpload(
            journal=self.journal, deliver=self.deliver, places=self.places, prefixes=prefixes
        )

    @cached_property
    def places(self) -> Places:
        return Places(
            flows=self.ports.flows, gatekeeper=self.gatekeeper, standing=self.deployment.standing
        )

    @cached_property
    def wake(self) -> WakePoller:
        return WakePoller(gatekeeper=self.gatekeeper, invoker=self.ports.invoker, stage=self.stage)

    @cached_property
    def submit(self) -> SubmitTask:
        return SubmitTask(
            journal=self.journal,
            gatekeeper=self.gatekeeper,
            perform=self.perform,
            objects=self.ports.objects,
            claims=self.ports.claims,
            tasks=self.ports.tasks,
            model=self.deployment.model,
            key_fingerprint=self.deployment.key_fingerprint,
        )

    @cached_property
    def own(self) -> OwnTasks:
        return OwnTasks(gatekeeper=self.gatekeeper, claims=self.ports.claims, jobs=self.known)

    @cached_property
    def follow(self) -> FollowTask:
        return FollowTask(
            journal=self.journal,
            gatekeeper=self.gatekeeper,
            perform=self.perform,
            submit=self.submit,
            tasks=self.asking,
            listing=TaskList(tasks=self.asking, model=self.deployment.model),
        )

    @cached_property
    def advance(self) -> AdvanceJob:
        return AdvanceJob(
            prepare=preparing(
                self.ports, self.deployment, contents=self.contents, recall=self.recall
            ),
            submit=self.submit,
            follow=self.follow,
            settle=self._settle(),
            perform=self.perform,
            deliver=self.deliver,
            places=self.places,
        )

    def _settle(self) -> SettleUncertain:
        return SettleUncertain(
            journal=self.journal,
            gatekeeper=self.gatekeeper,
            submit=self.submit,
            objects=self.ports.objects,
            own=self.own,
            listing=TaskList(tasks=self.asking, model=self.deployment.model),
            absence_seconds=self.deployment.absence_seconds,
        )

    @cached_property
    def drain(self) -> DrainQueue:
        """The poller's loop over its rounds."""
        looks, post = Looks(), in_passing(self.deliver, self.ports)
        advance = replace(self.advance, deliver=post)
        watch = WatchSlots(
            gatekeeper=self.gatekeeper, jobs=self.ports.jobs, follow=self.follow, looks=looks
        )
        rounds = Rounds(
            gatekeeper=self.gatekeeper,
            jobs=self.ports.jobs,
            watch=watch,
            fill=self._fill(looks, advance),
            advance=advance,
            deliver=post,
            sweep=self._sweep(),
            looks=looks,
            stage=self.stage,
        )
        return DrainQueue(
            gatekeeper=self.gatekeeper,
            rounds=rounds,
            invoker=self.ports.invoker,
            clock=self.ports.clock,
            stage=self.stage,
        )

    def _fill(self, looks: Looks, advance: AdvanceJob) -> FillSlots:
        return FillSlots(
            gatekeeper=self.gatekeeper,
            jobs=self.ports.jobs,
            advance=advance,
            looks=looks,
            standing=self.deployment.standing,
            window=WINDOW,
            stage=self.stage,
        )

    def _sweep(self) -> Sweep:
        if self.stage is Stage.ERASE:
            return NothingToSweep()
        return sweeping(
            self.ports,
            self.deployment,
            gatekeeper=self.gatekeeper,
            accept=self.accept,
            known=self.known,
        )
