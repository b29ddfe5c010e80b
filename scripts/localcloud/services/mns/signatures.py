"""Who signed a request: `Authorization: MNS {key id}:{HMAC-SHA1}` (contracts: 8)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime

from scripts.localcloud.core.identity import Secret
from scripts.localcloud.services.mns.exceptions import AccessError

SKEW_SECONDS = 15 * 60
"""How far a client's clock may be off."""


def string_to_sign(method: str, resource: str, headers: Mapping[str, str]) -> str:
    """Join what is signed; `headers` has lower-case names, `resource` is the raw path and query."""
    lines = "".join(
        f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-mns-")
    )
    fixed = "\n".join(headers.get(name, "") for name in ("content-md5", "content-type", "date"))
    return f"{method}\n{fixed}\n{lines}{resource}"


def sign(secret: str, text: str) -> str:
    """Compute the signature of a string to sign."""
    digest = hmac.new(secret.encode(), text.encode(errors="surrogateescape"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def claimed_key(headers: Mapping[str, str]) -> tuple[str, str]:
    """The key id and the signature that a request carries.

    Raises:
        AccessError: it carries none, or in another form.
    """
    authorization = headers.get("authorization")
    if not authorization:
        message = "Authorization header is required."
        raise AccessError("MissingAuthorizationHeader", message, 400)
    scheme, _, rest = authorization.partition(" ")
    access_key_id, colon, signature = rest.strip().partition(":")
    if scheme != "MNS" or not colon or not access_key_id or not signature:
        message = "The Authorization header format is invalid."
        raise AccessError("InvalidAuthorizationHeader", message, 400)
    return access_key_id, signature


def _check_date(headers: Mapping[str, str], real_now: float) -> None:
    text = headers.get("x-mns-date") or headers.get("date")
    if not text:
        raise AccessError("MissingDateHeader", "Date header is required.", 400)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError) as exc:
        message = "The Date header format is invalid."
        raise AccessError("InvalidDateHeader", message, 400) from exc
    if date.tzinfo is None:
        date = date.replace(tzinfo=timezone.utc)
    if abs(date.timestamp() - real_now) > SKEW_SECONDS:
        raise AccessError("TimeExpired", "The http request you sent is expired.", 408)


def _check_digest(headers: Mapping[str, str], body: bytes) -> None:
    """Clients send Base64 of the hexadecimal digest; Base64 of the digest itself is taken too."""
    sent = headers.get("content-md5")
    if not sent:
        return
    digest = hashlib.md5(body, usedforsecurity=False)
    known = {
        base64.b64encode(digest.hexdigest().encode()).decode(),
        base64.b64encode(digest.digest()).decode(),
    }
    if sent not in known:
        message = "The Content-MD5 you specified is invalid."
        raise AccessError("InvalidDegist", message, 400)  # the vendor's spelling


def _check_token(headers: Mapping[str, str], secret: Secret, now: float) -> None:
    token = headers.get("security-token", "")
    if token != (secret.security_token or ""):
        message = "The security token does not belong to the Access Key Id."
        raise AccessError("AccessDenied", message)
    if secret.expires_at is not None and secret.expires_at <= now:
        raise AccessError("AccessDenied", "The security token has expired.")


def authenticate(
    method: str,
    resource: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    secret: Secret | None,
    now: float,
    real_now: float,
) -> None:
    """Check date, digest, signature and token.

    The date is judged by `real_now`, the machine's clock, a token's life by `now`, the cloud's.

    Raises:
        AccessError: something of it is wrong.
    """
    _, signature = claimed_key(headers)
    _check_date(headers, real_now)
    if secret is None:
        message = "The AccessKey Id you provided is not exist."
        raise AccessError("InvalidAccessKeyId", message)
    expected = sign(secret.secret, string_to_sign(method, resource, headers))
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        message = (
            "The request signature we calculated does not match the signature you provided."
            " Check your key and signing method."
        )
        raise AccessError("SignatureDoesNotMatch", message)
    _check_token(headers, secret, now)
    _check_digest(headers, body)
