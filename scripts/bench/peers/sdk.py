"""The vendor's SDK as its examples use it: submit and wait."""

from __future__ import annotations

from typing import Any

import dashscope
from dashscope.client.base_api import BaseAsyncApi

OK = 200
CALL = {
    "model": "image-instance-segmentation",
    "task_group": "aigc",
    "task": "image2image",
    "function": "image-synthesis",
}


def point_at(job: dict[str, Any]) -> None:
    """Use the endpoint and the key of a job."""
    dashscope.base_http_api_url = job["base_url"]
    dashscope.api_key = job["api_key"]


def submitted(url: str) -> Any:
    """The provider's answer to one POST; its `status_code` says whether it was taken."""
    return BaseAsyncApi.async_call(input={"image_url": url}, **CALL)


def awaited(task: Any) -> Any:
    """The answer of `wait`, by the SDK's own schedule."""
    return BaseAsyncApi.wait(task)


def is_done(answer: Any) -> bool:
    """Whether a waited-for task came to a result."""
    output = answer.output or {}
    return bool(answer.status_code == OK and output.get("task_status") == "SUCCEEDED")
