"""What a request asks of a stack, decoded and checked before anything is looked up."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from scripts.localcloud.core.rpc import RpcCall, invalid_parameter
from scripts.localcloud.services.ros.exceptions import RosError
from scripts.localcloud.services.ros.models import Wanted

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
LARGEST_TEMPLATE: Final = 524_288
MOST_PARAMETERS: Final = 200
TIMEOUT: Final = (10, 1440)
ReadObject = Callable[[str, str], bytes]
"""Bytes of an object by bucket and key; ResourceError where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a listing; pages count from 1."""

    number: int
    size: int

    def cut(self, items: list[Any]) -> list[Any]:
        """The items of this page."""
        return items[(self.number - 1) * self.size : self.number * self.size]


def stack_name(call: RpcCall) -> str:
    """The name of a stack that is to be made.

    Raises:
        AcsError: it is missing or breaks the rule of names.
    """
    name = call.needed("StackName")
    if NAME.fullmatch(name) is None:
        reason = "it takes up to 255 letters, digits, '-' and '_', a letter or digit first"
        raise invalid_parameter("StackName", reason)
    return name


def given_parameters(call: RpcCall) -> dict[str, str]:
    """Values given for the template's parameters.

    Raises:
        AcsError: a value without a name, or too many.
    """
    records = call.records("Parameters")
    if len(records) > MOST_PARAMETERS:
        raise invalid_parameter("Parameters", f"there are more than {MOST_PARAMETERS}")
    if any("ParameterKey" not in record for record in records):
        raise invalid_parameter("Parameters", "one has no ParameterKey")
    return {record["ParameterKey"]: record.get("ParameterValue", "") for record in records}


def given_template(call: RpcCall, read_object: ReadObject) -> str | None:
    """The template's text: in the request, or in a bucket as `oss://bucket/key`; None for none.

    Raises:
        AcsError, RosError: there are two, it is too long, or lies elsewhere.
        ResourceError: the object cannot be read.
    """
    body, url = call.text("TemplateBody"), call.text("TemplateURL")
    for name in ("TemplateId", "TemplateScratchId", "StackPolicyBody", "StackPolicyURL"):
        if call.text(name):
            raise invalid_parameter(name, "the local cloud does not offer it")
    if body and url:
        raise invalid_parameter("TemplateURL", "there is a TemplateBody too")
    if url:
        body = _fetched(url, read_object)
    if len(body.encode()) > LARGEST_TEMPLATE:
        raise invalid_parameter("TemplateBody", f"it exceeds {LARGEST_TEMPLATE} bytes")
    return body or None


def needed_template(call: RpcCall, read_object: ReadObject) -> str:
    """The template's text, which must be there.

    Raises:
        as `given_template`.
    """
    text = given_template(call, read_object)
    if text is None:
        raise RosError(400, "InvalidTemplate", "One of TemplateBody and TemplateURL is needed.")
    return text


def tags(call: RpcCall) -> dict[str, str]:
    """The tags given."""
    return {record.get("Key", ""): record.get("Value", "") for record in call.records("Tags")}


def page(call: RpcCall) -> Page:
    """The page that a listing asks for.

    Raises:
        AcsError: a number is out of bounds.
    """
    return Page(
        number=call.number("PageNumber", 1, 1, 1_000_000), size=call.number("PageSize", 10, 1, 50)
    )


def token(call: RpcCall) -> str:
    """The client token; empty for none.

    Raises:
        AcsError: it breaks the rule of tokens.
    """
    given = call.text("ClientToken")
    if given and TOKEN.fullmatch(given) is None:
        raise invalid_parameter("ClientToken", "it takes up to 64 letters, digits, '-' and '_'")
    return given


def digest(call: RpcCall, wanted: Wanted) -> str:
    """Equal for equal requests, whatever their signature."""
    facts = [call.action, call.text("StackName"), call.text("StackId"), wanted.template]
    return hashlib.sha256(
        json.dumps([*facts, wanted.parameters], sort_keys=True).encode()
    ).hexdigest()


def _fetched(url: str, read_object: ReadObject) -> str:
    place = re.fullmatch(r"oss://([^/?]+)/([^?]+)(?:\?.*)?", url)
    if place is None:
        reason = "the local cloud reads oss://bucket/key of its own buckets only"
        raise invalid_parameter("TemplateURL", reason)
    return read_object(place.group(1), place.group(2)).decode("utf-8", "replace")
