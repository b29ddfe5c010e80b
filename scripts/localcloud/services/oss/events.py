"""The event record of a created object, as the vendor's OSS trigger delivers it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from scripts.localcloud.core.identity import Identity
from scripts.localcloud.services.oss.models import StoredObject
from scripts.localcloud.services.oss.urls import OssRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcer:
    """Writes records for one account."""

    identity: Identity

    def record(
        self,
        event: str,
        request: OssRequest,
        stored: StoredObject,
        replaced: StoredObject | None,
    ) -> dict[str, Any]:
        """The record of `event` (such as `PutObject`), caused by `request`."""
        account = self.identity.account_id
        return {
            "eventName": f"ObjectCreated:{event}",
            "eventSource": "acs:oss",
            "eventTime": _moment(stored.modified),
            "eventVersion": "1.0",
            "oss": {
                "bucket": {
                    "arn": f"acs:oss:{self.identity.region}:{account}:{stored.bucket}",
                    "name": stored.bucket,
                    "ownerIdentity": account,
                },
                "object": self._object(stored, replaced),
                "ossSchemaVersion": "1.0",
                "ruleId": hashlib.sha1(stored.bucket.encode(), usedforsecurity=False).hexdigest(),
            },
            "region": self.identity.region,
            "requestParameters": {"sourceIPAddress": request.remote},
            "responseElements": {"requestId": request.request_id},
            "userIdentity": {"principalId": account},
        }

    @staticmethod
    def _object(stored: StoredObject, replaced: StoredObject | None) -> dict[str, Any]:
        return {
            "deltaSize": stored.size - (replaced.size if replaced else 0),
            "eTag": stored.etag,
            "key": stored.key,
            "objectMeta": {
                "mimeType": stored.headers.get("content-type", ""),
                "userMeta": stored.metadata,
            },
            "size": stored.size,
        }


def _moment(seconds: float) -> str:
    """Epoch seconds as events tell them: UTC, with milliseconds."""
    written = datetime.fromtimestamp(seconds, timezone.utc)
    return written.strftime("%Y-%m-%dT%H:%M:%S.") + f"{written.microsecond // 1000:03d}Z"
