from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scripts.engine.errors import ModelLayoutError
from scripts.engine.onnx_models.instances import letterboxed, stretched
from scripts.engine.onnx_models.mmdeploy import MmdeployLayout
from scripts.engine.onnx_models.rfdetr import RfDetrLayout
from scripts.engine.onnx_models.segmenter import OnnxSegmenter, detected_layout, layout_named
from scripts.engine.onnx_models.torchvision import TorchvisionLayout
from scripts.engine.onnx_models.yolo import YoloLayout

PICTURE = np.zeros((240, 480, 3), np.uint8)


@pytest.mark.parametrize(
    ("shapes", "layout"),
    [
        ({"dets": [1, 200, 4], "labels": [1, 200, 91], "masks": [1, 200, 108, 108]}, "rfdetr"),
        ({"dets": ["b", "n", 5], "labels": ["b", "n"], "masks": ["b", "n", "h", "w"]}, "mmdeploy"),
        ({"output0": [1, 116, 8400], "output1": [1, 32, 160, 160]}, "yolo"),
        ({"output0": [1, 300, 38], "output1": [1, 32, 160, 160]}, "yolo-end2end"),
        (
            {"boxes": ["n", 4], "labels": ["n"], "scores": ["n"], "masks": ["n", 1, "h", "w"]},
            "torchvision",
        ),
    ],
)
def test_the_layout_shows_in_names_and_shapes(shapes: dict[str, list[object]], layout: str) -> None:
    assert detected_layout(shapes) == layout


def test_an_unknown_layout_is_told_with_what_was_seen_and_the_remedy() -> None:
    with pytest.raises(ModelLayoutError, match=r"logits \[1, 1000\].*onnx:PATH:LAYOUT"):
        detected_layout({"logits": [1, 1000]})


def test_an_unknown_layout_name_is_told() -> None:
    with pytest.raises(ModelLayoutError, match="there are rfdetr"):
        layout_named("caffe", batched=True)


def test_a_missing_model_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelLayoutError, match="there is no model file"):
        OnnxSegmenter(tmp_path / "none.onnx")


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.onnx"
    path.write_bytes(b"not a model")

    with pytest.raises(ModelLayoutError, match="no ONNX model"):
        OnnxSegmenter(path)


def test_boxes_come_back_from_a_letterboxed_input() -> None:
    fit = letterboxed(PICTURE, (640, 640), centered=True)

    assert (fit.x, fit.y, fit.wide, fit.high) == (0, 160, 640, 320)
    assert fit.boxes(np.array([[0.0, 160.0, 640.0, 480.0]]))[0].tolist() == [0, 0, 480, 240]


def test_planes_come_back_from_a_stretched_input() -> None:
    fit = stretched(PICTURE, (64, 64))
    plane = np.zeros((16, 16), np.float32)
    plane[:8] = 1

    back = fit.plane(plane)

    assert back.shape == (240, 480)
    assert back[:100].min() == 1.0
    assert back[140:].max() == 0.0


def test_rfdetr_reads_its_person_class_only() -> None:
    layout = RfDetrLayout()
    fit = layout.fit(PICTURE, (64, 64))
    labels = np.full((1, 2, 91), -9.0, np.float32)
    labels[0, 0, 1] = labels[0, 1, 18] = 3.0
    masks = np.full((1, 2, 16, 16), -5.0, np.float32)
    masks[0, 0, :, 8:] = 5.0
    dets = np.array([[[0.75, 0.5, 0.5, 1.0], [0.5, 0.5, 1.0, 1.0]]], np.float32)

    (person,) = layout.read({"dets": dets, "labels": labels, "masks": masks}, fit, 0.4)

    assert person.box.tolist() == pytest.approx([240, 0, 480, 240])
    assert person.score == pytest.approx(0.9526, abs=1e-3)
    assert person.mask[:, 260:].all()
    assert not person.mask[:, :220].any()


def yolo_outputs(end_to_end: bool) -> dict[str, np.ndarray]:
    prototypes = np.zeros((1, 32, 160, 160), np.float32)
    prototypes[0, 0] = 1
    if end_to_end:
        rows = np.zeros((1, 300, 38), np.float32)
        rows[0, 0, :7] = (100, 200, 300, 400, 0.9, 0, 4)
        rows[0, 1, :7] = (100, 200, 300, 400, 0.9, 7, 4)
        return {"output0": rows, "output1": prototypes}
    columns = np.zeros((1, 116, 8400), np.float32)
    columns[0, :5, 0] = (200, 300, 200, 200, 0.9)
    columns[0, :5, 1] = (202, 300, 200, 200, 0.6)
    columns[0, [0, 1, 2, 3, 11], 2] = (200, 300, 200, 200, 0.9)
    columns[0, 84, :3] = 4
    return {"output0": columns, "output1": prototypes}


@pytest.mark.parametrize("end_to_end", [False, True])
def test_yolo_reads_people_once_and_cuts_masks_at_their_boxes(end_to_end: bool) -> None:
    layout = YoloLayout(end_to_end=end_to_end)
    fit = layout.fit(PICTURE, (640, 640))

    (person,) = layout.read(yolo_outputs(end_to_end), fit, 0.4)

    assert person.box.tolist() == pytest.approx([75, 30, 225, 180])
    assert person.mask[40:170, 85:215].all()
    assert not person.mask[:, 235:].any()


def test_torchvision_reads_pasted_masks() -> None:
    layout = TorchvisionLayout()
    fit = layout.fit(PICTURE, None)
    masks = np.zeros((2, 1, 240, 480), np.float32)
    masks[:, 0, 10:50, 20:60] = 0.8
    outputs = {
        "boxes": np.array([[20, 10, 60, 50], [20, 10, 60, 50]], np.float32),
        "labels": np.array([1, 3]),
        "scores": np.array([0.9, 0.9], np.float32),
        "masks": masks,
    }

    (person,) = layout.read(outputs, fit, 0.4)

    assert fit.tensor.shape == (3, 240, 480)
    assert person.mask.sum() == 40 * 40


def test_mmdeploy_reads_masks_over_the_input_and_over_the_box() -> None:
    layout = MmdeployLayout()
    fit = layout.fit(PICTURE, (480, 480))
    rows = np.array([[[100, 50, 200, 150, 0.9]]], np.float32)
    whole = np.zeros((1, 1, 480, 480), np.float32)
    whole[0, 0, 50:150, 100:200] = 1
    coarse = np.ones((1, 1, 28, 28), np.float32)
    labels = np.zeros((1, 1), np.int64)

    for masks in (whole, coarse):
        (person,) = layout.read({"dets": rows, "labels": labels, "masks": masks}, fit, 0.4)
        assert person.mask[60:140, 110:190].all()
        assert person.mask.sum() == pytest.approx(100 * 100, rel=0.05)
