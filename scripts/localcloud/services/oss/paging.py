"""What listings share: limits, encoding of names, tokens, the head of the document."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote

from scripts.localcloud.core.identity import Identity
from scripts.localcloud.services.oss.documents import Element
from scripts.localcloud.services.oss.exceptions import OssError, invalid_argument
from scripts.localcloud.services.oss.listing import Page, PageRequest
from scripts.localcloud.services.oss.numbers import whole_number
from scripts.localcloud.services.oss.urls import OssRequest

MOST_KEYS = 1000
DEFAULT_KEYS = 100
TOKEN_MARK = b"oss1:"
Encoder = Callable[[str], str]


def owner_of(identity: Identity) -> list[Element]:
    """The account, as owner of everything."""
    return [("ID", identity.account_id), ("DisplayName", identity.account_id)]


def limit_of(
    request: OssRequest, name: str, default: int, *, least: int = 1, most: int = MOST_KEYS
) -> int:
    """A number that bounds a page, such as how many entries it may have.

    Raises:
        OssError: InvalidArgument.
    """
    written = request.query.get(name, "")
    if not written:
        return default
    number = whole_number(written)
    if number is None or not least <= number <= most:
        raise invalid_argument(f"{name} must be from {least} to {most}.", name, written)
    return number


def page_request(request: OssRequest, *, after: str) -> PageRequest:
    """Read prefix, delimiter and limit."""
    return PageRequest(
        prefix=request.query.get("prefix", ""),
        delimiter=request.query.get("delimiter", ""),
        after=after,
        limit=limit_of(request, "max-keys", DEFAULT_KEYS),
    )


def encoder(request: OssRequest) -> Encoder:
    """How names are written: as they are, or percent-encoded with `encoding-type=url`.

    Raises:
        OssError: InvalidArgument, for another encoding type.
    """
    wanted = request.query.get("encoding-type", "")
    if wanted and wanted != "url":
        raise invalid_argument("Invalid encoding-type.", "encoding-type", wanted)
    return (lambda name: quote(name, safe="-_.~")) if wanted else (lambda name: name)


def encoding_elements(request: OssRequest) -> list[Element]:
    """The element that tells how names are written, where it is needed."""
    return [("EncodingType", "url")] if request.query.get("encoding-type") else []


def listing_head(request: OssRequest, wanted: PageRequest, code: Encoder) -> list[Element]:
    """The elements with which every listing begins."""
    return [
        ("Name", request.bucket),
        ("Prefix", code(wanted.prefix)),
        ("MaxKeys", wanted.limit),
        ("Delimiter", code(wanted.delimiter)),
        *encoding_elements(request),
    ]


def prefix_elements(page: Page, code: Encoder) -> list[Element]:
    """The common prefixes of a page."""
    return [("CommonPrefixes", [("Prefix", code(prefix))]) for prefix in page.prefixes]


def seal_token(following: str) -> str:
    """A continuation token that stands for the last name of a page."""
    return base64.b64encode(TOKEN_MARK + following.encode()).decode()


def open_token(token: str) -> str:
    """The name a continuation token stands for.

    Raises:
        OssError: InvalidArgument, for a token that this service did not make.
    """
    try:
        opened = base64.b64decode(token, validate=True)
        if not opened.startswith(TOKEN_MARK):
            raise _strange(token)
        return opened[len(TOKEN_MARK) :].decode()
    except (binascii.Error, ValueError):
        raise _strange(token) from None


def _strange(token: str) -> OssError:
    message = "The continuation-token provided is incorrect."
    return invalid_argument(message, "continuation-token", token)
