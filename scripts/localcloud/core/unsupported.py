"""What is asked for and not offered: said once each, so that nobody takes an error for a fault."""

from __future__ import annotations

import logging

from aiohttp import web

LOG = logging.getLogger("scripts.localcloud")
MOST_TOLD = 200
"""Lines that one service writes of it; hostile input asks for more."""


class Unsupported:
    """Remembers what was said of one service.

    Args:
        service: its name.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._told: set[tuple[str, ...]] = set()

    def tell(self, request: web.Request) -> None:
        """Log a request that no operation answers; of its query the names: values may be signed."""
        path = request.raw_path.partition("?")[0]
        asked = (request.method, path, *sorted(request.query))
        if asked in self._told or len(self._told) >= MOST_TOLD:
            return
        self._told.add(asked)
        names = f" with {', '.join(asked[2:])}" if asked[2:] else ""
        text = "%s: %s %s%s is not offered here, and refused in the vendor's form"
        LOG.warning(text, self._service, request.method, path, names)
