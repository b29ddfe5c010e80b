"""Calls of multipart uploads."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import quote

from aiohttp import web

from scripts.localcloud.services.oss import responses
from scripts.localcloud.services.oss.bodies import read_document, receive, store_stream
from scripts.localcloud.services.oss.contents import ContentWriter, Digest
from scripts.localcloud.services.oss.copy_calls import copy_source
from scripts.localcloud.services.oss.description import ACL, Description, described, object_acl
from scripts.localcloud.services.oss.documents import Element, document, iso_time, text, texts
from scripts.localcloud.services.oss.exceptions import (
    invalid_argument,
    malformed_xml,
    no_such_upload,
)
from scripts.localcloud.services.oss.models import ObjectStore, StoredObject
from scripts.localcloud.services.oss.numbers import position, whole_number
from scripts.localcloud.services.oss.object_calls import ObjectCalls, forbids_overwrite
from scripts.localcloud.services.oss.paging import encoder, encoding_elements, limit_of
from scripts.localcloud.services.oss.upload_listing import UploadsWanted, list_uploads
from scripts.localcloud.services.oss.uploads import MOST_PARTS, Part, Upload, UploadStore, assembled
from scripts.localcloud.services.oss.urls import OssRequest

SOURCE_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)")


class UploadCalls:
    """Handlers by operation name, each from a decoded and a raw request to an answer."""

    def __init__(self, store: ObjectStore, objects: ObjectCalls) -> None:
        self._store = store
        self._objects = objects
        self._uploads = UploadStore(store)

    async def initiate(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Open an upload."""
        description = described(request, self._store)
        upload_id = self._uploads.initiate(request.bucket, request.key, description)
        elements: list[Element] = [
            *encoding_elements(request),
            ("Bucket", request.bucket),
            ("Key", encoder(request)(request.key)),
            ("UploadId", upload_id),
        ]
        told = responses.encrypted_so(description["headers"])
        return responses.document(request, ("InitiateMultipartUploadResult", elements), told)

    async def upload_part(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Store a part."""
        upload, number = self._upload(request), _part_number(request)
        writer, digest = await receive(raw, self._store.contents)
        self._keep_part(upload, number, writer, digest)
        return responses.empty(request, headers=responses.receipt(digest))

    async def upload_part_copy(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Store a part of, or a whole, stored object as a part."""
        upload, number = self._upload(request), _part_number(request)
        source = copy_source(self._store, request)
        start, stop = _source_span(request, source)
        with self._store.contents.path(source.content).open("rb") as file:
            file.seek(start)
            chunks = responses.chunks_of(file, stop - start)
            writer, digest = await store_stream(chunks, self._store.contents)
        self._keep_part(upload, number, writer, digest)
        elements: list[Element] = [
            ("LastModified", iso_time(self._store.now())),
            ("ETag", f'"{digest.etag}"'),
        ]
        headers = {"ETag": f'"{digest.etag}"'}
        return responses.document(request, ("CopyPartResult", elements), headers)

    async def complete(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Make the object of the named parts."""
        upload = self._upload(request)
        parts = await self._chosen(request, raw, upload)
        etag, size, crc = assembled(parts)
        stored = StoredObject(
            bucket=request.bucket,
            key=request.key,
            etag=etag,
            size=size,
            crc64=crc,
            content=await self._concatenated(upload, parts),
            modified=self._store.now(),
            kind="Multipart",
            **_with_acl(upload.description, request),
        )
        spent: list[str] = []
        self._objects.keep(
            stored,
            request,
            "CompleteMultipartUpload",
            forbid_overwrite=forbids_overwrite(request),
            along=lambda: spent.extend(self._uploads.end(upload)),
        )
        self._store.contents.remove(spent)
        return self._completed(request, stored)

    async def abort(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Forget an upload."""
        self._store.contents.remove(self._uploads.end(self._upload(request)))
        return responses.empty(request, 204)

    async def list_parts(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """List an upload's parts."""
        upload = self._upload(request)
        limit = limit_of(request, "max-parts", 1000)
        marker = limit_of(request, "part-number-marker", 0, least=0, most=MOST_PARTS)
        parts = self._uploads.parts(upload, after=marker, limit=limit + 1)
        page = parts[:limit]
        elements: list[Element] = [
            *encoding_elements(request),
            ("Bucket", request.bucket),
            ("Key", encoder(request)(request.key)),
            ("UploadId", upload.id),
            ("StorageClass", upload.description["storage_class"]),
            ("PartNumberMarker", marker),
            ("NextPartNumberMarker", page[-1].number if page else 0),
            ("MaxParts", limit),
            ("IsTruncated", len(parts) > limit),
        ]
        elements += [("Part", _part_elements(part)) for part in page]
        return responses.document(request, ("ListPartsResult", elements))

    async def list_uploads(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """List a bucket's open uploads."""
        code, query = encoder(request), request.query
        wanted = UploadsWanted(
            prefix=query.get("prefix", ""),
            delimiter=query.get("delimiter", ""),
            key_marker=query.get("key-marker", ""),
            id_marker=query.get("upload-id-marker", ""),
            limit=limit_of(request, "max-uploads", 1000),
        )
        page = list_uploads(self._store.database, request.bucket, wanted)
        elements: list[Element] = [
            *encoding_elements(request),
            ("Bucket", request.bucket),
            ("KeyMarker", code(wanted.key_marker)),
            ("UploadIdMarker", wanted.id_marker),
            ("NextKeyMarker", code(page.last[0])),
            ("NextUploadIdMarker", page.last[1]),
            ("Delimiter", code(wanted.delimiter)),
            ("Prefix", code(wanted.prefix)),
            ("MaxUploads", wanted.limit),
            ("IsTruncated", page.truncated),
        ]
        elements += [("Upload", _upload_elements(one, code(one.key))) for one in page.uploads]
        elements += [("CommonPrefixes", [("Prefix", code(group))]) for group in page.prefixes]
        return responses.document(request, ("ListMultipartUploadsResult", elements))

    # --- inside ---------------------------------------------------------------------------

    def _upload(self, request: OssRequest) -> Upload:
        return self._uploads.get(request.bucket, request.key, request.query.get("uploadId", ""))

    def _keep_part(
        self, upload: Upload, number: int, writer: ContentWriter, digest: Digest
    ) -> None:
        self._uploads.put_part(upload, number, digest, self._store.contents.adopt(writer))

    async def _concatenated(self, upload: Upload, parts: list[Part]) -> str:
        names = [part.content for part in parts]
        try:
            return await asyncio.to_thread(self._store.contents.concatenate, names)
        except FileNotFoundError:  # the upload was ended meanwhile
            raise no_such_upload(upload.id) from None

    async def _chosen(self, request: OssRequest, raw: web.Request, upload: Upload) -> list[Part]:
        body = await read_document(raw)
        if request.headers.get("x-oss-complete-all", "").lower() == "yes":
            wanted = [(part.number, "") for part in self._uploads.parts(upload)]
        else:
            wanted = _wanted_parts(body)
        if not wanted:
            raise malformed_xml()
        return self._uploads.chosen(upload, wanted)

    @staticmethod
    def _completed(request: OssRequest, stored: StoredObject) -> web.Response:
        elements: list[Element] = [
            *encoding_elements(request),
            ("Location", f"http://{request.host}{quote(request.resource)}"),
            ("Bucket", request.bucket),
            ("Key", encoder(request)(request.key)),
            ("ETag", f'"{stored.etag}"'),
        ]
        headers = {
            "ETag": f'"{stored.etag}"',
            "x-oss-hash-crc64ecma": str(stored.crc64),
            **responses.encrypted_so(stored.headers),
        }
        return responses.document(request, ("CompleteMultipartUploadResult", elements), headers)


def _with_acl(description: Description, request: OssRequest) -> Description:
    """What the initiation said, but for an access control that the completion names."""
    if ACL not in request.headers:
        return description
    return {**description, "acl": object_acl(request.headers)}


def _part_number(request: OssRequest) -> int:
    written = request.query.get("partNumber", "")
    number = whole_number(written)
    if number is None or not 0 < number <= MOST_PARTS:
        message = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive."
        raise invalid_argument(message, "partNumber", written)
    return number


def _source_span(request: OssRequest, source: StoredObject) -> tuple[int, int]:
    written = request.headers.get("x-oss-copy-source-range", "")
    if not written:
        return 0, source.size
    if matched := SOURCE_RANGE.fullmatch(written):
        first = position(matched[1])
        stop = position(matched[2]) + 1 if matched[2] else source.size
        if first < stop <= source.size:
            return first, stop
    message = "The range is not within the copy source."
    raise invalid_argument(message, "x-oss-copy-source-range", written)


def _wanted_parts(body: bytes) -> list[tuple[int, str]]:
    wanted = []
    for item in texts(document(body, "CompleteMultipartUpload"), "Part"):
        number = whole_number(text(item, "PartNumber") or "")
        if number is None:
            raise malformed_xml()
        wanted.append((number, text(item, "ETag") or ""))
    return wanted


def _part_elements(part: Part) -> list[Element]:
    return [
        ("PartNumber", part.number),
        ("LastModified", iso_time(part.modified)),
        ("ETag", f'"{part.etag}"'),
        ("HashCrc64ecma", part.crc64),
        ("Size", part.size),
    ]


def _upload_elements(upload: Upload, key: str) -> list[Element]:
    return [
        ("Key", key),
        ("UploadId", upload.id),
        ("StorageClass", upload.description["storage_class"]),
        ("Initiated", iso_time(upload.initiated)),
    ]
