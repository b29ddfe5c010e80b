"""Small networks and the runtimes that run them, one thread to each run.

One thread is fastest where the cores are shared, and keeps results the same on every machine.
Several runs may go on at once: each has an interpreter of its own, made when it is first needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scripts.engine.errors import RuntimeMissingError
from scripts.engine.threads import Spares
from scripts.engine.timing import Watch

Output = NDArray[np.float32]


class Network(Protocol):
    """A network of one picture-shaped input."""

    def __call__(self, picture: NDArray[Any]) -> list[Output]:
        """Run on [h, w, c]; answer the outputs without their batch dimension, in fixed order."""


class LiteRtNetwork:
    """A TFLite model on the LiteRT interpreter (XNNPACK).

    Args:
        content: the model file.
        inner: names of inner tensors to be answered after the model's own outputs.
        watch: measures the bare inference.
        at_once: runs that may go on at the same time, each for an interpreter's memory.
    """

    def __init__(
        self,
        content: bytes,
        inner: Sequence[str] = (),
        watch: Watch | None = None,
        at_once: int = 1,
    ) -> None:
        from ai_edge_litert.interpreter import Interpreter

        model = with_outputs(content, inner) if inner else content

        def ready() -> Interpreter:
            interpreter = Interpreter(model_content=model, num_threads=1)
            interpreter.allocate_tensors()
            return interpreter

        self._interpreters = Spares(ready, at_once)
        self._watch = watch or Watch()
        with self._interpreters.one() as interpreter:
            self._input = interpreter.get_input_details()[0]
            self._outputs = interpreter.get_output_details()

    def __call__(self, picture: NDArray[Any]) -> list[Output]:
        """See Network; the outputs come in the model's own order, as real numbers."""
        tensor = picture[None].astype(self._input["dtype"])
        with self._interpreters.one() as interpreter:
            interpreter.set_tensor(self._input["index"], tensor)
            with self._watch:
                interpreter.invoke()
            values = [interpreter.get_tensor(output["index"])[0] for output in self._outputs]
        return [_real(*one) for one in zip(values, self._outputs, strict=True)]


def _real(values: NDArray[Any], output: dict[str, Any]) -> Output:
    scale, zero = output["quantization"]
    if not scale:
        return values
    real: Output = values.astype(np.float32)
    real -= np.float32(zero)  # in place: the detector's scores alone are 7 MB
    real *= np.float32(scale)
    return real


def with_outputs(content: bytes, names: Sequence[str]) -> bytes:
    """The TFLite model with the inner tensors `names` as outputs behind its own.

    Nothing else in it changes: what the runtime computed for itself can be read, at no cost.
    """
    import flatbuffers  # type: ignore[import-untyped]  # ships no types
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    graph = model.subgraphs[0]
    places = {tensor.name.decode(): place for place, tensor in enumerate(graph.tensors)}
    graph.outputs = [*graph.outputs, *(places[name] for name in names)]
    builder = flatbuffers.Builder(len(content) + 1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class OpenCvNetwork:
    """A TFLite model on OpenCV's own importer: slower, and without LiteRT's 59 MB.

    The importer neither keeps the outputs' order nor their layout, so they are told apart by
    their shapes, given in the order in which the caller wants them.

    Raises:
        RuntimeMissingError: this OpenCV's importer hides outputs, as that of version 5 does.
    """

    def __init__(
        self, content: bytes, shapes: Sequence[tuple[int, ...]], watch: Watch | None = None
    ) -> None:
        import cv2

        self._watch = watch or Watch()
        model = np.frombuffer(content, np.uint8)
        self._networks = Spares(lambda: cv2.dnn.readNetFromTFLite(model))
        with self._networks.one() as network:
            self._names = network.getUnconnectedOutLayersNames()
        self._shapes = list(shapes)
        if len(self._names) < len(self._shapes):
            raise RuntimeMissingError(
                f"OpenCV {cv2.__version__} answers only the last output of a TFLite network: "
                "the engine 'opencv' needs opencv-python-headless below 5"
            )

    def __call__(self, picture: NDArray[Any]) -> list[Output]:
        """See Network; the outputs come in the order of `shapes`."""
        tensor = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], dtype=np.float32)
        outputs = [_channels_last(output) for output in self._forward(tensor)]
        found = {tuple(output.shape): output for output in outputs}
        return [found[shape] for shape in self._shapes]

    def _forward(self, tensor: Output) -> list[Output]:
        with self._networks.one() as network:
            network.setInput(tensor)
            with self._watch:
                outputs = network.forward(self._names)
            return [np.array(output) for output in outputs]  # copies: the next run writes there


def _channels_last(output: Output) -> Output:
    """[1, c, h, w] -> [h, w, c]; anything else loses its batch dimension only."""
    single: Output = output[0]
    planes = 3
    return single.transpose(1, 2, 0) if single.ndim == planes else single


class OnnxNetwork:
    """An ONNX model on ONNX Runtime, given as bytes or a path."""

    def __init__(self, model: bytes | str, watch: Watch | None = None) -> None:
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # nothing here talks to anybody
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # The arena keeps its high-water mark for good, which a long-lived worker cannot afford.
        options.enable_cpu_mem_arena = False
        self.session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        self._names = [entry.name for entry in self.session.get_inputs()]
        self._watch = watch or Watch()

    def __call__(self, *inputs: Output) -> list[Output]:
        """Run on whole batches, one array per input; answer every output in the model's order."""
        named = dict(zip(self._names, inputs, strict=True))
        with self._watch:
            outputs = self.session.run(None, named)
        return [np.asarray(output) for output in outputs]
