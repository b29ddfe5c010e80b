"""What the credentials of a role may do; the account itself may do everything.

Which permission an operation asks for follows the vendor's page "RAM policy: OSS actions": reading
of any kind is `GetObject`, writing of any kind `PutObject`, a copy asks for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from scripts.localcloud.core.access import ALLOW, DENY, ROOT
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.oss.exceptions import OssError, access_denied
from scripts.localcloud.services.oss.models import ObjectStore
from scripts.localcloud.services.oss.urls import COPY_SOURCE, OssRequest, named_source

READING: Final = frozenset({"GetObject", "HeadObject", "GetObjectMeta", "GetSymlink"})
WRITING: Final = frozenset(
    {
        *("PutObject", "CopyObject", "AppendObject", "PutSymlink", "PostObject"),
        *("InitiateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload"),
    }
)
OTHER_NAMES: Final = {
    "ListObjectsV2": "ListObjects",
    "ProcessObject": "PostProcessTask",
    "PutObjectACL": "PutObjectAcl",
    "GetObjectACL": "GetObjectAcl",
}
HEADERS: Final = {"x-oss-tagging": "PutObjectTagging", "x-oss-object-acl": "PutObjectAcl"}
"""Headers of a write that ask for a permission of their own."""
BODY_DECIDES: Final = frozenset({"DeleteMultipleObjects"})
"""Operations whose places stand in the body, for the handler to ask about."""
THROUGH_LINKS: Final = frozenset({"GetObject", "HeadObject"})
EXPLICIT, IMPLICIT = "0003-00000201", "0003-00000001"
EXPLICIT_IN_BATCH: Final = "0003-00000204"


class Permissions:
    """Asks the account's access rules about requests."""

    def __init__(self, cloud: Cloud, store: ObjectStore) -> None:
        self._cloud = cloud
        self._store = store

    def check(self, request: OssRequest, operation: str) -> None:
        """Let pass what the caller's role allows.

        Raises:
            OssError: AccessDenied.
        """
        role = self._role(request)
        if role == ROOT or operation in BODY_DECIDES:
            return
        for action, place in _asked(request, operation):
            self._decide(role, action, place)
        if operation in READING and request.key:
            self._look_behind(role, request, operation)

    def check_batch(self, request: OssRequest, action: str, places: Iterable[str]) -> None:
        """Let pass what a body asks for, when all of its places (`bucket/key`) are allowed.

        Raises:
            OssError: AccessDenied.
        """
        role = self._role(request)
        if role == ROOT:
            return
        for place in places:
            self._decide(role, action, place, explicit=EXPLICIT_IN_BATCH)

    def _role(self, request: OssRequest) -> str:
        return self._cloud.credentials.role_of(request.caller)

    def _look_behind(self, role: str, request: OssRequest, operation: str) -> None:
        """Who may not list is not told that an object is missing: 403 and not 404. Who reads
        through a symlink must be allowed to read what it stands for.
        """
        key = request.key.encode("utf-8", "replace").decode()
        stored = self._store.find(request.bucket, key)
        if stored is None:
            self._decide(role, "ListObjects", request.bucket)
        elif stored.kind == "Symlink" and operation in THROUGH_LINKS:
            self._decide(role, "GetObject", f"{request.bucket}/{stored.target}")

    def _decide(self, role: str, action: str, place: str, *, explicit: str = EXPLICIT) -> None:
        identity = self._cloud.identity
        resource = f"acs:oss:{identity.region}:{identity.account_id}:{place}"
        decided = self._cloud.access.decide(role, f"oss:{action}", resource)
        if decided != ALLOW:
            raise _refused(decided, explicit)


def _asked(request: OssRequest, operation: str) -> Iterator[tuple[str, str]]:
    place = f"{request.bucket}/{request.key}" if request.key else request.bucket or "*"
    if operation in READING:
        yield "GetObject", place
    elif operation in WRITING:
        yield "PutObject", place
        yield from ((action, place) for name, action in HEADERS.items() if name in request.headers)
    else:
        yield OTHER_NAMES.get(operation, operation), place
    if COPY_SOURCE in request.headers:
        yield "GetObject", "/".join(named_source(request))


def _refused(decided: str, explicit: str) -> OssError:
    if decided == DENY:
        return access_denied("Access denied by authorizer's policy.", ec=explicit)
    text = "You have no right to access this object because of bucket acl."
    return access_denied(text, ec=IMPLICIT)
