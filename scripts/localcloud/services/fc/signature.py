r"""Checks `Authorization: FC <key id>:<signature>` (vendor's page "signature authentication").

    text = METHOD \n content-md5 \n content-type \n date \n {x-fc-* headers, sorted} + path
    signature = base64(HMAC-SHA256(secret, text))

The path is the unescaped one, without the query, except for HTTP triggers, which also sign it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import unquote

from scripts.localcloud.core.identity import Credentials
from scripts.localcloud.services.fc.exceptions import (
    FcError,
    access_denied,
    invalid_access_key,
    missing_header,
    signature_mismatch,
)

SKEW_SECONDS: Final = 900
"""How far a request's date may be from the machine's, either way."""


def check_signature(
    method: str,
    raw_path: str,
    headers: Mapping[str, str],
    *,
    credentials: Credentials,
    real_time: Callable[[], float],
    cloud_time: float,
) -> str:
    """Accept the request or say why not; answers the access key id that signed it.

    `headers` are case-insensitive; `real_time` judges the date of the request, `cloud_time` the
    life of temporary credentials (epoch seconds).

    Raises:
        FcError: the vendor's code for what is wrong.
    """
    key_id, signature = _authorization(headers)
    _check_date(headers, real_time())
    known = credentials.lookup(key_id)
    if known is None:
        raise invalid_access_key(key_id)
    _check_token(headers, known.security_token, known.expires_at, cloud_time)
    expected = sign(known.secret, method, unquote(raw_path.partition("?")[0]), headers)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise signature_mismatch()
    return key_id


def sign(secret: str, method: str, path: str, headers: Mapping[str, str]) -> str:
    """The signature of a request; `path` is unescaped."""
    canonical = sorted(
        (name.lower(), value) for name, value in headers.items() if name.lower().startswith("x-fc-")
    )
    text = "\n".join(
        [
            method.upper(),
            headers.get("content-md5", ""),
            headers.get("content-type", ""),
            headers.get("date", ""),
            "".join(f"{name}:{value}\n" for name, value in canonical) + path,
        ]
    )
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _authorization(headers: Mapping[str, str]) -> tuple[str, str]:
    given = headers.get("authorization", "")
    if not given:
        raise missing_header("Authorization")
    scheme, _, rest = given.partition(" ")
    key_id, colon, signature = rest.strip().partition(":")
    if scheme != "FC" or not colon or not key_id:
        raise access_denied("the Authorization header must read 'FC <AccessKeyId>:<Signature>'")
    return key_id, signature


def _check_date(headers: Mapping[str, str], now: float) -> None:
    given = headers.get("date", "")
    if not given:
        raise missing_header("Date")
    try:
        at = parsedate_to_datetime(given).timestamp()
    except (TypeError, ValueError):
        raise access_denied(f"the Date header {given!r} is not an HTTP date") from None
    if abs(at - now) > SKEW_SECONDS:
        text = "the difference between the request time and the current time is too large"
        raise FcError(403, "RequestTimeTooSkewed", text)


def _check_token(
    headers: Mapping[str, str], token: str | None, expires_at: float | None, now: float
) -> None:
    given = headers.get("x-fc-security-token", "")
    if token is None:
        if given:
            raise access_denied("this access key has no security token")
        return
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise access_denied("the security token does not belong to this access key")
    if expires_at is not None and now >= expires_at:
        raise FcError(403, "SecurityTokenExpired", "the security token has expired")
