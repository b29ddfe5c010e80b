"""What the local OSS refuses to process: wrong parameters, no pictures, and bombs."""

from __future__ import annotations

import io
import struct
import zlib

import oss2
import pytest
from PIL import Image

from tests.integration.localcloud.oss_pictures import halves, put, written


def refused(bucket: oss2.Bucket, process: str) -> tuple[int, str]:
    with pytest.raises(oss2.exceptions.ServerError) as error:
        bucket.get_object("p", process=process)
    return error.value.status, error.value.code


@pytest.mark.parametrize(
    ("process", "status", "code"),
    [
        ("image/resize,w_0", 400, "InvalidArgument"),
        ("image/resize,w_16385", 400, "InvalidArgument"),
        ("image/resize,m_round,w_10", 400, "InvalidArgument"),
        ("image/resize", 400, "InvalidArgument"),
        ("image/resize,w_16000,limit_0", 400, "ImageTooLarge"),
        ("image/format,exe", 400, "InvalidArgument"),
        ("image/rotate,361", 400, "InvalidArgument"),
        ("image/auto-orient,2", 400, "InvalidArgument"),
        ("image/", 400, "InvalidArgument"),
        ("image/blur,r_3", 501, "NotImplemented"),
        ("image/watermark,text_aGk", 501, "NotImplemented"),
        ("image/format,heic", 501, "NotImplemented"),
        ("image/explode", 400, "InvalidArgument"),
        ("image/crop,x_400", 400, "BadRequest"),
        ("image/crop,y_200,g_nw", 400, "BadRequest"),
        ("image/crop,w_10,x_10,g_se", 400, "BadRequest"),
        ("image/crop,g_middle", 400, "InvalidArgument"),
        ("image/crop,x_-1", 400, "InvalidArgument"),
        ("image/resize,p_0", 400, "InvalidArgument"),
        ("image/resize,p_1001", 400, "InvalidArgument"),
        ("image/resize,w_10,limit_2", 400, "InvalidArgument"),
        ("image/resize,m_pad,w_9,h_9,color_nocolour", 400, "InvalidArgument"),
        ("image/quality,q_0", 400, "InvalidArgument"),
        ("image/quality,Q_101", 400, "InvalidArgument"),
        ("image/quality", 400, "InvalidArgument"),
        ("image/resize,w_", 400, "InvalidArgument"),
        ("image/resize,w_1.5", 400, "InvalidArgument"),
        ("image/resize,w_１", 400, "InvalidArgument"),
        ("video/snapshot,t_1", 501, "NotImplemented"),
        ("style/mine", 404, "NoSuchStyle"),
    ],
)
def test_a_wrong_process_is_refused(
    bucket: oss2.Bucket, process: str, status: int, code: str
) -> None:
    put(bucket, halves())

    assert refused(bucket, process) == (status, code)


def _png_of(width: int, height: int) -> bytes:
    """A PNG whose header promises this size, and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "BadRequest"),
        (b"hello", "BadRequest"),
        (b"", "BadRequest"),
        (b"\xff\xd8\xff\xe0nothing", "ImageDamage"),
        (written(halves(), "JPEG")[:900], "ImageDamage"),
        (_png_of(100, 100), "ImageDamage"),
        (_png_of(20_000, 20_000), "ImageTooLarge"),
        (_png_of(30_001, 10), "ImageTooLarge"),
    ],
)
def test_what_is_no_picture_or_a_bomb_is_refused(
    bucket: oss2.Bucket, body: bytes, code: str
) -> None:
    bucket.put_object("p", body)

    assert refused(bucket, "image/resize,w_100") == (400, code)


def test_a_file_beyond_20_mb_is_refused(bucket: oss2.Bucket) -> None:
    bucket.put_object("p", written(halves(), "BMP") + b"\0" * (20 * 2**20))

    assert refused(bucket, "image/info") == (400, "ImageTooLarge")


def test_a_signed_url_covers_the_process(bucket: oss2.Bucket) -> None:
    put(bucket, halves())
    process = {"x-oss-process": "image/resize,w_100"}
    url = bucket.sign_url("GET", "p", 600, params=process, slash_safe=True)

    good = bucket.session.session.get(url)
    bad = bucket.session.session.get(url.replace("w_100", "w_200"))

    assert Image.open(io.BytesIO(good.content)).size == (100, 50)
    assert (bad.status_code, "SignatureDoesNotMatch" in bad.text) == (403, True)
