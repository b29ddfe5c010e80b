"""The client of `aliyun-fc2`, quiet about the headers that it would log (contracts, 4 b and e)."""

from __future__ import annotations

import logging
from typing import Any

import fc2

from shared.adapters.fc.headers import HideHeaders


def connect(
    *,
    endpoint: str,
    access_key_id: str,
    access_key_secret: str,
    security_token: str | None = None,
    timeout: float = 10.0,
) -> Any:
    """An `fc2.Client`; a slash at the endpoint's end, which would leak into `Host`, is cut off."""
    HideHeaders.install(logging.getLogger())
    return fc2.Client(
        endpoint=endpoint.strip().rstrip("/"),
        accessKeyID=access_key_id,
        accessKeySecret=access_key_secret,
        securityToken=security_token or "",
        Timeout=timeout,
    )
