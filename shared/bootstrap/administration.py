"""Composition root of `maskline deploy`: an account's stacks, functions, buckets and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.adapters.fc.administration import FcAdministration
from shared.adapters.oss.buckets import OssBuckets
from shared.adapters.ros.stacks import RosStacks
from shared.adapters.system.clock import SystemClock
from shared.adapters.tablestore.administration import TablestoreAdministration
from shared.adapters.tablestore.sdk import connect as connect_tablestore
from shared.ports.administration import (
    BucketService,
    FunctionService,
    StackService,
    TableService,
)
from shared.ports.clock import Clock
from shared.settings import Credentials, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """What deploying works with. `clock` is this computer's."""

    stacks: StackService
    functions: FunctionService
    buckets: BucketService
    tables: TableService
    clock: Clock


def build(settings: Settings, credentials: Credentials, *, ros_endpoint: str) -> Administration:
    """Everything over the real services of the settings' region."""
    keys: dict[str, Any] = {
        "access_key_id": credentials.access_key_id,
        "access_key_secret": credentials.access_key_secret,
        "security_token": credentials.security_token,
    }
    region = settings.region
    return Administration(
        stacks=RosStacks(endpoint=ros_endpoint, region=region, **keys),
        functions=FcAdministration(
            endpoint=settings.fc_endpoint, service=settings.fc_service, **keys
        ),
        buckets=OssBuckets(endpoint=settings.oss_endpoint, region=region, **keys),
        tables=TablestoreAdministration(
            connect_tablestore(
                settings.tablestore_endpoint, settings.tablestore_instance, region=region, **keys
            )
        ),
        clock=SystemClock(None),
    )
