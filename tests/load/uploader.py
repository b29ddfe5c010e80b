"""The first client: puts, appends, copies, joins and deletes objects through `oss2`."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any, Final

import oss2
from oss2.models import PartInfo

from tests.e2e.photographs import portrait
from tests.load.cast import Setting
from tests.load.knowledge import Knowledge
from tests.load.tally import UNANSWERED, RefusedError, UnansweredError

PREFIX: Final = "load/objects/"
KEYS: Final = 300
LARGEST: Final = 200_000
PART: Final = 200_000
PHOTOS: Final = 40
"""The pipeline's uploads repeat after so many, which is a task of its own each time."""


class Uploader:
    """Knows every object of its prefix: digest of the contents, or that there is none."""

    name = "uploader (oss2)"
    expected = frozenset(
        {
            "oss.GetObject NoSuchKey",
            "oss.HeadObject NoSuchKey",
            "oss.CopyObject NoSuchKey",
            "oss.PutObject FileAlreadyExists",
            "oss.AppendObject ObjectNotAppendable",
            "oss.AppendObject PositionNotEqualToLength",
            "oss.GetObject InvalidRange",
        }
    )

    def __init__(self, setting: Setting, seed: int) -> None:
        self._tally = setting.tally
        self._dice = random.Random(seed)
        told = setting.description
        self._session = oss2.Session()
        auth = oss2.AuthV4(told["access_key_id"], told["access_key_secret"])
        self._bucket = oss2.Bucket(
            auth,
            told["oss_endpoint"],
            told["bucket"],
            region=told["region"],
            session=self._session,
            connect_timeout=20,
        )
        self._uploads = told["upload_prefix"]
        self._photos = 0
        self._knows: Knowledge[str] = Knowledge()
        self._steps: list[tuple[int, Callable[[], None]]] = [
            (30, self._put),
            (30, self._get),
            (5, self._get_range),
            (5, self._head),
            (8, self._copy),
            (8, self._delete),
            (2, self._delete_several),
            (3, self._append),
            (3, self._join),
            (2, self._forbid_overwriting),
            (1, self._photograph),
        ]

    def step(self) -> None:
        """One call, or the few of a multipart upload."""
        weights = [weight for weight, _ in self._steps]
        self._dice.choices([step for _, step in self._steps], weights)[0]()

    def verify(self) -> None:
        """Every object is what it was acknowledged to be, and no other is there."""
        for key in self._knows.names():
            self._read(key)
        listed = {item.key for item in oss2.ObjectIteratorV2(self._bucket, prefix=PREFIX)}
        there = {key for key in self._knows.names() if self._knows.known(key) is not None}
        if listed != there:
            self._tally.say_wrong(f"oss: listed and known objects differ by {listed ^ there}")

    def close(self) -> None:
        """Let the connections go."""
        self._session.session.close()

    # --- calls ------------------------------------------------------------------------------

    def _put(self) -> None:
        key, data = self._key(), self._data()
        self._write(key, data, "oss.PutObject", lambda: self._bucket.put_object(key, data))

    def _forbid_overwriting(self) -> None:
        key, data = self._key(), self._data()
        headers = {"x-oss-forbid-overwrite": "true"}
        was = self._knows.possible(key)
        try:
            self._write(
                key, data, "oss.PutObject", lambda: self._bucket.put_object(key, data, headers)
            )
        except RefusedError:
            if was == {None}:
                self._tally.say_wrong(f"oss: {key} was said to exist already")

    def _get(self) -> None:
        self._read(self._key())

    def _get_range(self) -> None:
        key, last = self._key(), self._dice.randrange(1000)
        self._refusable(
            "oss.GetObject",
            lambda: self._bucket.get_object(key, byte_range=(0, last)).read(),
        )

    def _head(self) -> None:
        key = self._key()
        self._refusable("oss.HeadObject", lambda: self._bucket.head_object(key))

    def _copy(self) -> None:
        source, target = self._key(), self._key()
        if not self._knows.certain(source):
            self._read(source)
        value = self._knows.known(source)
        try:
            self._call(
                "oss.CopyObject",
                lambda: self._bucket.copy_object(self._bucket.bucket_name, source, target),
            )
        except UnansweredError:
            if value is not None:
                self._knows.may_have_written(target, value)
            raise
        except RefusedError:
            if value is not None:
                self._tally.say_wrong(f"oss: {source} cannot be copied, though it is there")
            return
        self._knows.wrote(target, value)

    def _delete(self) -> None:
        key = self._key()
        self._gone([key], "oss.DeleteObject", lambda: self._bucket.delete_object(key))

    def _delete_several(self) -> None:
        keys = sorted({self._key() for _ in range(5)})
        self._gone(
            keys, "oss.DeleteMultipleObjects", lambda: self._bucket.batch_delete_objects(keys)
        )

    def _append(self) -> None:
        """Onto nothing: what can be appended to differs from what was put in kind alone."""
        key, first, second = self._key(), self._data(), self._data()
        self._gone([key], "oss.DeleteObject", lambda: self._bucket.delete_object(key))
        self._write(
            key, first, "oss.AppendObject", lambda: self._bucket.append_object(key, 0, first)
        )
        self._write(
            key,
            first + second,
            "oss.AppendObject",
            lambda: self._bucket.append_object(key, len(first), second),
        )

    def _join(self) -> None:
        key = self._key()
        pieces = [self._dice.randbytes(PART), self._data()]
        upload = self._call(
            "oss.InitiateMultipartUpload", lambda: self._bucket.init_multipart_upload(key)
        ).upload_id
        parts = [
            PartInfo(number, self._part(key, upload, number, piece).etag)
            for number, piece in enumerate(pieces, 1)
        ]
        self._write(
            key,
            b"".join(pieces),
            "oss.CompleteMultipartUpload",
            lambda: self._bucket.complete_multipart_upload(key, upload, parts),
        )

    def _part(self, key: str, upload: str, number: int, piece: bytes) -> Any:
        return self._call(
            "oss.UploadPart", lambda: self._bucket.upload_part(key, upload, number, piece)
        )

    def _photograph(self) -> None:
        """Starts the pipeline; its functions are clients, too."""
        key = f"{self._uploads}load-{self._photos % PHOTOS}.jpg"
        data = portrait(self._photos)
        self._photos += 1
        self._call("oss.PutObject", lambda: self._bucket.put_object(key, data))

    # --- what is known ----------------------------------------------------------------------

    def _read(self, key: str) -> None:
        try:
            data = self._call("oss.GetObject", lambda: self._bucket.get_object(key).read())
        except RefusedError as error:
            if str(error) != "NoSuchKey":
                raise
            found = None
        else:
            found = _digest(data)
        possible = self._knows.possible(key)
        if not self._knows.read(key, found):
            self._tally.say_wrong(f"oss: {key} is {found}, not one of {sorted(map(str, possible))}")

    def _write(self, key: str, data: bytes, operation: str, call: Callable[[], Any]) -> None:
        try:
            self._call(operation, call)
        except UnansweredError:
            self._knows.may_have_written(key, _digest(data))
            raise
        self._knows.wrote(key, _digest(data))

    def _gone(self, keys: list[str], operation: str, call: Callable[[], Any]) -> None:
        try:
            self._call(operation, call)
        except UnansweredError:
            for key in keys:
                self._knows.may_have_written(key, None)
            raise
        for key in keys:
            self._knows.wrote(key, None)

    def _refusable(self, operation: str, call: Callable[[], Any]) -> None:
        try:
            self._call(operation, call)
        except RefusedError:
            return

    def _call(self, operation: str, call: Callable[[], Any]) -> Any:
        return self._tally.attempt(operation, call, _code)

    def _key(self) -> str:
        return f"{PREFIX}{self._dice.randrange(KEYS):03}"

    def _data(self) -> bytes:
        return self._dice.randbytes(int(LARGEST ** self._dice.random()))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _code(error: BaseException) -> str | None:
    if isinstance(error, oss2.exceptions.RequestError):
        return UNANSWERED
    if isinstance(error, oss2.exceptions.ServerError):
        if error.status == 404 and not error.code:  # a HEAD's answer has no body
            return "NoSuchKey"
        return str(error.code)
    return None
