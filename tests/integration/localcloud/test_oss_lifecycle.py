"""Rules by which objects end: through the vendor's client, from a template, and followed."""

from __future__ import annotations

import oss2
import pytest
from oss2.models import (
    AbortMultipartUpload,
    BucketLifecycle,
    LifecycleExpiration,
    LifecycleRule,
    StorageTransition,
)

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.oss.service import OssService
from tests.integration.localcloud.conftest import Serve

DAY = 86400


@pytest.fixture
def service(cloud: Cloud) -> OssService:
    return OssService(cloud)


@pytest.fixture
def bucket(cloud: Cloud, service: OssService, serve_in_thread: Serve) -> oss2.Bucket:
    identity = cloud.identity
    auth = oss2.Auth(identity.access_key_id, identity.access_key_secret)
    return oss2.Bucket(auth, serve_in_thread(service), identity.bucket)


def rule(prefix: str, days: int, status: str = "Enabled") -> LifecycleRule:
    return LifecycleRule(
        f"after-{days}",
        prefix,
        status=status,
        expiration=LifecycleExpiration(days=days),
        abort_multipart_upload=AbortMultipartUpload(days=days),
    )


def test_rules_are_set_told_and_taken_away(bucket: oss2.Bucket) -> None:
    with pytest.raises(oss2.exceptions.NoSuchLifecycle):
        bucket.get_bucket_lifecycle()
    bucket.put_bucket_lifecycle(
        BucketLifecycle([rule("pins/", 90), rule("&<测试>/", 1, "Disabled")])
    )
    found = bucket.get_bucket_lifecycle().rules
    assert [(r.prefix, r.status, r.expiration.days) for r in found] == [
        ("pins/", "Enabled", 90),
        ("&<测试>/", "Disabled", 1),
    ]
    assert found[0].abort_multipart_upload.days == 90
    bucket.delete_bucket_lifecycle()
    with pytest.raises(oss2.exceptions.NoSuchLifecycle):
        bucket.get_bucket_lifecycle()


def test_what_a_template_says_is_told_to_the_client(
    bucket: oss2.Bucket, service: OssService
) -> None:
    kind = service.resource_types()["ALIYUN::OSS::Bucket"]
    given = {"ID": "old", "Prefix": "pins/", "Status": "Enabled", "Expiration": {"Days": 7}}
    properties = {"BucketName": bucket.bucket_name, "LifecycleConfiguration": {"Rule": [given]}}
    kind.update(properties, properties)
    assert bucket.get_bucket_lifecycle().rules[0].id == "old"
    kind.update(properties, {"BucketName": bucket.bucket_name})
    with pytest.raises(oss2.exceptions.NoSuchLifecycle):
        bucket.get_bucket_lifecycle()


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        (rule("a/", 0), 400, "InvalidArgument"),
        (rule("a/", 1, "Perhaps"), 400, "InvalidArgument"),
        (
            LifecycleRule(
                "cold", "a/", storage_transitions=[StorageTransition(days=30, storage_class="IA")]
            ),
            501,
            "NotImplemented",
        ),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(
    bucket: oss2.Bucket, wrong: LifecycleRule, status: int, code: str
) -> None:
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        bucket.put_bucket_lifecycle(BucketLifecycle([wrong]))
    assert (caught.value.status, caught.value.code) == (status, code)


def test_objects_and_uploads_end_when_their_time_is_over(
    bucket: oss2.Bucket, service: OssService, cloud: Cloud
) -> None:
    bucket.put_bucket_lifecycle(BucketLifecycle([rule("pins/", 2), rule("off/", 1, "Disabled")]))
    for key in ("pins/old", "uploads/old", "off/old"):
        bucket.put_object(key, b"x")
    upload = bucket.init_multipart_upload("pins/large")
    bucket.upload_part("pins/large", upload.upload_id, 1, b"part")
    cloud.clock.advance(1.9 * DAY)
    bucket.put_object("pins/young", b"x")
    assert service.end_outlived() == 0
    cloud.clock.advance(0.2 * DAY)
    assert service.end_outlived() == 2
    keys = [each.key for each in oss2.ObjectIterator(bucket)]
    assert keys == ["off/old", "pins/young", "uploads/old"]
    assert bucket.list_multipart_uploads().upload_list == []
