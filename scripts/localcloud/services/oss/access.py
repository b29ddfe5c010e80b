"""What an anonymous sender may do. The account itself may do everything."""

from __future__ import annotations

from scripts.localcloud.services.oss.exceptions import access_denied
from scripts.localcloud.services.oss.models import ObjectStore
from scripts.localcloud.services.oss.urls import OssRequest

READING = frozenset({"GetObject", "HeadObject", "GetObjectMeta", "ListObjects", "ListObjectsV2"})
WRITING = frozenset({"PutObject", "AppendObject", "DeleteObject", "PostObject"})


def check_access(store: ObjectStore, request: OssRequest, operation: str, caller: str) -> None:
    """Let the account and what access control opens to everybody pass.

    Raises:
        OssError: AccessDenied.
    """
    if caller:
        return
    if not request.bucket:
        raise access_denied("Anonymous access is forbidden for this operation.")
    acl = _acl(store, request, operation)
    if operation in READING and acl.startswith("public-read"):
        return
    if operation in WRITING and acl == "public-read-write":
        return
    raise access_denied(
        "You have no right to access this object because of bucket acl.", ec="0003-00000001"
    )


def _acl(store: ObjectStore, request: OssRequest, operation: str) -> str:
    of_bucket = store.bucket(request.bucket).acl
    if not request.key or operation not in READING:
        return of_bucket
    stored = store.find(request.bucket, request.key.encode("utf-8", "replace").decode())
    acls = [stored.acl] if stored else []
    if stored and stored.kind == "Symlink" and (target := store.find(stored.bucket, stored.target)):
        acls.append(target.acl)  # what leads there and what is there must both be open
    return min((of_bucket if acl == "default" else acl for acl in acls), default=of_bucket)
