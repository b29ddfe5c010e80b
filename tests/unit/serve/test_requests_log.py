"""What is told of a request, and what is not."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from scripts.serve.requests_log import logged

SECRET = "sk-9f8e7d"  # stands for a key and for a signature


def told(path: str, response: web.Response | None) -> dict[str, Any]:
    lines: list[dict[str, Any]] = []

    async def treat(_: web.Request) -> web.StreamResponse:
        if response is None:
            raise ConnectionResetError(SECRET)
        return response

    async def ask() -> None:
        request = make_mocked_request("GET", path, headers={"Authorization": f"Bearer {SECRET}"})
        handler = logged(treat, lambda _: "fetch", lambda: 0.0, lines.append)
        await asyncio.gather(handler(request), return_exceptions=True)

    asyncio.run(ask())
    (line,) = lines
    return line


def test_a_request_is_told_without_key_and_query() -> None:
    line = told(f"/prod/a.png?Signature={SECRET}", web.Response(headers={"x-request-id": "r"}))

    assert SECRET not in str(line)
    assert (line["path"], line["status"], line["request_id"]) == ("/prod/a.png", 200, "r")
    assert line["at"] == "1970-01-01T00:00:00.000+00:00"


def test_a_broken_request_is_told_as_well() -> None:
    line = told("/a", None)

    assert (line["status"], SECRET in str(line)) == (None, False)


def test_a_long_path_is_cut() -> None:
    assert len(told("/" + "a" * 5000, web.Response())["path"]) == 200
