"""Composition root of the finalizer function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shared import observability
from shared.bootstrap._edge import invocation
from shared.bootstrap._kept import Kept
from shared.settings import Credentials, Settings
from shared.wire.invocation import FinalizeRequest
from shared.wire.manifest import encode_manifest

if TYPE_CHECKING:  # cold start: clients and picture libraries are loaded by build()
    from shared.adapters.telling.meter import Meter
    from shared.usecases.finalize_job import FinalizeJob


def _build(settings: Settings, credentials: Credentials) -> tuple[FinalizeJob, Meter]:
    from shared.bootstrap._parts import deployment_of, function_of
    from shared.bootstrap.finalizing import assemble_finalizer

    pipeline, ports, meter = function_of(settings, credentials)
    deployment = deployment_of(settings)
    return assemble_finalizer(pipeline, ports, deployment, encode_manifest), meter


_kept = Kept(_build)


def build(context: Any) -> Callable[[FinalizeRequest], dict[str, Any]]:
    """The function's work on one request; clients are kept between invocations."""
    finalize, meter = _kept.get(context)

    def run(request: FinalizeRequest) -> dict[str, Any]:
        with (
            observability.bound(job_id=request.job_id),
            invocation("finalizer", context, meter) as facts,
        ):
            job = finalize(
                request.job_id,
                attempt=request.attempt,
                finalize_attempt=request.finalize_attempt,
            )
            facts.update(
                {"state": str(job.state) if job else "not ours", "attempt": request.attempt}
            )
            return facts

    return run
