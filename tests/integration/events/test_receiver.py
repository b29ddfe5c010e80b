"""Every event reaches a receiver that fails three times in ten, across an exchange of secrets:
verified by the specification's own library, at least once, under stable ids, in each job's order.
"""

from __future__ import annotations

import base64
import contextlib
from collections import defaultdict
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from shared.adapters.system.clock import SystemClock
from shared.adapters.webhook.sink import WebhookSink
from shared.domain.job import Job
from shared.domain.signals import AnnounceAsked, RetryAsked
from shared.transport.http import HttpClient
from tests.integration.events.receiver import Shop, listening
from tests.unit.usecases.test_deliver import DONE, FAILED, Post

OLD, NEW = ("whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
JOBS = 8


class Delivery:
    """Jobs with five events each, delivered while their receiver fails."""

    def __init__(self, url: str, http: HttpClient) -> None:
        self.url, self.http = url, http
        self.post = Post(self.sink(OLD))
        self.jobs = [
            self.post.job(FAILED, RetryAsked("again"), DONE, job_id=f"job-{number}")
            for number in range(JOBS)
        ]

    def sink(self, *secrets: str) -> Any:
        return WebhookSink(self.url, secrets, http=self.http, clock=SystemClock(), timeout=5)

    def sign_by(self, *secrets: str) -> None:
        """As a deployment with another setting would."""
        self.post.deliver = replace(self.post.deliver, sinks=[self.sink(*secrets)])

    def announce(self, name: str) -> None:
        """One event more for each job."""
        self.jobs = [self.post.journal.apply(j, AnnounceAsked(name)) for j in self.jobs]

    def step(self) -> None:
        """One visit to each job that owes anything."""
        self.jobs = [self._visited(job) if job.outbox else job for job in self.jobs]

    def _visited(self, job: Job) -> Job:
        return self.post.later(job)

    def to_the_end(self) -> None:
        for _ in range(200):
            if not any(job.outbox for job in self.jobs):
                return
            self.step()
        pytest.fail("events are owed without end")


def test_at_least_once_in_order_and_verified_across_a_rotation() -> None:
    shop = Shop(secret=OLD, failing=0.3, random=Random(6))
    with listening(shop) as url, contextlib.closing(HttpClient()) as http:
        delivery = Delivery(url, http)
        delivery.step()
        delivery.sign_by(NEW, OLD)
        delivery.announce("second")
        delivery.step()
        shop.secret = NEW
        delivery.announce("third")
        delivery.step()
        delivery.sign_by(NEW)
        delivery.announce("fourth")
        delivery.to_the_end()

    expected = {o.event_id: o.sequence for job in delivery.jobs for o in job.told}
    assert len(expected) == 5 * JOBS
    assert shop.forged == 0, "a delivery was not verified"
    assert shop.failed > 5, "the receiver hardly failed"
    assert shop.verified == sum(
        d.tries for j in delivery.jobs for o in j.told for d in o.deliveries
    )
    assert {event["id"] for event in shop.kept} == set(expected)
    firsts: dict[str, list[int]] = defaultdict(list)
    seen: dict[str, Any] = {}
    for event in shop.kept:
        assert seen.setdefault(event["id"], event) == event, "one id, two contents"
        assert int(event["sequence"]) == expected[event["id"]]
        firsts[event["data"]["job_id"]].append(int(event["sequence"]))
    assert all(told == sorted(told) for told in firsts.values()), "out of order"


def test_a_receiver_whose_secret_was_left_behind_takes_nothing() -> None:
    """The check above can fail: without the old secret beside the new one it does."""
    shop = Shop(secret=OLD, failing=0.0, random=Random(6))
    with listening(shop) as url, contextlib.closing(HttpClient()) as http:
        delivery = Delivery(url, http)
        delivery.sign_by(NEW)
        delivery.step()

    assert (shop.forged, shop.kept) == (JOBS, [])
    assert all(job.outbox for job in delivery.jobs)
