"""Composition root of `maskline doctor`: what looks at a deployment from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.adapters.fc.documents3 import Documents3
from shared.adapters.fc.inspection import FcInspector
from shared.adapters.fc.inspection3 import Fc3Inspector
from shared.adapters.mns.client import connect as connect_mns
from shared.adapters.mns.inspection import MnsInspector
from shared.adapters.oss.inspection import OssInspector
from shared.adapters.system.clock import SystemClock
from shared.adapters.tablestore.inspection import TablestoreInspector
from shared.adapters.tablestore.sdk import connect as connect_tablestore
from shared.adapters.web.inspection import HttpInspector
from shared.bootstrap._api3 import api3_of
from shared.bootstrap._parts import deployment_of, ports_of
from shared.bootstrap.deployment import Ports, gate_id_of
from shared.ports.clock import Clock
from shared.ports.inspection import FunctionInspector, Inspection
from shared.settings import FC_API_3, Credentials, Settings
from shared.transport.http import HttpClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Surgery:
    """What an examination works with. `real_clock` is this computer's, without the local cloud's
    shift: signatures are dated by it.
    """

    inspection: Inspection
    ports: Ports
    gate_id: str
    key_fingerprint: str
    clock: Clock
    real_clock: Clock


def build(
    settings: Settings,
    credentials: Credentials,
    *,
    functions: Sequence[str],
    offset_file: str | None = None,
) -> Surgery:
    """Everything over the real services; *functions* are those that ought to be there,
    *offset_file* is the local cloud's shifted clock.
    """
    keys = credentials.keys
    rows = connect_tablestore(
        settings.tablestore_endpoint, settings.tablestore_instance, region=settings.region, **keys
    )
    inspection = Inspection(
        buckets=OssInspector(
            endpoint=settings.oss_endpoint, bucket=settings.bucket, region=settings.region, **keys
        ),
        tables=TablestoreInspector(rows),
        functions=_functions(settings, credentials, functions),
        messages=MnsInspector(connect_mns(settings.mns_endpoint, **keys)),
        web=HttpInspector(HttpClient()),
    )
    return Surgery(
        inspection=inspection,
        ports=ports_of(settings, credentials),
        gate_id=gate_id_of(settings.account_id, settings.dashscope_model),
        key_fingerprint=deployment_of(settings).key_fingerprint,
        clock=SystemClock(offset_file),
        real_clock=SystemClock(None),
    )


def _functions(
    settings: Settings, credentials: Credentials, names: Sequence[str]
) -> FunctionInspector:
    """By the API that functions are woken by, too."""
    if settings.fc_api == FC_API_3:
        api = api3_of(settings, credentials)
        documents = Documents3(api, SystemClock(None))
        return Fc3Inspector(api, documents, functions=names)
    return FcInspector(
        service=settings.fc_service,
        endpoint=settings.fc_endpoint,
        **credentials.keys,
    )
