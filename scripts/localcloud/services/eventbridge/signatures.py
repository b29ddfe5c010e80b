"""Who signed a request: `authorization: acs:{key id}:{HMAC-SHA1}` (contracts: 8; the string to
sign is that of the vendor's client 1.3.8).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from scripts.localcloud.core.identity import Credentials
from scripts.localcloud.services.eventbridge.exceptions import access_denied

SKEW_SECONDS = 15 * 60
"""How far a client's clock may be off."""


def string_to_sign(method: str, resource: str, headers: Mapping[str, str]) -> str:
    """Join what is signed; `headers` has lower-case names."""
    fixed = "\n".join(headers.get(name, "") for name in ("content-md5", "content-type", "date"))
    own = "".join(f"{n}:{headers[n]}\n" for n in sorted(headers) if n.startswith("x-acs"))
    return f"{method}\n{fixed}\n{own}{resource}"


def authenticate(
    method: str,
    resource: str,
    headers: Mapping[str, str],
    *,
    credentials: Credentials,
    now: float,
    real_now: float,
) -> str:
    """The key id of who asks, after date, signature and token were checked; the date is judged by
    `real_now`, the machine's clock.

    Raises:
        EventBridgeError: something of it is wrong.
    """
    scheme, _, rest = headers.get("authorization", "").partition(":")
    key_id, _, signature = rest.partition(":")
    secret = credentials.lookup(key_id) if scheme == "acs" else None
    if secret is None:
        raise access_denied("InvalidAccessKeyId", "The AccessKey ID is not found.")
    _check_date(headers.get("date", ""), real_now)
    text = string_to_sign(method, resource, headers)
    digest = hmac.new(secret.secret.encode(), text.encode(), hashlib.sha1).digest()
    if not hmac.compare_digest(base64.b64encode(digest), signature.encode()):
        raise access_denied("SignatureDoesNotMatch", "The signature does not match.")
    expired = secret.expires_at is not None and secret.expires_at <= now
    if expired or headers.get("x-acs-security-token", "") != (secret.security_token or ""):
        raise access_denied("InvalidSecurityToken", "The security token is wrong or has expired.")
    return key_id


def _check_date(text: str, real_now: float) -> None:
    try:
        sent = parsedate_to_datetime(text).timestamp()
    except ValueError:
        sent = 0.0
    if abs(sent - real_now) > SKEW_SECONDS:
        raise access_denied("InvalidTimeStamp", "The date is missing, or too far from ours.")
