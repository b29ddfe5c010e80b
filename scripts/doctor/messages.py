"""Where events go, and where uploads lie that Function Compute gave up on."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from scripts.doctor.finding import Finding, found
from scripts.doctor.patient import Patient, host_of, is_here
from shared.usecases.sink_doors import shut_sinks

_SECRET: Final = re.compile(r"whsec_([A-Za-z0-9+/=]+)")
_BYTES: Final = range(24, 65)
"""Standard Webhooks: a secret of 24 to 64 bytes."""


def topic(patient: Patient) -> Iterator[Finding]:
    """The topic, where events go to it, and the failure queue."""
    settings, inspected = patient.settings, patient.inspection.messages
    topics = [sink.values["TOPIC"] for sink in settings.sinks if sink.kind == "mns"]
    for name in topics:
        if not inspected.has_topic(name):
            yield found("no_topic", topic=name)
    waiting = inspected.waiting(settings.mns_failure_queue)
    if waiting is None:
        yield found("no_queue", queue=settings.mns_failure_queue)
    elif waiting:
        yield found("queue_filled", count=waiting, queue=settings.mns_failure_queue)


def disabled(patient: Patient) -> Iterator[Finding]:
    """Sinks that asked not to be called any more, with the settings that they still have."""
    gate = patient.gate()
    subscriptions = [sink.subscription for sink in patient.settings.sinks]
    for shut in shut_sinks(gate, subscriptions) if gate is not None else ():
        yield found("sink_disabled", sink=shut.name, why=shut.why)


def webhooks(patient: Patient) -> Iterator[Finding]:
    """The form of addresses and secrets; nothing is posted."""
    for name, value in sorted(patient.variables.items()):
        if not name.startswith("MASKLINE_") or "WEBHOOK" not in name:
            continue
        parts = value.replace(",", " ").split()
        if "URL" in name and any(_is_open(part) for part in parts):
            yield found("webhook_plain", name=name)
        if "SECRET" in name and not all(map(_is_strong, parts)):
            yield found("webhook_weak", name=name)


def _is_open(address: str) -> bool:
    return address.startswith("http://") and not is_here(host_of(address))


def _is_strong(secret: str) -> bool:
    form = _SECRET.search(secret)
    if form is None:
        return False
    try:
        return len(base64.b64decode(form.group(1), validate=True)) in _BYTES
    except binascii.Error:
        return False
