"""Composition root of `maskline doctor`: what looks at a deployment from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.adapters.fc.inspection import FcInspector
from shared.adapters.mns.client import connect as connect_mns
from shared.adapters.mns.inspection import MnsInspector
from shared.adapters.oss.inspection import OssInspector
from shared.adapters.system.clock import SystemClock
from shared.adapters.tablestore.inspection import TablestoreInspector
from shared.adapters.tablestore.sdk import connect as connect_tablestore
from shared.adapters.web.inspection import HttpInspector
from shared.bootstrap._parts import deployment_of, ports_of
from shared.bootstrap.deployment import Ports, gate_id_of
from shared.ports.clock import Clock
from shared.ports.inspection import Inspection
from shared.settings import Credentials, Settings
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
    settings: Settings, credentials: Credentials, *, offset_file: str | None = None
) -> Surgery:
    """Everything over the real services; *offset_file* is the local cloud's shifted clock."""
    keys: dict[str, Any] = {
        "access_key_id": credentials.access_key_id,
        "access_key_secret": credentials.access_key_secret,
        "security_token": credentials.security_token,
    }
    rows = connect_tablestore(
        settings.tablestore_endpoint, settings.tablestore_instance, region=settings.region, **keys
    )
    inspection = Inspection(
        buckets=OssInspector(
            endpoint=settings.oss_endpoint, bucket=settings.bucket, region=settings.region, **keys
        ),
        tables=TablestoreInspector(rows),
        functions=FcInspector(service=settings.fc_service, endpoint=settings.fc_endpoint, **keys),
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
