"""Composition root of the command line: the services as a person at a terminal needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from shared.adapters.system.clock import SystemClock
from shared.adapters.system.patient import patient
from shared.adapters.system.spread import spread
from shared.bootstrap._parts import deployment_of, pipeline_of, ports_of
from shared.bootstrap.deployment import Ports, gate_id_of
from shared.bootstrap.pipeline import Pipeline, SecondStage
from shared.domain.claim import Claim, content_claim_id
from shared.domain.keys import Prefixes, content_id_of
from shared.domain.recipes import RecipePlan
from shared.domain.stage import Stage
from shared.ports.clock import Clock
from shared.ports.objects import ObjectStore
from shared.ports.stores import ClaimStore, JobReader
from shared.settings import Credentials, Settings
from shared.usecases.archive_jobs import ArchiveJobs
from shared.usecases.audit import Audit
from shared.usecases.backfill import Backfill
from shared.usecases.event_log import EventLog
from shared.usecases.forget import Forget
from shared.usecases.known_jobs import KnownJobs
from shared.usecases.operate import Operate
from shared.usecases.overview import Overview
from shared.wire.manifest import encode_manifest, parse_manifest

if TYPE_CHECKING:  # picture libraries: loaded by `_deriver`
    from shared.usecases.rederive import Rederive


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What the commands work with; `erasing` operates the second stage, `recipes` are what uploads
    get that ask for nothing. `deriver` gives what makes pictures anew, and brings the picture
    libraries along only then.
    """

    bucket: str
    prefixes: Prefixes
    model: str
    erase_model: str
    budget: int | None
    erase_budget: int | None
    recipes: RecipePlan
    clock: Clock
    objects: ObjectStore
    jobs: JobReader
    claims: ClaimStore
    audit: Audit
    overview: Overview
    operate: Operate
    erasing: Operate
    deriver: Callable[[], Rederive]
    forget: Forget
    archive: ArchiveJobs
    backfill: Backfill
    events: EventLog

    def content_claim(self, sha256: str, process: str) -> Claim | None:
        """What is known about these bytes, whatever name they came under."""
        content_id = content_id_of(sha256, process, self.model)
        return self.claims.get(content_claim_id(content_id))


def build(
    settings: Settings, credentials: Credentials, *, offset_file: str | None = None
) -> Operator:
    """Everything over the real services; *offset_file* is the local cloud's shifted clock."""
    ports = _patient(ports_of(settings, credentials), SystemClock(offset_file))
    known = KnownJobs(jobs=ports.jobs, archive=ports.archive)
    gate_ids = {
        Stage.SEGMENT: gate_id_of(settings.account_id, settings.dashscope_model),
        Stage.ERASE: gate_id_of(settings.account_id, settings.dashscope_erase_model),
    }
    overview = Overview(
        jobs=known,
        gates=ports.gates,
        objects=ports.objects,
        gate_ids=gate_ids,
        bucket=settings.bucket,
        prefixes=settings.prefixes,
    )
    return Operator(
        bucket=settings.bucket,
        prefixes=settings.prefixes,
        model=settings.dashscope_model,
        erase_model=settings.dashscope_erase_model,
        budget=settings.quota,
        erase_budget=settings.erase_quota,
        recipes=settings.recipes,
        clock=ports.clock,
        objects=ports.objects,
        jobs=known,
        claims=ports.claims,
        audit=_audit(settings, ports, gate_ids),
        overview=overview,
        operate=_operate(settings, ports, Stage.SEGMENT),
        erasing=_operate(settings, ports, Stage.ERASE),
        deriver=partial(_deriver, settings, ports),
        forget=_forget(settings, ports),
        archive=_archive(settings, ports),
        backfill=_backfill(settings, ports),
        events=_events(settings, ports),
    )


def _audit(settings: Settings, ports: Ports, gate_ids: Mapping[Stage, str]) -> Audit:
    return Audit(
        known=KnownJobs(jobs=ports.jobs, archive=ports.archive),
        gates=ports.gates,
        claims=ports.claims,
        objects=ports.objects,
        clock=ports.clock,
        gate_ids=gate_ids,
        bucket=settings.bucket,
        prefixes=settings.prefixes,
        parse=parse_manifest,
        spread=spread,
    )


def _events(settings: Settings, ports: Ports) -> EventLog:
    pipeline = pipeline_of(settings, ports)
    stages: dict[Stage, Pipeline | SecondStage] = {
        Stage.SEGMENT: pipeline,
        Stage.ERASE: pipeline.erasing,
    }
    return EventLog(
        known=pipeline.known,
        journal=pipeline.journal,
        recall=pipeline.recall,
        gatekeepers={stage: parts.gatekeeper for stage, parts in stages.items()},
        wakes={stage: parts.wake for stage, parts in stages.items()},
        subscriptions=[choice.subscription for choice in settings.sinks],
    )


def _forget(settings: Settings, ports: Ports) -> Forget:
    pipeline = pipeline_of(settings, ports)
    return Forget(
        journal=pipeline.journal,
        known=pipeline.known,
        recall=pipeline.recall,
        objects=ports.objects,
        claims=ports.claims,
        prefixes=settings.prefixes,
    )


def _archive(settings: Settings, ports: Ports) -> ArchiveJobs:
    recall = pipeline_of(settings, ports).recall
    return ArchiveJobs(journal=recall.journal, archive=ports.archive, recall=recall, spread=spread)


def _backfill(settings: Settings, ports: Ports) -> Backfill:
    pipeline = pipeline_of(settings, ports)
    return Backfill(
        objects=ports.objects,
        jobs=pipeline.known,
        accept=pipeline.take_in.accept,
        wake=pipeline.wake,
        bucket=settings.bucket,
        prefixes=settings.prefixes,
    )


def _patient(ports: Ports, clock: SystemClock) -> Ports:
    """A person's commands ride out a service's bad moment."""
    return replace(
        ports,
        clock=clock,
        jobs=patient(ports.jobs, clock),
        archive=patient(ports.archive, clock),
        gates=patient(ports.gates, clock),
        claims=patient(ports.claims, clock),
        objects=patient(ports.objects, clock),
    )


def _operate(settings: Settings, ports: Ports, stage: Stage) -> Operate:
    pipeline = pipeline_of(settings, ports)
    parts = pipeline.erasing if stage is Stage.ERASE else pipeline
    return Operate(
        journal=pipeline.journal,
        recall=pipeline.recall,
        gatekeeper=parts.gatekeeper,
        perform=parts.perform,
        wake=parts.wake,
        objects=ports.objects,
    )


def _deriver(settings: Settings, ports: Ports) -> Rederive:
    from shared.bootstrap.finalizing import drawing, planning, writing
    from shared.usecases.rederive import Rederive

    deployment, pipeline = deployment_of(settings), pipeline_of(settings, ports)
    return Rederive(
        journal=pipeline.journal,
        recall=pipeline.recall,
        draw=drawing(ports, deployment),
        plan=planning(ports, deployment),
        perform=pipeline.perform,
        wake=pipeline.wake,
        write=writing(ports, deployment, encode_manifest),
        parse=parse_manifest,
    )
