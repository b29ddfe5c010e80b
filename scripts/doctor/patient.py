"""What is examined: settings, and the world that they describe, through ports alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scripts.doctor.template import Declared
from shared.domain.gate import Gate
from shared.ports.clock import Clock
from shared.ports.errors import NotFoundError
from shared.ports.inspection import Inspection
from shared.ports.objects import ObjectStore
from shared.ports.stores import ClaimStore, GateStore, JobStore
from shared.ports.tasks import TaskService
from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """This computer: Python's version, and for each package what is installed ("" for nothing) and
    what is asked for, such as `>=2.19.1`.
    """

    python: tuple[int, int]
    packages: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Everything a check may look at. *clock* is the pipeline's, *real_clock* this computer's."""

    settings: Settings
    variables: Mapping[str, str] = field(repr=False)
    declared: Declared
    inspection: Inspection
    tasks: TaskService
    objects: ObjectStore
    jobs: JobStore
    gates: GateStore
    claims: ClaimStore
    gate_id: str
    key_fingerprint: str
    clock: Clock
    real_clock: Clock
    machine: Machine

    def gate(self) -> Gate | None:
        """The gate; None before its first job, and where there is no table, which is said once."""
        try:
            return self.gates.get(self.gate_id)
        except NotFoundError:
            return None


def host_of(address: str) -> str:
    """The host of an address, with or without a scheme; "" where it has none."""
    try:
        return urlsplit(address if "://" in address else f"https://{address}").hostname or ""
    except ValueError:
        return ""


def is_here(host: str) -> bool:
    """Whether the host is this computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_private(host: str) -> bool:
    """Whether the host is an address that the internet does not reach."""
    if host == "localhost":
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
