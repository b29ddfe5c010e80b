"""All points, in the order in which they can hurt."""

from __future__ import annotations

from typing import Final

from scripts.doctor.account.provider import PROVIDER
from scripts.doctor.account.services import SERVICES
from scripts.doctor.account.triggers import TRIGGERS

POINTS: Final = {point.id: point for point in (*TRIGGERS, *SERVICES, *PROVIDER)}
