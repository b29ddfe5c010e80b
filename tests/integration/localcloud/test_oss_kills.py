"""The local OSS killed among puts, copies, appends, completions and deletions, and started again.

Each worker has keys of its own and does one thing after the other, so that after a kill every key
must hold what was acknowledged last, or what was being done to it: whole, and nothing else.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import oss2
import pytest

from tests.integration.localcloud.oss_process import Server, until

BROKEN = (oss2.exceptions.RequestError, oss2.exceptions.ServerError)
LEAST_PART = 100 * 1024
DEADLINE = 20.0
ROUNDS = 3
Step = Callable[[str, bytes], None]


class Worker:
    """Changes its keys until the server dies. `kept` is acknowledged, `tried` perhaps done;
    None is no object.
    """

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.kept: dict[str, bytes | None] = {}
        self.tried: dict[str, bytes | None] = {}
        self.done = 0
        self._random = random.Random(seed)

    def work(self, bucket: oss2.Bucket) -> None:
        """Take one step after the other."""
        steps = (self._put, self._copy, self._append, self._complete, self._delete)
        try:
            while True:
                self._random.choice(steps)(bucket)
                self.done += 1
        except BROKEN:
            return

    def allows(self, key: str, found: bytes | None) -> bool:
        """Whether a key may hold this after a kill."""
        return found in (self.kept.get(key), self.tried.get(key))

    def settle(self, found: dict[str, bytes]) -> None:
        """Go on from what was found."""
        self.kept = {key: found.get(key) for key in self.tried}
        self.tried = dict(self.kept)

    def _put(self, bucket: oss2.Bucket) -> None:
        key, body = f"{self.name}/put/{self._random.randrange(3)}", self._body(40_000)
        self._change(key, body, lambda: bucket.put_object(key, body))

    def _copy(self, bucket: oss2.Bucket) -> None:
        source, key = f"{self.name}/put/0", f"{self.name}/copy"
        body = self.kept.get(source)
        if body is not None:
            self._change(key, body, lambda: bucket.copy_object(bucket.bucket_name, source, key))

    def _append(self, bucket: oss2.Bucket) -> None:
        key, more = f"{self.name}/log", self._body(3_000)
        before = self.kept.get(key) or b""
        call = lambda: bucket.append_object(key, len(before), more)  # noqa: E731 - one of several
        self._change(key, before + more, call)

    def _complete(self, bucket: oss2.Bucket) -> None:
        key, bodies = f"{self.name}/parts", [self._body(LEAST_PART), self._body(500)]
        upload = bucket.init_multipart_upload(key).upload_id
        parts = [
            oss2.models.PartInfo(number, bucket.upload_part(key, upload, number, body).etag)
            for number, body in enumerate(bodies, start=1)
        ]
        call = lambda: bucket.complete_multipart_upload(key, upload, parts)  # noqa: E731 - as above
        self._change(key, b"".join(bodies), call)

    def _delete(self, bucket: oss2.Bucket) -> None:
        key = self._random.choice([f"{self.name}/put/1", f"{self.name}/log", f"{self.name}/parts"])
        self._change(key, None, lambda: bucket.delete_object(key))

    def _change(self, key: str, body: bytes | None, call: Callable[[], object]) -> None:
        self.tried[key] = body
        call()
        self.kept[key] = body

    def _body(self, size: int) -> bytes:
        return self._random.randbytes(8) * (size // 8 + 1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    running.start()
    yield running
    running.kill()


def run_until_killed(server: Server, workers: list[Worker], enough: int) -> None:
    sessions = [oss2.Session() for _ in workers]
    threads = [
        threading.Thread(target=worker.work, args=(server.bucket(session),))
        for worker, session in zip(workers, sessions, strict=True)
    ]
    for thread in threads:
        thread.start()
    until(lambda: sum(worker.done for worker in workers) >= enough)
    server.kill()
    for thread, session in zip(threads, sessions, strict=True):
        thread.join(DEADLINE)
        assert not thread.is_alive()
        session.session.close()


def open_parts(bucket: oss2.Bucket) -> int:
    """How many parts the open uploads hold; they are given up."""
    count = 0
    for upload in list(oss2.MultipartUploadIterator(bucket)):
        count += len(bucket.list_parts(upload.key, upload.upload_id).parts)
        bucket.abort_multipart_upload(upload.key, upload.upload_id)
    return count


@pytest.mark.parametrize("seed", [1, 2])
def test_after_a_kill_every_key_holds_what_was_acknowledged_or_under_way(
    server: Server, seed: int
) -> None:
    workers = [Worker(f"w{number}", seed * 10 + number) for number in range(3)]
    course = random.Random(seed)
    for _ in range(ROUNDS):
        before = sum(worker.done for worker in workers)
        run_until_killed(server, workers, before + course.randrange(15, 60))
        server.start()

        session = oss2.Session()
        bucket = server.bucket(session)
        listed = list(oss2.ObjectIterator(bucket))
        found = {item.key: bucket.get_object(item.key).read() for item in listed}
        for worker in workers:
            wrong = [k for k in worker.tried if not worker.allows(k, found.get(k))]
            assert not wrong
            worker.settle(found)
        assert set(found) <= {key for worker in workers for key in worker.tried}
        files = len(server.stored_files())
        assert files == len(listed) + open_parts(bucket)
        assert len(server.stored_files()) == len(listed)
        session.session.close()


def test_bytes_of_an_append_that_a_kill_cut_off_are_written_over(server: Server) -> None:
    session = oss2.Session()
    server.bucket(session).append_object("log", 0, b"first")
    server.kill()
    (content,) = server.stored_files()
    with content.open("ab") as file:
        file.write(b"grown, and killed before the row")
    server.start()

    bucket = server.bucket(session)
    assert bucket.get_object("log").read() == b"first"
    bucket.append_object("log", 5, b" second")
    assert bucket.get_object("log").read() == b"first second"
    session.session.close()
