"""One Chromium for all; each test has a window of its own, which must not misbehave.

Pages are opened from a disk and from a bucket; whatever asks for anything else fails its test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.opening import bucket, write_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Watched:
    """What a page asked for, and what it complained of."""

    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def note_failed(self, request: Request) -> None:
        """A picture that the page no longer wanted is no failure."""
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")


Open = Callable[..., "Page"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(tmp_path_factory.mktemp("site with spaces & 合影"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    driver = pytest.importorskip("playwright.sync_api", reason="run make test-browser")
    found = (shutil.which(name) for name in (os.environ.get("CHROMIUM") or NAMES[0], *NAMES[1:]))
    program = next(filter(None, found), None)
    if program is None:
        pytest.skip("there is no Chromium: run make test-browser")
    with driver.sync_playwright() as playwright:
        # A browser inside of a container has no sandbox of its own; it sees only our own page.
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session", params=["disk", "bucket"])
def address(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    if request.param == "disk":
        yield site.as_uri()
        return
    with bucket(site.parent) as origin:
        yield f"{origin}/{site.name}"


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def open_page(browser: Browser, address: str, watched: Watched) -> Iterator[Open]:
    """Opens the page in a window of the kind that is asked for; at the end nothing went wrong."""
    contexts = []

    def open_in(*, width: int = 1440, height: int = 900, **kind: Any) -> Page:
        kind.setdefault("locale", "en-US")
        context = browser.new_context(viewport={"width": width, "height": height}, **kind)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: watched.asked.append(request.url))
        page.on("requestfailed", watched.note_failed)
        page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        page.on("console", lambda message: watched.complaints.append(message.text))
        page.on("dialog", lambda dialog: watched.complaints.append(dialog.message))
        page.goto(address)
        return page

    yield open_in
    for context in contexts:
        context.close()
    home = address.rpartition("/")[0]
    assert [url for url in watched.asked if not url.startswith((home, "data:"))] == []
    assert watched.complaints == []
