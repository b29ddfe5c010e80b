"""The gate: one row per provider account and model that alone permits a POST.

A compare-and-set on this row *is* the permission: `permit` checks breaker, open intent, slots,
quota and pace in one step and writes the intent. Entries are keyed by (job, attempt), so taking
one out twice changes nothing. All times are epoch seconds, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.domain import quota as ledger
from shared.domain.line import Heads, served
from shared.domain.outbox import Disabled, Outgoing
from shared.domain.quota import Quota

PACE_SECONDS: Final = 1.2
"""Three submissions never start within this time. The provider allows two in any second; the
margin takes up what the network does to the distance between them."""

UNDER_WAY: Final = "under way"
"""The denial of an attempt that has its slot already; others may well be let through."""

OTHERS_WAIT: Final = "others wait"
"""The denial of a newcomer that would pass those that came before it."""

PREFIX_QUOTA: Final = "prefix quota"
"""The denial of an upload whose prefix has used up its own budget; others may be let through."""

POST_SECONDS: Final = 10.0
"""How long after its intent a POST may still be sent and answered (protocol 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place at the provider. `task_id` is None until the submission was answered."""

    job_id: str
    attempt: int
    taken_at: float
    task_id: str | None = None
    accepted_at: float | None = None
    running_since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The one POST that may be on its way. Uncertain until it is closed."""

    job_id: str
    attempt: int
    nonce: str
    opened_at: float
    post_not_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who drains the queue at present. For economy only; safety rests on the gate itself."""

    holder: str
    generation: int
    renewed_at: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Open after a stop-all error: no POST, until a half-open attempt at `retry_at` succeeds.

    `epoch` numbers the openings, and the events about them. `probe` is the half-open attempt,
    which alone ends it by being accepted. `paused` was said by a person and only a person ends
    it; `by_query`: a query that is answered ends it, too.
    """

    code: str
    message: str
    opened_at: float
    retry_at: float
    epoch: int
    trips: int = 1
    probe: tuple[str, int] | None = None
    paused: bool = False
    by_query: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What tasks take, learned from finished ones: mean and mean deviation, seconds."""

    samples: int = 0
    mean: float = 0.0
    deviation: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The row. `wake` is raised by every accepted upload and never written by a replace;
    `api_key_id` is the provider's name for the key with the fingerprint `api_key_of`;
    `unknown_job` had the last task looked at, if the provider knew nothing of it.

    `others_wait` is set where a newcomer was turned away, and taken back when the queue was found
    empty: meanwhile nobody passes the queue. `erases` is set for good by the first erasing: from
    then on there is another gate to look at. `heads` are the tags being served, by priority.
    `fruitless` counts the pollers in a row, the present one included, that have moved nothing yet.
    """

    id: str
    version: int
    nonce: str
    wake: int = 0
    window: int = 3
    widened_at: float = 0.0
    slots: tuple[Slot, ...] = ()
    intent: Intent | None = None
    posts: tuple[float, ...] = ()
    hold_until: float = 0.0
    quota: Quota = field(default_factory=Quota)
    breaker: Breaker | None = None
    breaker_epoch: int = 0
    lease: Lease | None = None
    generation: int = 0
    fruitless: int = 0
    quiet_wake: int = -1
    next_due: float | None = None
    pace: Pace = field(default_factory=Pace)
    skew: float = 0.0
    api_key_id: str | None = None
    api_key_of: str | None = None
    unknown_job: str | None = None
    sweep_cursor: str | None = None
    swept_at: float = 0.0
    swept_for: str = ""
    queue_read_at: float = 0.0
    others_wait: bool = False
    erases: bool = False
    heads: Heads = ()
    outbox: tuple[Outgoing, ...] = ()
    told: tuple[Outgoing, ...] = ()
    disabled: tuple[Disabled, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def slot_of(self, job_id: str, attempt: int) -> Slot | None:
        """The slot of this attempt, if it has one."""
        return next((s for s in self.slots if (s.job_id, s.attempt) == (job_id, attempt)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """The gate as it must be written for the POST to be allowed."""

    gate: Gate
    intent: Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Why not, and when it is worth asking again (None: when something ends)."""

    reason: str
    retry_at: float | None = None


def permit(
    gate: Gate,
    *,
    job_id: str,
    attempt: int,
    nonce: str,
    now: float,
    upload: str = "",
    place: int | None = None,
) -> Permit | Denied:
    """May this attempt be submitted now? If so, the gate that says so, to be written first."""
    denied = refusal(gate, now)
    if denied is not None:
        return denied
    if gate.slot_of(job_id, attempt) is not None:
        # Asked by somebody who has not seen that the attempt is on its way already.
        return Denied(reason=UNDER_WAY)
    intent = Intent(
        job_id=job_id,
        attempt=attempt,
        nonce=nonce,
        opened_at=now,
        post_not_after=now + POST_SECONDS,
    )
    slot = Slot(job_id=job_id, attempt=attempt, taken_at=now)
    breaker = gate.breaker and replace(gate.breaker, probe=(job_id, attempt))
    own = gate.quota.allotment(upload)
    if own is not None and own.left == 0:
        return Denied(reason=PREFIX_QUOTA)
    quota = ledger.reserved(gate.quota, (job_id, attempt), upload)
    permitted = replace(
        gate,
        intent=intent,
        slots=(*gate.slots, slot),
        posts=(*gate.posts, now)[-2:],
        quota=quota,
        breaker=breaker,
        heads=gate.heads if place is None else served(gate.heads, place),
    )
    return Permit(gate=permitted, intent=intent)


def refusal(gate: Gate, now: float) -> Denied | None:  # noqa: PLR0911 - one line per rule
    """Why nobody may be submitted now, or None where somebody may."""
    breaker = gate.breaker
    if breaker is not None and (breaker.paused or now < breaker.retry_at):
        return Denied(reason="stopped", retry_at=None if breaker.paused else breaker.retry_at)
    if gate.intent is not None:
        return Denied(reason="intent open")
    if len(gate.slots) >= (1 if breaker is not None else gate.window):
        return Denied(reason="no slot")
    if gate.quota.left == 0:
        return Denied(reason="quota")
    if now < gate.hold_until:
        return Denied(reason="hold", retry_at=gate.hold_until)
    if len(gate.posts) >= 2 and now - gate.posts[-2] < PACE_SECONDS:  # noqa: PLR2004 - two a second
        return Denied(reason="pace", retry_at=gate.posts[-2] + PACE_SECONDS)
    return None


def turned_away(gate: Gate, denied: Denied) -> Gate:
    """The gate after a newcomer was denied: from now on others wait."""
    if gate.others_wait or denied.reason == UNDER_WAY:
        return gate
    return replace(gate, others_wait=True)


def accepted(gate: Gate, job_id: str, attempt: int, *, task_id: str, now: float) -> Gate:
    """The provider took the attempt's task: the intent is closed, the slot knows its task."""
    slots = tuple(
        replace(s, task_id=task_id, accepted_at=now)
        if (s.job_id, s.attempt) == (job_id, attempt)
        else s
        for s in gate.slots
    )
    return replace(_closed(gate, job_id, attempt, now), slots=slots)


def released(gate: Gate, job_id: str, attempt: int, *, billed: bool, now: float = 0.0) -> Gate:
    """The attempt is no longer at the provider. Repeating it changes nothing.

    *billed* turns its reservation into spending; otherwise it is refunded (failed tasks do not
    count at the provider).
    """
    key = (job_id, attempt)
    quota = ledger.settled(gate.quota, key, billed=billed, now=now)
    slots = tuple(s for s in gate.slots if (s.job_id, s.attempt) != key)
    return replace(_closed(gate, job_id, attempt, now), slots=slots, quota=quota)


def _closed(gate: Gate, job_id: str, attempt: int, now: float) -> Gate:
    """Without the attempt's intent. Its POST may have gone out as late as *now*, whenever it was
    permitted, and the next ones keep their distance from that.
    """
    intent = gate.intent
    if intent is None or (intent.job_id, intent.attempt) != (job_id, attempt):
        return gate
    sent = max(now, intent.opened_at)
    return replace(gate, intent=None, posts=(*gate.posts[:-1], sent))


def looked(gate: Gate, job_id: str, attempt: int, **changes: Any) -> Gate:
    """The slot of the attempt with some of its fields changed (`running_since` ...)."""
    slots = tuple(
        replace(s, **changes) if (s.job_id, s.attempt) == (job_id, attempt) else s
        for s in gate.slots
    )
    return replace(gate, slots=slots)


def learned(gate: Gate, seconds: float) -> Gate:
    """The gate after one more task that took *seconds* from schedule to end.

    Exponential averages of mean and absolute deviation, as in TCP's round-trip estimate
    (RFC 6298), with gains of 1/2 and 3/4 so that three equal samples are enough.
    """
    pace = gate.pace
    if pace.samples == 0:
        return replace(gate, pace=Pace(samples=1, mean=seconds, deviation=seconds / 4))
    error = seconds - pace.mean
    return replace(
        gate,
        pace=Pace(
            samples=pace.samples + 1,
            mean=pace.mean + error / 2,
            deviation=pace.deviation + (abs(error) - pace.deviation) * 3 / 4,
        ),
    )
