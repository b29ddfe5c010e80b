"""`BucketInspector` through `oss2`."""

from __future__ import annotations

from typing import Any

import oss2
from oss2.exceptions import NoSuchBucket, NoSuchLifecycle, OssError

from shared.adapters.oss.errors import translated
from shared.adapters.oss.store import bucket_of
from shared.ports.inspection import BucketFacts, LifecycleRule

_NOT_THERE = 501
"""A service that keeps no lifecycle rules at all."""


class OssInspector:
    """Looks at one bucket; nothing is written."""

    def __init__(
        self,
        *,
        endpoint: str,
        bucket: str,
        region: str,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        timeout: float = 20.0,
    ) -> None:
        self._bucket = bucket_of(
            endpoint,
            bucket,
            region=region,
            credentials=(access_key_id, access_key_secret, security_token),
            timeout=timeout,
        )
        self._name = bucket

    def bucket(self) -> BucketFacts | None:
        """Its region, openness, versions and lifecycle; None where there is no such bucket."""
        with translated(f"GetBucketInfo {self._name}"):
            try:
                info = self._bucket.get_bucket_info()
            except NoSuchBucket:
                return None
        with translated(f"GetBucketLifecycle {self._name}"):
            rules = self._rules()
        return BucketFacts(
            region=info.location.removeprefix("oss-"),
            acl=info.acl.grant,
            versioning=info.versioning_status or "",
            lifecycle=rules,
        )

    def _rules(self) -> tuple[LifecycleRule, ...] | None:
        try:
            found = self._bucket.get_bucket_lifecycle().rules
        except NoSuchLifecycle:
            return ()
        except OssError as error:
            if error.status == _NOT_THERE:
                return None
            raise
        enabled = [rule for rule in found if rule.status == oss2.models.LifecycleRule.ENABLED]
        return tuple(LifecycleRule(prefix=r.prefix or "", deletes=_deletes(r)) for r in enabled)


def _deletes(rule: Any) -> bool:
    expiration = rule.expiration
    if expiration is None:
        return False
    return bool(expiration.days or expiration.date or expiration.created_before_date)
