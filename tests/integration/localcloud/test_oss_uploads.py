"""Multipart, appended, linked and processed objects, through the vendor's own client."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import oss2
import pytest
from PIL import Image

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.oss.service import OssService
from tests.integration.localcloud.oss_client import Account, Heard, refused

PART = b"0123456789" * 10_240


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


def upload_parts(bucket: oss2.Bucket, key: str, upload: str, *bodies: bytes) -> list[Any]:
    return [
        oss2.models.PartInfo(number, result.etag, size=len(body), part_crc=result.crc)
        for number, body in enumerate(bodies, start=1)
        for result in [bucket.upload_part(key, upload, number, body)]
    ]


def test_parts_become_one_object_when_completed(bucket: oss2.Bucket, heard: Heard) -> None:
    key = "uploads/大 +.bin"
    meta = {"x-oss-meta-a": "1", "Content-Type": "image/png"}
    upload = bucket.init_multipart_upload(key, headers=meta).upload_id
    parts = upload_parts(bucket, key, upload, PART, PART[::-1], b"end")
    assert not bucket.object_exists(key)

    result = bucket.complete_multipart_upload(key, upload, parts)

    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    assert result.etag == hashlib.md5(digests, usedforsecurity=False).hexdigest().upper() + "-3"
    assert bucket.get_object(key).read() == PART + PART[::-1] + b"end"
    assert bucket.head_object(key).headers["x-oss-meta-a"] == "1"
    assert bucket.head_object(key).headers["x-oss-object-type"] == "Multipart"
    assert heard.last(1) == ("ObjectCreated:CompleteMultipartUpload", key, result.etag)
    assert refused(lambda: bucket.complete_multipart_upload(key, upload, parts)) == (
        404,
        "NoSuchUpload",
    )


def test_a_completion_must_name_good_parts_in_order(bucket: oss2.Bucket) -> None:
    upload = bucket.init_multipart_upload("k").upload_id
    one, two = upload_parts(bucket, "k", upload, b"small", PART)
    info = oss2.models.PartInfo

    def complete(*parts: Any) -> tuple[int, str]:
        return refused(lambda: bucket.complete_multipart_upload("k", upload, list(parts)))

    wrong = info(two.part_number, one.etag)
    body = f"<CompleteMultipartUpload>{_part(two)}{_part(one)}</CompleteMultipartUpload>"
    assert complete(one, two) == (400, "EntityTooSmall")
    assert complete(wrong) == (400, "InvalidPart")
    assert complete(info(3, two.etag)) == (400, "InvalidPart")
    assert refused(
        lambda: bucket._do("POST", bucket.bucket_name, "k", params={"uploadId": upload}, data=body)
    ) == (400, "InvalidPartOrder")
    assert complete() == (400, "MalformedXML")
    assert refused(lambda: bucket.upload_part("k", upload, 10_001, b"")) == (400, "InvalidArgument")


def _part(part: Any) -> str:
    return f"<Part><PartNumber>{part.part_number}</PartNumber><ETag>{part.etag}</ETag></Part>"


def test_parts_may_be_copied_replaced_and_listed(bucket: oss2.Bucket) -> None:
    bucket.put_object("source", PART + b"tail")
    upload = bucket.init_multipart_upload("k").upload_id
    name = bucket.bucket_name
    bucket.upload_part("k", upload, 1, b"first try")
    whole = bucket.upload_part_copy(name, "source", (0, len(PART) - 1), "k", upload, 1)
    tail = bucket.upload_part_copy(name, "source", (len(PART), None), "k", upload, 2)

    listed = bucket.list_parts("k", upload, max_parts=1)
    assert [(part.part_number, part.size) for part in listed.parts] == [(1, len(PART))]
    assert (listed.is_truncated, listed.next_marker) == (True, "1")
    parts = [oss2.models.PartInfo(1, whole.etag), oss2.models.PartInfo(2, tail.etag)]
    bucket.complete_multipart_upload("k", upload, parts)
    assert bucket.get_object("k").read() == PART + b"tail"


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"x-oss-copy-source-if-match": "0"}, (412, "PreconditionFailed")),
        ({"x-oss-copy-source-if-none-match": "*"}, (304, "")),
        ({"x-oss-copy-source-if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}, (304, "")),
        (
            {"x-oss-copy-source-if-unmodified-since": "Sat, 01 Jan 2000 00:00:00 GMT"},
            (412, "PreconditionFailed"),
        ),
        ({"x-oss-copy-source-range": "bytes=5-10"}, (400, "InvalidArgument")),
        ({"x-oss-copy-source-range": "bytes=5-4"}, (400, "InvalidArgument")),
        ({"x-oss-copy-source-range": "bytes=-4"}, (400, "InvalidArgument")),
        ({"x-oss-copy-source-range": "5-6"}, (400, "InvalidArgument")),
        ({"x-oss-copy-source": "/{bucket}/none"}, (404, "NoSuchKey")),
        ({"x-oss-copy-source": "/no-such-bucket/k"}, (404, "NoSuchBucket")),
        ({"x-oss-copy-source": "k"}, (400, "InvalidArgument")),
    ],
)
def test_a_part_is_copied_only_from_what_was_meant(
    bucket: oss2.Bucket, headers: dict[str, str], error: tuple[int, str]
) -> None:
    bucket.put_object("source", b"0123456789")
    upload = bucket.init_multipart_upload("k").upload_id
    asked = {"x-oss-copy-source": f"/{bucket.bucket_name}/source", **headers}
    asked = {name: value.format(bucket=bucket.bucket_name) for name, value in asked.items()}
    params = {"uploadId": upload, "partNumber": "1"}
    call = partial(bucket._do, "PUT", bucket.bucket_name, "k", params=params, headers=asked)

    assert refused(call) == error
    assert not bucket.list_parts("k", upload).parts
    bucket.upload_part_copy(bucket.bucket_name, "source", (2, 4), "k", upload, 1)
    assert [part.size for part in bucket.list_parts("k", upload).parts] == [3]


def test_parts_are_listed_page_by_page_under_their_encoded_key(bucket: oss2.Bucket) -> None:
    key = "a <&>+%/好"
    upload = bucket.init_multipart_upload(key).upload_id
    for number in (1, 3, 10_000):
        bucket.upload_part(key, upload, number, b"1")

    pages: list[Any] = []
    marker = ""
    while not pages or pages[-1].is_truncated:
        pages.append(bucket.list_parts(key, upload, marker=marker, max_parts=2))
        marker = pages[-1].next_marker
    assert [[part.part_number for part in page.parts] for page in pages] == [[1, 3], [10_000]]
    assert [page.next_marker for page in pages] == ["3", "10000"]
    params = {"uploadId": upload, "encoding-type": "url"}
    coded = bucket._do("GET", bucket.bucket_name, key, params=params).read().decode()
    assert f"<Key>{quote(key, safe='')}</Key>" in coded
    for wrong in (0, 10_001):
        assert refused(lambda: bucket.upload_part(key, upload, wrong, b"1"))[0] == 400  # noqa: B023 - called here


def test_an_answer_to_a_part_and_a_completion_say_what_clients_ask(bucket: oss2.Bucket) -> None:
    upload = bucket.init_multipart_upload("k", headers={"x-oss-object-acl": "private"}).upload_id
    part = bucket.upload_part("k", upload, 1, PART)
    named = [oss2.models.PartInfo(1, part.etag)]
    opened = {"x-oss-object-acl": "public-read"}
    bucket.complete_multipart_upload("k", upload, named, headers=opened)

    digest = hashlib.md5(PART, usedforsecurity=False).digest()
    assert part.headers["Content-MD5"] == base64.b64encode(digest).decode()
    assert bucket.get_object_acl("k").acl == "public-read"


def test_an_aborted_upload_is_gone_with_its_parts(bucket: oss2.Bucket, cloud: Cloud) -> None:
    upload = bucket.init_multipart_upload("k").upload_id
    upload_parts(bucket, "k", upload, PART)
    bucket.abort_multipart_upload("k", upload)

    assert refused(lambda: bucket.list_parts("k", upload)) == (404, "NoSuchUpload")
    assert refused(lambda: bucket.upload_part("k", upload, 1, b"1")) == (404, "NoSuchUpload")
    assert not list((cloud.data_dir / "oss").glob("*/**/*.*"))
    assert not [path for path in (cloud.data_dir / "oss").rglob("*") if path.is_file()]


def test_open_uploads_are_listed_page_by_page(bucket: oss2.Bucket) -> None:
    keys = ["a/1", "a/2", "b", "b", "好"]
    ids = {bucket.init_multipart_upload(key).upload_id for key in keys}

    found = list(oss2.MultipartUploadIterator(bucket, max_uploads=2))
    grouped = bucket.list_multipart_uploads(delimiter="/")

    assert [item.key for item in found] == keys
    assert {item.upload_id for item in found} == ids
    assert grouped.prefix_list == ["a/"]
    behind = bucket.list_multipart_uploads(key_marker="b")
    assert [item.key for item in behind.upload_list] == ["好"]
    assert (behind.is_truncated, behind.next_key_marker) == (False, "好")


def test_a_resumable_upload_passes_whole(bucket: oss2.Bucket, tmp_path: Any) -> None:
    path = tmp_path / "big"
    path.write_bytes(PART * 5)

    oss2.resumable_upload(
        bucket,
        "k",
        str(path),
        multipart_threshold=len(PART),
        part_size=len(PART),
        num_threads=3,
        store=oss2.ResumableStore(root=str(tmp_path)),
    )

    assert bucket.get_object("k").read() == PART * 5


def test_an_object_grows_by_appending_at_its_end(bucket: oss2.Bucket, heard: Heard) -> None:
    first = bucket.append_object("log", 0, b"hello ")
    second = bucket.append_object("log", first.next_position, b"world", init_crc=first.crc)

    assert second.next_position == 11
    assert bucket.get_object("log").read() == b"hello world"
    assert heard.last(2)[:2] == ("ObjectCreated:AppendObject", "log")
    assert refused(lambda: bucket.append_object("log", 3, b"x")) == (
        409,
        "PositionNotEqualToLength",
    )
    bucket.put_object("plain", b"1")
    assert refused(lambda: bucket.append_object("plain", 1, b"x")) == (409, "ObjectNotAppendable")


def test_tags_come_with_the_first_bytes_of_a_growing_object_and_are_not_read_later(
    bucket: oss2.Bucket,
) -> None:
    many = "&".join(f"key{number}=x" for number in range(15))
    first = bucket.append_object("log", 0, b"1", headers={"x-oss-tagging": "a=1"})
    bucket.append_object("log", first.next_position, b"2", headers={"x-oss-tagging": many})

    assert bucket.get_object_tagging("log").tag_set.tagging_rule == {"a": "1"}
    assert refused(
        lambda: bucket.append_object("new", 0, b"1", headers={"x-oss-tagging": many})
    ) == (400, "InvalidTag")


@pytest.mark.parametrize(
    ("key", "value"), [("%@abc", "x"), ("", "x"), ("a" * 129, "x"), ("a", "%")]
)
def test_tags_of_other_signs_or_too_long_are_refused(
    bucket: oss2.Bucket, key: str, value: str
) -> None:
    bucket.put_object("k", b"1")
    tags = oss2.models.Tagging(oss2.models.TaggingRule())
    tags.tag_set.tagging_rule[key] = value

    assert refused(lambda: bucket.put_object_tagging("k", tags)) == (400, "InvalidTag")


def test_tags_and_access_control_are_kept(bucket: oss2.Bucket) -> None:
    tags = oss2.models.Tagging(oss2.models.TaggingRule())
    tags.tag_set.add("owner", "测 试")
    bucket.put_object("k", b"1", headers={"x-oss-tagging": "a=1&b=%E5%A5%BD"})

    assert bucket.get_object_tagging("k").tag_set.tagging_rule == {"a": "1", "b": "好"}
    bucket.put_object_tagging("k", tags)
    assert bucket.get_object_tagging("k").tag_set.tagging_rule == {"owner": "测 试"}
    bucket.delete_object_tagging("k")
    assert not bucket.get_object_tagging("k").tag_set.tagging_rule
    bucket.put_object_acl("k", "public-read")
    assert bucket.get_object_acl("k").acl == "public-read"


def test_a_processed_picture_is_saved(bucket: oss2.Bucket, heard: Heard) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (100, 50)).save(buffer, "PNG")
    bucket.put_object("p.png", buffer.getvalue())
    target = base64.urlsafe_b64encode("小 1.jpg".encode()).decode()

    result = bucket.process_object(
        "p.png", f"image/resize,w_10/format,jpg|sys/saveas,o_{target.rstrip('=')}"
    )

    assert (result.object, result.process_status) == ("小 1.jpg", "OK")
    assert result.bucket == ""
    saved = Image.open(io.BytesIO(bucket.get_object("小 1.jpg").read()))
    assert (saved.size, saved.format) == ((10, 5), "JPEG")
    assert heard.last(2)[1] == "小 1.jpg"
