"""Processing in the background: two pictures at a time, in threads, the loop free for others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from scripts.localcloud.services.oss.contents import Contents
from scripts.localcloud.services.oss.models import StoredObject
from scripts.localcloud.services.oss.pictures.parameters import Process

if TYPE_CHECKING:
    from scripts.localcloud.services.oss.pictures.processing import Rendered

AT_ONCE = 2


class Studio:
    """Renders processes of stored pictures."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._places = asyncio.Semaphore(AT_ONCE)

    async def render(self, stored: StoredObject, process: Process) -> Rendered:
        """Carry out `process` on an object.

        Raises:
            OssError: what is wrong with the picture or the parameters.
        """
        from scripts.localcloud.services.oss.pictures.processing import run_process

        with self._contents.path(stored.content).open("rb") as file:  # it may be replaced meanwhile
            async with self._places:
                return await asyncio.to_thread(run_process, file, stored.size, process)
