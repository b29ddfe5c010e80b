"""Which port each service has: from `--port-base`, from the last start, or chosen now."""

from __future__ import annotations

import secrets
import socket

from scripts.localcloud.core.identity import Identity

SERVICES = ("oss", "fc", "tablestore", "mns", "dashscope", "control", "ros", "eventbridge")
LOWEST, HIGHEST = 1024, 65535
FIRST_CHOICE, LAST_CHOICE = 20000, 30000
"""Below the ports that Linux hands to outgoing connections, which could take a kept one."""
TRIES = 200


class PortsError(Exception):
    """There are no such ports, or none are free."""


def ports_for(identity: Identity, port_base: int | None) -> dict[str, int]:
    """A port for every service; the base counts upwards in the order of `SERVICES`.

    Raises:
        PortsError: the base leaves the range of ports, or no free row of ports was found.
    """
    if port_base is not None:
        return _row_from(_checked(port_base))
    if set(identity.ports) == set(SERVICES):
        return dict(identity.ports)
    for _ in range(TRIES):
        row = _row_from(FIRST_CHOICE + secrets.randbelow(LAST_CHOICE - FIRST_CHOICE))
        if all(_is_free(port) for port in row.values()):
            return row
    raise PortsError(f"no {len(SERVICES)} free ports in a row; name some with --port-base")


def _checked(port_base: int) -> int:
    last = HIGHEST - len(SERVICES) + 1
    if not LOWEST <= port_base <= last:
        raise PortsError(f"--port-base {port_base} must be from {LOWEST} to {last}")
    return port_base


def _row_from(base: int) -> dict[str, int]:
    return {name: base + index for index, name in enumerate(SERVICES)}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
