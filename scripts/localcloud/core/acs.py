"""Who signed a request to one of the vendor's OpenAPIs: ROS, RAM and STS, Function Compute 3.0.

Two schemes are in use. `ACS3-HMAC-SHA256` signs method, path, query, headers and the body's hash,
in the header `Authorization` (vendor's page "V3 request structure & signature"). The older RPC
scheme signs every parameter, in the parameter `Signature` (page "V2 RPC style", version 1.0).
Dates are judged by the machine's clock, a token's life by the cloud's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from scripts.localcloud.core.identity import Credentials, Secret

ALGORITHM: Final = "ACS3-HMAC-SHA256"
SKEW_SECONDS: Final = 900
DATE: Final = "%Y-%m-%dT%H:%M:%SZ"
_METHODS: Final = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}


class AcsError(Exception):
    """A request that is refused before anybody looks at what it asks for."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class AcsRequest:
    """A request as it came: `headers` by lower-case name, `form` the fields of its body."""

    method: str
    raw_path: str
    headers: Mapping[str, str]
    body: bytes = b""
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path without its query, as it came."""
        return self.raw_path.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, decoded."""
        return dict(parse_qsl(self.raw_path.partition("?")[2], keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The machine's time and the cloud's, epoch seconds."""

    real: float
    cloud: float


def caller_of(request: AcsRequest, credentials: Credentials, clocks: Clocks) -> str:
    """The access key id that signed the request.

    Raises:
        AcsError: it is not signed, or not well.
    """
    if request.headers.get("authorization", "").startswith(ALGORITHM):
        return _by_header(request, credentials, clocks)
    return _by_parameter(request, credentials, clocks)


# --- ACS3 -------------------------------------------------------------------------------------


def _by_header(request: AcsRequest, credentials: Credentials, clocks: Clocks) -> str:
    fields = _fields(request.headers["authorization"])
    key_id, names, sent = (fields.get(n, "") for n in ("Credential", "SignedHeaders", "Signature"))
    if not key_id or not names or not sent:
        raise AcsError(400, "IncompleteSignature", "The request signature does not conform.")
    _check_date(request.headers.get("x-acs-date", ""), clocks.real)
    digest = hashlib.sha256(request.body).hexdigest()
    if request.headers.get("x-acs-content-sha256") != digest:
        raise _mismatch("x-acs-content-sha256 is not the hash of the body")
    known = _known(key_id, credentials)
    signed = names.split(";")
    if unsigned := _unsigned(request.headers, signed):
        raise _mismatch(f"the header {unsigned} is not signed")
    expected = acs3_signature(known.secret, request, signed, digest)
    if not hmac.compare_digest(expected.encode(), sent.encode()):
        raise _mismatch("check your key and signing method")
    _check_token(known, request.headers.get("x-acs-security-token", ""), clocks.cloud)
    return key_id


def acs3_signature(secret: str, request: AcsRequest, signed: list[str], digest: str) -> str:
    """The signature over the headers named in `signed` and a body of this SHA-256."""
    lines = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed)
    query = "&".join(f"{_escape(k)}={_escape(v)}" for k, v in sorted(request.query.items()))
    parts = [request.method, request.path or "/", query, lines, ";".join(signed), digest]
    hashed = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    text = f"{ALGORITHM}\n{hashed}".encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def _fields(authorization: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in authorization[len(ALGORITHM) :].split(","))
    return {name: value for name, _, value in pairs}


def _unsigned(headers: Mapping[str, str], signed: list[str]) -> str:
    needed = [name for name in headers if name == "host" or name.startswith("x-acs-")]
    return next((name for name in needed if name not in signed), "")


# --- RPC 1.0 ----------------------------------------------------------------------------------


def _by_parameter(request: AcsRequest, credentials: Credentials, clocks: Clocks) -> str:
    parameters = {**request.query, **request.form}
    sent = parameters.pop("Signature", "")
    key_id = parameters.get("AccessKeyId", "")
    if not key_id:
        raise AcsError(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.")
    method = parameters.get("SignatureMethod", "HMAC-SHA1")
    if not sent or method not in _METHODS:
        raise AcsError(400, "IncompleteSignature", "The request signature does not conform.")
    _check_date(parameters.get("Timestamp", ""), clocks.real)
    known = _known(key_id, credentials)
    expected = rpc_signature(known.secret, request.method, parameters, method)
    if not hmac.compare_digest(expected.encode(), sent.encode()):
        raise _mismatch("check your key and signing method")
    _check_token(known, parameters.get("SecurityToken", ""), clocks.cloud)
    return key_id


def rpc_signature(
    secret: str, method: str, parameters: Mapping[str, str], algorithm: str = "HMAC-SHA1"
) -> str:
    """The signature over every parameter but `Signature`."""
    pairs = sorted(parameters.items())
    canonical = "&".join(f"{_escape(name)}={_escape(value)}" for name, value in pairs)
    text = f"{method}&%2F&{_escape(canonical)}".encode()
    digest = hmac.new(f"{secret}&".encode(), text, _METHODS[algorithm]).digest()
    return base64.b64encode(digest).decode()


# --- what they share --------------------------------------------------------------------------


def _escape(text: str) -> str:
    return quote(text, safe="~")


def _mismatch(reason: str) -> AcsError:
    text = f"Specified signature is not matched with our calculation: {reason}."
    return AcsError(400, "SignatureDoesNotMatch", text)


def _known(key_id: str, credentials: Credentials) -> Secret:
    known = credentials.lookup(key_id)
    if known is None:
        text = "Specified access key is not found."
        raise AcsError(404, "InvalidAccessKeyId.NotFound", text)
    return known


def _check_date(text: str, now: float) -> None:
    try:
        moment = datetime.strptime(unquote(text), DATE).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise AcsError(
            400,
            "InvalidTimeStamp.Format",
            "Specified time stamp or date value is not well formatted.",
        ) from None
    if abs(moment - now) > SKEW_SECONDS:
        text = "Specified time stamp or date value is expired."
        raise AcsError(400, "InvalidTimeStamp.Expired", text)


def _check_token(known: Secret, token: str, now: float) -> None:
    if not hmac.compare_digest(token.encode(), (known.security_token or "").encode()):
        text = "Specified SecurityToken mismatch with the AccessKeyId."
        raise AcsError(400, "InvalidSecurityToken.MismatchWithAccessKey", text)
    if known.expires_at is not None and known.expires_at <= now:
        text = "Specified SecurityToken is expired."
        raise AcsError(400, "InvalidSecurityToken.Expired", text)
