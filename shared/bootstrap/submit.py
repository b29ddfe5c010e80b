"""Composition root of the submit function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shared.bootstrap._edge import invocation
from shared.bootstrap._kept import Kept
from shared.settings import Credentials, Settings
from shared.wire.oss_event import UploadRecords

if TYPE_CHECKING:  # cold start: the vendors' clients are loaded by build(), not by the import
    from shared.adapters.telling.meter import Meter
    from shared.usecases.check_permissions import CheckPermissions
    from shared.usecases.take_in_uploads import TakeInReport, TakeInUploads


def _build(settings: Settings, credentials: Credentials) -> tuple[TakeInUploads, Meter]:
    from shared.bootstrap._parts import function_of

    pipeline, _, meter = function_of(settings, credentials)
    return pipeline.take_in, meter


_kept = Kept(_build)


def build(context: Any) -> Callable[[UploadRecords], dict[str, Any]]:
    """The function's work on one event's records; clients are kept between invocations."""
    from shared.bootstrap._records import uploads_of
    from shared.usecases.take_in_uploads import NotAcceptedError

    take_in, meter = _kept.get(context)

    def run(parsed: UploadRecords) -> dict[str, Any]:
        with invocation("submit", context, meter) as facts:
            report = take_in(uploads_of(parsed))
            facts.update(_facts(report))
            if parsed.rejects:
                # The good records are rows by now; what cannot be read must not pass in silence.
                said = "; ".join(f"record {r.index}: {r.reason}" for r in parsed.rejects)
                raise NotAcceptedError(said)
            return facts

    return run


def _permissions(settings: Settings, credentials: Credentials) -> CheckPermissions:
    from shared.bootstrap.permitting import permissions_of

    return permissions_of(settings, credentials)


_checkup = Kept(_permissions)


def examine(context: Any) -> dict[str, Any]:
    """What the functions' role may do; `maskline doctor` asks."""
    return {"permissions": _checkup.get(context)()}


def _facts(report: TakeInReport) -> dict[str, Any]:
    return {"accepted": list(report.accepted), "ignored": list(report.ignored)}
