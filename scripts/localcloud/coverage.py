"""Which operations the local cloud answers, by service: taken from the routes themselves."""

from __future__ import annotations

from typing import Final

from scripts.localcloud.core.server import Service
from scripts.localcloud.services.dashscope.service import DashScopeService
from scripts.localcloud.services.eventbridge.service import EventBridgeService
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.ros.service import RosService
from scripts.localcloud.services.tablestore.service import TablestoreService

SERVICES: Final[tuple[type[Service], ...]] = (
    OssService,
    TablestoreService,
    FcService,
    MnsService,
    DashScopeService,
    RosService,
    EventBridgeService,
)


def coverage_table() -> str:
    """The rows of a table: a service, its operations by name."""
    rows = []
    for service in SERVICES:
        told = ", ".join(f"`{name}`" for name in sorted(service.operations))
        rows.append(f"| `{service.name}` | {len(service.operations)} | {told} |")
    return "\n".join(rows)
