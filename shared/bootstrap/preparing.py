"""What sees to uploads before anything is paid for them: found, known again, pinned and judged."""

from __future__ import annotations

from shared.bootstrap.deployment import Deployment, Ports
from shared.usecases.accept_upload import AcceptUpload
from shared.usecases.contents import Contents
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.known_jobs import KnownJobs
from shared.usecases.prepare_job import PrepareJob
from shared.usecases.recall import Recall
from shared.usecases.sweep_uploads import SweepUploads


def preparing(
    ports: Ports, deployment: Deployment, *, contents: Contents, recall: Recall
) -> PrepareJob:
    """What makes jobs ready for the gate."""
    return PrepareJob(
        journal=contents.journal,
        recall=recall,
        objects=ports.objects,
        contents=contents,
        prefixes=deployment.prefixes,
        model=deployment.model,
        read_recipes=deployment.read_recipes,
        reuse=deployment.reuse,
        trace_of=deployment.trace_of,
    )


def sweeping(
    ports: Ports,
    deployment: Deployment,
    *,
    gatekeeper: Gatekeeper,
    accept: AcceptUpload,
    known: KnownJobs,
) -> SweepUploads:
    """What finds uploads that no event told of."""
    return SweepUploads(
        gatekeeper=gatekeeper,
        objects=ports.objects,
        failures=ports.failures,
        accept=accept,
        known=known,
        bucket=deployment.bucket,
        parse=deployment.parse_failure,
        deployment=deployment.name,
    )
