"""Every format is read back with its own or the usual library, to the identical mask.

The libraries are heavy and needed nowhere else (the group `interop` in pyproject.toml); without
them the tests say so and skip.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.imaging.options.annotations import AnnotationsOptions
from shared.imaging.options.recipe_options import OptionError
from shared.imaging.recipes.annotations import render
from shared.imaging.scene import Scene, read_scene
from tests import pictures

WIDTH, HEIGHT = 640, 512
Mask = NDArray[np.bool_]


def people() -> NDArray[np.uint8]:
    """A ring, one split by an occluder who stands in front, one in a hole, and one in a corner."""
    down, across = np.mgrid[:HEIGHT, :WIDTH]
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    distance = (down - 150) ** 2 + (across - 150) ** 2
    labels[(distance < 130**2) & (distance > 60**2)] = 1
    labels[distance < 40**2] = 2
    labels[300:420, 250:600] = 3
    labels[260:480, 380:440] = 4
    labels[330:350, 280:300] = 0
    labels[HEIGHT - 60 :, WIDTH - 90 :] = 5
    return labels


@pytest.fixture(scope="module")
def scene() -> Scene:
    return read_scene(pictures.picture("PNG"), pictures.label_png(people()), name="合影 1.png")


@pytest.fixture(scope="module")
def files(scene: Scene) -> dict[str, bytes]:
    return {file.name: file.data for file in render(scene, AnnotationsOptions(label="人"))}


def truth(scene: Scene, number: int) -> Mask:
    mask: Mask = scene.label_map == number
    return mask


def overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / (one | other).sum())


def document(files: dict[str, bytes], name: str) -> Any:
    return json.loads(files[f"annotations/{name}"])


def test_all_formats_come_unless_some_are_chosen(scene: Scene, files: dict[str, bytes]) -> None:
    assert list(files) == [
        "annotations/coco.json",
        "annotations/coco-polygons.json",
        "annotations/yolo.txt",
        "annotations/yolo-classes.txt",
        "annotations/labelme.json",
        "annotations/label-studio.json",
        "annotations/cvat.xml",
    ]
    chosen = render(scene, AnnotationsOptions(formats=("cvat", "labelme", "cvat")))
    assert [f.name for f in chosen] == ["annotations/cvat.xml", "annotations/labelme.json"]


@pytest.mark.parametrize("name", ["coco.json", "coco-polygons.json"])
def test_coco_is_read_by_pycocotools_to_the_identical_mask(
    scene: Scene, files: dict[str, bytes], name: str, tmp_path: Path
) -> None:
    coco = pytest.importorskip("pycocotools.coco", reason="pycocotools is not installed")
    path = tmp_path / name
    path.write_bytes(files[f"annotations/{name}"])

    read = coco.COCO(str(path))

    assert len(read.anns) == 5
    for number, annotation in read.anns.items():
        assert np.array_equal(read.annToMask(annotation), truth(scene, number))
        assert annotation["area"] == truth(scene, number).sum()
        assert tuple(annotation["bbox"]) == scene.people[number - 1].box
    assert read.loadImgs(1)[0]["file_name"] == "合影 1.png"


def test_cocos_run_lengths_are_byte_for_byte_pycocotools(
    scene: Scene, files: dict[str, bytes]
) -> None:
    coding = pytest.importorskip("pycocotools.mask", reason="pycocotools is not installed")

    for annotation in document(files, "coco.json")["annotations"]:
        mask = truth(scene, annotation["id"]).astype(np.uint8)
        expected = coding.encode(np.asfortranarray(mask))
        assert annotation["segmentation"]["counts"].encode() == expected["counts"]
        assert annotation["segmentation"]["size"] == list(expected["size"])


def saved(tmp_path: Path, scene: Scene) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / scene.name).write_bytes(pictures.picture("PNG"))
    return folder


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["coco.json", "coco-polygons.json"])
def test_coco_is_read_by_supervision(
    scene: Scene, files: dict[str, bytes], name: str, tmp_path: Path
) -> None:
    supervision = pytest.importorskip("supervision", reason="supervision is not installed")
    path = tmp_path / name
    path.write_bytes(files[f"annotations/{name}"])

    data = supervision.DetectionDataset.from_coco(
        str(saved(tmp_path, scene)), str(path), force_masks=True
    )

    (_, _, found) = next(iter(data))
    least = 1.0 if name == "coco.json" else 0.93  # it draws polygons a pixel too large, no holes
    for place in range(5):
        if name == "coco.json" or place in {1, 3, 4}:
            assert overlap(found.mask[place], truth(scene, place + 1)) >= least


@pytest.mark.filterwarnings("ignore")
def test_yolo_is_read_by_supervision(scene: Scene, files: dict[str, bytes], tmp_path: Path) -> None:
    supervision = pytest.importorskip("supervision", reason="supervision is not installed")
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "合影 1.txt").write_bytes(files["annotations/yolo.txt"])
    (tmp_path / "data.yaml").write_text("names: ['person']\nnc: 1\n")

    data = supervision.DetectionDataset.from_yolo(
        str(saved(tmp_path, scene)), str(folder), str(tmp_path / "data.yaml"), force_masks=True
    )

    (_, _, found) = next(iter(data))
    for place in range(5):
        assert overlap(found.mask[place], truth(scene, place + 1)) >= 0.995


def test_yolos_polygons_are_drawn_by_opencv_to_the_mask(
    scene: Scene, files: dict[str, bytes]
) -> None:
    import cv2

    for number, line in enumerate(files["annotations/yolo.txt"].decode().splitlines(), start=1):
        name, *places = line.split()
        ring = np.array(places, float).reshape(-1, 2) * (WIDTH, HEIGHT)
        drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.fillPoly(drawn, [ring.astype(np.int32)], (1,))

        assert name == "0"
        assert overlap(drawn > 0, truth(scene, number)) >= 0.995
    assert files["annotations/yolo-classes.txt"].decode() == "人\n"


def test_labelme_is_read_by_labelme(scene: Scene, files: dict[str, bytes], tmp_path: Path) -> None:
    utils = pytest.importorskip("labelme.utils", reason="labelme is not installed")
    shapes = document(files, "labelme.json")["shapes"]
    names = {str(shape["group_id"]): shape["group_id"] for shape in shapes}
    for shape in shapes:
        shape["mask"] = utils.img_b64_to_arr(shape["mask"]).astype(bool)
        shape["label"] = str(shape["group_id"])

    drawn, _ = utils.shapes_to_label((HEIGHT, WIDTH, 3), shapes, names)

    assert np.array_equal(drawn, scene.label_map)


def test_labelmes_masks_are_those_of_the_boxes(scene: Scene, files: dict[str, bytes]) -> None:
    from base64 import b64decode

    from PIL import Image

    for shape in document(files, "labelme.json")["shapes"]:
        (left, upper), (right, lower) = shape["points"]
        with Image.open(io.BytesIO(b64decode(shape["mask"]))) as image:
            mask = np.asarray(image)
        window = truth(scene, shape["group_id"])[upper : lower + 1, left : right + 1]
        assert np.array_equal(mask, window)


def test_label_studios_brush_is_read_by_its_own_converter(
    scene: Scene, files: dict[str, bytes]
) -> None:
    brush = pytest.importorskip(
        "label_studio_sdk.converter.brush", reason="label-studio-sdk is not installed"
    )

    for number, result in enumerate(
        document(files, "label-studio.json")[0]["annotations"][0]["result"], start=1
    ):
        flat = brush.decode_rle(result["value"]["rle"])
        mask = np.reshape(flat, [result["original_height"], result["original_width"], 4])[..., 3]
        assert np.array_equal(mask, truth(scene, number) * 255)
        assert result["value"]["brushlabels"] == ["人"]


@pytest.mark.filterwarnings("ignore")
def test_cvat_is_read_by_datumaro(scene: Scene, files: dict[str, bytes], tmp_path: Path) -> None:
    datumaro = pytest.importorskip("datumaro", reason="datumaro is not installed")
    (tmp_path / "annotations.xml").write_bytes(files["annotations/cvat.xml"])
    saved(tmp_path, scene)

    data = datumaro.Dataset.import_from(str(tmp_path), "cvat")

    (item,) = list(data)
    for number, annotation in enumerate(item.annotations, start=1):
        assert np.array_equal(np.asarray(annotation.image) > 0, truth(scene, number))


def test_cvats_run_lengths_fill_each_box(scene: Scene, files: dict[str, bytes]) -> None:
    from xml.etree import ElementTree as ET

    for number, mask in enumerate(
        ET.fromstring(files["annotations/cvat.xml"]).iter("mask"),  # noqa: S314 -- our own
        start=1,
    ):
        x, y, width, height = (int(mask.attrib[k]) for k in ("left", "top", "width", "height"))
        runs = [int(run) for run in mask.attrib["rle"].split(", ")]
        flat = np.repeat(np.arange(len(runs)) % 2, runs).astype(bool)
        window = truth(scene, number)[y : y + height, x : x + width]
        assert np.array_equal(flat.reshape(height, width), window)


def test_nobody_is_annotated_too() -> None:
    empty = read_scene(pictures.picture(), pictures.label_png(np.zeros((HEIGHT, WIDTH), np.uint8)))

    files = {file.name: file.data for file in render(empty, AnnotationsOptions())}

    assert document(files, "coco.json")["annotations"] == []
    assert files["annotations/yolo.txt"] == b""


@pytest.mark.parametrize(
    "asked",
    [{"formats": ()}, {"formats": ("voc",)}, {"formats": "coco"}, {"label": ""}, {"label": "a\nb"}],
)
def test_what_cannot_be_written_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        AnnotationsOptions(**asked)
