"""Buckets of the local OSS, and the listings that clients make of them."""

from __future__ import annotations

import base64

import oss2
import pytest

from tests.integration.localcloud.oss_client import Account, refused


def test_the_accounts_bucket_is_there_from_the_start(account: Account) -> None:
    names = [bucket.name for bucket in account.service().list_buckets().buckets]

    assert names == [account.cloud.identity.bucket]


def test_a_bucket_tells_about_itself_and_never_of_another_host(
    account: Account, bucket: oss2.Bucket
) -> None:
    info = bucket.get_bucket_info()
    listed = account.service().list_buckets().buckets[0]

    plain = bucket._do("GET", bucket.bucket_name, "", params={"bucketInfo": ""}).read()
    assert b"<BlockPublicAccess>true</BlockPublicAccess>" in plain
    assert b"xmlns" not in plain + account.service()._do("GET", "", "").read()
    assert info.name == account.cloud.identity.bucket
    assert info.acl.grant == "private"
    assert (info.storage_class, info.data_redundancy_type) == ("Standard", "LRS")
    assert info.access_monitor == "Disabled"
    assert info.owner.id == account.cloud.identity.account_id
    assert bucket.get_bucket_location().location == "oss-cn-beijing"
    endpoints = {info.extranet_endpoint, info.intranet_endpoint, listed.extranet_endpoint}
    assert endpoints == {account.endpoint}


def test_buckets_are_made_listed_and_removed(account: Account) -> None:
    for name in ("bucket-b", "bucket-a"):
        account.bucket(name=name).create_bucket(oss2.BUCKET_ACL_PUBLIC_READ)
    service = account.service()

    assert [b.name for b in oss2.BucketIterator(service, prefix="bucket-", max_keys=1)] == [
        "bucket-a",
        "bucket-b",
    ]
    assert account.bucket(name="bucket-a").get_bucket_acl().acl == "public-read"
    account.bucket(name="bucket-a").delete_bucket()
    assert refused(account.bucket(name="bucket-a").get_bucket_info) == (404, "NoSuchBucket")
    assert refused(account.bucket(name="bucket-a").delete_bucket) == (404, "NoSuchBucket")


def test_a_bucket_has_the_class_and_redundancy_it_was_made_with(account: Account) -> None:
    bucket = account.bucket(name="cold-bucket")
    wanted = oss2.models.BucketCreateConfig(
        oss2.BUCKET_STORAGE_CLASS_IA, oss2.BUCKET_DATA_REDUNDANCY_TYPE_ZRS
    )
    bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE, wanted)
    bucket.put_object("a", b"1234567")
    bucket.put_object("b", b"12", headers={"x-oss-storage-class": "Standard"})

    info = bucket.get_bucket_info()
    assert (info.storage_class, info.data_redundancy_type) == ("IA", "ZRS")
    assert info.resource_group_id
    classes = [found.storage_class for found in bucket.list_objects().object_list]
    assert classes == ["IA", "Standard"]
    stat = bucket.get_bucket_stat()
    assert (stat.standard_object_count, stat.standard_storage) == (1, 2)
    assert (stat.infrequent_access_object_count, stat.infrequent_access_real_storage) == (1, 7)
    assert stat.infrequent_access_storage == 64 * 1024
    assert (stat.archive_object_count, stat.deep_cold_archive_storage) == (0, 0)


@pytest.mark.parametrize(
    ("root", "code"),
    [
        ("CreateBucketConfiguration><StorageClass>Hot</StorageClass", "InvalidArgument"),
        ("CreateBucketConfiguration><DataRedundancyType>X</DataRedundancyType", "InvalidArgument"),
        ("Other><StorageClass>IA</StorageClass", "MalformedXML"),
    ],
)
def test_a_wrong_configuration_makes_no_bucket(account: Account, root: str, code: str) -> None:
    body = f"<{root}></{root.partition('>')[0]}>"
    bucket = account.bucket(name="never-made")

    assert refused(lambda: bucket._do("PUT", "never-made", "", data=body)) == (400, code)
    assert refused(bucket.get_bucket_info) == (404, "NoSuchBucket")


