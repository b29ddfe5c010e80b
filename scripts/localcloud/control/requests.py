"""Control requests decoded; what is wrong is said with the field and the remedy."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

FUNCTIONS = ("submit", "poller", "finalizer")
LARGEST_BODY = 1024 * 1024
LONGEST_JUMP = 10 * 365 * 86400.0


class BadRequestError(Exception):
    """The request cannot be followed; the text names the field and the remedy."""


async def read_object(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        BadRequestError: it is none.
    """
    text = await request.content.read(LARGEST_BODY)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"the body must be a JSON object ({error})") from error
    if not isinstance(body, dict):
        raise BadRequestError('the body must be a JSON object, as in {"field": value}')
    return body


def read_advance(body: dict[str, Any]) -> float:
    """The field `advance`.

    Raises:
        BadRequestError: it is missing or no positive number of seconds, or another field is there.
    """
    only(body, "advance")
    seconds = body.get("advance")
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        raise BadRequestError("field 'advance' must be a number of seconds")
    if not 0 <= seconds <= LONGEST_JUMP:  # true of NaN as well
        raise BadRequestError("field 'advance' must be seconds from 0 to ten years' worth")
    return float(seconds)


def read_function(body: dict[str, Any]) -> str:
    """The field `function`.

    Raises:
        BadRequestError: it is not one of the three functions, or another field is there.
    """
    only(body, "function")
    function = body.get("function")
    if function not in FUNCTIONS:
        raise BadRequestError(f"field 'function' must be one of {', '.join(FUNCTIONS)}")
    return str(function)


def read_topic(request: web.Request) -> str:
    """The query parameter `topic`.

    Raises:
        BadRequestError: it is missing.
    """
    topic = request.query.get("topic", "")
    if not topic:
        raise BadRequestError("parameter 'topic' is needed, as in /_control/messages?topic=NAME")
    return topic


def read_bus(request: web.Request) -> str:
    """The query parameter `bus`.

    Raises:
        BadRequestError: it is missing.
    """
    bus = request.query.get("bus", "")
    if not bus:
        raise BadRequestError("parameter 'bus' is needed, as in /_control/events?bus=NAME")
    return bus


def only(body: dict[str, Any], *fields: str) -> None:
    """Refuse fields that mean nothing here, so that a misspelt one is noticed.

    Raises:
        BadRequestError: there is one.
    """
    if unknown := sorted(set(body) - set(fields)):
        raise BadRequestError(f"unknown field {unknown[0]!r}; known: {', '.join(fields)}")
