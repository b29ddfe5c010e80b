"""What every object store promises. A backend is a subclass that gives an empty `store`."""

from __future__ import annotations

import hashlib

import pytest

from shared.ports.errors import ConflictError, NotFoundError, RejectedError
from shared.ports.objects import ObjectStore

KEYS = (
    "uploads/plain.jpg",
    "uploads/人像/合影 照片.jpg",
    "uploads/a+b & c=d.jpg",
    "uploads/100%.jpg",
    "uploads/a%20b%41.jpg",
    "uploads/😀.png",
    "uploads/question?mark#hash.jpg",
    "?begins-with-a-question",
    "uploads/" + "长" * 338 + "a",  # 1023 bytes
)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest().upper()


class ObjectStoreSuite:
    @pytest.fixture
    def store(self) -> ObjectStore:
        raise NotImplementedError

    @pytest.mark.parametrize("key", KEYS)
    def test_any_key_works_with_every_verb(self, store: ObjectStore, key: str) -> None:
        put = store.put(key, b"bytes", media_type="image/jpeg")

        assert (put.key, put.etag, put.size) == (key, _md5(b"bytes"), 5)
        head = store.head(key)
        assert (head.key, head.etag, head.size, head.kind) == (key, _md5(b"bytes"), 5, "Normal")
        assert abs(head.modified_at - put.modified_at) < 5
        assert store.read(key, limit=5) == b"bytes"
        copied = store.copy(key, "pins/copy", if_match=put.etag)
        assert (copied.key, copied.etag, copied.size) == ("pins/copy", put.etag, 5)
        page, more = store.page(key[:3], after=None, limit=10)
        assert ([info.key for info in page], more) == ([key], None)
        store.delete(key)
        with pytest.raises(NotFoundError):
            store.head(key)

    def test_what_is_not_there(self, store: ObjectStore) -> None:
        with pytest.raises(NotFoundError):
            store.head("nothing")
        with pytest.raises(NotFoundError):
            store.read("nothing", limit=9)
        with pytest.raises(NotFoundError):
            store.copy("nothing", "pins/x", if_match="A" * 32)
        store.delete("nothing")

    def test_metadata_travels_with_a_copy_and_goes_with_a_new_put(self, store: ObjectStore) -> None:
        wanted = {"maskline-recipes": "people,backdrop:image=%E6%B5%B7.jpg"}
        put = store.put("uploads/a.jpg", b"a", media_type="image/jpeg", metadata=wanted)

        assert store.head("uploads/a.jpg").metadata == wanted
        assert store.copy("uploads/a.jpg", "pins/a", if_match=put.etag).metadata == wanted
        assert store.head("pins/a").metadata == wanted
        store.put("uploads/a.jpg", b"a", media_type="image/jpeg")
        assert store.head("uploads/a.jpg").metadata == {}

    def test_putting_again_replaces(self, store: ObjectStore) -> None:
        store.put("k", b"old and long", media_type="text/plain")
        store.put("k", b"new", media_type="text/plain")

        assert store.read("k", limit=99) == b"new"

    def test_an_empty_object_is_an_object(self, store: ObjectStore) -> None:
        store.put("k", b"", media_type="text/plain")

        assert store.head("k").size == 0
        assert store.read("k", limit=0) == b""

    def test_more_than_the_limit_is_refused(self, store: ObjectStore) -> None:
        data = bytes(200_000)
        store.put("k", data, media_type="application/octet-stream")

        with pytest.raises(RejectedError, match="k"):
            store.read("k", limit=199_999)
        assert store.read("k", limit=200_000) == data

    def test_a_copy_is_only_of_the_bytes_that_were_meant(self, store: ObjectStore) -> None:
        first = store.put("k", b"first", media_type="text/plain")
        store.put("k", b"second", media_type="text/plain")

        with pytest.raises(ConflictError):
            store.copy("k", "pins/k", if_match=first.etag)
        with pytest.raises(NotFoundError):
            store.head("pins/k")

    def test_a_copy_stays_when_its_source_goes(self, store: ObjectStore) -> None:
        put = store.put("k", b"data", media_type="text/plain")
        store.copy("k", "pins/k", if_match=put.etag)
        store.delete("k")

        assert store.read("pins/k", limit=9) == b"data"

    def test_pages_are_in_key_order_and_hold_each_object_once(self, store: ObjectStore) -> None:
        wanted = sorted(f"uploads/{n:02d} 图.jpg" for n in range(7))
        for key in reversed(wanted):
            store.put(key, b"x", media_type="image/jpeg")
        store.put("results/other", b"x", media_type="image/jpeg")

        found: list[str] = []
        after: str | None = None
        for _ in range(5):
            page, after = store.page("uploads/", after=after, limit=3)
            assert len(page) <= 3
            found += [info.key for info in page]
            if after is None:
                break
        assert (found, after) == (wanted, None)

    def test_a_cursor_outlives_what_it_points_at(self, store: ObjectStore) -> None:
        for n in range(4):
            store.put(f"u/{n}", b"x", media_type="image/jpeg")
        _, after = store.page("u/", after=None, limit=2)
        store.delete("u/1")
        store.put("u/11", b"x", media_type="image/jpeg")

        page, _ = store.page("u/", after=after, limit=9)
        assert [info.key for info in page] == ["u/11", "u/2", "u/3"]

    def test_an_empty_folder_is_one_empty_page(self, store: ObjectStore) -> None:
        assert store.page("nothing/", after=None, limit=9) == ([], None)
