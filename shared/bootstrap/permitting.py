"""Composition root of the question what a function's role may do; `maskline doctor` asks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from shared.adapters.mns.client import connect as connect_mns
from shared.adapters.mns.trials import queue_trials, topic_trials
from shared.adapters.oss.store import bucket_of
from shared.adapters.oss.trials import object_trials
from shared.adapters.system.clock import SystemClock
from shared.adapters.tablestore.sdk import connect as connect_tablestore
from shared.adapters.tablestore.trials import row_trials
from shared.bootstrap._parts import invoker_of, ports_of
from shared.ports.functions import FINALIZER, POLLER
from shared.ports.permissions import NOTHING, Trial
from shared.settings import Credentials, Settings
from shared.usecases.check_permissions import CheckPermissions

_TIMEOUT: Final = 20.0


def permissions_of(settings: Settings, credentials: Credentials) -> CheckPermissions:
    """What tries the permissions of these credentials."""
    ports = ports_of(settings, credentials)
    return CheckPermissions(
        objects=ports.objects,
        jobs=ports.jobs,
        archive=ports.archive,
        gates=ports.gates,
        flows=ports.flows,
        claims=ports.claims,
        prefixes=settings.prefixes,
        others=(
            *_of_objects(settings, credentials),
            *_of_rows(settings, credentials),
            *_of_messages(settings, credentials),
            *_of_functions(settings, credentials),
        ),
    )


def _of_objects(settings: Settings, keys: Credentials) -> Iterator[tuple[str, Trial]]:
    bucket = bucket_of(
        settings.oss_endpoint,
        settings.bucket,
        region=settings.region,
        credentials=(keys.access_key_id, keys.access_key_secret, keys.security_token),
        timeout=_TIMEOUT,
    )
    return object_trials(bucket, (settings.prefixes.results, settings.prefixes.raw))


def _of_rows(settings: Settings, keys: Credentials) -> Iterator[tuple[str, Trial]]:
    rows = connect_tablestore(
        settings.tablestore_endpoint,
        settings.tablestore_instance,
        region=settings.region,
        **keys.keys,
    )
    return row_trials(rows)


def _of_messages(settings: Settings, keys: Credentials) -> Iterator[tuple[str, Trial]]:
    account = connect_mns(
        settings.mns_endpoint,
        **keys.keys,
    )
    for sink in settings.sinks:
        if sink.kind == "mns":
            yield from topic_trials(account, sink.values["TOPIC"])
    yield from queue_trials(account, settings.mns_failure_queue)


def _of_functions(settings: Settings, keys: Credentials) -> Iterator[tuple[str, Trial]]:
    """Under an alias that is not there; nothing would come of it if it were."""
    invoker = invoker_of(replace(settings, fc_qualifier=NOTHING), keys, SystemClock())
    for name in (POLLER, FINALIZER):
        trial = partial(invoker.invoke, name, {}, invocation_id=NOTHING)
        yield f"fc:InvokeFunction {name}", trial
