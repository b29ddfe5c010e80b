"""Real exports of the real architectures with random weights, against their own post-processing.

Skipped where the exporters (PyTorch and the models' packages) are not installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.engine.arrays import Bits, Rgb
from scripts.engine.onnx_models.segmenter import OnnxSegmenter

SAME = 0.99
# Exporters warn of their own future and of random weights, and each release warns differently.
pytestmark = pytest.mark.filterwarnings("default")


def picture(height: int, width: int) -> Rgb:
    draw = np.random.default_rng(3)
    coarse = draw.integers(0, 255, (height // 16, width // 16, 3), dtype=np.uint8)
    return np.ascontiguousarray(np.kron(coarse, np.ones((16, 16, 1), np.uint8)))


def overlap(one: Bits, other: Bits) -> float:
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 1.0


def test_torchvision_mask_rcnn(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    detection = pytest.importorskip("torchvision.models.detection")
    pytest.importorskip("onnx")
    torch.manual_seed(2)
    model = detection.maskrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=2, box_score_thresh=0.05, min_size=224
    ).eval()
    pixels = picture(224, 320)
    tensor = torch.from_numpy(pixels.transpose(2, 0, 1).astype(np.float32) / 255)
    path = tmp_path / "maskrcnn.onnx"
    names = ["boxes", "labels", "scores", "masks"]
    torch.onnx.export(
        model, ([tensor],), str(path), output_names=names, opset_version=17, dynamo=False
    )
    with torch.no_grad():
        (expected,) = model([tensor])

    found = OnnxSegmenter(path).instances(pixels, 0.05)

    wanted = [k for k, label in enumerate(expected["labels"].tolist()) if label == 1]
    assert len(found) == len(wanted) > 3
    truths = np.stack([expected["masks"][k, 0].numpy() > 0.5 for k in wanted])
    assert [one.score for one in found] == pytest.approx(
        expected["scores"][wanted].tolist(), abs=1e-3
    )
    # All together: random masks hover at even odds, and of a mask of a few pixels the two
    # runtimes' rounding alone flips some.
    assert overlap(np.stack([one.mask for one in found]), truths) >= SAME


def test_yolo_segmentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    ultralytics = pytest.importorskip("ultralytics")
    pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(4)
    model = ultralytics.YOLO("yolov8n-seg.yaml", task="segment")
    _excite(torch, model.model)
    path = Path(model.export(format="onnx", imgsz=320, opset=17, simplify=False))
    pixels = picture(208, 320)
    results = model.predict(
        pixels[..., ::-1], imgsz=320, conf=0.02, iou=0.7, rect=False, verbose=False
    )
    expected = _yolo_people(results[0])

    found = OnnxSegmenter(path).instances(pixels, 0.02)

    assert expected, "the random network must see somebody for the test to mean anything"
    best = [max(overlap(one.mask, truth) for one in found) for truth in expected]
    assert float(np.mean(best)) >= SAME


def _excite(torch: Any, network: Any) -> None:
    """Random heads hardly ever speak: raise the person class's bias in each."""
    for branch in network.model[-1].cv3:
        with torch.no_grad():
            branch[-1].bias[0] += 9.0


def _yolo_people(result: Any) -> list[Bits]:
    if result.masks is None:
        return []
    height, width = result.orig_shape
    masks = result.masks.data.numpy() > 0.5
    top = (masks.shape[1] - height) // 2
    return [
        mask[top : top + height, :width]
        for mask, label in zip(masks, result.boxes.cls.tolist(), strict=True)
        if label == 0
    ]


def test_rfdetr_segmentation(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    rfdetr = pytest.importorskip("rfdetr")
    postprocess = pytest.importorskip("rfdetr.models.postprocess")
    pytest.importorskip("onnx")
    torch.manual_seed(6)
    model = rfdetr.RFDETRSegNano(pretrain_weights=None)
    path = Path(model.export(output_dir=str(tmp_path)) or next(tmp_path.glob("*.onnx")))
    pixels = picture(208, 320)
    segmenter = OnnxSegmenter(path)
    outputs = segmenter.outputs(pixels)
    tensors = {
        "pred_logits": torch.from_numpy(outputs["labels"]),
        "pred_boxes": torch.from_numpy(outputs["dets"]),
        "pred_masks": torch.from_numpy(outputs["masks"]),
    }
    (expected,) = postprocess.PostProcess(num_select=9000)(tensors, torch.tensor([[208, 320]]))
    wanted = (expected["labels"] == 1).nonzero()[:, 0].tolist()

    found = segmenter.instances(pixels, 0.0)

    assert len(found) == len(wanted) > 10
    for instance, k in zip(sorted(found, key=lambda one: -one.score), wanted, strict=True):
        assert instance.score == pytest.approx(float(expected["scores"][k]), abs=1e-4)
        assert overlap(instance.mask, expected["masks"][k].numpy().reshape(208, 320)) >= SAME
