"""Symlinks, through the vendor's own client: what they tell, and who may look through them."""

from __future__ import annotations

import base64
import hashlib
import time

import oss2
import pytest

from tests.integration.localcloud.oss_client import Account, refused


def test_a_symlink_reads_as_its_target(bucket: oss2.Bucket) -> None:
    bucket.put_symlink("目标 1", "link")
    assert bucket.get_symlink("link").target_key == "目标 1"
    assert refused(lambda: bucket.get_object("link")) == (404, "SymlinkTargetNotExist")
    assert bucket.object_exists("link")
    bucket.put_object("目标 1", b"there")

    assert bucket.get_object("link").read() == b"there"
    bucket.delete_object("link")
    assert bucket.object_exists("目标 1")


def test_head_tells_the_bytes_of_the_target_and_the_rest_of_the_link(
    account: Account, bucket: oss2.Bucket
) -> None:
    given = {"x-oss-meta-whose": "target", "x-oss-storage-class": "IA", "Content-Type": "a/b"}
    etag = bucket.put_object("target", b"12345", headers=given).etag
    account.cloud.clock.advance(3600)
    bucket.put_symlink("target", "link", headers={"x-oss-meta-whose": "link"})

    for told in (bucket.head_object("link"), bucket.get_object("link")):
        assert (told.content_length, told.etag) == (5, etag)
        assert told.headers["x-oss-storage-class"] == "IA"
        md5 = hashlib.md5(b"12345", usedforsecurity=False).digest()
        assert told.headers["Content-MD5"] == base64.b64encode(md5).decode()
        assert told.headers["x-oss-meta-whose"] == "link"
        assert told.headers["x-oss-object-type"] == "Symlink"
        assert told.content_type == "application/octet-stream"
        assert told.last_modified > time.time() + 3000  # the later of the two


def test_object_meta_is_the_links_own(bucket: oss2.Bucket) -> None:
    bucket.put_object("target", b"12345")
    bucket.put_symlink("target", "link")

    assert bucket.get_object_meta("link").content_length == 0
    assert bucket.get_object_meta("link").etag != bucket.head_object("link").etag


def test_conditions_are_those_of_what_is_seen(bucket: oss2.Bucket) -> None:
    etag = bucket.put_object("target", b"12345").etag
    bucket.put_symlink("target", "link")

    assert bucket.get_object("link", headers={"If-Match": etag}).read() == b"12345"
    assert refused(lambda: bucket.get_object("link", headers={"If-None-Match": etag}))[0] == 304
    assert bucket.get_object("link", byte_range=(1, 2)).read() == b"23"


@pytest.mark.parametrize(
    ("link", "target", "readable"),
    [
        ("public-read", "public-read", True),
        ("private", "public-read", False),
        ("public-read", "private", False),
        ("public-read", "default", False),
    ],
)
def test_anybody_reads_where_both_the_link_and_its_target_are_open(
    account: Account, bucket: oss2.Bucket, link: str, target: str, readable: bool
) -> None:
    bucket.put_object("target", b"12345", headers={"x-oss-object-acl": target})
    bucket.put_symlink("target", "link", headers={"x-oss-object-acl": link})

    status, code = account.get(f"/{bucket.bucket_name}/link", {})

    assert (status, code) == ((200, "") if readable else (403, "AccessDenied"))
