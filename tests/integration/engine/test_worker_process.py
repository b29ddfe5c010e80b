"""The worker as a process, with the real networks. Skipped where their weights are not at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

from scripts.engine import weights
from scripts.engine.pictures import decode, decode_grey, encode_png

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(
    not all(weights.is_whole(file) for file in weights.FILES),
    reason="the engine's weights are not there: run `maskline engine fetch`",
)


class Worker:
    """Speaks with a worker process."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._requests = requests
        self._answers = answers

    def ask(
        self, model: str, inputs: dict[str, bytes], **parameters: Any
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        sizes = {name: len(content) for name, content in inputs.items()}
        head = {"model": model, "parameters": parameters, "inputs": sizes}
        self._requests.write(json.dumps(head).encode() + b"\n" + b"".join(inputs.values()))
        self._requests.flush()
        answer = json.loads(self._answers.readline())
        outputs = answer.get("outputs", {})
        return answer, {name: self._answers.read(size) for name, size in outputs.items()}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.engine.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdin
    assert process.stdout
    yield Worker(process.stdin, process.stdout)
    process.stdin.close()
    assert process.wait(30) == 0
    process.stdout.close()


def gradient(height: int = 512, width: int = 640) -> bytes:
    across = np.linspace(0, 255, width)[None, :, None]
    down = np.linspace(0, 255, height)[:, None, None]
    pixels = np.concatenate([across + 0 * down, down + 0 * across, 128 + 0 * across * down], axis=2)
    return encode_png(pixels.astype(np.uint8))


def test_a_picture_without_people_is_an_empty_map_of_its_size(worker: Worker) -> None:
    answer, outputs = worker.ask("image-instance-segmentation", {"image": gradient()})

    label_map = decode_grey(outputs["output_image"])

    assert answer["ok"] is True
    assert label_map.shape == (512, 640)
    assert not label_map.any()
    assert decode(outputs["output_vis_image"]).shape == (512, 640, 3)


def test_an_unreadable_picture_fails_in_the_provider_s_words(worker: Worker) -> None:
    answer, _ = worker.ask("image-instance-segmentation", {"image": b"no picture"})

    assert answer == {
        "ok": False,
        "code": "InvalidParameter.ImageFormat",
        "message": "read image error",
    }


def test_an_unknown_model_is_told(worker: Worker) -> None:
    answer, _ = worker.ask("image-imagination", {"image": gradient()})

    assert answer["code"] == "ModelNotFound"


def test_erasure_fills_the_hole(worker: Worker) -> None:
    pixels = np.full((512, 512, 3), 120, np.uint8)
    mask = np.zeros((512, 512), np.uint8)
    mask[200:260, 200:260] = 1
    pixels[mask > 0] = (255, 0, 0)

    inputs = {"image": encode_png(pixels), "mask": encode_png(mask)}
    answer, outputs = worker.ask("image-erase-completion", inputs, dilate_flag=True)

    erased = decode(outputs["output_image"])
    assert answer["ok"] is True
    assert np.abs(erased[230, 230].astype(int) - 120).max() < 12


def test_a_worker_without_weights_says_what_repairs_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.engine.worker"],
        input=b"",
        capture_output=True,
        cwd=ROOT,
        env={"MASKLINE_CACHE": str(tmp_path), "PATH": "/usr/bin"},
        check=False,
    )

    assert done.returncode == 1
    assert b"maskline engine fetch" in done.stderr
    assert done.stdout == b""
