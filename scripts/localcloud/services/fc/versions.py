"""Requests of either version of the API: what they ask for, who signed them, how errors look."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from scripts.localcloud.core.acs import AcsError, Clocks, caller_of
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc import responses, urls, version3
from scripts.localcloud.services.fc.exceptions import FcError
from scripts.localcloud.services.fc.models import Operation
from scripts.localcloud.services.fc.signature import check_signature
from scripts.localcloud.services.fc.urls import Route

OPERATIONS: Final = urls.OPERATIONS | version3.OPERATIONS
"""Of either version."""


def route_of(request: web.Request) -> Route:
    """What a request asks for; its operation is `Unsupported` where nothing fits."""
    read = version3.route if version3.is_of_3(request.raw_path) else urls.route
    return read(request.method, request.raw_path)


def operations_of(
    request: web.Request, of_2: Mapping[str, Operation], of_3: Mapping[str, Operation]
) -> Mapping[str, Operation]:
    """What a request may ask for."""
    return of_3 if version3.is_of_3(request.raw_path) else of_2


def resource_named(found: Route) -> str:
    """What a request is about, as access rules name it."""
    if found.service.startswith(version3.HOME):
        return f"functions/{found.function}"
    return urls.resource_of(found)


async def signed_body(request: web.Request) -> bytes | None:
    """The body, where it is signed, as in 3.0; else None, and it is not read yet.

    Raises:
        FcError: it is too long.
    """
    if not version3.is_of_3(request.raw_path):
        return None
    return await responses.read_body(request, responses.LARGEST_SYNCHRONOUS)


def who_signed(request: web.Request, body: bytes | None, cloud: Cloud) -> str:
    """The access key id that signed the request.

    Raises:
        FcError, AcsError: it is not signed, or not well.
    """
    if body is not None:
        clocks = Clocks(real=time.time(), cloud=cloud.clock.now())
        return caller_of(version3.signed(request, body), cloud.credentials, clocks)
    return check_signature(
        request.method,
        request.raw_path,
        request.headers,
        credentials=cloud.credentials,
        real_time=time.time,
        cloud_time=cloud.clock.now(),
    )


def error_form(request: web.Request) -> Callable[[FcError | AcsError, str], web.Response]:
    """How an error of this request is told."""
    if version3.is_of_3(request.raw_path):
        return version3.error_response
    return responses.error_response
