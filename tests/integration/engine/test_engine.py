"""The engines with the real networks. Skipped where their weights are not at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scripts.engine import cues, weights
from scripts.engine.arrays import Rgb
from scripts.engine.catalogue import build
from scripts.engine.errors import EngineNameError, RuntimeMissingError
from scripts.engine.networks import OpenCvNetwork
from scripts.engine.own_engine import OwnEngineError, OwnSegmenter
from scripts.engine.pictures import decode, decode_grey, encode_png

ROOT = Path(__file__).parents[3]
needs_weights = pytest.mark.skipif(
    not all(weights.is_whole(file) for file in weights.FILES),
    reason="the engine's weights are not there: run `maskline engine fetch`",
)


def figure(height: int, width: int) -> Rgb:
    """A crude person: enough for the networks to have something to argue about."""
    picture = np.full((height, width, 3), (150, 180, 200), np.uint8)
    middle = width // 2
    picture[height // 3 : height, middle - 80 : middle + 80] = (40, 60, 110)
    picture[height // 6 : height // 3, middle - 40 : middle + 40] = (205, 160, 130)
    return picture


@needs_weights
@pytest.mark.parametrize("name", ["composite", "average", "opencv"])
def test_every_engine_answers_the_same_map_every_time(name: str) -> None:
    picture = figure(480, 480)

    first, second = (build(name).segment(picture) for _ in range(2))

    assert first.label_map.shape == (480, 480)
    assert np.array_equal(first.label_map, second.label_map)
    assert first.people == second.people


@needs_weights
@pytest.mark.parametrize("size", [(512, 4096), (2000, 1700), (40, 30), (1, 1)])
def test_any_size_comes_back_at_its_size(size: tuple[int, int]) -> None:
    segmentation = build("composite").segment(np.full((*size, 3), 90, np.uint8))

    assert segmentation.label_map.shape == size
    assert segmentation.label_map.dtype == np.uint8
    assert segmentation.people == ()


@needs_weights
def test_an_importer_that_hides_outputs_is_told() -> None:
    with pytest.raises(RuntimeMissingError, match="below 5"):
        OpenCvNetwork(weights.load(weights.SELFIE), (*cues.SELFIE_SHAPES, (1,)))


def test_an_unknown_engine_is_told_with_those_there_are() -> None:
    with pytest.raises(EngineNameError, match="composite, average, opencv, onnx:PATH"):
        build("magic")


def test_a_user_s_function_is_numbered_from_left_to_right() -> None:
    def function(picture: Rgb) -> object:
        labels = np.zeros(picture.shape[:2], np.int64)
        labels[10:40, 70:90] = 3
        labels[10:40, 10:30] = 900
        return labels

    segmentation = OwnSegmenter(function).segment(np.zeros((50, 100, 3), np.uint8))

    assert segmentation.label_map[20, 20] == 1
    assert segmentation.label_map[20, 80] == 2
    assert [person.box for person in segmentation.people] == [(10, 10, 20, 30), (70, 10, 20, 30)]


def test_a_user_s_function_that_answers_nonsense_is_told() -> None:
    segmenter = OwnSegmenter(lambda _: np.zeros((3, 3)))

    with pytest.raises(OwnEngineError, match="not integers"):
        segmenter.segment(np.zeros((50, 100, 3), np.uint8))


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, scripts.engine.catalogue, scripts.engine.weights; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )

    loaded = set(done.stdout.split())

    assert not loaded & {"numpy", "cv2", "onnxruntime", "ai_edge_litert", "PIL"}


@needs_weights
def test_segment_writes_masks_and_one_document(tmp_path: Path) -> None:
    photo = tmp_path / "me.png"
    photo.write_bytes(encode_png(figure(480, 640)))
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    out = tmp_path / "out"

    done = subprocess.run(
        [sys.executable, "-m", "scripts.engine", "segment", photo, broken, "--out", out, "--json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    first, second = json.loads(done.stdout)["results"]
    assert done.returncode == 1
    assert first["photo"] == str(photo)
    assert Path(first["mask"]).is_absolute()
    assert decode_grey(Path(first["mask"]).read_bytes()).shape == (480, 640)
    assert Path(first["vis"]).is_file()
    assert second == {
        "photo": str(broken),
        "error": "InvalidParameter.ImageFormat: read image error",
    }


@needs_weights
@pytest.mark.parametrize(
    ("name", "eyes", "mouth"),
    [
        # Read off the photographs with a ruler: the middle between the pupils, and the mouth's.
        ("collins.jpg", (225, 102), (224, 146)),
        ("hopper.jpg", (264, 188), (274, 282)),
    ],
)
def test_faces_of_busts_are_found_to_a_fraction_of_their_size(
    name: str, eyes: tuple[int, int], mouth: tuple[int, int]
) -> None:
    photo = decode((ROOT / "scripts" / "samples" / name).read_bytes())

    (person,) = build("composite").segment(photo).people

    found = person.landmarks
    face = mouth[1] - eyes[1]
    middle = [(a + b) / 2 for a, b in zip(found["left_eye"], found["right_eye"], strict=True)]
    lips = [(a + b) / 2 for a, b in zip(found["mouth_left"], found["mouth_right"], strict=True)]
    assert middle == pytest.approx(eyes, abs=0.2 * face)
    assert lips == pytest.approx(mouth, abs=0.2 * face)


@needs_weights
def test_landmarks_of_a_large_picture_are_in_its_own_pixels() -> None:
    photo = decode((ROOT / "scripts" / "samples" / "collins.jpg").read_bytes())
    small = build("composite").segment(photo).people[0].landmarks

    large = build("composite").segment(np.kron(photo, np.ones((4, 4, 1), np.uint8))).people[0]

    expected = [4 * side for side in small["mouth_left"]]
    assert large.landmarks["mouth_left"] == pytest.approx(expected, rel=0.05)


def coco_folder(folder: Path) -> Path:
    (folder / "images").mkdir()
    (folder / "panoptic").mkdir()
    (folder / "images" / "1.jpg").write_bytes(encode_png(figure(320, 320)))
    painted = np.zeros((320, 320, 3), np.uint8)
    painted[60:, 80:240, 0] = 5
    (folder / "panoptic" / "1.png").write_bytes(encode_png(painted))
    segments = [{"id": 5, "category_id": 1, "iscrowd": 0}]
    listing = {"annotations": [{"file_name": "1.png", "image_id": 1, "segments_info": segments}]}
    (folder / "panoptic.json").write_text(json.dumps(listing))
    return folder


@needs_weights
def test_eval_prints_every_figure_and_writes_the_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    folder = coco_folder(tmp_path)

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "scripts.engine",
            "eval",
            "--coco",
            folder,
            "--sheet",
            sheet,
            "--json",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    for name in ("AP", "AP50", "AP50 large", "mIoU", "PQ", "boundary F", "false people there"):
        assert name in told
    assert (told["pictures"], told["people"], told["AP50 small"]) == (1, 1, None)
    assert told["peak MB"] > 0
    assert sheet.is_file()


def test_eval_of_a_folder_without_annotations_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.engine", "eval", "--coco", tmp_path],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "holds no panoptic" in done.stderr


@needs_weights
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["segment", "--engine", "nonsense", "a.jpg", "--json"], "there is no engine 'nonsense'"),
        (["segment", "--engine", "onnx:/nowhere.onnx", "a.jpg"], "no model file /nowhere.onnx"),
        (["bench", "nowhere.jpg"], "maskline: nowhere.jpg: No such file or directory"),
        (["bench", "README.md"], "maskline: README.md: InvalidParameter.ImageFormat"),
        (["bench"], "Missing argument"),
    ],
)
def test_what_cannot_be_carried_out_is_told_in_one_line(arguments: list[str], told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.engine", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
