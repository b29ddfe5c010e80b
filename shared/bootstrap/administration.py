"""Composition root of `maskline deploy`: an account's stacks, functions, buckets and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.adapters.fc.administration import FcAdministration
from shared.adapters.fc.administration3 import Fc3Administration
from shared.adapters.fc.documents3 import Documents3
from shared.adapters.oss.buckets import OssBuckets
from shared.adapters.ros.stacks import RosStacks
from shared.adapters.system.clock import SystemClock
from shared.adapters.tablestore.administration import TablestoreAdministration
from shared.adapters.tablestore.sdk import connect as connect_tablestore
from shared.bootstrap._api3 import api3_of
from shared.ports.administration import (
    BucketService,
    FunctionService,
    StackService,
    TableService,
)
from shared.ports.clock import Clock
from shared.settings import FC_API_3, Credentials, Settings

TIMEOUT: Final = 60.0
"""Seconds that Function Compute may take to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """What deploying works with. `clock` is this computer's."""

    stacks: StackService
    functions: FunctionService
    buckets: BucketService
    tables: TableService
    clock: Clock


def build(
    settings: Settings, credentials: Credentials, *, ros_endpoint: str, functions: Sequence[str]
) -> Administration:
    """Everything over the real services of the settings' region; *functions* are their names."""
    keys = credentials.keys
    region = settings.region
    return Administration(
        stacks=RosStacks(endpoint=ros_endpoint, region=region, **keys),
        functions=_functions(settings, credentials, functions),
        buckets=OssBuckets(endpoint=settings.oss_endpoint, region=region, **keys),
        tables=TablestoreAdministration(
            connect_tablestore(
                settings.tablestore_endpoint, settings.tablestore_instance, region=region, **keys
            )
        ),
        clock=SystemClock(None),
    )


def _functions(
    settings: Settings, credentials: Credentials, names: Sequence[str]
) -> FunctionService:
    """By the API that functions are woken by, too."""
    if settings.fc_api == FC_API_3:
        api = api3_of(settings, credentials, timeout=TIMEOUT)
        clock = SystemClock(None)
        return Fc3Administration(Documents3(api, clock), functions=names, clock=clock)
    return FcAdministration(
        endpoint=settings.fc_endpoint,
        service=settings.fc_service,
        functions=names,
        **credentials.keys,
        timeout=TIMEOUT,
    )
