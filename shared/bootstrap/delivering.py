"""How events are delivered: the same outbox for those who wait a moment and for the poller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from shared.bootstrap.deployment import Deployment, Ports
from shared.domain.outbox import Subscription
from shared.usecases.deliver import Deliver
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.sink_doors import SinkDoors

PATIENCE: Final = 2.0
"""Seconds that a function waits for the sinks of one job's events; the poller waits for none."""


def subscribed(ports: Ports, deployment: Deployment) -> Sequence[Subscription]:
    """What each sink wants; one of which nothing is said wants everything."""
    known = {each.name: each for each in deployment.subscriptions}
    return [known.get(sink.name) or Subscription(name=sink.name) for sink in ports.sinks]


def delivering(
    ports: Ports, deployment: Deployment, *, journal: Journal, gatekeeper: Gatekeeper
) -> Deliver:
    """Delivery by a function whose work on a job ends with it."""
    subscriptions = subscribed(ports, deployment)
    return Deliver(
        journal=journal,
        gatekeeper=gatekeeper,
        sinks=ports.sinks,
        subscriptions=subscriptions,
        courier=ports.courier(),
        doors=SinkDoors(gatekeeper=gatekeeper, subscriptions=subscriptions),
        origin=f"acs:oss:{deployment.bucket}",
        patience=PATIENCE,
    )


def in_passing(deliver: Deliver, ports: Ports) -> Deliver:
    """The same by the poller, between other things."""
    return replace(deliver, courier=ports.courier(), patience=0.0)
