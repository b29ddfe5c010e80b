"""Adapters from settings and credentials: the one place where vendors' clients are built.

Importing this module loads every vendor's client, so composition roots do it inside their build.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from functools import partial

from shared.adapters.dashscope.tasks import DashScopeTasks
from shared.adapters.mns.client import connect as connect_mns
from shared.adapters.mns.failures import MnsFailureQueue
from shared.adapters.oss.store import OssObjectStore
from shared.adapters.system.chance import SystemChance
from shared.adapters.system.clock import SystemClock
from shared.adapters.system.courier import ThreadCourier
from shared.adapters.system.ids import RandomIds
from shared.adapters.tablestore.archive import TablestoreArchiveStore
from shared.adapters.tablestore.claims import TablestoreClaimStore
from shared.adapters.tablestore.flows import TablestoreFlowStore
from shared.adapters.tablestore.gates import TablestoreGateStore
from shared.adapters.tablestore.jobs import TablestoreJobStore
from shared.adapters.tablestore.sdk import connect as connect_tablestore
from shared.adapters.telling.meter import Meter
from shared.bootstrap._records import undelivered_uploads
from shared.bootstrap._sinks import sinks_of
from shared.bootstrap._told import told
from shared.bootstrap.deployment import Deployment, Ports
from shared.bootstrap.pipeline import Pipeline, assemble
from shared.domain.recipes import RecipeTextError
from shared.ports.functions import FunctionInvoker
from shared.settings import FC_API_3, Credentials, Settings, SettingsError
from shared.transport.http import HttpClient
from shared.wire.recipes import read_recipes

OFFSET_FILE = "MASKLINE_CLOCK_OFFSET_FILE"


def ports_of(settings: Settings, credentials: Credentials) -> Ports:
    """Every port, on the real services."""
    clock = SystemClock(os.environ.get(OFFSET_FILE))
    rows = connect_tablestore(
        settings.tablestore_endpoint,
        settings.tablestore_instance,
        region=settings.region,
        **credentials.keys,
    )
    messages = connect_mns(
        settings.mns_endpoint,
        **credentials.keys,
    )
    return Ports(
        clock=clock,
        ids=RandomIds(),
        chance=SystemChance(),
        jobs=TablestoreJobStore(rows),
        archive=TablestoreArchiveStore(rows),
        gates=TablestoreGateStore(rows),
        flows=TablestoreFlowStore(rows),
        claims=TablestoreClaimStore(rows),
        objects=_objects(settings, credentials),
        tasks=_tasks(settings, clock),
        invoker=invoker_of(settings, credentials, clock),
        sinks=sinks_of(settings, credentials),
        courier=partial(ThreadCourier, clock),
        failures=MnsFailureQueue(messages, settings.mns_failure_queue),
    )


def _objects(settings: Settings, credentials: Credentials) -> OssObjectStore:
    return OssObjectStore(
        endpoint=settings.oss_endpoint,
        public_endpoint=settings.oss_public_endpoint,
        bucket=settings.bucket,
        region=settings.region,
        **credentials.keys,
        is_cname=settings.oss_is_cname,
    )


def _tasks(settings: Settings, clock: SystemClock) -> DashScopeTasks:
    return DashScopeTasks(
        base_url=settings.dashscope_base_url,
        api_key=settings.dashscope_api_key,
        http=HttpClient(),
        result_hosts=settings.dashscope_result_hosts,
        pause=clock.sleep,
    )


def invoker_of(settings: Settings, credentials: Credentials, clock: SystemClock) -> FunctionInvoker:
    """Only what the chosen API needs is loaded: cold start."""
    build = _invoker_of_3 if settings.fc_api == FC_API_3 else _invoker_of_2
    return build(settings, credentials, clock)


def _invoker_of_2(
    settings: Settings, credentials: Credentials, clock: SystemClock
) -> FunctionInvoker:
    from shared.adapters.fc.invoker import FcInvoker

    return FcInvoker(
        endpoint=settings.fc_endpoint,
        service=settings.fc_service,
        qualifier=settings.fc_qualifier,
        **credentials.keys,
        clock=clock,
    )


def _invoker_of_3(
    settings: Settings, credentials: Credentials, clock: SystemClock
) -> FunctionInvoker:
    from shared.adapters.fc.openapi import Fc3Invoker
    from shared.bootstrap._api3 import api3_of

    api = api3_of(settings, credentials)
    return Fc3Invoker(api, clock=clock, qualifier=settings.fc_qualifier)


def pipeline_of(settings: Settings, ports: Ports) -> Pipeline:
    """The use-cases over these ports."""
    return assemble(ports, deployment_of(settings))


def function_of(
    settings: Settings, credentials: Credentials, *, alive: bool = False
) -> tuple[Pipeline, Ports, Meter]:
    """What a function works with: ports that tell what passes, and the meter to tell at the end.

    *alive*: the function is the poller, whose signs of life are looked for.
    """
    ports, deployment = ports_of(settings, credentials), deployment_of(settings)
    meter = Meter(ports.clock, alive=alive)
    ports = told(ports, meter, deployment)
    return assemble(ports, deployment), ports, meter


def deployment_of(settings: Settings) -> Deployment:
    """What the environment chose. Raises SettingsError where it asks for impossible recipes."""
    try:
        for line in settings.recipes.lines():
            read_recipes(line)
    except RecipeTextError as error:
        raise SettingsError((f"MASKLINE_RECIPES cannot be followed: {error}",)) from error
    return Deployment(
        bucket=settings.bucket,
        prefixes=settings.prefixes,
        model=settings.dashscope_model,
        erase_model=settings.dashscope_erase_model,
        account=settings.account_id,
        budget=settings.quota,
        erase_budget=settings.erase_quota,
        key_fingerprint=hashlib.sha256(settings.dashscope_api_key.encode()).hexdigest()[:12],
        reuse=settings.reuse,
        absence_seconds=float(settings.absence_seconds),
        standing=settings.standing,
        allotments=settings.allotments,
        alarm_at=settings.alarm_at,
        name=settings.deployment,
        parse_failure=undelivered_uploads,
        subscriptions=[choice.subscription for choice in settings.sinks],
        recipes=settings.recipes,
        read_recipes=read_recipes,
        trace_of=_tracing(settings),
    )


def _tracing(settings: Settings) -> Callable[[str, Mapping[str, str]], str] | None:
    """How traces are made; None where they are off, and nothing of them is loaded."""
    if not settings.trace:
        return None
    from shared.domain.tracing import trace_of

    return trace_of
