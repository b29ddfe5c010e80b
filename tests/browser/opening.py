"""The page under test, and the two ways in which people open it: from a disk, and from a bucket."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.viewer.model import Page, PagePhoto
from scripts.viewer.place import Place
from scripts.viewer.words import Words, people_found
from shared.domain.manifest import ManifestProblem
from tests.result_sets import ResultSet

AWKWARD = """<img src=x onerror="document.title='broken'">'&amp; 50% #1 合影.jpg"""
GROUP, ALONE, REFUSED = 1, 2, 3
"""The photographs' numbers: three people under an awkward name, nobody, and one refused."""


def write_site(folder: Path) -> Path:
    """A page with its results in *folder*."""
    problem = ManifestProblem(recipe="backdrop", code="x", message="<script>alert(1)</script>")
    group = ResultSet(name=AWKWARD, problems=(problem,))
    nobody = ResultSet(name="nobody.jpg", label_map=group.label_map * 0, recipes="people,bokeh")
    place = Place(folder / "index.html")
    place.cleared()
    photos = [_photo(made, folder, place, number) for number, made in ((1, group), (2, nobody))]
    why = Words("The file is not a picture.", "该文件不是图片。")
    photos.append(PagePhoto(name="list<b>.txt", state="REJECTED", why=why, code="not_a_picture"))
    title = Words("Results", "结果")
    page = Page(title=title, summary=title, photos=tuple(photos), notes=("<i>a note</i>",))
    return place.write(page)


def _photo(made: ResultSet, folder: Path, place: Place, number: int) -> PagePhoto:
    result = place.reader(made.write(folder / "results"), number)(made.photo)
    facts = (people_found(len(result.people)),)
    return PagePhoto(name=made.name, state="DONE", facts=facts, result=result)


class _Bucket(SimpleHTTPRequestHandler):
    """Answers as OSS does for an object behind a domain of one's own."""

    def end_headers(self) -> None:
        self.send_header("x-oss-request-id", "65F0A1B2C3D4E5F601234567")
        self.send_header("x-oss-object-type", "Normal")
        self.send_header("x-oss-storage-class", "Standard")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass


class _Server(ThreadingHTTPServer):
    """Says nothing of browsers that hang up in the middle of a picture."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def bucket(folder: Path) -> Iterator[str]:
    """The folder as a bucket on loopback; its address."""
    server = _Server(("127.0.0.1", 0), partial(_Bucket, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
