"""A client of SMQ (MNS) whose every wait has an end.

The SDK gives its HTTPS connection no time limit; the connection is replaced by one that has it.
"""

from __future__ import annotations

from http.client import HTTPSConnection
from typing import Any

from mns.account import Account


class _LimitedHttpsConnection(HTTPSConnection):
    """What `mns.mns_http` needs of a connection: a counter of bytes sent, and our time limit."""

    request_length = 0

    def request(self, *arguments: Any, **options: Any) -> None:
        """Send a request; the counter starts anew."""
        self.request_length = 0
        super().request(*arguments, **options)

    def send(self, data: Any) -> None:
        """Send and count."""
        super().send(data)
        self.request_length += len(data)


def connect(
    endpoint: str,
    *,
    access_key_id: str,
    access_key_secret: str,
    security_token: str | None = None,
    timeout: float = 10.0,
) -> Any:
    """An `Account` of the SDK. A missing token must be "" (None makes the SDK fail)."""
    account = Account(endpoint.rstrip("/"), access_key_id, access_key_secret, security_token or "")
    http = account.mns_client.http
    if http.is_https:
        http.conn = _LimitedHttpsConnection(http.host, timeout=timeout)
    else:
        http.set_connection_timeout(timeout)
    return account
