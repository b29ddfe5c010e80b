"""The official client, imported quietly and in one place.

Its native encoder exists for CPython 3.12 only; elsewhere importing it warns three times about
something that this adapter never uses (`enable_native=False`, so that every interpreter runs the
same code).
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from typing import Any, Final

from urllib3.util.retry import Retry

for _name in ("tablestore.encoder", "tablestore.decoder"):
    logging.getLogger(_name).setLevel(logging.ERROR)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ImportWarning)
    import tablestore
    from tablestore.error import OTSClientError, OTSServiceError
    from tablestore.retry import RetryPolicy

__all__ = ["NOT_PERFORMED", "Key", "OTSClientError", "OTSServiceError", "connect", "tablestore"]

Key = Sequence[tuple[str, Any]]
"""A primary key: names and values, in the table's order."""

NOT_PERFORMED: Final = frozenset(
    {
        "OTSRowOperationConflict",
        "OTSNotEnoughCapacityUnit",
        "OTSTableNotReady",
        "OTSPartitionUnavailable",
        "OTSServerBusy",
        "OTSOperationConflict",
        "OTSOperationThrottled",
        "OTSQuotaExhausted",
    }
)
"""Codes after which nothing was written, so that even a write may be sent again."""

_READS: Final = frozenset({"GetRow", "BatchGetRow", "GetRange", "DescribeTable", "ListTable"})
_SERVER_FAULT: Final = 500


class BoundedRetryPolicy(RetryPolicy):  # type: ignore[misc]  # the vendor ships no types
    """At most three more tries within about a second, where the SDK's own policy takes a minute.

    Writes are sent again only where the service says that nothing was written: an unknown outcome
    belongs to the caller, who reads the row again (protocol 7).
    """

    limit: Final = 3

    def should_retry(self, retry_times: int, exception: Any, api_name: str) -> bool:
        """Whether one more try is allowed and safe."""
        if retry_times >= self.limit:
            return False
        if exception.code in NOT_PERFORMED:
            return True
        return api_name in _READS and int(exception.http_status or 0) >= _SERVER_FAULT

    def get_retry_delay(self, retry_times: int, exception: Any, api_name: str) -> float:  # noqa: ARG002 - the SDK's signature
        """0.1, 0.2, 0.4 seconds."""
        return 0.1 * float(2**retry_times)


def connect(
    endpoint: str,
    instance: str,
    *,
    region: str,
    access_key_id: str,
    access_key_secret: str,
    security_token: str | None = None,
    timeout: float = 10.0,
) -> Any:
    """An `OTSClient` that signs with V4 and gives up after *timeout* seconds of silence."""
    client = tablestore.OTSClient(
        endpoint,
        access_key_id,
        access_key_secret,
        instance,
        region=region,
        sts_token=security_token or None,
        socket_timeout=timeout,
        max_connection=16,
        enable_native=False,
        retry_policy=BoundedRetryPolicy(),
    )
    # urllib3's own default would connect four times, each for the whole time limit.
    client.connection.pool.connection_pool_kw["retries"] = Retry(1, read=0, redirect=0, status=0)
    client.logger.setLevel(logging.CRITICAL)  # it would log requests; our errors say what matters
    return client
