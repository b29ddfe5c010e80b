from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from scripts.engine.errors import TaskError
from scripts.engine.worker import serve

Inputs = Mapping[str, bytes]


def request(model: str, inputs: Inputs, parameters: object = None) -> bytes:
    sizes = {name: len(content) for name, content in inputs.items()}
    head = {"model": model, "parameters": parameters, "inputs": sizes}
    return json.dumps(head).encode() + b"\n" + b"".join(inputs.values())


def echo(model: str, parameters: Mapping[str, Any], inputs: Inputs) -> dict[str, bytes]:
    if model == "refuse":
        raise TaskError("InvalidParameter.ImageFormat", "read image error")
    if model == "die":
        raise RuntimeError("boom")
    return {"output_image": inputs["image"], "parameters": json.dumps(dict(parameters)).encode()}


def answers(requests: bytes) -> list[tuple[dict[str, Any], dict[str, bytes]]]:
    stream = io.BytesIO()
    serve(io.BytesIO(requests), stream, echo)
    stream.seek(0)
    told = []
    while line := stream.readline():
        head = json.loads(line)
        outputs = {name: stream.read(size) for name, size in head.get("outputs", {}).items()}
        told.append((head, outputs))
    return told


def test_inputs_and_outputs_pass_whole_whatever_they_hold() -> None:
    content = b"\n{}\n\0\xff" * 3

    (head, outputs), *rest = answers(request("echo", {"image": content}, {"fast_mode": True}))

    assert head["ok"] is True
    assert outputs == {"output_image": content, "parameters": b'{"fast_mode": true}'}
    assert rest == []


def test_a_task_that_fails_leaves_the_next_one_alone() -> None:
    asked = (
        request("refuse", {"image": b"x"}) + request("die", {}) + request("echo", {"image": b"y"})
    )

    told = answers(asked)

    assert told[0][0] == {
        "ok": False,
        "code": "InvalidParameter.ImageFormat",
        "message": "read image error",
    }
    assert told[1][0]["code"] == "InternalError.Algo"
    assert told[2][1]["output_image"] == b"y"


def test_an_input_that_ends_early_ends_the_worker() -> None:
    asked = request("echo", {"image": b"0123456789"})[:-3]

    with pytest.raises(ValueError, match="ends within an input"):
        answers(asked)


def test_an_input_larger_than_any_picture_is_refused() -> None:
    asked = json.dumps({"model": "echo", "inputs": {"image": 10**12}}).encode() + b"\n"

    with pytest.raises(ValueError, match="is not served"):
        answers(asked)


def test_no_requests_are_no_answers() -> None:
    assert answers(b"") == []
