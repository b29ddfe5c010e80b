"""An engine worker for tests: swaps nothing, segments nothing, obeys the picture's text chunk.

Run as a program: `python tiny_engine.py [--engine NAME]`. The parameter `crash` makes it die,
`babble` makes it speak nonsense, `sleep` makes it slow, `refuse` makes it refuse, `faces` makes it
tell where faces are.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from typing import Any

from PIL import Image


def respond(head: dict[str, Any], inputs: dict[str, bytes]) -> dict[str, bytes] | tuple[str, str]:
    parameters = head["parameters"]
    if parameters.get("crash"):
        os._exit(9)
    if parameters.get("babble"):
        sys.stdout.write("hello\n")
        sys.stdout.flush()
    if parameters.get("refuse"):
        return "InvalidParameter.ImageContent", "The image content does not comply."
    time.sleep(parameters.get("sleep", 0))
    with Image.open(io.BytesIO(inputs["image"])) as picture:
        size = picture.size
    mask = io.BytesIO()
    Image.new("L", size, len(sys.argv)).save(mask, "PNG")
    if "mask" in inputs:
        return {"output_image": mask.getvalue()}
    outputs = {"output_image": mask.getvalue(), "output_vis_image": inputs["image"]}
    return {**outputs, "output_landmarks": b"{}"} if parameters.get("faces") else outputs


def main() -> None:
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    print("tiny engine", os.getpid(), *sys.argv[1:], file=sys.stderr, flush=True)
    while line := stdin.readline():
        head = json.loads(line)
        inputs = {name: stdin.read(length) for name, length in head["inputs"].items()}
        answer = respond(head, inputs)
        if isinstance(answer, tuple):
            stdout.write(
                json.dumps({"ok": False, "code": answer[0], "message": answer[1]}).encode()
            )
            stdout.write(b"\n")
        else:
            lengths = {name: len(data) for name, data in answer.items()}
            stdout.write(json.dumps({"ok": True, "outputs": lengths}).encode() + b"\n")
            for data in answer.values():
                stdout.write(data)
        stdout.flush()


if __name__ == "__main__":
    main()
