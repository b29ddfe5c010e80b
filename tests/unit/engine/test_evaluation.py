from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from scripts.engine.arrays import Bits
from scripts.engine.evaluation.boundary import boundary_f_score
from scripts.engine.evaluation.coco import DatasetError, Truth, drawn, truths
from scripts.engine.evaluation.matching import Match, match
from scripts.engine.evaluation.precision import ALL, LARGE, average_precision
from scripts.engine.evaluation.scores import figures, panoptic_quality
from scripts.engine.segmenter import Person, Segmentation

SHAPE = (200, 300)


def square(x: int, y: int, side: int) -> Bits:
    bits = np.zeros(SHAPE, np.bool_)
    bits[y : y + side, x : x + side] = True
    return bits


def scored(people: list[Bits], crowds: list[Bits], predicted: list[tuple[Bits, float]]) -> Match:
    labels = np.zeros(SHAPE, np.uint8)
    found = []
    for number, (bits, score) in enumerate(predicted, start=1):
        labels[bits] = number
        area = int(bits.sum())
        found.append(Person(id=number, score=score, box=(0, 0, 1, 1), area=area))
    truth = Truth(picture=Path("x.jpg"), people=tuple(people), crowds=tuple(crowds))
    return match(truth, Segmentation(label_map=labels, people=tuple(found)))


def test_a_perfect_prediction_scores_one_everywhere() -> None:
    person = square(20, 20, 100)

    told = figures([scored([person], [], [(person, 0.9)])])

    for name in ("AP", "AP50", "AP50 large", "mIoU", "PQ", "boundary F"):
        assert told[name] == pytest.approx(1.0), name
    assert math.isnan(told["AP50 small"])


def test_finding_one_of_two_halves_the_precision() -> None:
    one, other = square(10, 10, 50), square(150, 10, 50)

    matches = [scored([one, other], [], [(one, 0.9)])]

    assert average_precision(matches, 0.5, ALL) == pytest.approx(51 / 101)
    assert panoptic_quality(matches).quality() == pytest.approx(1 / 1.5)


def test_a_false_person_costs_by_its_rank() -> None:
    one, nobody = square(10, 10, 50), square(150, 10, 50)

    last = [scored([one], [], [(one, 0.9), (nobody, 0.5)])]
    first = [scored([one], [], [(one, 0.5), (nobody, 0.9)])]

    assert average_precision(last, 0.5, ALL) == pytest.approx(1.0)
    assert average_precision(first, 0.5, ALL) == pytest.approx(0.5)
    assert panoptic_quality(last).false == 1


def test_a_crowd_is_neither_right_nor_wrong() -> None:
    one, crowd = square(10, 10, 50), square(150, 10, 60)

    matches = [scored([one], [crowd], [(one, 0.5), (square(155, 12, 40), 0.9)])]

    assert average_precision(matches, 0.5, ALL) == pytest.approx(1.0)
    assert panoptic_quality(matches).false == 0


def test_people_of_another_size_are_left_aside() -> None:
    large, small = square(10, 10, 100), square(200, 10, 20)

    matches = [scored([large, small], [], [(large, 0.9)])]

    assert average_precision(matches, 0.5, LARGE) == pytest.approx(1.0)
    assert panoptic_quality(matches).missed == 0


def test_false_people_are_counted_on_empty_pictures() -> None:
    told = figures([scored([], [], [(square(10, 10, 50), 0.9)]), scored([], [], [])])

    assert told["pictures without people"] == 2
    assert told["false people there"] == 1


