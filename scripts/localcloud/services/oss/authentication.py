"""Who sends a request: finds its signature, recomputes it, and judges dates and tokens.

Dates are judged on the real clock, since the SDKs sign with it. A header's date may be off by
15 minutes; a signed URL lives at most seven days.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from scripts.localcloud.core.identity import Credentials, Secret
from scripts.localcloud.services.oss import signing
from scripts.localcloud.services.oss.exceptions import OssError, access_denied, invalid_argument
from scripts.localcloud.services.oss.numbers import whole_number
from scripts.localcloud.services.oss.urls import OssRequest

LARGEST_SKEW = 900.0
LONGEST_URL = 604_800
V4_DATE = "%Y%m%dT%H%M%SZ"
ISO = "%Y-%m-%dT%H:%M:%S.000Z"
SCOPE_PARTS = 4
WRONG_EXPIRY = "0002-00000070"
WRONG_REGION_IN_HEADER = "Invalid signing region in Authorization header."
WRONG_REGION_IN_CREDENTIAL = "The signing region in credential is invalid."
"""As the vendor's own suite expects them, of headers and of signed URLs."""
WRONG_REGION = "0002-00000226"
Signer = Callable[[str], str]
"""Computes the expected signature from the account's secret."""


class Authenticator:
    """Checks signatures against the account's credentials, as the region's endpoint would."""

    def __init__(self, credentials: Credentials, region: str, now: Callable[[], float]) -> None:
        self._credentials = credentials
        self._region = region
        self._now = now

    def authenticate(self, request: OssRequest) -> str:
        """The access key id that signed the request; empty for an anonymous one.

        Raises:
            OssError: the signature, its date, its key or its token is not good.
        """
        authorization = request.headers.get("authorization", "")
        if authorization.startswith(signing.V4_ALGORITHM + " "):
            return self._v4_header(request, authorization)
        if authorization.startswith("OSS2 "):
            return self._v2_header(request, authorization)
        if authorization.startswith("OSS "):
            return self._v1_header(request, authorization)
        if authorization:
            raise invalid_argument("Authorization header is invalid.", "Authorization", "")
        return self._query(request)

    def _query(self, request: OssRequest) -> str:
        version = request.query.get("x-oss-signature-version", "")
        if version == signing.V4_ALGORITHM:
            return self._v4_query(request)
        if version == "OSS2":
            return self._v2_query(request)
        if "Signature" in request.query or "OSSAccessKeyId" in request.query:
            return self._v1_query(request)
        return ""

    # --- the versions ---------------------------------------------------------------------

    def _v1_header(self, request: OssRequest, authorization: str) -> str:
        key_id, _, sent = authorization[len("OSS ") :].strip().partition(":")
        date = request.headers.get("x-oss-date") or request.headers.get("date", "")
        self._check_skew(_header_date(date))
        token = request.headers.get("x-oss-security-token")
        self.verify(key_id, sent, token, lambda s: signing.v1_signature(request, s, date))
        return key_id

    def _v1_query(self, request: OssRequest) -> str:
        key_id, expires = _required(request.query, "OSSAccessKeyId", "Expires")
        sent = request.query.get("Signature", "")
        self._check_expiry(_number("Expires", expires))
        token = request.query.get("security-token")
        self.verify(key_id, sent, token, lambda s: signing.v1_signature(request, s, expires))
        return key_id

    def _v2_header(self, request: OssRequest, authorization: str) -> str:
        fields = _fields(authorization[len("OSS2 ") :], ",", ":")
        date = request.headers.get("x-oss-date") or request.headers.get("date", "")
        self._check_skew(_header_date(date))
        names = _names(fields.get("AdditionalHeaders", ""))
        key_id, sent = _required(fields, "AccessKeyId", "Signature")
        token = request.headers.get("x-oss-security-token")
        self.verify(key_id, sent, token, lambda s: signing.v2_signature(request, s, date, names))
        return key_id

    def _v2_query(self, request: OssRequest) -> str:
        key_id, expires = _required(request.query, "x-oss-access-key-id", "x-oss-expires")
        self._check_expiry(_number("x-oss-expires", expires))
        names = _names(request.query.get("x-oss-additional-headers", ""))
        sent = request.query.get("x-oss-signature", "")
        token = request.query.get("security-token")
        self.verify(key_id, sent, token, lambda s: signing.v2_signature(request, s, expires, names))
        return key_id

    def _v4_header(self, request: OssRequest, authorization: str) -> str:
        fields = _fields(authorization[len(signing.V4_ALGORITHM) + 1 :], ",", "=")
        credential, sent = _required(fields, "Credential", "Signature")
        if request.headers.get("x-oss-content-sha256") != signing.UNSIGNED:
            text = f"x-oss-content-sha256 must be {signing.UNSIGNED}."
            raise invalid_argument(text, "x-oss-content-sha256", "")
        date = request.headers.get("x-oss-date", "")
        key_id, scope = self.scope(credential, date, WRONG_REGION_IN_HEADER)
        self._check_skew(_v4_date(date))
        names = _names(fields.get("AdditionalHeaders", ""))
        token = request.headers.get("x-oss-security-token")
        self.verify(
            key_id, sent, token, lambda s: signing.v4_signature(request, s, date, scope, names)
        )
        return key_id

    def _v4_query(self, request: OssRequest) -> str:
        credential, date, expires, sent = _required(
            request.query, "x-oss-credential", "x-oss-date", "x-oss-expires", "x-oss-signature"
        )
        key_id, scope = self.scope(credential, date)
        lifetime = _number("x-oss-expires", expires)
        if not 0 < lifetime <= LONGEST_URL:
            text = f"x-oss-expires must be from 1 to {LONGEST_URL} seconds."
            raise invalid_argument(text, "x-oss-expires", expires)
        signed_at = _v4_date(date)
        if signed_at - self._now() > LARGEST_SKEW:
            raise self._skewed(signed_at)
        self._check_expiry(signed_at + lifetime)
        names = _names(request.query.get("x-oss-additional-headers", ""))
        token = request.query.get("x-oss-security-token")
        self.verify(
            key_id, sent, token, lambda s: signing.v4_signature(request, s, date, scope, names)
        )
        return key_id

    # --- what they share ------------------------------------------------------------------

    def verify(self, key_id: str, sent: str, token: str | None, signer: Signer) -> None:
        """Check key, token and signature.

        Raises:
            OssError: InvalidAccessKeyId, InvalidSecurityToken, SecurityTokenExpired or
                SignatureDoesNotMatch.
        """
        secret = self._credentials.lookup(key_id)
        if secret is None or (token and secret.security_token is None):
            message = "The OSS Access Key Id you provided does not exist in our records."
            ec = "0002-00000002" if token else "0002-00000902"
            raise OssError(403, "InvalidAccessKeyId", message, ec=ec, OSSAccessKeyId=key_id)
        self._check_token(secret, token)
        if not hmac.compare_digest(signer(secret.secret).encode(), sent.encode()):
            message = (
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method."
            )
            raise OssError(
                403,
                "SignatureDoesNotMatch",
                message,
                ec="0002-00000040",
                OSSAccessKeyId=key_id,
                SignatureProvided=sent,
            )

    def _check_token(self, secret: Secret, token: str | None) -> None:
        if secret.security_token is None:
            return
        if not hmac.compare_digest(secret.security_token.encode(), (token or "").encode()):
            message = "The security token you provided is invalid."
            raise OssError(403, "InvalidSecurityToken", message, ec="0002-00000006")
        if secret.expires_at is not None and secret.expires_at < self._now():
            message = "The security token you provided has expired."
            raise OssError(403, "SecurityTokenExpired", message, ec="0002-00000007")

    def scope(
        self, credential: str, date: str, wrong_region: str = WRONG_REGION_IN_CREDENTIAL
    ) -> tuple[str, str]:
        """Access key id and scope of a V4 credential that was signed at `date`.

        `wrong_region` is the vendor's text for another region than this endpoint's.

        Raises:
            OssError: InvalidArgument, for another day, region or product.
        """
        key_id, _, scope = credential.partition("/")
        parts = scope.split("/")
        if len(parts) != SCOPE_PARTS or parts[3] != "aliyun_v4_request":
            raise invalid_argument("Invalid credential.", "Credential", credential)
        if parts[0] != date[:8]:
            raise invalid_argument("Invalid signing date in credential.", "Credential", credential)
        if parts[1] != self._region:
            raise invalid_argument(wrong_region, "Credential", credential, ec=WRONG_REGION)
        if parts[2] != "oss":
            text = "Invalid signing product in credential."
            raise invalid_argument(text, "Credential", credential)
        return key_id, scope

    def _check_skew(self, signed_at: float) -> None:
        if abs(self._now() - signed_at) > LARGEST_SKEW:
            raise self._skewed(signed_at)

    def _skewed(self, signed_at: float) -> OssError:
        message = "The difference between the request time and the current time is too large."
        return OssError(
            403,
            "RequestTimeTooSkewed",
            message,
            ec="0002-00000504",
            MaxAllowedSkewMilliseconds=str(int(LARGEST_SKEW * 1000)),
            RequestTime=_iso(signed_at),
            ServerTime=_iso(self._now()),
        )

    def _check_expiry(self, expires_at: float) -> None:
        if self._now() > expires_at:
            raise access_denied(
                "Request has expired.",
                ec="0002-00000069",
                Expires=_iso(expires_at),
                ServerTime=_iso(self._now()),
            )


def _iso(moment: float) -> str:
    try:
        return datetime.fromtimestamp(moment, timezone.utc).strftime(ISO)
    except (OverflowError, ValueError, OSError):
        return str(moment)


def _fields(text: str, separator: str, sign: str) -> dict[str, str]:
    pairs = (item.strip().partition(sign) for item in text.split(separator))
    return {name: value for name, _, value in pairs}


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(";") if name.strip()]


def _required(fields: Mapping[str, str], *names: str) -> tuple[str, ...]:
    for name in names:
        if not fields.get(name):
            raise access_denied(f"The signature lacks {name}.")
    return tuple(fields[name] for name in names)


def _number(name: str, text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise invalid_argument(f"{name} must be a whole number.", name, text, ec=WRONG_EXPIRY)
    return number


def _header_date(text: str) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        message = "OSS authentication requires a valid Date."
        raise access_denied(message) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.timestamp()


def _v4_date(text: str) -> float:
    try:
        moment = datetime.strptime(text, V4_DATE)  # noqa: DTZ007 - the Z is UTC, set below
    except ValueError:
        raise invalid_argument("Invalid signing date.", "x-oss-date", text) from None
    return moment.replace(tzinfo=timezone.utc).timestamp()
