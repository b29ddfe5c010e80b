"""Copies and symlinks: objects made from what is stored already."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, unquote

from aiohttp import web

from scripts.localcloud.services.oss import responses
from scripts.localcloud.services.oss.conditions import COPY_PREFIX, check_conditions
from scripts.localcloud.services.oss.description import Description, described, parse_tags
from scripts.localcloud.services.oss.documents import Element, iso_time
from scripts.localcloud.services.oss.exceptions import OssError, invalid_argument
from scripts.localcloud.services.oss.models import ObjectStore, StoredObject, check_key
from scripts.localcloud.services.oss.object_calls import ObjectCalls, forbids_overwrite
from scripts.localcloud.services.oss.symlinks import target_of
from scripts.localcloud.services.oss.urls import OssRequest, named_source

DIRECTIVES = ("COPY", "REPLACE")
TARGET = "x-oss-symlink-target"
ENCRYPTION = "x-oss-meta-client-side-encryption-"
"""Metadata that a copy cannot change; EC 0005-00000421 of the vendor's pages."""


def copy_source(store: ObjectStore, request: OssRequest) -> StoredObject:
    """The object that `x-oss-copy-source` names, its conditions checked.

    Raises:
        OssError: InvalidArgument, NoSuchBucket, NoSuchKey, NotModified, PreconditionFailed.
    """
    bucket, key = named_source(request)
    check_key(key)
    store.bucket(bucket)
    source = store.get(bucket, key)
    if source.kind == "Symlink":
        source = target_of(store, source)
    check_conditions(source, request.headers, COPY_PREFIX)
    return source


class CopyCalls:
    """Handlers by operation name, each from a decoded and a raw request to an answer."""

    def __init__(self, store: ObjectStore, objects: ObjectCalls) -> None:
        self._store = store
        self._objects = objects

    async def copy_object(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Copy an object, with its metadata or new."""
        source = copy_source(self._store, request)
        copy = replace(
            _described_anew(request, source, described(request, self._store)),
            bucket=request.bucket,
            key=request.key,
            kind="Normal" if source.kind == "Appendable" else source.kind,
            content=self._store.contents.link(source.content),
            modified=self._store.now(),
        )
        self._objects.keep(copy, request, "CopyObject", forbid_overwrite=forbids_overwrite(request))
        elements: list[Element] = [
            ("LastModified", iso_time(copy.modified)),
            ("ETag", f'"{copy.etag}"'),
        ]
        headers = {"ETag": f'"{copy.etag}"', "x-oss-hash-crc64ecma": str(copy.crc64)}
        return responses.document(request, ("CopyObjectResult", elements), headers)

    async def put_symlink(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Make a symlink; its target need not exist yet."""
        target = unquote(request.headers.get(TARGET, ""), errors="surrogateescape")
        check_key(target)
        link = StoredObject(
            bucket=request.bucket,
            key=request.key,
            etag="D41D8CD98F00B204E9800998ECF8427E",  # the MD5 of nothing
            size=0,
            crc64=0,
            content="",
            modified=self._store.now(),
            kind="Symlink",
            target=target,
            **described(request, self._store),
        )
        self._objects.keep(link, request, "PutSymlink", forbid_overwrite=forbids_overwrite(request))
        return responses.empty(request, headers={"ETag": f'"{link.etag}"'})

    async def get_symlink(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Tell a symlink's target."""
        link = self._store.get(request.bucket, request.key)
        if link.kind != "Symlink":
            message = "The object is not a symlink."
            raise OssError(400, "NotSymlink", message)
        headers = {
            TARGET: quote(link.target, safe=""),
            "ETag": f'"{link.etag}"',
            "Last-Modified": responses.object_headers(link)["Last-Modified"],
            **link.metadata,
        }
        return responses.empty(request, headers=headers)


def _described_anew(request: OssRequest, source: StoredObject, given: Description) -> StoredObject:
    """The source's description, replaced where the directives say so."""
    metadata = _directive(request, "x-oss-metadata-directive")
    tagging = _directive(request, "x-oss-tagging-directive")
    copy = replace(source, acl=given["acl"], storage_class=given["storage_class"])
    if metadata == "REPLACE":
        copy = replace(copy, headers=given["headers"], metadata=given["metadata"])
        copy = _kept_always(copy, source, request)
    if tagging == "REPLACE":
        copy = replace(copy, tags=parse_tags(request.headers.get("x-oss-tagging", "")))
    return copy


def _kept_always(copy: StoredObject, source: StoredObject, request: OssRequest) -> StoredObject:
    """A type that is not given anew stays, and so does what reads an encrypted object."""
    protected = {n: v for n, v in source.metadata.items() if n.startswith(ENCRYPTION)}
    typed = "content-type" in request.headers
    kept = {} if typed else {"content-type": source.headers["content-type"]}
    return replace(copy, headers={**copy.headers, **kept}, metadata={**copy.metadata, **protected})


def _directive(request: OssRequest, name: str) -> str:
    value = request.headers.get(name, "COPY").upper()
    if value not in DIRECTIVES:
        raise invalid_argument(f"The {name} must be COPY or REPLACE.", name, value)
    return value
