"""The vendor's RPC style: an action and its parameters in query and form, answers in JSON."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from scripts.localcloud.core.acs import AcsError, AcsRequest
from scripts.localcloud.core.bodies import read_whole
from scripts.localcloud.core.headers import plain_headers

LARGEST_BODY: Final = 4 * 1024 * 1024
FORM: Final = "application/x-www-form-urlencoded"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcCall:
    """One action with all its parameters; lists come as `Name.1`, `Name.2.Field`."""

    action: str
    version: str
    parameters: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        """A parameter, or the default where it is missing."""
        return self.parameters.get(name, default)

    def needed(self, name: str) -> str:
        """A parameter that must be there.

        Raises:
            AcsError: it is not.
        """
        value = self.parameters.get(name, "")
        if not value:
            raise missing_parameter(name)
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean parameter.

        Raises:
            AcsError: it is neither true nor false.
        """
        value = self.parameters.get(name, str(default)).lower()
        if value not in ("true", "false"):
            raise invalid_parameter(name, "it must be true or false")
        return value == "true"

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        """A whole number within bounds.

        Raises:
            AcsError: it is not.
        """
        value = self.parameters.get(name, str(default))
        if not (value.isascii() and value.isdecimal()) or not lowest <= int(value) <= highest:
            raise invalid_parameter(name, f"it must be from {lowest} to {highest}")
        return int(value)

    def items(self, name: str) -> list[str]:
        """The texts of a list parameter, in order."""
        return [value for _, value in self._numbered(name)]

    def records(self, name: str) -> list[dict[str, str]]:
        """The records of a list parameter, in order."""
        found: dict[int, dict[str, str]] = {}
        for (number, part), value in self._numbered_parts(name).items():
            found.setdefault(number, {})[part] = value
        return [found[number] for number in sorted(found)]

    def _numbered(self, name: str) -> list[tuple[int, str]]:
        parts = self._numbered_parts(name)
        return sorted((number, value) for (number, part), value in parts.items() if not part)

    def _numbered_parts(self, name: str) -> dict[tuple[int, str], str]:
        found = {}
        for key, value in self.parameters.items():
            head, _, rest = key.partition(".")
            number, _, part = rest.partition(".")
            if head == name and number.isascii() and number.isdecimal():
                found[int(number), part] = value
        return found


async def read_request(request: web.Request) -> AcsRequest:
    """The request with its body.

    Raises:
        AcsError: the body is too long, or no form where it says that it is one.
    """
    body = await read_whole(request, LARGEST_BODY)
    if body is None:
        raise AcsError(413, "RequestTooLarge", f"The body exceeds {LARGEST_BODY} bytes.")
    headers = plain_headers(request)
    form: dict[str, str] = {}
    if headers.get("content-type", "").startswith(FORM):
        try:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        except (UnicodeDecodeError, ValueError):
            raise AcsError(400, "InvalidParameter", "The body is not a form.") from None
    return AcsRequest(
        method=request.method, raw_path=request.raw_path, headers=headers, body=body, form=form
    )


def call_of(request: AcsRequest) -> RpcCall:
    """The action that a request asks for."""
    parameters = {**request.query, **request.form}
    action = request.headers.get("x-acs-action") or parameters.get("Action", "")
    version = request.headers.get("x-acs-version") or parameters.get("Version", "")
    return RpcCall(action=action, version=version, parameters=parameters)


def action_name(request: web.Request, known: Mapping[str, Any] | frozenset[str]) -> str:
    """The action as the ledger counts it; `unknown` where there is none.

    An action in the body is not seen here: it has not been read. The vendor's clients send it in
    the query or in a header.
    """
    action = request.headers.get("x-acs-action") or request.query.get("Action", "")
    return action if action in known else UNKNOWN


def missing_parameter(name: str) -> AcsError:
    """A parameter that the action needs is not there."""
    text = f"{name} is mandatory for this action."
    return AcsError(400, f"Missing{name}", text)


def invalid_parameter(name: str, reason: str) -> AcsError:
    """A parameter says something that cannot be."""
    return AcsError(400, "InvalidParameter", f"The specified value of {name} is invalid: {reason}.")


def unknown_action(action: str) -> AcsError:
    """The API has no such action, or the local cloud does not offer it."""
    text = f"Specified api is not found, please check your url and method: {action!r}."
    return AcsError(404, "InvalidAction.NotFound", text)


def new_request_id() -> str:
    """An id for one request."""
    return str(uuid.uuid4()).upper()


def answer(document: Mapping[str, Any], request_id: str) -> web.Response:
    """A success."""
    return web.json_response({"RequestId": request_id, **document}, headers=_headers(request_id))


def error_answer(
    status: int, code: str, message: str, *, request_id: str, host: str
) -> web.Response:
    """An error in the vendor's form."""
    body = {"RequestId": request_id, "HostId": host, "Code": code, "Message": message}
    return web.json_response(body, status=status, headers=_headers(request_id))


def _headers(request_id: str) -> dict[str, str]:
    return {"x-acs-request-id": request_id}