def test_agrees_with_pycocotools_on_random_pictures() -> None:
    mask = pytest.importorskip("pycocotools.mask")
    draw = np.random.default_rng(5)
    matches: list[Match] = []
    images: list[Any] = []
    annotations: list[Any] = []
    results: list[Any] = []
    for image in range(1, 31):
        images.append({"id": image, "width": SHAPE[1], "height": SHAPE[0]})
        people = [
            square(x, int(draw.integers(0, 90)), int(draw.integers(15, 60))) for x in (10, 120, 220)
        ]
        predicted = []
        for bits in people[: int(draw.integers(1, 4))]:
            moved = np.roll(bits, draw.integers(-12, 12, 2), axis=(0, 1))
            predicted.append((moved, round(float(draw.uniform(0.1, 1)), 6)))
        crowds = [people.pop()] if draw.random() < 0.3 else []
        matches.append(scored(people, crowds, predicted))
        for bits, crowd in [*((b, 0) for b in people), *((b, 1) for b in crowds)]:
            run = mask.encode(np.asfortranarray(bits.astype(np.uint8)))
            entry = {"id": len(annotations) + 1, "image_id": image, "category_id": 1}
            box = mask.toBbox(run).tolist()
            annotations.append(
                {
                    **entry,
                    "segmentation": run,
                    "area": float(bits.sum()),
                    "bbox": box,
                    "iscrowd": crowd,
                }
            )
        for bits, score in predicted:
            run = mask.encode(np.asfortranarray(bits.astype(np.uint8)))
            results.append(
                {"image_id": image, "category_id": 1, "segmentation": run, "score": score}
            )

    expected = _coco_scores(images, annotations, results)

    assert figures(matches)["AP"] == pytest.approx(expected[0], abs=1e-6)
    assert figures(matches)["AP50"] == pytest.approx(expected[1], abs=1e-6)


def _coco_scores(images: list[Any], annotations: list[Any], results: list[Any]) -> list[float]:
    coco_module = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    truth = coco_module.COCO()
    truth.dataset = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 1, "name": "person"}],
        "info": {},
    }
    truth.createIndex()
    run = evaluation.COCOeval(truth, truth.loadRes(results), "segm")
    run.evaluate()
    run.accumulate()
    run.summarize()
    return [float(value) for value in run.stats]


def test_an_outline_within_reach_counts_and_one_beyond_does_not() -> None:
    truth = square(50, 50, 80)

    assert boundary_f_score(square(51, 50, 80), truth) == pytest.approx(1.0)
    assert boundary_f_score(square(80, 80, 80), truth) < 0.3
    assert boundary_f_score(square(50, 50, 20), truth) < 0.4


def test_reads_run_lengths_polygons_and_compressed_runs() -> None:
    plain = drawn({"counts": [2, 3, 4], "size": [3, 3]}, (3, 3))
    packed = drawn({"counts": "234", "size": [3, 3]}, (3, 3))
    polygon = drawn([[10, 10, 20, 10, 20, 20, 10, 20]], (40, 40))

    assert plain.sum() == 3
    assert plain[2, 0]
    assert plain[0, 1]
    assert np.array_equal(plain, packed)
    assert polygon[15, 15]
    assert not polygon[25, 25]


def test_reads_a_panoptic_folder(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "panoptic").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "7.jpg"), np.zeros((20, 30, 3), np.uint8))
    painted = np.zeros((20, 30, 3), np.uint8)
    painted[5:10, 5:10, 2] = 9
    painted[12:15, :, 1] = 1
    cv2.imwrite(str(tmp_path / "panoptic" / "7.png"), painted)
    segments = [
        {"id": 9, "category_id": 1, "iscrowd": 0},
        {"id": 256, "category_id": 1, "iscrowd": 1},
    ]
    listing = {"annotations": [{"file_name": "7.png", "image_id": 7, "segments_info": segments}]}
    (tmp_path / "panoptic.json").write_text(json.dumps(listing))

    (truth,) = truths(tmp_path)

    assert truth.picture.name == "7.jpg"
    assert truth.people[0].sum() == 25
    assert truth.crowds[0].sum() == 90


def test_reads_an_instances_folder(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.jpg"), np.zeros((40, 40, 3), np.uint8))
    listing = {
        "images": [{"id": 1, "file_name": "a.jpg", "height": 40, "width": 40}],
        "annotations": [
            {"image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": [[1, 1, 9, 1, 9, 9]]},
            {"image_id": 1, "category_id": 3, "iscrowd": 0, "segmentation": [[1, 1, 9, 1, 9, 9]]},
        ],
    }
    (tmp_path / "instances.json").write_text(json.dumps(listing))

    (truth,) = truths(tmp_path)

    assert len(truth.people) == 1


def test_a_folder_without_annotations_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no panoptic"):
        list(truths(tmp_path))
