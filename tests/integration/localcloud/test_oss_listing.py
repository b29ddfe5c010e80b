"""Pages of keys against a plain model, and checksums against a known library."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Row

import crcmod  # type: ignore[import-untyped] # ships no types; the vendor's client counts with it
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.localcloud.core.storage import Database, Parameters
from scripts.localcloud.services.oss.checksums import crc64, join_crc64
from scripts.localcloud.services.oss.description import Description
from scripts.localcloud.services.oss.listing import PageRequest, group_of, list_page, past
from scripts.localcloud.services.oss.models import Bucket, ObjectStore, StoredObject
from scripts.localcloud.services.oss.upload_listing import (
    READ_AHEAD,
    UploadsWanted,
    list_uploads,
)
from scripts.localcloud.services.oss.uploads import UploadStore

KNOWN_CRC = crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, xorOut=2**64 - 1, rev=True)
KEYS = st.text(alphabet="a/b好\U0001f642\uffff", min_size=1, max_size=6).filter(
    lambda key: not key.startswith("/")
)


NOTHING_SAID = Description(
    headers={}, metadata={}, tags={}, storage_class="Standard", acl="default"
)


class Counting(Database):
    """The database of a store; `rows` counts what was read through it."""

    def __init__(self, store: ObjectStore) -> None:
        self._inner = store.database
        self.rows = 0

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        rows = self._inner.query(statement, parameters)
        self.rows += len(rows)
        return rows


def stored(key: str) -> StoredObject:
    return StoredObject(
        bucket="bucket", key=key, etag="E", size=0, crc64=0, content="", modified=0.0
    )


def expected(keys: set[str], prefix: str, delimiter: str) -> list[str]:
    """Every entry of a listing: keys and common prefixes in the order of their UTF-8 bytes."""
    entries = set()
    for key in keys:
        if key.startswith(prefix):
            end = key.find(delimiter, len(prefix)) if delimiter else -1
            entries.add(key if end < 0 else key[: end + len(delimiter)])
    return sorted(entries, key=lambda entry: entry.encode())


@settings(max_examples=60, deadline=None)
@given(
    keys=st.sets(KEYS, max_size=30),
    prefix=st.sampled_from(["", "a", "a/", "好", "b/a", "\uffff"]),
    delimiter=st.sampled_from(["", "/", "a", "/a"]),
    limit=st.integers(1, 7),
)
def test_pages_put_together_are_the_whole_listing(
    tmp_path_factory: pytest.TempPathFactory,
    keys: set[str],
    prefix: str,
    delimiter: str,
    limit: int,
) -> None:
    store = _filled(tmp_path_factory.mktemp("store"), keys)
    found, after = [], ""
    for _ in range(len(keys) + 2):
        wanted = PageRequest(prefix=prefix, delimiter=delimiter, after=after, limit=limit)
        page = list_page(store.database, "bucket", wanted)
        entries = [item.key for item in page.objects] + page.prefixes
        assert len(entries) <= limit
        found += sorted(entries, key=lambda entry: entry.encode())
        if page.following is None:
            break
        after = page.following
    store.database.close()

    assert found == expected(keys, prefix, delimiter)


@settings(max_examples=60, deadline=None)
@given(
    keys=st.lists(KEYS, max_size=30),
    prefix=st.sampled_from(["", "a", "a/", "好", "b/a", "\uffff"]),
    delimiter=st.sampled_from(["", "/", "a", "/a"]),
    limit=st.integers(1, 7),
)
def test_pages_put_together_are_all_open_uploads(
    tmp_path_factory: pytest.TempPathFactory,
    keys: list[str],
    prefix: str,
    delimiter: str,
    limit: int,
) -> None:
    store = _filled(tmp_path_factory.mktemp("store"), set())
    ids = [UploadStore(store).initiate("bucket", key, NOTHING_SAID) for key in keys]
    found, ordered, markers = [], [], ("", "")
    for _ in range(len(keys) + 2):
        wanted = UploadsWanted(
            prefix=prefix,
            delimiter=delimiter,
            key_marker=markers[0],
            id_marker=markers[1],
            limit=limit,
        )
        page = list_uploads(store.database, "bucket", wanted)
        entries = [upload.key for upload in page.uploads] + page.prefixes
        assert len(entries) <= limit
        found += sorted(entries, key=lambda entry: entry.encode())
        ordered += [upload.id for upload in page.uploads]
        if not page.truncated:
            break
        markers = page.last
    store.database.close()

    alone = [key for key in keys if key.startswith(prefix)]
    single = [key for key in alone if not group_of(key, prefix, delimiter)]
    groups = expected(set(alone) - set(single), prefix, delimiter)
    assert found == sorted(single + groups, key=lambda entry: entry.encode())
    assert len(ordered) == len(set(ordered)) == len(single)
    assert set(ordered) <= set(ids)


def test_uploads_of_one_key_come_by_their_age(tmp_path: Path) -> None:
    now = iter(range(100, 200))
    store = ObjectStore(Database(tmp_path / "oss.sqlite3"), tmp_path, lambda: float(next(now)))
    ids = [UploadStore(store).initiate("bucket", "k", NOTHING_SAID) for _ in range(20)]

    assert [
        one.id for one in list_uploads(store.database, "bucket", UploadsWanted()).uploads
    ] == ids
    store.database.close()


def test_a_page_of_uploads_leaps_over_a_common_prefix(tmp_path: Path) -> None:
    store = _filled(tmp_path, set())
    for key in [f"{group}/{number}" for group in "abc" for number in range(400)]:
        UploadStore(store).initiate("bucket", key, NOTHING_SAID)
    counting = Counting(store)

    page = list_uploads(counting, "bucket", UploadsWanted(delimiter="/"))

    assert page.prefixes == ["a/", "b/", "c/"]
    assert counting.rows <= 4 * READ_AHEAD
    store.database.close()


def _filled(folder: Path, keys: set[str]) -> ObjectStore:
    store = ObjectStore(Database(folder / "oss.sqlite3"), folder, lambda: 0.0)
    store.put_bucket(Bucket(name="bucket", created=0.0))
    with store.database.transaction():
        for key in keys:
            store.put(stored(key), None)
    return store


def test_a_listing_leaps_over_the_keys_of_a_common_prefix(tmp_path: Path) -> None:
    store = _filled(tmp_path, {f"{group}/{number}" for group in "abc" for number in range(400)})
    counting = Counting(store)

    page = list_page(counting, "bucket", PageRequest(delimiter="/"))

    assert page.prefixes == ["a/", "b/", "c/"]
    assert counting.rows < 200
    store.database.close()


@given(prefix=KEYS)
def test_nothing_that_begins_with_a_prefix_lies_past_it(prefix: str) -> None:
    raw = prefix.encode()

    assert raw + b"\xf4\x8f\xbf\xbf" * 3 < past(raw)
    assert past(raw) > raw


@settings(deadline=None)
@given(data=st.binary(max_size=300), repeat=st.integers(1, 40), cut=st.floats(0, 1))
def test_the_crc_is_the_one_that_clients_count(data: bytes, repeat: int, cut: float) -> None:
    whole = data * repeat
    first, second = whole[: int(len(whole) * cut)], whole[int(len(whole) * cut) :]

    assert crc64(whole) == KNOWN_CRC(whole)
    assert crc64(second, crc64(first)) == KNOWN_CRC(whole)
    assert join_crc64(crc64(first), crc64(second), len(second)) == KNOWN_CRC(whole)
