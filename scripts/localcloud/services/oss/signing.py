"""OSS signatures V1, V2 and V4, computed from a request; nothing here judges.

Source: the vendor's pages "Include signatures in the Authorization header" and "in a URL" of each
version. V1 signs a few named sub-resources, V2 and V4 the whole query.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import quote

from scripts.localcloud.services.oss.urls import OssRequest

UNSIGNED = "UNSIGNED-PAYLOAD"
V4_ALGORITHM = "OSS4-HMAC-SHA256"
V1_SUBRESOURCES = frozenset(
    """
    acl append asyncFetch bucketInfo callback callback-var cname comp continuation-token cors delete
    encryption endTime group httpsConfig img inventory inventoryId lifecycle link live location
    logging metaQuery objectInfo objectMeta partNumber policy policyStatus position
    publicAccessBlock qos qosInfo qosRequester redundancyTransition referer regionList replication
    replicationLocation replicationProgress requestPayment requesterQosInfo resourceGroup
    resourcePool resourcePoolBuckets resourcePoolInfo response-cache-control
    response-content-disposition response-content-encoding response-content-language
    response-content-type response-expires restore security-token sequential startTime stat status
    style styleName symlink tagging transferAcceleration uploadId uploads versionId versioning
    versions vod website worm wormExtend wormId callbackPolicy
    """.split()  # noqa: SIM905 - a table of words reads better than of quotes
)
V1_PREFIX = "x-oss-"
V1_QUERY_SIGNATURE = frozenset({"OSSAccessKeyId", "Expires", "Signature"})


def escape(text: str, safe: str = "") -> str:
    """Percent-encode as canonical requests do; `safe` names further characters left alone."""
    return quote(text, safe="-_.~" + safe, errors="surrogateescape")


def oss_headers(request: OssRequest) -> list[tuple[str, str]]:
    """The `x-oss-` headers, sorted, values trimmed."""
    names = sorted(name for name in request.headers if name.startswith("x-oss-"))
    return [(name, request.headers[name].strip()) for name in names]


def v1_signature(request: OssRequest, secret: str, date: str) -> str:
    """V1: HMAC-SHA1, base64. `date` is the Date header, or Expires of a URL."""
    lines = [
        request.method,
        request.headers.get("content-md5", ""),
        request.headers.get("content-type", ""),
        date,
        *(f"{name}:{value}" for name, value in oss_headers(request)),
        _v1_resource(request),
    ]
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha1).digest()).decode()


def _v1_resource(request: OssRequest) -> str:
    signed = sorted(
        (name, value)
        for name, value in request.query.items()
        if name in V1_SUBRESOURCES or name.startswith(V1_PREFIX)
    )
    query = "&".join(f"{name}={value}" if value else name for name, value in signed)
    return request.resource + ("?" + query if query else "")


def v2_signature(request: OssRequest, secret: str, date: str, additional: Iterable[str]) -> str:
    """V2: HMAC-SHA256, base64, over the whole query and the `additional` headers."""
    names = sorted(additional)
    headers = {**dict(oss_headers(request)), **{n: request.headers.get(n, "") for n in names}}
    lines = [
        request.method,
        request.headers.get("content-md5", ""),
        request.headers.get("content-type", ""),
        date,
        *(f"{name}:{value}" for name, value in sorted(headers.items())),
        ";".join(names),
        _v2_resource(request),
    ]
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def _v2_resource(request: OssRequest) -> str:
    query = _canonical_query(request, without="x-oss-signature")
    return escape(request.resource) + ("?" + query if query else "")


def _canonical_query(request: OssRequest, *, without: str) -> str:
    pairs = sorted(
        (escape(name), escape(value)) for name, value in request.query.items() if name != without
    )
    return "&".join(f"{name}={value}" if value else name for name, value in pairs)


def v4_signature(
    request: OssRequest, secret: str, date: str, scope: str, additional: Iterable[str]
) -> str:
    """V4: HMAC-SHA256, hexadecimal. `scope` is `date/region/oss/aliyun_v4_request`."""
    names = sorted(additional)
    wanted = {"content-type", "content-md5", *names}
    headers = sorted(
        (name, value.strip())
        for name, value in request.headers.items()
        if name.startswith("x-oss-") or name in wanted
    )
    canonical = "\n".join(
        (
            request.method,
            escape(request.resource, "/"),
            _canonical_query(request, without="x-oss-signature"),
            "".join(f"{name}:{value}\n" for name, value in headers),
            ";".join(names),
            request.headers.get("x-oss-content-sha256", UNSIGNED),
        )
    )
    hashed = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    text = f"{V4_ALGORITHM}\n{date}\n{scope}\n{hashed}"
    return hmac.new(v4_key(secret, scope), text.encode(), hashlib.sha256).hexdigest()


def v4_key(secret: str, scope: str) -> bytes:
    """The signing key of a scope, derived from the account's secret."""
    key = f"aliyun_v4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
