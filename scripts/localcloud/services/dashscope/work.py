"""What a running task does: fetch its pictures, check them, have them worked on, save."""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass
from typing import Any

from PIL import Image

from scripts.localcloud.services.dashscope.downloads import Downloads, InputError
from scripts.localcloud.services.dashscope.engine import EngineCrashError, EnginePool, Result, Work
from scripts.localcloud.services.dashscope.inputs import (
    ERASE,
    SEGMENTATION,
    FindUpload,
    check_inputs,
    fetch_inputs,
)
from scripts.localcloud.services.dashscope.results import ResultFiles
from scripts.localcloud.services.dashscope.tasks import Task

LOG = logging.getLogger("scripts.localcloud")
ENGINE_MODELS = frozenset({SEGMENTATION, ERASE})
"""The models that the engine worker knows; any other runs a generic task."""
OUTPUT_IMAGE = "output_image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the work ended: names of saved files, or why there are none."""

    outputs: tuple[str, ...] = ()
    code: str = ""
    message: str = ""


class Workshop:
    """Performs tasks. It knows neither slots nor time."""

    def __init__(
        self,
        engine: EnginePool,
        files: ResultFiles,
        find_upload: FindUpload,
        downloads: Downloads,
    ) -> None:
        self._engine = engine
        self._find_upload = find_upload
        self._files = files
        self._downloads = downloads

    async def perform(self, task: Task) -> Ended:
        """Do all of a task's work; what goes wrong is its outcome."""
        try:
            result = await self._result(task)
        except InputError as error:
            return Ended(code=error.code, message=error.message)
        except EngineCrashError as error:
            LOG.error("engine: %s", error)  # noqa: TRY400 - a foreign process has no traceback here
            return Ended(code="InternalError.Algo", message="algorithm process error")
        if result.code:
            return Ended(code=result.code, message=result.message)
        await asyncio.to_thread(self._files.save, task.task_id, dict(result.outputs))
        return Ended(outputs=tuple(result.outputs))

    async def stop(self) -> None:
        """End the engine and the connections."""
        await self._engine.stop()
        await self._downloads.close()

    async def _result(self, task: Task) -> Result:
        inputs = _named(task.body.get("input"))
        pictures = await fetch_inputs(self._downloads, task.model, inputs, self._find_upload)
        await asyncio.to_thread(check_inputs, task.model, pictures)
        if task.model not in ENGINE_MODELS:
            return await asyncio.to_thread(_copied, pictures)
        parameters = _named(task.body.get("parameters"))
        work = Work(model=task.model, parameters=parameters, inputs=pictures)
        return await self._engine.do(work)


def _named(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _copied(pictures: dict[str, bytes]) -> Result:
    """A generic task's result: the picture that came, or a grey one where none did."""
    if picture := pictures.get("image"):
        return Result(outputs={OUTPUT_IMAGE: picture})
    buffer = io.BytesIO()
    Image.new("RGB", (512, 512), (128, 128, 128)).save(buffer, "PNG")
    return Result(outputs={OUTPUT_IMAGE: buffer.getvalue()})
