"""The vendor's Tablestore client as the tests use it: no retries, no native code, quiet."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud

logging.getLogger("tablestore").setLevel(logging.CRITICAL)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ImportWarning)  # its native half exists for 3.12 only
    import tablestore as sdk

__all__ = ["code_of", "make_client", "make_table", "sdk"]


class NoRetry(sdk.RetryPolicy):  # type: ignore[misc]  # the SDK ships no types
    """Every answer counts, the first one."""

    def get_retry_delay(self, *_: Any) -> float:
        """No delay, as there is no retry."""
        return 0.0

    def should_retry(self, *_: Any) -> bool:
        """Never."""
        return False


def make_client(endpoint: str, cloud: Cloud, *, version: str = "V4", **options: Any) -> Any:
    """A client of the account, which signs by V2 or V4."""
    identity = cloud.identity
    options.setdefault("region", identity.region if version == "V4" else None)
    return sdk.OTSClient(
        endpoint,
        options.pop("access_key_id", identity.access_key_id),
        options.pop("access_key_secret", identity.access_key_secret),
        options.pop("instance", identity.tablestore_instance),
        enable_native=False,
        retry_policy=NoRetry(),
        logger_name="tablestore.tests",
        **options,
    )


def make_table(
    client: Any,
    name: str,
    key: list[tuple[Any, ...]],
    *,
    defined: list[tuple[str, str]] | None = None,
    indexes: list[Any] | None = None,
    options: Any = None,
) -> None:
    """Create a table with no reserved units."""
    client.create_table(
        sdk.TableMeta(name, key, defined or []),
        options or sdk.TableOptions(),
        sdk.ReservedThroughput(sdk.CapacityUnit(0, 0)),
        indexes or [],
    )


def code_of(failed: pytest.ExceptionInfo[Any]) -> tuple[int, str, str]:
    """Status, code and sentence of a service error."""
    error = failed.value
    return error.http_status, error.code, error.message
