"""Small networks and the runtimes that run them, one thread each.

One thread is fastest where the cores are shared, and keeps results the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Network(Protocol):
    """A network of one picture-shaped input."""

    def __call__(self, picture: NDArray[Any]) -> list[NDArray[np.float32]]:
        """Run on [h, w, c]; answer the outputs without their batch dimension, in fixed order."""


class LiteRtNetwork:
    """A TFLite model on the LiteRT interpreter (XNNPACK)."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=content, num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def __call__(self, picture: NDArray[Any]) -> list[NDArray[np.float32]]:
        """See Network; the outputs come in the model's own order."""
        tensor = picture[None].astype(self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], tensor)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index)[0] for index in self._outputs]


class OpenCvNetwork:
    """A TFLite model on OpenCV's own importer: slower, and without LiteRT's 59 MB.

    The importer neither keeps the outputs' order nor their layout, so they are told apart by
    their shapes, given in the order in which the caller wants them.
    """

    def __init__(self, content: bytes, shapes: Sequence[tuple[int, ...]]) -> None:
        import cv2

        self._network = cv2.dnn.readNetFromTFLite(np.frombuffer(content, np.uint8))
        self._names = self._network.getUnconnectedOutLayersNames()
        self._shapes = list(shapes)

    def __call__(self, picture: NDArray[Any]) -> list[NDArray[np.float32]]:
        """See Network; the outputs come in the order of `shapes`."""
        tensor = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], dtype=np.float32)
        self._network.setInput(tensor)
        outputs = [_channels_last(output) for output in self._forward()]
        found = {tuple(output.shape): output for output in outputs}
        return [found[shape] for shape in self._shapes]

    def _forward(self) -> list[NDArray[np.float32]]:
        return [np.asarray(output) for output in self._network.forward(self._names)]


def _channels_last(output: NDArray[np.float32]) -> NDArray[np.float32]:
    """[1, c, h, w] -> [h, w, c]; anything else loses its batch dimension only."""
    single: NDArray[np.float32] = output[0]
    planes = 3
    return single.transpose(1, 2, 0) if single.ndim == planes else single


class OnnxNetwork:
    """An ONNX model of one input on ONNX Runtime, given as bytes or a path."""

    def __init__(self, model: bytes | str) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        self._name = self.session.get_inputs()[0].name

    def __call__(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Run on a whole batch; answer every output in the model's order."""
        return [np.asarray(output) for output in self.session.run(None, {self._name: batch})]
