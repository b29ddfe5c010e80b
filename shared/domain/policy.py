"""When things are looked at again: schedules, leases, deadlines. Seconds throughout."""

from __future__ import annotations

from typing import Final

from shared.domain.gate import Pace, Slot
from shared.domain.job import Job, Task

SUBMIT_LEASE: Final = 20.0
"""A job that is SUBMITTING for longer was left by its process; its outcome is uncertain."""

RUNNING_CHECK: Final = 900.0
"""Slots drive the polling; this is for a job whose slot was lost."""

FINALIZE_LEASE: Final = 120.0
"""A finalizer that has not finished within this is asked again."""

FINALIZER_LIFE: Final = 300.0 + 60.0
"""Nothing that a finalizer sent arrives later than this after its start: its time limit
(template.yml), and a minute for what was on its way, and for clocks that differ."""

FOLLOW_CHECK: Final = 3.0
"""How often one that waits for the same bytes asks how its leader fares, at first."""

SELDOM_FOLLOW: Final = 120.0
"""How often it asks in the end: a leader may take a day to be given up."""

CHORE_LEASE: Final = 30.0
"""Effects and deliveries that were not seen done within this are performed again."""

RESULT_LIFE: Final = 24 * 3600.0
"""The provider keeps a task and its result for 24 h (contracts/dashscope.md, 7)."""

END_LIFE: Final = 2 * 3600.0
"""The shortest life of a result that any page promises, counted from the end (protocol 17)."""

PROOF_LIFE: Final = 23 * 3600.0
"""After this the list can prove nothing about an intent any more (protocol 5)."""

CLOSEST_LOOKS: Final = 0.055
"""Seconds between looks when the end is near."""

OURS_A_SECOND: Final = 15
"""Questions of the uploads' poller in any second, of the account's twenty: all others' are four
(`OTHERS_A_SECOND`). Looks may be closer than that for as long as an end is near."""

DENSE: Final = 0.031
SHORTEST: Final = 0.7
"""Dense looks are this share apart of what a task takes beyond the shortest: half of it is lost on
average where the provider takes one task at a time, and short tasks have the least to lose."""

JUST_AFTER: Final = 0.01
"""Seconds behind the predicted end at which one look is made, where tasks take equally long."""

OTHERS_A_SECOND: Final = 4
"""Questions that finalizers and the second stage's poller put to the provider in any second. No
more finalizers are asked for: they would only wait for their turns."""

LONG_TASK: Final = 4.0
"""Tasks that take longer are asked after once at half time, in case they end early."""

MAX_RETRIES: Final = 3
"""New attempts after failures of the provider's own making."""

SLOW_TASK: Final = "InternalError.Timeout"
"""No result within three hours of the submission: submitted again once (contracts/dashscope.md, 8),
as each try takes the queue's slot for as long."""

MAX_REFUSALS: Final = 8
"""Submissions of one job that the provider puts off with an error of its own before a person is
asked: about ten minutes. What concerns everybody (limits, account) does not count."""

LONGEST_ASKED: Final = 900.0
"""A `Retry-After` of more than this is not believed."""

LONGEST_TASK: Final = 3 * 3600.0 + 900.0
"""A task that is not at its end by then holds no slot any more, whatever the provider says of it:
it gives up after three hours by itself."""

AT_RISK: Final = 3600.0
"""A result that is not saved so long after its end is at risk: half of its surest life is over."""

MAX_FINALIZES: Final = 12
"""Finalizers asked for one result before a person is."""


def result_deadline(
    task: Task, *, ended_at: float | None = None, expires_at: float | None = None
) -> float:
    """Until when a result can surely be fetched: the earliest that anybody says (protocol 17)."""
    bounds = [task.accepted_at + RESULT_LIFE]
    if ended_at is not None:
        bounds.append(ended_at + END_LIFE)
    if expires_at is not None:
        bounds.append(expires_at)
    return min(bounds)


def backoff(
    tries: int, fraction: float, *, first: float = 2.0, most: float = 300.0, asked: float = 0.0
) -> float:
    """Seconds until try number *tries* + 1: full jitter under a bound that doubles from *first* to
    *most*; never sooner than the provider *asked*. *fraction* is drawn from 0..1.

    Full jitter spreads a crowd best ("Exponential Backoff And Jitter", AWS, 2015).
    """
    bound = min(most, first * 2.0 ** min(tries, 12))
    return max(bound * fraction, min(asked, LONGEST_ASKED))


def retries_for(code: str) -> int:
    """How many new attempts a failure of the provider's making is worth."""
    return 1 if code == SLOW_TASK else MAX_RETRIES


def follow_gap(age: float) -> float:
    """Seconds until a job that is *age* old asks again how the one before it fares."""
    return min(SELDOM_FOLLOW, max(FOLLOW_CHECK, age / 20))


def next_look(slot: Slot, pace: Pace, *, now: float) -> float:
    """When to ask after a task again.

    Before the predicted end one look at half time is enough; around it looks are dense, so that
    the slot stands empty for half a gap on average; after it they thin out by a quarter of the
    overrun, and without any experience they grow with the task's age: fifteen are enough for any
    task. A task that waits behind another is hardly looked at before that one's end, which wakes
    it.
    """
    started = slot.running_since or slot.accepted_at or slot.taken_at
    age = now - started
    if pace.samples == 0:
        return now + min(5.0, max(0.5, age / 4))
    margin = min(max(0.3, 2 * pace.deviation), 0.2 * pace.mean)
    early, half = pace.mean - margin, pace.mean / 2
    # A planned time is met to within a float's width: without the margin the same one comes again.
    if age < half - CLOSEST_LOOKS and pace.mean > LONG_TASK:
        return started + half
    if age < early - CLOSEST_LOOKS:
        return started + early
    overrun = max(0.0, age - pace.mean - margin)
    gap = min(5.0, max(CLOSEST_LOOKS, DENSE * (pace.mean - SHORTEST), overrun / 4))
    likely = started + pace.mean + JUST_AFTER
    return likely if now < likely - CLOSEST_LOOKS / 2 < now + gap else now + gap


def urgency(job: Job, *, now: float) -> tuple[int, float]:
    """A sorting key. First what is due, may have been paid for, and is not saved yet, by its real
    deadline; then what else is due; then what is not.
    """
    due = job.due_at or now
    if due > now:
        return 2, due
    if not job.is_unsaved:
        return 1, due
    intended = (job.intent_at or job.changed_at) + PROOF_LIFE
    return 0, job.task.deadline if job.task is not None else intended
