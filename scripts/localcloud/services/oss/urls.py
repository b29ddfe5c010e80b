"""Which bucket, key and operation a request means.

Path style (`/bucket/key` on an address or `localhost`) and virtual-hosted style (the bucket is the
first label of `Host`) are both understood. Keys are decoded from the path as it was sent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus, unquote_to_bytes

from scripts.localcloud.services.oss.exceptions import invalid_argument

BUCKET_CALLS = {
    ("GET", ""): "ListObjects",
    ("HEAD", ""): "GetBucketInfo",
    ("PUT", ""): "PutBucket",
    ("DELETE", ""): "DeleteBucket",
    ("POST", ""): "PostObject",
    ("POST", "delete"): "DeleteMultipleObjects",
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", "versions"): "ListObjectVersions",
    ("GET", "live"): "ListLiveChannel",
    ("GET", "bucketInfo"): "GetBucketInfo",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "stat"): "GetBucketStat",
    ("GET", "acl"): "GetBucketAcl",
    ("PUT", "acl"): "PutBucketAcl",
    ("GET", "versioning"): "GetBucketVersioning",
    ("GET", "lifecycle"): "GetBucketLifecycle",
    ("PUT", "lifecycle"): "PutBucketLifecycle",
    ("DELETE", "lifecycle"): "DeleteBucketLifecycle",
}
OBJECT_CALLS = {
    ("GET", ""): "GetObject",
    ("HEAD", ""): "HeadObject",
    ("PUT", ""): "PutObject",
    ("DELETE", ""): "DeleteObject",
    ("HEAD", "objectMeta"): "GetObjectMeta",
    ("GET", "objectMeta"): "GetObjectMeta",
    ("POST", "append"): "AppendObject",
    ("POST", "uploads"): "InitiateMultipartUpload",
    ("PUT", "uploadId"): "UploadPart",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "uploadId"): "ListParts",
    ("PUT", "symlink"): "PutSymlink",
    ("GET", "symlink"): "GetSymlink",
    ("PUT", "tagging"): "PutObjectTagging",
    ("GET", "tagging"): "GetObjectTagging",
    ("DELETE", "tagging"): "DeleteObjectTagging",
    ("PUT", "acl"): "PutObjectACL",
    ("GET", "acl"): "GetObjectACL",
    ("POST", "x-oss-process"): "ProcessObject",
}
COPIES = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}
LISTS = frozenset({"ListBuckets", "ListObjectsV2"})
"""What neither table has: the account's own call, and the one that its query tells apart."""
OPERATIONS = LISTS.union(BUCKET_CALLS.values(), OBJECT_CALLS.values(), COPIES.values())
COPY_SOURCE = "x-oss-copy-source"
SUBRESOURCES = frozenset(
    """
    accessPoint accessmonitor acl append asyncFetch bucketInfo callbackPolicy cname comp cors delete
    encryption httpsConfig inventory lifecycle live location logging metaQuery objectMeta policy
    policyStatus publicAccessBlock qos qosInfo redundancyTransition referer replication
    replicationLocation replicationProgress requestPayment resourceGroup restore seal stat status
    style symlink tagging transferAcceleration uploadId uploads versioning versions vod website worm
    wormExtend wormId x-oss-async-process x-oss-process
    """.split()  # noqa: SIM905 - a table of words reads better than of quotes
)
"""Query names that choose another operation than the plain one."""
UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OssRequest:
    """A request, decoded. Header names are lower case; bytes of a key that are not UTF-8 stay as
    surrogates, for the service to refuse. `bucket` and `key` are empty where there is none.
    `caller` is the access key id that signed, once that is known.
    """

    method: str
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    host: str
    remote: str
    request_id: str
    caller: str = ""

    @property
    def resource(self) -> str:
        """`/bucket/key`, `/bucket/` or `/`: what signatures are computed over."""
        return f"/{self.bucket}/{self.key}" if self.bucket else "/"


def decode_target(raw_path: str, host: str) -> tuple[str, str, dict[str, str]]:
    """Bucket, key and query of a request's target, as received, and its Host header."""
    path, _, query = raw_path.partition("?")
    if not path.startswith("/"):  # the absolute form, as through a proxy
        path = "/" + path.partition("://")[2].partition("/")[2]
    decoded = unquote_to_bytes(path[1:].encode("utf-8", "surrogateescape"))
    text = decoded.decode("utf-8", "surrogateescape")
    bucket = _bucket_of_host(host)
    if bucket:
        return bucket, text, decode_query(query)
    bucket, _, key = text.partition("/")
    return bucket, key, decode_query(query)


def decode_query(query: str) -> dict[str, str]:
    """Names and values of a query; a name without `=` has an empty value."""
    pairs = (item.partition("=") for item in query.split("&") if item)
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


def _bucket_of_host(host: str) -> str:
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        label, _, rest = name.partition(".")
        return "" if not rest or _is_endpoint(label, rest) else label
    return ""


def _is_endpoint(label: str, rest: str) -> bool:
    """Whether a host names the service alone: `oss-REGION.DOMAIN`, which may be a bucket's too."""
    return label.startswith("oss-") and not rest.startswith(("oss-", "localhost"))


def operation(request: OssRequest) -> str:
    """The operation's name in the vendor's API; `Unknown` where there is none."""
    if not request.bucket:
        return "ListBuckets" if request.method == "GET" else UNKNOWN
    table = OBJECT_CALLS if request.key else BUCKET_CALLS
    name = table.get((request.method, subresource(request)), UNKNOWN)
    if COPY_SOURCE in request.headers:
        return COPIES.get(name, name)
    if name == "ListObjects" and request.query.get("list-type") == "2":
        return "ListObjectsV2"
    return name


def named_source(request: OssRequest) -> tuple[str, str]:
    """Bucket and key that `x-oss-copy-source` names.

    Raises:
        OssError: InvalidArgument.
    """
    named = request.headers[COPY_SOURCE].partition("?")[0]
    first, _, path = unquote(named, errors="surrogateescape").partition("/")
    bucket, _, key = path.partition("/")
    if first or not bucket or not key:
        message = "The copy source must be /bucket/key."
        raise invalid_argument(message, COPY_SOURCE, request.headers[COPY_SOURCE])
    return bucket, key


def subresource(request: OssRequest) -> str:
    """The query name that chooses the operation; empty for the plain one."""
    named = [name for name in request.query if name in SUBRESOURCES]
    if request.method in {"GET", "HEAD"} and request.key:
        named = [name for name in named if name != "x-oss-process"]  # of the same GetObject
    return named[0] if named else ""
