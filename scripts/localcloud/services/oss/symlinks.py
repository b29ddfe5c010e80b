"""Objects that stand for another one of their bucket."""

from __future__ import annotations

from dataclasses import replace

from scripts.localcloud.services.oss.exceptions import OssError
from scripts.localcloud.services.oss.models import ObjectStore, StoredObject


def target_of(store: ObjectStore, link: StoredObject) -> StoredObject:
    """The object that a symlink stands for.

    Raises:
        OssError: SymlinkTargetNotExist, InvalidTargetType.
    """
    target = store.find(link.bucket, link.target)
    if target is None:
        message = "The target object of the symlink does not exist."
        raise OssError(404, "SymlinkTargetNotExist", message)
    if target.kind == "Symlink":
        message = "The symlink's target object type is invalid."
        raise OssError(403, "InvalidTargetType", message)
    return target


def seen_through(store: ObjectStore, link: StoredObject) -> StoredObject:
    """A symlink as GET and HEAD tell it: the target's bytes, the link's metadata, the later time.

    Source: the vendor's page on HeadObject.

    Raises:
        OssError: SymlinkTargetNotExist, InvalidTargetType.
    """
    target = target_of(store, link)
    md5 = {"content-md5": target.content_md5} if target.content_md5 else {}
    return replace(
        link,
        etag=target.etag,
        size=target.size,
        crc64=target.crc64,
        content=target.content,
        storage_class=target.storage_class,
        headers={**link.headers, **md5},
        modified=max(link.modified, target.modified),
    )
