"""Which handler serves which operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.oss.authentication import Authenticator
from scripts.localcloud.services.oss.bucket_calls import BucketCalls
from scripts.localcloud.services.oss.copy_calls import CopyCalls
from scripts.localcloud.services.oss.events import Announcer
from scripts.localcloud.services.oss.form_calls import FormCalls
from scripts.localcloud.services.oss.lifecycle_calls import LifecycleCalls
from scripts.localcloud.services.oss.listing_calls import ListingCalls
from scripts.localcloud.services.oss.models import ObjectStore
from scripts.localcloud.services.oss.object_calls import ObjectCalls
from scripts.localcloud.services.oss.permissions import Permissions
from scripts.localcloud.services.oss.upload_calls import UploadCalls
from scripts.localcloud.services.oss.urls import OssRequest
from scripts.localcloud.services.oss.write_calls import WriteCalls

Handler = Callable[[OssRequest, web.Request], Awaitable[web.StreamResponse]]


def handlers(
    store: ObjectStore,
    cloud: Cloud,
    authenticator: Authenticator,
    now: Callable[[], float],
    *,
    permissions: Permissions,
) -> dict[str, Handler]:
    """Every operation's handler, by its name in the vendor's API."""
    announcer = Announcer(identity=cloud.identity)
    objects = ObjectCalls(store, announcer)
    forms = FormCalls(store, objects, authenticator, now, permissions=permissions)
    listings = ListingCalls(store, cloud.identity, permissions=permissions)
    writes = WriteCalls(store, announcer, objects, permissions=permissions)
    return {
        **_bucket_handlers(BucketCalls(store, cloud), listings),
        **_object_handlers(objects),
        **_copy_handlers(CopyCalls(store, objects), writes),
        **_upload_handlers(UploadCalls(store, objects)),
        **_lifecycle_handlers(LifecycleCalls(store)),
        "PostObject": forms.post_object,
    }


def _bucket_handlers(buckets: BucketCalls, listings: ListingCalls) -> dict[str, Handler]:
    return {
        "ListBuckets": buckets.list_buckets,
        "PutBucket": buckets.put_bucket,
        "DeleteBucket": buckets.delete_bucket,
        "GetBucketInfo": buckets.bucket_info,
        "GetBucketStat": buckets.bucket_stat,
        "GetBucketLocation": buckets.location,
        "PutBucketAcl": buckets.put_acl,
        "GetBucketAcl": buckets.get_acl,
        "GetBucketVersioning": buckets.versioning,
        "ListLiveChannel": buckets.live_channels,
        "ListObjects": listings.list_objects,
        "ListObjectsV2": listings.list_objects_v2,
        "ListObjectVersions": listings.list_versions,
        "DeleteMultipleObjects": listings.delete_many,
    }


def _lifecycle_handlers(lifecycle: LifecycleCalls) -> dict[str, Handler]:
    return {
        "GetBucketLifecycle": lifecycle.get,
        "PutBucketLifecycle": lifecycle.put,
        "DeleteBucketLifecycle": lifecycle.delete,
    }


def _object_handlers(objects: ObjectCalls) -> dict[str, Handler]:
    return {
        "PutObject": objects.put_object,
        "GetObject": objects.get_object,
        "HeadObject": objects.head_object,
        "GetObjectMeta": objects.get_object_meta,
        "DeleteObject": objects.delete_object,
        "PutObjectTagging": objects.put_tagging,
        "GetObjectTagging": objects.get_tagging,
        "DeleteObjectTagging": objects.delete_tagging,
        "PutObjectACL": objects.put_acl,
        "GetObjectACL": objects.get_acl,
    }


def _copy_handlers(copies: CopyCalls, writes: WriteCalls) -> dict[str, Handler]:
    return {
        "CopyObject": copies.copy_object,
        "PutSymlink": copies.put_symlink,
        "GetSymlink": copies.get_symlink,
        "AppendObject": writes.append_object,
        "ProcessObject": writes.process_object,
    }


def _upload_handlers(uploads: UploadCalls) -> dict[str, Handler]:
    return {
        "InitiateMultipartUpload": uploads.initiate,
        "UploadPart": uploads.upload_part,
        "UploadPartCopy": uploads.upload_part_copy,
        "CompleteMultipartUpload": uploads.complete,
        "AbortMultipartUpload": uploads.abort,
        "ListParts": uploads.list_parts,
        "ListMultipartUploads": uploads.list_uploads,
    }
