"""The finalizer's use-cases, apart from the others: they bring the picture libraries along."""

from __future__ import annotations

from collections.abc import Callable

from shared.bootstrap.pipeline import Pipeline, Ports
from shared.domain.keys import Prefixes
from shared.domain.manifest import Manifest
from shared.usecases.finalize_job import FinalizeJob
from shared.usecases.save_raw import SaveRaw


def assemble_finalizer(
    pipeline: Pipeline,
    ports: Ports,
    *,
    prefixes: Prefixes,
    model: str,
    encode_manifest: Callable[[Manifest], bytes],
) -> FinalizeJob:
    """Build the finalizer over the same journal, effects and outbox as the rest."""
    save_raw = SaveRaw(
        journal=pipeline.journal,
        perform=pipeline.perform,
        objects=ports.objects,
        tasks=ports.tasks,
        prefixes=prefixes,
    )
    return FinalizeJob(
        journal=pipeline.journal,
        save_raw=save_raw,
        perform=pipeline.perform,
        deliver=pipeline.deliver,
        objects=ports.objects,
        prefixes=prefixes,
        encode=encode_manifest,
        model=model,
    )
