"""What the role that this runs in may do, tried harmlessly: nothing is left, paid for or hidden.

Where a permission can only be seen by using it, it is used on a name that nothing has: that there
is no such thing is then the answer of one who was let in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared.domain.job import Job, Source
from shared.domain.keys import Prefixes
from shared.domain.machine import new_job
from shared.ports.errors import ConflictError, ForbiddenError, NotFoundError, PortError
from shared.ports.objects import ObjectStore
from shared.ports.permissions import NOTHING, Trial
from shared.ports.stores import ArchiveStore, ClaimStore, FlowStore, GateStore, JobStore

_LET_IN: Final = (NotFoundError, ConflictError)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPermissions:
    """Tries what `template.yml` grants, as far as it can be tried without an effect."""

    objects: ObjectStore
    jobs: JobStore
    archive: ArchiveStore
    gates: GateStore
    flows: FlowStore
    claims: ClaimStore
    prefixes: Prefixes
    others: Sequence[tuple[str, Trial]] = ()
    """What no port of the pipeline has: by permission, an act without an effect."""

    def __call__(self) -> dict[str, str]:
        """By permission and what it is about, "" where it is had, else the service's words."""
        return {name: _said(trial) for name, trial in self._trials()}

    def _trials(self) -> Iterator[tuple[str, Trial]]:
        yield from self._of_objects()
        yield from self._of_rows()
        yield from self.others

    def _of_objects(self) -> Iterator[tuple[str, Trial]]:
        """In this order: what is put is read and deleted."""
        objects, prefixes = self.objects, self.prefixes
        pin = prefixes.pins + NOTHING
        yield (
            "oss:ListObjects",
            lambda: objects.page(prefixes.uploads + NOTHING, after=None, limit=1),
        )
        yield (
            f"oss:PutObject {prefixes.pins}",
            lambda: objects.put(pin, b"probe\n", media_type="text/plain"),
        )
        yield f"oss:GetObject {prefixes.pins}", lambda: objects.head(pin)
        yield f"oss:DeleteObject {prefixes.pins}", lambda: objects.delete(pin)
        for prefix in (prefixes.uploads, prefixes.results, prefixes.raw, prefixes.backdrops):
            yield f"oss:GetObject {prefix}", lambda p=prefix: objects.head(p + NOTHING)  # type: ignore[misc]  # bound early

    def _of_rows(self) -> Iterator[tuple[str, Trial]]:
        yield "ots:GetRow jobs", lambda: self.jobs.get(NOTHING)
        yield "ots:GetRow archive", lambda: self.archive.get(NOTHING)
        yield "ots:DeleteRow archive", lambda: self.archive.delete(_nobody())
        yield "ots:GetRow gates", lambda: self.gates.get(NOTHING)
        yield "ots:GetRow flows", lambda: self.flows.get(NOTHING)
        yield "ots:GetRow claims", lambda: self.claims.get(NOTHING)
        yield "ots:BatchGetRow jobs", lambda: self.jobs.get_many([NOTHING])
        yield "ots:GetRange jobs", lambda: self.jobs.due(before=0.0, limit=1)


def _nobody() -> Job:
    """A job whose row nothing has, so that none is removed."""
    source = Source(bucket="", key="", etag="", size=0, request_id="", uploaded_at=0.0)
    return replace(new_job(source, nonce=NOTHING, now=0.0), id=NOTHING)


def _said(trial: Trial) -> str:
    try:
        trial()
    except _LET_IN:
        return ""
    except ForbiddenError as error:
        return str(error)
    except PortError:
        return ""  # a service that has a bad moment says nothing of what is allowed
    return ""
