"""The finalizer's use-cases, apart from the others: they bring the picture libraries along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from shared.bootstrap.asking import asking_with_others
from shared.bootstrap.deployment import Deployment, Ports
from shared.bootstrap.pipeline import Pipeline
from shared.domain.manifest import Manifest
from shared.usecases.draw_result import DrawResult
from shared.usecases.finalize_erasure import FinalizeErasure
from shared.usecases.finalize_job import FinalizeJob
from shared.usecases.plan_erasures import PlanErasures
from shared.usecases.save_raw import SaveRaw
from shared.usecases.write_results import WriteResults


def assemble_finalizer(
    pipeline: Pipeline,
    ports: Ports,
    deployment: Deployment,
    encode_manifest: Callable[[Manifest], bytes],
) -> FinalizeJob:
    """Build the finalizer over the same journal, effects and outbox as the rest."""
    save_raw = SaveRaw(
        journal=pipeline.journal,
        perform=pipeline.perform,
        objects=ports.objects,
        tasks=asking_with_others(ports, deployment),
        prefixes=deployment.prefixes,
    )
    return FinalizeJob(
        journal=pipeline.journal,
        save_raw=save_raw,
        draw=drawing(ports, deployment),
        plan=planning(ports, deployment),
        write=writing(ports, deployment, encode_manifest),
        perform=pipeline.perform,
        deliver=pipeline.deliver,
        erase=FinalizeErasure(
            journal=pipeline.journal,
            save_raw=replace(save_raw, perform=pipeline.erasing.perform),
            objects=ports.objects,
            encode=encode_manifest,
            perform=pipeline.erasing.perform,
            deliver=pipeline.deliver,
            model=deployment.erase_model,
        ),
    )


def planning(ports: Ports, deployment: Deployment) -> PlanErasures:
    """What tells which erasings follow a set."""
    return PlanErasures(
        objects=ports.objects,
        prefixes=deployment.prefixes,
        read_recipes=deployment.read_recipes,
    )


def drawing(ports: Ports, deployment: Deployment) -> DrawResult:
    """What makes pictures of a job's raw mask."""
    return DrawResult(
        objects=ports.objects,
        prefixes=deployment.prefixes,
        plan=deployment.recipes,
        read_recipes=deployment.read_recipes,
    )


def writing(
    ports: Ports, deployment: Deployment, encode_manifest: Callable[[Manifest], bytes]
) -> WriteResults:
    """What stores them."""
    return WriteResults(
        objects=ports.objects,
        prefixes=deployment.prefixes,
        clock=ports.clock,
        encode=encode_manifest,
        model=deployment.model,
    )
