"""Calls on many objects of a bucket: listings, and deleting by the thousand."""

from __future__ import annotations

from aiohttp import web

from scripts.localcloud.core.identity import Identity
from scripts.localcloud.services.oss import responses
from scripts.localcloud.services.oss.bodies import read_document
from scripts.localcloud.services.oss.documents import Element, document, iso_time, text, texts
from scripts.localcloud.services.oss.exceptions import malformed_xml
from scripts.localcloud.services.oss.listing import Page, list_page
from scripts.localcloud.services.oss.models import ObjectStore, StoredObject, check_key
from scripts.localcloud.services.oss.paging import (
    MOST_KEYS,
    Encoder,
    encoder,
    encoding_elements,
    listing_head,
    open_token,
    owner_of,
    page_request,
    prefix_elements,
    seal_token,
)
from scripts.localcloud.services.oss.permissions import Permissions
from scripts.localcloud.services.oss.urls import OssRequest


class ListingCalls:
    """Handlers by operation name, each from a decoded and a raw request to an answer."""

    def __init__(self, store: ObjectStore, identity: Identity, *, permissions: Permissions) -> None:
        self._store = store
        self._permissions = permissions
        self._identity = identity

    async def list_objects(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """List by marker."""
        marker = request.query.get("marker", "")
        wanted = page_request(request, after=marker)
        page = list_page(self._store.database, request.bucket, wanted)
        code = encoder(request)
        elements = [
            *listing_head(request, wanted, code),
            ("Marker", code(marker)),
            ("IsTruncated", page.following is not None),
        ]
        if page.following is not None:
            elements.append(("NextMarker", code(page.following)))
        elements += self._entries(page, code, with_owner=True)
        return responses.document(request, ("ListBucketResult", elements))

    async def list_objects_v2(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """List by continuation token."""
        token = request.query.get("continuation-token") or None
        start_after = request.query.get("start-after", "")
        wanted = page_request(request, after=start_after if token is None else open_token(token))
        page = list_page(self._store.database, request.bucket, wanted)
        code = encoder(request)
        elements = [
            *listing_head(request, wanted, code),
            ("StartAfter", code(start_after)),
            ("KeyCount", len(page.objects) + len(page.prefixes)),
            ("IsTruncated", page.following is not None),
        ]
        if token is not None:
            elements.append(("ContinuationToken", token))
        if page.following is not None:
            elements.append(("NextContinuationToken", seal_token(page.following)))
        with_owner = request.query.get("fetch-owner", "").lower() == "true"
        elements += self._entries(page, code, with_owner=with_owner)
        return responses.document(request, ("ListBucketResult", elements))

    async def list_versions(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """List a bucket without versioning: every object is its one version, `null`."""
        marker = request.query.get("key-marker", "")
        wanted = page_request(request, after=marker)
        page = list_page(self._store.database, request.bucket, wanted)
        code = encoder(request)
        elements = [
            *listing_head(request, wanted, code),
            ("KeyMarker", code(marker)),
            ("VersionIdMarker", request.query.get("version-id-marker", "")),
            ("IsTruncated", page.following is not None),
        ]
        if page.following is not None:
            elements += [("NextKeyMarker", code(page.following)), ("NextVersionIdMarker", "null")]
        version: list[Element] = [("VersionId", "null"), ("IsLatest", True)]
        elements += [
            ("Version", self._object_elements(stored, code, with_owner=True) + version)
            for stored in page.objects
        ]
        elements += prefix_elements(page, code)
        return responses.document(request, ("ListVersionsResult", elements))

    async def delete_many(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Remove up to a thousand objects."""
        inner = document(await read_document(raw), "Delete")
        keys = [text(item, "Key") or "" for item in texts(inner, "Object")]
        if not 0 < len(keys) <= MOST_KEYS:
            raise malformed_xml()
        for key in keys:
            check_key(key)
        places = (f"{request.bucket}/{key}" for key in keys)
        self._permissions.check_batch(request, "DeleteObject", places)
        for key in keys:
            self._store.delete(request.bucket, key)
        if (text(inner, "Quiet") or "").lower() == "true":
            return responses.empty(request)
        code = encoder(request)
        elements: list[Element] = encoding_elements(request)
        elements += [("Deleted", [("Key", code(key))]) for key in keys]
        return responses.document(request, ("DeleteResult", elements))

    def _entries(self, page: Page, code: Encoder, *, with_owner: bool) -> list[Element]:
        contents: list[Element] = [
            ("Contents", self._object_elements(stored, code, with_owner=with_owner))
            for stored in page.objects
        ]
        return contents + prefix_elements(page, code)

    def _object_elements(
        self, stored: StoredObject, code: Encoder, *, with_owner: bool
    ) -> list[Element]:
        elements: list[Element] = [
            ("Key", code(stored.key)),
            ("LastModified", iso_time(stored.modified)),
            ("ETag", f'"{stored.etag}"'),
            ("Type", stored.kind),
            ("Size", stored.size),
            ("StorageClass", stored.storage_class),
        ]
        return [*elements, ("Owner", owner_of(self._identity))] if with_owner else elements
