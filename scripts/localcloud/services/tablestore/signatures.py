"""Who signed a request, and the signature an answer needs (contracts: Tablestore, 6.4).

Both versions sign the `x-ots-*` lines; V4 derives its key from date and region. Answers are
signed with HMAC-SHA1 in both, under the key that the request was signed with.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from scripts.localcloud.core.identity import Secret
from scripts.localcloud.services.tablestore.exceptions import (
    AuthFailedError,
    ParameterInvalidError,
)

SKEW_SECONDS = 15 * 60
"""How far a client's clock may be off."""

_REQUIRED = (
    "x-ots-date",
    "x-ots-apiversion",
    "x-ots-accesskeyid",
    "x-ots-instancename",
    "x-ots-contentmd5",
)
_SIGNATURES = ("x-ots-signature", "x-ots-signaturev4")
_WITH_FRACTION, _WITHOUT = "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signed, and the key that their answer is signed with."""

    access_key_id: str
    key: bytes


def _lines(headers: Mapping[str, str]) -> str:
    """Join the signed lines; `headers` has lower-case names."""
    return "\n".join(
        sorted(
            f"{name}:{value.strip()}"
            for name, value in headers.items()
            if name.startswith("x-ots-") and name not in _SIGNATURES
        )
    )


def signing_key(headers: Mapping[str, str], secret: str) -> bytes:
    """Return the key of the request: the secret (V2) or the one derived from it (V4)."""
    if "x-ots-signaturev4" not in headers:
        return secret.encode()
    key = b"aliyun_v4" + secret.encode()
    date, region = headers.get("x-ots-signdate", ""), headers.get("x-ots-signregion", "")
    for part in (date, region, "ots", "aliyun_v4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return base64.b64encode(key)  # the text, not the raw digest, is the key


def request_signature(path: str, headers: Mapping[str, str], key: bytes) -> str:
    """Compute what the client must have sent."""
    text = f"{path}\nPOST\n\n{_lines(headers)}\n"
    if "x-ots-signaturev4" in headers:
        digest = hmac.new(
            key, f"{text}ots".encode(errors="surrogateescape"), hashlib.sha256
        ).digest()
    else:
        digest = hmac.new(key, text.encode(errors="surrogateescape"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def response_signature(path: str, headers: Mapping[str, str], key: bytes) -> str:
    """Compute what the answer must carry: HMAC-SHA1, for V4 requests too."""
    digest = hmac.new(
        key, f"{_lines(headers)}\n{path}".encode(errors="surrogateescape"), hashlib.sha1
    ).digest()
    return base64.b64encode(digest).decode()


def content_md5(body: bytes) -> str:
    """Base64 of the digest, as the header wants it."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _parse_date(text: str) -> float:
    form = _WITH_FRACTION if "." in text else _WITHOUT
    try:
        return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()
    except ValueError as exc:
        raise ParameterInvalidError(f"Invalid date format: {text}.") from exc


def _check_headers(headers: Mapping[str, str], body: bytes, real_now: float) -> None:
    for name in _REQUIRED:
        if not headers.get(name):
            raise ParameterInvalidError(f"Missing header: '{name}'.")
    if not any(headers.get(name) for name in _SIGNATURES):
        raise ParameterInvalidError("Missing header: 'x-ots-signature'.")
    date = headers["x-ots-date"]
    if abs(_parse_date(date) - real_now) > SKEW_SECONDS:
        raise AuthFailedError(f"Mismatch between system time and x-ots-date: {date}.")
    if headers["x-ots-contentmd5"] != content_md5(body):
        raise AuthFailedError(
            "Mismatch between MD5 value of request body and x-ots-contentmd5 in header."
        )


def _check_token(headers: Mapping[str, str], secret: Secret, now: float) -> None:
    token = headers.get("x-ots-ststoken", "")
    if secret.security_token is None:
        if token:
            raise AuthFailedError("The STS token does not belong to the AccessKeyID.")
        return
    if not hmac.compare_digest(token.encode(), secret.security_token.encode()):
        raise AuthFailedError("The STS token is missing or does not belong to the AccessKeyID.")
    if secret.expires_at is not None and secret.expires_at <= now:
        raise AuthFailedError("The STS token has expired.")


def authenticate(
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    secret: Secret | None,
    region: str,
    now: float,
    real_now: float,
) -> Signer:
    """Check headers, signature, region and token.

    Dates are judged by `real_now`, since SDKs sign with the machine's clock; a token's life by
    `now`, the cloud's.

    Raises:
        ParameterInvalidError: a header is missing or unreadable.
        AuthFailedError: everything else that is wrong.
    """
    _check_headers(headers, body, real_now)
    if secret is None:
        raise AuthFailedError("The AccessKeyID does not exist.")
    key = signing_key(headers, secret.secret)
    sent = headers.get("x-ots-signaturev4") or headers.get("x-ots-signature", "")
    if not hmac.compare_digest(sent.encode(), request_signature(path, headers, key).encode()):
        raise AuthFailedError("Signature mismatch.")
    signed_region = headers.get("x-ots-signregion", region)
    if "x-ots-signaturev4" in headers and signed_region != region:
        raise AuthFailedError(f"The region of the signature is '{signed_region}', not '{region}'.")
    _check_token(headers, secret, now)
    return Signer(access_key_id=headers["x-ots-accesskeyid"], key=key)
