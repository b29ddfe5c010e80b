"""A local cloud within the test's own process, on a template that the test has changed."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from scripts.localcloud.app import TEMPLATE, LocalCloud
from tests.e2e.cloud_process import CloudProcess


def template_with(folder: Path, parameters: dict[str, str], variables: dict[str, str]) -> Path:
    """The template with other defaults, and with more variables for every function."""
    document = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    for name, value in parameters.items():
        document["Parameters"][name]["Default"] = value
    document["Locals"]["Environment"]["Value"].update(variables)
    path = folder / "template.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


@contextlib.contextmanager
def cloud_in_thread(data: Path, template: Path) -> Iterator[CloudProcess]:
    """Start it; it is gone when the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result(240)

    cloud = LocalCloud(data, template=template)
    try:
        run(cloud.start())
        yield CloudProcess(process=cast("Any", None), description=cloud.description())
    finally:
        run(cloud.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
