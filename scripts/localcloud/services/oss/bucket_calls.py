"""Calls on buckets themselves."""

from __future__ import annotations

from aiohttp import web

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.oss import responses
from scripts.localcloud.services.oss.bodies import read_document
from scripts.localcloud.services.oss.documents import Element, document, iso_time, text
from scripts.localcloud.services.oss.exceptions import invalid_argument
from scripts.localcloud.services.oss.models import (
    REDUNDANCIES,
    STORAGE_CLASSES,
    Bucket,
    ObjectStore,
)
from scripts.localcloud.services.oss.paging import DEFAULT_KEYS, limit_of, owner_of
from scripts.localcloud.services.oss.urls import OssRequest
from scripts.localcloud.services.oss.volumes import Volume, volumes

CLASS_NAMES = {"IA": "InfrequentAccess"}
"""Storage classes that GetBucketStat calls otherwise."""
RESOURCE_GROUP = "rg-default"
"""The one that every bucket is in; the local account has no others."""


class BucketCalls:
    """Handlers by operation name, each from a decoded and a raw request to an answer."""

    def __init__(self, store: ObjectStore, cloud: Cloud) -> None:
        self._store = store
        self._identity = cloud.identity
        self._endpoints = cloud.endpoints

    async def list_buckets(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Tell every bucket of the account."""
        query = request.query
        prefix, marker = query.get("prefix", ""), query.get("marker", "")
        limit = limit_of(request, "max-keys", DEFAULT_KEYS)
        found = [b for b in self._store.buckets() if b.name.startswith(prefix) and b.name > marker]
        page, more = found[:limit], len(found) > limit
        paging: list[Element] = [("Prefix", prefix), ("Marker", marker), ("MaxKeys", limit)]
        paging += [("IsTruncated", more)]
        paging += [("NextMarker", page[-1].name)] if more else []
        elements: list[Element] = [
            *paging,
            ("Owner", owner_of(self._identity)),
            ("Buckets", [("Bucket", self._bucket_elements(bucket)) for bucket in page]),
        ]
        return responses.document(request, ("ListAllMyBucketsResult", elements))

    async def put_bucket(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Make a bucket."""
        body = await read_document(raw)
        wanted = document(body, "CreateBucketConfiguration") if body.strip() else ""
        bucket = Bucket(
            name=request.bucket,
            created=self._store.now(),
            acl=request.headers.get("x-oss-acl", "private"),
            storage_class=_one_of(wanted, "StorageClass", STORAGE_CLASSES),
            redundancy=_one_of(wanted, "DataRedundancyType", REDUNDANCIES),
        )
        self._store.put_bucket(bucket)
        return responses.empty(request, headers={"Location": f"/{request.bucket}"})

    async def delete_bucket(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Remove an empty bucket."""
        self._store.delete_bucket(request.bucket)
        return responses.empty(request, 204)

    async def bucket_info(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Tell about a bucket."""
        bucket = self._store.bucket(request.bucket)
        if raw.method == "HEAD":
            return responses.empty(request)
        elements: list[Element] = [
            *self._bucket_elements(bucket),
            ("DataRedundancyType", bucket.redundancy),
            ("AccessMonitor", "Disabled"),
            ("TransferAcceleration", "Disabled"),
            ("CrossRegionReplication", "Disabled"),
            ("BlockPublicAccess", bucket.acl == "private"),
            ("Comment", ""),
            ("Owner", owner_of(self._identity)),
            ("AccessControlList", [("Grant", bucket.acl)]),
            ("ServerSideEncryptionRule", [("SSEAlgorithm", "None")]),
            ("BucketPolicy", [("LogBucket", ""), ("LogPrefix", "")]),
        ]
        return responses.document(request, ("BucketInfo", [("Bucket", elements)]))

    async def bucket_stat(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Tell how much a bucket holds."""
        count, size, uploads = self._store.stat(request.bucket)
        elements: list[Element] = [
            ("Storage", size),
            ("ObjectCount", count),
            ("MultipartUploadCount", uploads),
            ("LiveChannelCount", 0),
            ("LastModifiedTime", int(self._store.now()) if count else 0),
            ("DeleteMarkerCount", 0),
        ]
        for name, volume in volumes(self._store.database, request.bucket).items():
            elements += _volume_elements(name, volume)
        return responses.document(request, ("BucketStat", elements))

    async def location(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Tell a bucket's region."""
        self._store.bucket(request.bucket)
        return responses.document(request, ("LocationConstraint", self._location()))

    async def put_acl(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Change a bucket's access control; one that is not there yet is made."""
        acl = request.headers.get("x-oss-acl", "")
        bucket = Bucket(name=request.bucket, created=self._store.now(), acl=acl)
        self._store.put_bucket(bucket)
        return responses.empty(request)

    async def get_acl(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Tell a bucket's access control."""
        grant: Element = ("Grant", self._store.bucket(request.bucket).acl)
        elements: list[Element] = [
            ("Owner", owner_of(self._identity)),
            ("AccessControlList", [grant]),
        ]
        return responses.document(request, ("AccessControlPolicy", elements))

    async def versioning(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Tell that versioning was never switched on."""
        self._store.bucket(request.bucket)
        return responses.document(request, ("VersioningConfiguration", ""))

    async def live_channels(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Tell that there are no live channels."""
        self._store.bucket(request.bucket)
        elements: list[Element] = [
            ("Prefix", request.query.get("prefix", "")),
            ("Marker", request.query.get("marker", "")),
            ("MaxKeys", limit_of(request, "max-keys", DEFAULT_KEYS)),
            ("IsTruncated", False),
            ("NextMarker", ""),
        ]
        return responses.document(request, ("ListLiveChannelResult", elements))

    def _location(self) -> str:
        return f"oss-{self._identity.region}"

    def _bucket_elements(self, bucket: Bucket) -> list[Element]:
        endpoint = self._endpoints["oss"]  # a vendor's host name here would lure clients away
        return [
            ("Name", bucket.name),
            ("Location", self._location()),
            ("Region", self._identity.region),
            ("CreationDate", iso_time(bucket.created)),
            ("ExtranetEndpoint", endpoint),
            ("IntranetEndpoint", endpoint),
            ("StorageClass", bucket.storage_class),
            ("ResourceGroupId", RESOURCE_GROUP),
        ]


def _one_of(body: str, name: str, known: tuple[str, ...]) -> str:
    """What a document names; the first of `known` where it names nothing."""
    value = text(body, name) or known[0]
    if value not in known:
        raise invalid_argument(f"The {name} must be one of {', '.join(known)}.", name, value)
    return value


def _volume_elements(storage_class: str, volume: Volume) -> list[Element]:
    name = CLASS_NAMES.get(storage_class, storage_class)
    counted: list[Element] = [(f"{name}ObjectCount", volume.objects)]
    if storage_class == "Standard":
        return [(f"{name}Storage", volume.size), *counted]
    return [(f"{name}Storage", volume.billed), (f"{name}RealStorage", volume.size), *counted]
