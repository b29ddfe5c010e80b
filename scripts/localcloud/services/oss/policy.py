"""The policy of a form upload: what the signer allows, and whether a form keeps to it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from scripts.localcloud.services.oss import signing
from scripts.localcloud.services.oss.authentication import Authenticator
from scripts.localcloud.services.oss.exceptions import OssError, access_denied

LENGTH_RANGE = "content-length-range"
EXPIRATION = ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ")
TRIPLE = 3
Fields = Mapping[str, str]
Bounds = tuple[int, int]
"""The least and the most bytes that a file may have."""


def check_signature(authenticator: Authenticator, fields: Fields) -> str:
    """Check who signed the policy of a form (fields by lower-case name); answers the key id.

    Raises:
        OssError: the errors of a signature.
    """
    policy = fields["policy"].encode()
    token = fields.get("x-oss-security-token")
    if fields.get("x-oss-signature-version") == signing.V4_ALGORITHM:
        date = fields.get("x-oss-date", "")
        key_id, scope = authenticator.scope(fields.get("x-oss-credential", ""), date)

        def v4(secret: str) -> str:
            return hmac.new(signing.v4_key(secret, scope), policy, hashlib.sha256).hexdigest()

        authenticator.verify(key_id, fields.get("x-oss-signature", ""), token, v4)
        return key_id

    def v1(secret: str) -> str:
        return base64.b64encode(hmac.new(secret.encode(), policy, hashlib.sha1).digest()).decode()

    key_id = fields.get("ossaccesskeyid", "")
    authenticator.verify(key_id, fields.get("signature", ""), token, v1)
    return key_id


def check_policy(fields: Fields, *, now: float) -> Bounds | None:
    """Check a form against its policy; answers the bounds of the file's size, if it has any.

    `fields` by lower-case name, `bucket` among them.

    Raises:
        OssError: InvalidPolicyDocument, AccessDenied.
    """
    policy = _decoded(fields["policy"])
    expires = _expiration(str(policy.get("expiration", "")))
    if now > expires:
        raise access_denied("Invalid according to Policy: Policy expired.")
    conditions = policy.get("conditions")
    if not isinstance(conditions, list):
        raise _invalid("Invalid Policy: Invalid JSON: missing conditions.")
    bounds = None
    for condition in conditions:
        if isinstance(condition, list) and condition and condition[0] == LENGTH_RANGE:
            bounds = _bounds(condition)
        elif not _holds(condition, fields):
            text = json.dumps(condition, ensure_ascii=False)
            message = f"Invalid according to Policy: Policy Condition failed: {text}"
            raise access_denied(message, ec="0006-00000227")
    return bounds


def check_shortest(size: int, bounds: Bounds | None) -> None:
    """Check the size of a whole file.

    Raises:
        OssError: EntityTooSmall.
    """
    if bounds and size < bounds[0]:
        message = "Your proposed upload is smaller than the minimum allowed size."
        raise OssError(
            400, "EntityTooSmall", message, ec="0006-00000004", MinSizeAllowed=str(bounds[0])
        )


def check_longest(size: int, bounds: Bounds | None) -> None:
    """Check the size of what came so far.

    Raises:
        OssError: EntityTooLarge.
    """
    if bounds and size > bounds[1]:
        message = "Your proposed upload exceeds the maximum allowed size."
        raise OssError(
            400, "EntityTooLarge", message, ec="0006-00000003", MaxSizeAllowed=str(bounds[1])
        )


def _decoded(written: str) -> dict[str, Any]:
    try:
        policy = json.loads(base64.b64decode(written, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _invalid("Invalid Policy: Invalid JSON.") from None
    if not isinstance(policy, dict):
        raise _invalid("Invalid Policy: Invalid JSON.")
    return policy


def _expiration(written: str) -> float:
    for form in EXPIRATION:
        try:
            moment = datetime.strptime(written, form)  # noqa: DTZ007 - the Z is UTC, set below
        except ValueError:
            continue
        return moment.replace(tzinfo=timezone.utc).timestamp()
    raise _invalid("Invalid Policy: Invalid 'expiration' value.")


def _bounds(condition: list[Any]) -> Bounds:
    numbers = [item for item in condition[1:] if type(item) is int]  # a truth value is not one
    if len(condition) != TRIPLE or numbers != condition[1:] or not 0 <= numbers[0] <= numbers[1]:
        raise _invalid(f"Invalid Policy: Invalid {LENGTH_RANGE}.")
    return numbers[0], numbers[1]


def _holds(condition: Any, fields: Fields) -> bool:
    if isinstance(condition, dict):
        return all(fields.get(name.lower()) == str(value) for name, value in condition.items())
    if not isinstance(condition, list) or len(condition) != TRIPLE:
        raise _invalid("Invalid Policy: Invalid condition.")
    operator, name, wanted = condition
    value: str = fields.get(str(name).lstrip("$").lower(), "")
    if operator == "eq":
        return value == str(wanted)
    if operator == "starts-with":
        return value.startswith(str(wanted))
    if operator in {"in", "not-in"} and isinstance(wanted, list):
        listed = any(value == str(item) for item in wanted)
        return listed if operator == "in" else not listed
    raise _invalid(f"Invalid Policy: Invalid condition operator {operator!r}.")


def _invalid(message: str) -> OssError:
    return OssError(400, "InvalidPolicyDocument", message)
