"""What a client says about an object beside its bytes: headers, metadata, tags, class, access."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypedDict
from urllib.parse import parse_qsl

from scripts.localcloud.services.oss.documents import document, text, texts
from scripts.localcloud.services.oss.exceptions import OssError, invalid_argument
from scripts.localcloud.services.oss.models import OBJECT_ACLS, STORAGE_CLASSES, Bucket, ObjectStore
from scripts.localcloud.services.oss.told import check_told
from scripts.localcloud.services.oss.unoffered import ENCRYPTION
from scripts.localcloud.services.oss.urls import OssRequest

META = "x-oss-meta-"
ACL = "x-oss-object-acl"
STANDARD = (
    "cache-control", "content-disposition", "content-encoding", "content-language",
    "content-type", "expires", ENCRYPTION,
)  # fmt: skip
LARGEST_METADATA = 8192
MOST_TAGS = 10
LONGEST_TAG_KEY, LONGEST_TAG_VALUE = 128, 256
OF_TAGS = re.compile(r"[\w +\-=.:/]*")
"""Letters of any language, digits, spaces and a few signs."""
DEFAULT_TYPE = "application/octet-stream"


class Description(TypedDict):
    """Fields of a `StoredObject` that a request decides."""

    headers: dict[str, str]
    metadata: dict[str, str]
    tags: dict[str, str]
    storage_class: str
    acl: str


def described(request: OssRequest, store: ObjectStore) -> Description:
    """Read a request's headers.

    Raises:
        OssError: InvalidArgument, InvalidTag, NoSuchBucket.
    """
    return describe(request.headers, store.bucket(request.bucket))


def describe(given: Mapping[str, str], bucket: Bucket) -> Description:
    """Read headers, or form fields, by lower-case name; a class that is not named is the bucket's.

    Raises:
        OssError: InvalidArgument, InvalidTag.
    """
    storage_class = _one_of(given, "x-oss-storage-class", STORAGE_CLASSES, bucket.storage_class)
    headers = {name: _text(given[name]) for name in STANDARD if given.get(name)}
    headers.setdefault("content-type", DEFAULT_TYPE)
    metadata = {name: _text(v) for name, v in given.items() if name.startswith(META)}
    check_told({**headers, **metadata})
    if sum(len(n) + len(v.encode()) for n, v in metadata.items()) > LARGEST_METADATA:
        message = f"The user metadata must not exceed {LARGEST_METADATA} bytes."
        raise invalid_argument(message, "x-oss-meta-*", "")
    return Description(
        headers=headers,
        metadata=metadata,
        tags=parse_tags(given.get("x-oss-tagging", "")),
        storage_class=storage_class,
        acl=object_acl(given),
    )


def object_acl(given: Mapping[str, str]) -> str:
    """The access control that headers or form fields ask for.

    Raises:
        OssError: InvalidArgument.
    """
    return _one_of(given, ACL, OBJECT_ACLS, "default")


def _text(value: str) -> str:
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _one_of(given: Mapping[str, str], name: str, known: tuple[str, ...], default: str) -> str:
    value = given.get(name, default)
    if value not in known:
        raise invalid_argument(f"The {name} must be one of {', '.join(known)}.", name, value)
    return value


def parse_tags(header: str) -> dict[str, str]:
    """Read `x-oss-tagging` (`k1=v1&k2=v2`, percent-encoded).

    Raises:
        OssError: InvalidTag.
    """
    return checked_tags(parse_qsl(header, keep_blank_values=True))


def tags_of_document(body: bytes) -> dict[str, str]:
    """Read a Tagging document.

    Raises:
        OssError: MalformedXML, InvalidTag.
    """
    found = texts(document(body, "Tagging"), "Tag")
    return checked_tags([(text(tag, "Key") or "", text(tag, "Value") or "") for tag in found])


def checked_tags(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Tags by key, within OSS's limits.

    Raises:
        OssError: InvalidTag.
    """
    tags = dict(pairs)
    broken = [
        key
        for key, value in tags.items()
        if not 0 < len(key) <= LONGEST_TAG_KEY
        or len(value) > LONGEST_TAG_VALUE
        or not OF_TAGS.fullmatch(key + value)
    ]
    if broken or len(pairs) > MOST_TAGS or len(tags) < len(pairs):
        message = (
            f"At most {MOST_TAGS} tags with different keys of up to {LONGEST_TAG_KEY} characters "
            f"and values of up to {LONGEST_TAG_VALUE} are allowed, of letters, digits, spaces "
            "and + - = . _ : /."
        )
        raise OssError(400, "InvalidTag", message)
    return tags