def test_an_access_control_makes_the_bucket_that_it_is_for(account: Account) -> None:
    bucket = account.bucket(name="made-by-acl")
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    assert bucket.get_bucket_acl().acl == "public-read"

    kept = account.bucket(name="cold-bucket")
    kept.create_bucket(None, oss2.models.BucketCreateConfig(oss2.BUCKET_STORAGE_CLASS_IA))
    kept.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    assert kept.get_bucket_info().storage_class == "IA"
    assert refused(lambda: kept.put_bucket_acl("open")) == (400, "InvalidArgument")


@pytest.mark.parametrize("name", ["ab", "-abc", "abc-", "a_b_c", "x" * 64])
def test_a_wrong_name_of_a_bucket_is_refused(account: Account, name: str) -> None:
    bucket = account.bucket(name="placeholder")

    assert refused(lambda: bucket._do("PUT", name, "")) == (400, "InvalidBucketName")


def test_a_bucket_that_holds_something_is_not_removed(
    account: Account, bucket: oss2.Bucket
) -> None:
    bucket.put_object("k", b"12345")
    assert refused(bucket.delete_bucket) == (409, "BucketNotEmpty")
    stat = bucket.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes) == (1, 5)

    bucket.delete_object("k")
    upload = bucket.init_multipart_upload("k").upload_id
    assert refused(bucket.delete_bucket) == (409, "BucketNotEmpty")
    bucket.abort_multipart_upload("k", upload)
    bucket.delete_bucket()


def test_what_clients_ask_while_cleaning_up_is_answered(bucket: oss2.Bucket) -> None:
    bucket.put_object("a/1", b"1")
    bucket.put_object("b", b"2")

    versions = bucket.list_object_versions(max_keys=1)
    rest = bucket.list_object_versions(key_marker=versions.next_key_marker)
    assert [(v.key, v.versionid, v.is_latest) for v in versions.versions + rest.versions] == [
        ("a/1", "null", True),
        ("b", "null", True),
    ]
    assert bucket.list_live_channel().channels == []
    assert bucket.list_multipart_uploads().upload_list == []
    assert bucket.get_bucket_versioning().status is None


def test_names_are_encoded_only_when_asked(account: Account, bucket: oss2.Bucket) -> None:
    bucket.put_object("a &<b>.txt", b"1")

    plain = bucket._do("GET", bucket.bucket_name, "").read().decode()
    coded = bucket._do("GET", bucket.bucket_name, "", params={"encoding-type": "url"}).read()

    assert "<Key>a &amp;&lt;b&gt;.txt</Key>" in plain
    assert "xmlns" not in plain
    assert "<IsTruncated>false</IsTruncated>" in plain
    assert "<Key>a%20%26%3Cb%3E.txt</Key>" in coded.decode()


@pytest.mark.parametrize(
    "params",
    [
        {"list-type": "2", "continuation-token": "garbage"},
        {"list-type": "2", "continuation-token": base64.b64encode(b"foreign").decode()},
        {"max-keys": "0"},
        {"max-keys": "1001"},
        {"max-keys": "many"},
        {"encoding-type": "rot13"},
    ],
)
def test_a_wrong_argument_of_a_listing_is_refused(
    bucket: oss2.Bucket, params: dict[str, str]
) -> None:
    call = bucket._do

    assert refused(lambda: call("GET", bucket.bucket_name, "", params=params)) == (
        400,
        "InvalidArgument",
    )


def test_a_listing_starts_where_it_is_told(bucket: oss2.Bucket) -> None:
    for key in ("a", "b/1", "b/2", "c"):
        bucket.put_object(key, b"1")

    assert [item.key for item in bucket.list_objects(marker="b/1").object_list] == ["b/2", "c"]
    started = bucket.list_objects_v2(start_after="a", delimiter="/", fetch_owner=True)
    assert ([item.key for item in started.object_list], started.prefix_list) == (["c"], ["b/"])
    assert started.object_list[0].owner.id
    inside = bucket.list_objects(marker="b/1", delimiter="/")
    assert ([item.key for item in inside.object_list], inside.prefix_list) == (["c"], ["b/"])
    passed = bucket.list_objects(marker="b/", delimiter="/")
    assert ([item.key for item in passed.object_list], passed.prefix_list) == (["c"], [])
