"""Objects of the local OSS, through the vendor's own client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import oss2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.oss.service import OssService
from tests.integration.localcloud.oss_client import Account, Heard, refused

HARD_KEYS = [
    "uploads/照片 一.jpg",
    "uploads/🙂 and 👨‍👩‍👧.png",
    "uploads/a b+c%41&d=e?f#g.jpg",
    "uploads//double//slash/",
    "uploads/../dots/./x",
    "uploads/" + "x" * 1015,
    "uploads/" + "好" * 338,
    "a\\b\"c'<d>\t|",
]


@pytest.fixture
def heard(cloud: Cloud) -> Heard:
    return Heard(cloud)


@pytest.fixture
def account(
    cloud: Cloud,
    heard: Heard,  # listens before the service starts
    serve_in_thread: Callable[[Service], str],
) -> Iterator[Account]:
    made = Account(cloud, serve_in_thread(OssService(cloud)))
    yield made
    made.close()


@pytest.mark.parametrize("key", HARD_KEYS)
def test_any_key_is_kept_as_it_is(bucket: oss2.Bucket, heard: Heard, key: str) -> None:
    bucket.put_object(key, b"photo")

    assert bucket.get_object(key).read() == b"photo"
    assert [item.key for item in bucket.list_objects_v2().object_list] == [key]
    assert heard.wait(1)[0]["oss"]["object"]["key"] == key


@pytest.mark.parametrize("key", ["/lead", "\\lead", "x" * 1024, "好" * 342])
def test_a_key_that_oss_refuses_is_refused(bucket: oss2.Bucket, key: str) -> None:
    bucket.enable_crc = False

    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket._do("PUT", bucket.bucket_name, key, data=b"x")

    assert (refused.value.status, refused.value.code) == (400, "InvalidObjectName")


def test_put_answers_what_the_client_checks(bucket: oss2.Bucket) -> None:
    result = bucket.put_object("k", b"hello")

    assert result.etag == "5D41402ABC4B2A76B9719D911017C592"
    assert result.headers["x-oss-hash-crc64ecma"] == str(result.crc)
    assert len(result.request_id) == 24


def test_get_and_head_tell_what_was_put(bucket: oss2.Bucket) -> None:
    bucket.put_object(
        "k.png",
        b"0123456789",
        headers={"x-oss-meta-job": "1", "Cache-Control": "no-cache", "Content-Type": "image/png"},
    )

    for answer in (bucket.get_object("k.png"), bucket.head_object("k.png")):
        assert answer.content_length == 10
        assert answer.content_type == "image/png"
        assert answer.headers["x-oss-meta-job"] == "1"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["x-oss-object-type"] == "Normal"
        assert int(answer.headers["x-oss-hash-crc64ecma"]) > 0
    assert bucket.get_object_meta("k.png").content_length == 10


def test_an_iterator_is_sent_in_chunks_and_kept_whole(bucket: oss2.Bucket) -> None:
    bucket.put_object("k", iter([b"ab", b"cd" * 700_000, b"e"]))

    assert bucket.get_object("k").read() == b"ab" + b"cd" * 700_000 + b"e"


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ((1, 3), 206, b"123"),
        ((5, None), 206, b"56789"),
        ((None, 3), 206, b"789"),
        ((0, 9), 206, b"0123456789"),
        ((5, 10), 200, b"0123456789"),
        ((10, 12), 200, b"0123456789"),
    ],
)
def test_a_range_counts_when_it_lies_in_the_object(
    bucket: oss2.Bucket, asked: tuple[int | None, int | None], status: int, body: bytes
) -> None:
    bucket.put_object("k", b"0123456789")

    answer = bucket.get_object("k", byte_range=asked)

    assert (answer.status, answer.read()) == (status, body)


def test_the_standard_range_behaviour_cuts_and_refuses(bucket: oss2.Bucket) -> None:
    bucket.put_object("k", b"0123456789")
    standard = {"x-oss-range-behavior": "standard"}

    assert bucket.get_object("k", byte_range=(5, 99), headers=standard).read() == b"56789"
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.get_object("k", byte_range=(10, 12), headers=standard)
    assert (refused.value.status, refused.value.code) == (416, "InvalidRange")


def test_conditions_are_obeyed(bucket: oss2.Bucket) -> None:
    etag = bucket.put_object("k", b"1").etag
    past, future = "Thu, 01 Jan 2015 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"

    for headers in ({"If-None-Match": f'"{etag}"'}, {"If-Modified-Since": future}):
        with pytest.raises(oss2.exceptions.NotModified):
            bucket.get_object("k", headers=headers)
    for headers in ({"If-Match": '"0"'}, {"If-Unmodified-Since": past}):
        with pytest.raises(oss2.exceptions.PreconditionFailed):
            bucket.head_object("k", headers=headers)
    both = {"If-Match": etag, "If-Modified-Since": past, "If-Unmodified-Since": future}
    assert bucket.get_object("k", headers=both).read() == b"1"


def test_what_is_missing_is_missing(bucket: oss2.Bucket) -> None:
    for call in (bucket.get_object, bucket.head_object, bucket.get_object_meta):
        with pytest.raises(oss2.exceptions.NoSuchKey) as missing:
            call("nope")
        assert missing.value.ec == "0026-00000001"
    assert not bucket.object_exists("nope")
    assert bucket.delete_object("nope").status == 204


def test_an_existing_object_is_not_overwritten_when_forbidden(bucket: oss2.Bucket) -> None:
    forbid = {"x-oss-forbid-overwrite": "true"}
    bucket.put_object("k", b"1", headers=forbid)

    calls: list[Callable[[], object]] = [
        lambda: bucket.put_object("k", b"2", headers=forbid),
        lambda: bucket.copy_object(bucket.bucket_name, "k", "k", headers=forbid),
    ]
    for call in calls:
        with pytest.raises(oss2.exceptions.ServerError) as refused:
            call()
        assert (refused.value.status, refused.value.code) == (409, "FileAlreadyExists")
    assert bucket.get_object("k").read() == b"1"


def test_a_body_that_does_not_match_its_md5_is_refused(bucket: oss2.Bucket) -> None:
    good = {"Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}
    bucket.put_object("k", b"hello", headers=good)

    for wrong in ({"Content-MD5": "XUFAKrxLKna5cZ2REBfFkA=="}, {"Content-MD5": "nonsense"}):
        with pytest.raises(oss2.exceptions.ServerError) as refused:
            bucket.put_object("k", b"other", headers=wrong)
        assert (refused.value.status, refused.value.code) == (400, "InvalidDigest")
    assert bucket.get_object("k").read() == b"hello"


def test_copy_keeps_or_replaces_the_metadata(bucket: oss2.Bucket) -> None:
    name, meta = bucket.bucket_name, {"x-oss-meta-a": "1", "Content-Type": "image/png"}
    etag = bucket.put_object("源 1", b"1", headers=meta).etag
    bucket.copy_object(name, "源 1", "kept")
    replaced = {"x-oss-metadata-directive": "REPLACE", "x-oss-meta-b": "2"}
    result = bucket.copy_object(name, "源 1", "replaced", headers=replaced)

    assert result.etag == etag
    assert bucket.head_object("kept").headers["x-oss-meta-a"] == "1"
    assert "x-oss-meta-a" not in bucket.head_object("replaced").headers
    assert bucket.head_object("replaced").headers["x-oss-meta-b"] == "2"
    assert bucket.head_object("replaced").content_type == "image/png"
    assert bucket.get_object("replaced").read() == b"1"


def test_a_copy_survives_its_source(bucket: oss2.Bucket) -> None:
    bucket.put_object("a", b"1")
    bucket.copy_object(bucket.bucket_name, "a", "b")
    bucket.put_object("a", b"2")
    bucket.delete_object("a")

    assert bucket.get_object("b").read() == b"1"


def test_conditions_on_a_copys_source_are_obeyed(bucket: oss2.Bucket) -> None:
    name, etag = bucket.bucket_name, bucket.put_object("a", b"1").etag

    bucket.copy_object(name, "a", "b", headers={"x-oss-copy-source-if-match": etag})
    with pytest.raises(oss2.exceptions.PreconditionFailed):
        bucket.copy_object(name, "a", "c", headers={"x-oss-copy-source-if-match": "0"})
    with pytest.raises(oss2.exceptions.NotModified):
        bucket.copy_object(name, "a", "c", headers={"x-oss-copy-source-if-none-match": etag})
    with pytest.raises(oss2.exceptions.NoSuchKey):
        bucket.copy_object(name, "gone", "c")
    for source in (f"{name}/a", f"/{name}", "//"):
        headers = {"x-oss-copy-source": source}
        call = partial(bucket._do, "PUT", name, "c", headers=headers)
        assert refused(call) == (400, "InvalidArgument")
    assert not bucket.object_exists("c")


def test_listings_page_through_everything_in_order(bucket: oss2.Bucket) -> None:
    keys = sorted(
        [f"a/{number:02d}" for number in range(5)] + ["a/z/1", "b", "好/1", "好/2"],
        key=lambda key: key.encode(),
    )
    for key in keys:
        bucket.put_object(key, b"1")

    assert [item.key for item in oss2.ObjectIterator(bucket, max_keys=2)] == keys
    assert [item.key for item in oss2.ObjectIteratorV2(bucket, max_keys=2)] == keys
    under = oss2.ObjectIterator(bucket, delimiter="/", max_keys=1)
    assert [item.key for item in under] == ["a/", "b", "好/"]
    under = oss2.ObjectIteratorV2(bucket, prefix="a/", delimiter="/", max_keys=2)
    assert [item.key for item in under] == [*keys[:5], "a/z/"]


def test_deleting_many_takes_keys_that_xml_forbids(bucket: oss2.Bucket) -> None:
    keys = ["plain", "a&b<c>", "好 1"]
    for key in keys:
        bucket.put_object(key, b"1")

    assert bucket.batch_delete_objects([*keys, "gone"]).deleted_keys == [*keys, "gone"]
    assert not bucket.list_objects_v2().object_list


def test_a_put_is_announced_as_the_trigger_tells_it(
    bucket: oss2.Bucket, heard: Heard, cloud: Cloud
) -> None:
    bucket.put_object("k.png", b"12345", headers={"x-oss-meta-a": "1"})
    result = bucket.put_object("k.png", b"hello world", headers={"x-oss-meta-a": "2"})
    bucket.copy_object(bucket.bucket_name, "k.png", "copy.png")

    first, second, third = heard.wait(3)
    assert first["eventName"] == "ObjectCreated:PutObject"
    assert second["oss"]["object"] == {
        "deltaSize": 6,
        "eTag": result.etag,
        "key": "k.png",
        "objectMeta": {"mimeType": "image/png", "userMeta": {"x-oss-meta-a": "2"}},
        "size": 11,
    }
    assert second["responseElements"] == {"requestId": result.request_id}
    assert second["requestParameters"] == {"sourceIPAddress": "127.0.0.1"}
    who = cloud.identity
    assert second["oss"]["bucket"]["arn"] == f"acs:oss:{who.region}:{who.account_id}:{who.bucket}"
    assert third["eventName"] == "ObjectCreated:CopyObject"
