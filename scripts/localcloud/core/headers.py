"""The headers of a request as the services read them."""

from __future__ import annotations

from aiohttp import web


def plain_headers(request: web.Request) -> dict[str, str]:
    """Values by lower-case name; bytes that are no text are replaced, so that all can be told."""
    return {
        name.lower(): value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for name, value in request.headers.items()
    }
