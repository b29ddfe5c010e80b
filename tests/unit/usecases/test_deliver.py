"""The outbox over several sinks: order, log, patience with the dead, and what ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from shared.bootstrap.deployment import gate_id_of
from shared.domain import breaker
from shared.domain import outbox as rules
from shared.domain.events import JOB_DONE, JOB_FAILED, CloudEvent
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.outbox import KEPT, Subscription, Verdict, gap
from shared.domain.signals import AnnounceAsked, ResultStored, ResultUnusable, RetryAsked
from shared.domain.state import JobState
from shared.ports.errors import GoneError, PortError, ThrottledError, UnavailableError
from shared.usecases.deliver import Deliver
from shared.usecases.sink_doors import SinkDoors, opened
from tests.contract.records import job as fresh
from tests.simulation.world import World

NO = UnavailableError("shop.example.com: HTTP 503")


@dataclass
class Receiver:
    """A sink that answers as it is told to; the last answer is repeated."""

    name: str
    answers: list[PortError | None] = field(default_factory=lambda: [None])
    got: list[CloudEvent] = field(default_factory=list)

    def publish(self, event: CloudEvent) -> str:
        self.got.append(event)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is not None:
            raise answer
        return "HTTP 204"

    def ids(self) -> list[str]:
        return [event.id.partition(":")[2] for event in self.got]


class Post:
    """The outbox of a world with these sinks."""

    def __init__(self, *sinks: Any, subscriptions: Sequence[Subscription] = ()) -> None:
        self.world = World()
        self.writes: list[Job] = []
        self.sinks = sinks
        pipeline = self.world.functions(sinks=sinks).pipeline
        known = {each.name: each for each in subscriptions}
        mine = [known.get(sink.name) or Subscription(name=sink.name) for sink in sinks]
        doors = SinkDoors(gatekeeper=pipeline.gatekeeper, subscriptions=mine)
        self.deliver: Deliver = replace(pipeline.deliver, subscriptions=mine, doors=doors)
        self.journal = pipeline.journal

    def job(self, *signals: Any, job_id: str = "job-1") -> Job:
        """A job to which these things have happened."""
        job = fresh(job_id, state=JobState.FINALIZING)
        self.world.jobs.add(job)
        for signal in signals:
            job = self.journal.apply(self._ready(job), signal)
        return job

    def _ready(self, job: Job) -> Job:
        if job.state is not JobState.QUEUED:
            return job
        ready = replace(job, state=JobState.FINALIZING, version=job.version + 1)
        self.world.jobs.replace(ready, expected_version=job.version)
        return ready

    def later(self, job: Job) -> Job:
        """The job after the next visit that it is due for."""
        assert job.due_at is not None
        self.world.clock.time = max(self.world.clock.now(), job.due_at)
        return self.deliver(job)

    def gate(self) -> Gate:
        gate = self.world.gates.get(gate_id_of("1234567890123456", "image-instance-segmentation"))
        assert gate is not None
        return gate


DONE = ResultStored("results/manifest.json", 2)
FAILED = ResultUnusable(Failure(kind=FailureKind.TERMINAL, code="Broken", message="no"))


def test_every_sink_has_it_and_the_row_is_written_once() -> None:
    post = Post(Receiver("a"), Receiver("b"))
    job = post.job(DONE)

    after = post.deliver(job)

    assert [len(sink.got) for sink in post.sinks] == [1, 1]
    assert (after.version, after.outbox, after.due_at) == (job.version + 1, (), None)
    (told,) = after.told
    assert [(d.sink, d.verdict, d.tries, d.outcome) for d in told.deliveries] == [
        ("a", Verdict.DELIVERED, 1, "HTTP 204"),
        ("b", Verdict.DELIVERED, 1, "HTTP 204"),
    ]


def test_one_that_fails_is_owed_alone_and_its_log_tells_of_every_try() -> None:
    good, bad = Receiver("good"), Receiver("bad", [NO, NO, None])
    post = Post(good, bad)
    job = post.deliver(post.job(DONE))
    began = post.world.clock.now()

    for _ in range(2):
        (owed,) = job.outbox
        assert owed.to("good").verdict is Verdict.DELIVERED
        assert owed.to("bad").outcome == "shop.example.com: HTTP 503"
        assert job.due_at == owed.to("bad").next_at > post.world.clock.now()
        job = post.later(job)

    assert job.outbox == ()
    assert (len(good.got), len(bad.got)) == (1, 3)
    line = job.told[0].to("bad")
    assert (line.verdict, line.tries, line.first_at) == (Verdict.DELIVERED, 3, began)
    assert line.last_at == post.world.clock.now()
    assert len({event.id for event in bad.got}) == 1


def test_a_sink_is_told_in_order_whatever_fails() -> None:
    slow = Receiver("slow", [NO, NO, None])
    post = Post(Receiver("quick"), slow)
    job = post.job(FAILED, RetryAsked("again"), DONE)

    job = post.deliver(job)
    assert post.sinks[0].ids() == [f"{JOB_FAILED}:1", f"{JOB_DONE}:2"]
    while job.outbox:
        job = post.later(job)

    assert slow.ids() == [f"{JOB_FAILED}:1"] * 3 + [f"{JOB_DONE}:2"]
    sequences = [event.sequence for event in slow.got]
    assert sequences == sorted(sequences)


def test_an_event_tells_of_its_own_moment_however_late_it_comes() -> None:
    post = Post(Receiver("a"))

    post.deliver(post.job(FAILED, RetryAsked("again"), DONE))

    failed, done = (event.data for event in post.sinks[0].got)
    assert (failed["state"], failed["reason"]["code"], failed["manifest"]) == (
        "FAILED",
        "Broken",
        None,
    )
    assert (done["state"], done["reason"], done["people"], done["attempt"]) == ("DONE", None, 2, 2)


def test_a_sink_gets_the_types_that_it_asked_for() -> None:
    wanted = [Subscription(name="a", types=(JOB_DONE,)), Subscription(name="c", types=("x.*",))]
    post = Post(Receiver("a"), Receiver("b"), Receiver("c"), subscriptions=wanted)

    job = post.deliver(post.job(FAILED, RetryAsked("again"), DONE))

    assert [len(sink.got) for sink in post.sinks] == [1, 2, 0]
    assert job.outbox == ()


def test_without_anybody_who_wants_it_an_event_is_owed_to_nobody() -> None:
    post = Post(Receiver("a"), subscriptions=[Subscription(name="a", types=("x",))])

    job = post.deliver(post.job(DONE))

    assert (job.outbox, job.due_at, len(job.told)) == ((), None, 1)


def test_who_asked_for_a_pause_gets_it() -> None:
    post = Post(Receiver("a", [ThrottledError("HTTP 429", retry_after=900.0)]))

    job = post.deliver(post.job(DONE))

    assert job.due_at == post.world.clock.now() + 900.0


def test_tries_are_spread_over_hours_and_then_the_event_is_given_up() -> None:
    post = Post(Receiver("a", [NO]))
    job = post.deliver(post.job(DONE))
    began = post.world.clock.now()
    while job.outbox:
        job = post.later(job)

    (told,) = job.told
    assert told.to("a").verdict is Verdict.GIVEN_UP
    assert 20 < told.to("a").tries < 120
    assert post.world.clock.now() - began > rules.GIVEN_UP_AFTER
    assert job.due_at is None


@pytest.mark.parametrize("age", [0.0, 60.0, 3600.0, 12 * 3600.0, 70 * 3600.0])
def test_full_jitter_under_a_bound_that_grows_with_age(age: float) -> None:
    bound = min(rules.MOST_GAP, max(rules.LEAST_GAP, age / 2))

    assert gap(age, 0.0) == 1.0
    assert gap(age, 0.5) == max(1.0, bound / 2)
    assert gap(age, 1.0) == bound
    assert gap(age, 0.5, asked=10**9) == rules.LONGEST_ASKED


class TestGone:
    def test_a_410_ends_it_for_all_and_is_remembered(self) -> None:
        gone = Receiver("a", [GoneError("shop: HTTP 410")])
        post = Post(gone, Receiver("b"))
        first = post.deliver(post.job(DONE))
        second = post.deliver(post.job(DONE, job_id="job-2"))

        assert len(gone.got) == 1
        assert first.outbox == second.outbox == ()
        assert [job.told[0].to("a").verdict for job in (first, second)] == [Verdict.DISABLED] * 2
        assert second.told[0].to("a").tries == 0
        (disabled,) = post.gate().disabled
        assert (disabled.name, disabled.why) == ("a", "shop: HTTP 410")

    def test_other_settings_open_it_again(self) -> None:
        gone = Receiver("a", [GoneError("410"), None])
        post = Post(gone, subscriptions=[Subscription(name="a", fingerprint="one")])
        post.deliver(post.job(DONE))
        changed = [Subscription(name="a", fingerprint="two")]
        doors = SinkDoors(gatekeeper=post.deliver.gatekeeper, subscriptions=changed)
        other = replace(post.deliver, subscriptions=changed, doors=doors)

        other(post.job(DONE, job_id="job-2"))

        assert len(gone.got) == 2

    def test_so_does_a_person(self) -> None:
        gone = Receiver("a", [GoneError("410"), None])
        post = Post(gone)
        post.deliver(post.job(DONE))
        post.deliver.gatekeeper.change(lambda gate: opened(gate, "a"))
        post.world.clock.advance(31.0)

        post.deliver(post.job(DONE, job_id="job-2"))

        assert len(gone.got) == 2


def test_the_log_keeps_the_latest_events_only() -> None:
    post = Post(Receiver("a"))
    job = post.deliver(post.job(DONE))
    for number in range(2 * KEPT):
        job = post.deliver(post.journal.apply(job, AnnounceAsked(f"put-{number}")))

    assert [o.event_id.rpartition(":")[2] for o in job.told] == [
        str(number) for number in range(KEPT + 2, 2 * KEPT + 2)
    ]


def test_what_somebody_else_wrote_meanwhile_stays_as_it_is() -> None:
    """Two functions deliver the same event; one is told yes, the other no."""
    post = Post(Receiver("a", [None, NO]))
    job = post.job(DONE)

    post.deliver(job)
    after = post.deliver(job)

    assert after.outbox == ()
    assert after.told[0].to("a").verdict is Verdict.DELIVERED


class TestAccount:
    def stopped(self, post: Post) -> Gate:
        failure = Failure(kind=FailureKind.STOP, code="Arrearage", message="no")
        now = post.world.clock.now()
        return post.deliver.gatekeeper.change(lambda g: breaker.tripped(g, failure, now=now))

    def test_its_events_have_a_log_and_an_order_as_well(self) -> None:
        bad = Receiver("bad", [NO, None])
        post = Post(Receiver("good"), bad)
        gate = post.deliver.account(self.stopped(post))
        (owed,) = gate.outbox
        assert owed.to("good").verdict is Verdict.DELIVERED

        version = gate.version
        assert post.deliver.account(gate).version == version, "not due, and yet written"
        post.world.clock.time = owed.to("bad").next_at
        gate = post.deliver.account(gate)

        assert gate.outbox == ()
        assert gate.told[0].to("bad").tries == 2
        assert bad.got[0].data == {"gate": gate.id, "code": "Arrearage"}
