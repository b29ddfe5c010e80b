"""`python -m scripts.engine.worker [--engine NAME]`: tasks on stdin, answers on stdout.

A request is one line of JSON, `{"model": ..., "parameters": {...}, "inputs": {"image": bytes,
"mask": bytes, "foreground": bytes}}`, followed by that many bytes of each input in that order.
The answer is one line, `{"ok": true, "outputs": {name: bytes}}` followed by the outputs' bytes, or
`{"ok": false, "code": ..., "message": ...}`. It ends when stdin does. Nothing but answers is
written to stdout; what libraries print goes to stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, BinaryIO

from scripts.engine.errors import EngineError, TaskError

LARGEST_INPUT = 64 * 1024 * 1024
LARGEST_LINE = 1024 * 1024
INTERNAL = "InternalError.Algo"

Perform = Callable[[str, Mapping[str, Any], Mapping[str, bytes]], dict[str, bytes]]


def serve(requests: BinaryIO, answers: BinaryIO, perform: Perform) -> None:
    """Answer requests until the input ends.

    A task that fails answers with its code; a request that breaks the framing ends the loop with a
    ValueError, since what follows it cannot be told apart.
    """
    while line := requests.readline(LARGEST_LINE):
        request = json.loads(line)
        inputs = {name: _exactly(requests, size) for name, size in request["inputs"].items()}
        _answer(answers, partial(perform, request["model"], _parameters(request), inputs))


def _parameters(request: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = request.get("parameters")
    return parameters if isinstance(parameters, Mapping) else {}


def _exactly(stream: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= LARGEST_INPUT:
        raise ValueError(f"an input of {size} bytes is not served")
    content = stream.read(size)
    if len(content) != size:
        raise ValueError("the request ends within an input")
    return content


def _answer(answers: BinaryIO, task: Callable[[], dict[str, bytes]]) -> None:
    try:
        outputs = task()
    except TaskError as error:
        _write(answers, {"ok": False, "code": error.code, "message": error.message})
    except Exception:  # noqa: BLE001  # whatever the algorithm dies of fails this task only
        traceback.print_exc(file=sys.stderr)
        _write(answers, {"ok": False, "code": INTERNAL, "message": "algorithm process error"})
    else:
        sizes = {name: len(content) for name, content in outputs.items()}
        _write(answers, {"ok": True, "outputs": sizes}, *outputs.values())


def _write(answers: BinaryIO, head: Mapping[str, Any], *bodies: bytes) -> None:
    answers.write(json.dumps(head).encode() + b"\n")
    answers.writelines(bodies)
    answers.flush()


def _claim_stdout() -> BinaryIO:
    """Take stdout for answers and let everything else, native code included, print to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _prepare(engine_name: str) -> Perform:
    import cv2

    from scripts.engine.catalogue import build
    from scripts.engine.tasks import perform

    cv2.setNumThreads(1)
    engine = build(engine_name)
    return lambda model, parameters, inputs: perform(engine, model, parameters, inputs)


def main() -> int:
    """Run the worker; 1 where the engine cannot be built, with the reason on stderr."""
    from scripts.engine.catalogue import DEFAULT

    parser = argparse.ArgumentParser(prog="python -m scripts.engine.worker", description=__doc__)
    parser.add_argument("--engine", default=DEFAULT)
    chosen = parser.parse_args()
    answers = _claim_stdout()
    try:
        perform = _prepare(chosen.engine)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 1
    serve(sys.stdin.buffer, answers, perform)
    return 0


if __name__ == "__main__":
    sys.exit(main())
