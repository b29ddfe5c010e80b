"""What is measured: every metric by name, with what its numbers mean.

Each is told as a line of the log (`metric`, `kind`, `value`, and labels as further fields), which
alarms and ready queries of `template.yml` read. Names ending in a unit are in that unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(str, Enum):
    """How values go together: added up, the last one counts, or a distribution of durations."""

    COUNTER = "counter"
    GAUGE = "gauge"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. Lines have further labels: the `stage`, and what its meaning names."""

    name: str
    kind: Kind
    meaning: str


POLLER_BEATS: Final = Metric(
    "poller_beats", Kind.COUNTER, "Signs of life: one a minute and one at the end of each poller."
)
JOBS_MOVED: Final = Metric("jobs_moved", Kind.COUNTER, "Facts written to jobs, repetitions apart.")
JOBS_ENDED: Final = Metric(
    "jobs_ended", Kind.COUNTER, "Jobs that came to their end, by `state` and by `code` of failure."
)
SUBMISSIONS: Final = Metric("submissions", Kind.COUNTER, "POSTs of tasks to the provider.")
PROVIDER_QUERIES: Final = Metric(
    "provider_queries", Kind.COUNTER, "Questions to the provider, by `operation`."
)
SLOT_IDLE: Final = Metric(
    "slot_idle_seconds",
    Kind.SUMMARY,
    "Between one task's end and the next one's submission while that one's upload waited.",
)
FINALIZING: Final = Metric(
    "finalizing_seconds", Kind.SUMMARY, "From a task's end to its results in the bucket."
)
QUEUE_AGE: Final = Metric(
    "queue_age_seconds",
    Kind.GAUGE,
    "How long the oldest at the head of the line had waited at most.",
)
AT_RISK: Final = Metric(
    "results_at_risk", Kind.GAUGE, "Paid results unsaved more than an hour after their task's end."
)
GATE_STOPPED: Final = Metric("gate_stopped", Kind.GAUGE, "1 while nothing is submitted, else 0.")
QUOTA_LEFT: Final = Metric("quota_left", Kind.GAUGE, "Pictures that may still be paid for.")
QUOTA_LEFT_PERCENT: Final = Metric(
    "quota_left_percent", Kind.GAUGE, "The same as a share of the budget."
)
FAILURE_QUEUE: Final = Metric(
    "failure_queue_messages", Kind.GAUGE, "Undelivered invocations found at the last look."
)

METRICS: Final = (
    POLLER_BEATS,
    JOBS_MOVED,
    JOBS_ENDED,
    SUBMISSIONS,
    PROVIDER_QUERIES,
    SLOT_IDLE,
    FINALIZING,
    QUEUE_AGE,
    AT_RISK,
    GATE_STOPPED,
    QUOTA_LEFT,
    QUOTA_LEFT_PERCENT,
    FAILURE_QUEUE,
)
