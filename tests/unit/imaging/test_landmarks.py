"""The document that tells faces: what is read, what is refused, and where the points end up."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from shared.imaging.landmarks import Landmarks, LandmarksError, LandmarkSheet, read_landmarks
from shared.imaging.scene import read_scene
from shared.imaging.turning import upright, upright_point
from tests import pictures

FACE = {
    "nose": [50, 40],
    "left_eye": [60, 30],
    "right_eye": [40, 30],
    "mouth_left": [56, 50],
    "mouth_right": [44, 52],
    "left_shoulder": [90, 90],
}


def document(*people: Any, **changes: Any) -> bytes:
    return json.dumps({"width": 200, "height": 100, "people": list(people), **changes}).encode()


def person(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {"id": number, "landmarks": {**FACE, **changes}}


def test_a_face_is_read_with_the_mouth_s_middle() -> None:
    sheet = read_landmarks(document(person(3, whiskers=[1, 2])))

    assert (sheet.width, sheet.height) == (200, 100)
    assert sheet.people == {
        3: Landmarks(
            left_eye=(60, 30),
            right_eye=(40, 30),
            mouth=(50, 51),
            nose=(50, 40),
            left_shoulder=(90, 90),
        )
    }


def test_who_is_told_without_a_whole_face_has_none() -> None:
    turned_away = {"id": 1, "landmarks": {"left_ear": [5, 5]}}

    assert read_landmarks(document(turned_away, {"id": 2, "landmarks": {}})).people == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG",
        b"[" * 200_000,
        b"[]",
        b"{}",
        document(width=0),
        document(height="100"),
        document(width=True),
        document(person(0)),
        document(person(256)),
        document({"id": 1}),
        document(person(nose=[1])),
        document(person(nose=[1, "2"])),
        document(person(nose=[1, None])),
        document(person(nose=[float("nan"), 1])),
        document(person(nose=[1e30, 1])),
        document(*([person()] * 256)),
        b" " * (1024 * 1024 + 1),
    ],
)
def test_another_document_is_refused_by_one_error(data: bytes) -> None:
    with pytest.raises(LandmarksError):
        read_landmarks(data)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_points_turn_as_pixels_do(orientation: int) -> None:
    stored = np.zeros((30, 50), np.uint8)
    stored[4, 11] = 1

    ((row, column),) = np.argwhere(upright(stored, orientation))

    assert upright_point((11.5, 4.5), (50, 30), orientation) == (column + 0.5, row + 0.5)


def test_faces_are_scaled_to_the_picture_and_numbered_as_people_are() -> None:
    label_map = np.zeros((100, 200), np.uint8)
    label_map[20:90, 30:70] = 9
    label_map[20:90, 120:160] = 4
    photo = pictures.picture("PNG", (400, 300))
    with pytest.raises(Exception, match="the mask has"):
        read_scene(photo, pictures.label_png(label_map))

    scene = read_scene(
        pictures.picture("PNG", (400, 200)),
        pictures.label_png(label_map),
        landmarks=read_landmarks(document(person(9), person(77))),
    )

    assert list(scene.landmarks) == [1]
    assert scene.landmarks[1].left_eye == (120, 60)
    assert scene.landmarks[1].left_shoulder == (180, 180)


def test_faces_of_a_mask_that_was_made_lying_are_set_upright_with_it() -> None:
    stored = np.zeros((100, 200), np.uint8)
    stored[20:90, 30:70] = 1
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (200, 100)).save(out, "JPEG", exif=exif)
    sheet = read_landmarks(document(person()))

    scene = read_scene(out.getvalue(), pictures.label_png(stored), landmarks=sheet)

    assert (scene.width, scene.height) == (100, 200)
    assert scene.landmarks[1].left_eye == (70, 60)
    assert scene.label_map[60, 70] == 1


def test_faces_of_another_mask_are_not_gone_by() -> None:
    mask = np.ones((100, 200), np.uint8)
    sheet = LandmarkSheet(width=100, height=50, people=read_landmarks(document(person())).people)

    scene = read_scene(
        pictures.picture("PNG", (200, 100)), pictures.label_png(mask), landmarks=sheet
    )

    assert scene.landmarks == {}
