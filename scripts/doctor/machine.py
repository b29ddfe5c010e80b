"""This computer: its clock against the services', and the versions of what is installed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import Final

from scripts.doctor.finding import Finding, Severity, found
from scripts.doctor.patient import Machine, Patient

OLDEST_PYTHON: Final = (3, 10)
SDKS: Final = ("aliyun-fc2", "aliyun-mns-sdk", "httpx", "oss2", "pydantic", "tablestore")
TOLERATED: Final = 60
"""Seconds. Requests are refused from 15 minutes on (contracts/alibaba-cloud.md, 6.3)."""

REFUSED: Final = 900

_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)\s*(==|>=)\s*([0-9][0-9.]*)")


def this_machine() -> Machine:
    """What is installed here, and what the project asks for."""
    return Machine(
        python=sys.version_info[:2],
        packages={name: (_installed(name), wanted) for name, wanted in _asked_for()},
    )


def _asked_for() -> Iterable[tuple[str, str]]:
    try:
        lines = metadata.requires("maskline") or ()
    except metadata.PackageNotFoundError:
        lines = ()
    parts = [form.groups() for line in lines if (form := _REQUIREMENT.match(line))]
    return [(name, sign + version) for name, sign, version in parts if name in SDKS]


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def versions(patient: Patient) -> Iterator[Finding]:
    """Python, and the vendors' SDKs."""
    machine = patient.machine
    if machine.python < OLDEST_PYTHON:
        yield found("python", version=".".join(map(str, machine.python)))
    for name, (installed, wanted) in machine.packages.items():
        if not fits(installed, wanted):
            yield found("package", package=name, version=installed or "-", wanted=wanted)


def fits(installed: str, wanted: str) -> bool:
    """Whether a version is the wanted one (`==`), or at least that (`>=`)."""
    if not installed:
        return False
    has, asks = _numbers(installed), _numbers(wanted[2:])
    return has == asks if wanted.startswith("==") else has >= asks


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", version)[:3]]
    return tuple(numbers + [0] * (3 - len(numbers)))


def clock(patient: Patient) -> Iterator[Finding]:
    """The clock that requests are signed with, against that of each service."""
    settings = patient.settings
    for service, address in (
        ("OSS", settings.oss_endpoint),
        ("DashScope", settings.dashscope_base_url),
    ):
        full = address if "://" in address else f"https://{address}"
        theirs = patient.inspection.web.time_at(full)
        away = 0.0 if theirs is None else abs(theirs - patient.real_clock.now())
        if away > TOLERATED:
            severity = Severity.WRONG if away >= REFUSED else Severity.WARNING
            yield found("clock", severity=severity, seconds=round(away), service=service)
