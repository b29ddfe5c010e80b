"""`maskline derive`, `rederive` and `run --recipes`: what is made, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scripts.cli.derive import derive_files
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.rederive import rederive_jobs
from scripts.cli.run import run_photos
from shared.domain.state import JobState
from shared.imaging.png import encode_png
from tests.unit.cli.scene import Scene, folder_of_photos, jpeg

Out = pytest.CaptureFixture[str]


def at_hand(folder: Path) -> tuple[Path, Path]:
    """A photograph of 640×512 and the mask of one person."""
    label_map = np.zeros((512, 640), np.uint8)
    label_map[100:400, 200:400] = 1
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "photo.jpg").write_bytes(jpeg(1))
    (folder / "mask.png").write_bytes(encode_png(label_map))
    return folder / "photo.jpg", folder / "mask.png"


def test_pictures_are_made_of_files_at_hand(tmp_path: Path, capsys: Out) -> None:
    photo, mask = at_hand(tmp_path)

    code = derive_files(photo, mask, "people", out=tmp_path / "out", as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert code == ExitCode.DONE
    assert told["people"] == [{"id": 1, "box": [200, 100, 200, 300], "area": 60_000}]
    made = {str(Path(path).relative_to(tmp_path / "out")) for path in told["files"]}
    assert {"mask.png", "vis.png", "people/1/mask.png", "people/1/cutout.png"} <= made
    assert all(Path(path).is_file() for path in told["files"])


@pytest.mark.parametrize(
    ("photo", "mask", "line", "told"),
    [
        ("photo.jpg", "mask.png", "portrait", "--recipes: 'portrait' is no recipe"),
        ("photo.jpg", "photo.jpg", "people", "photo.jpg is no usable mask"),
        ("mask.txt", "mask.png", "people", "mask.txt cannot be read"),
        ("nowhere.jpg", "mask.png", "people", "nowhere.jpg cannot be read"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, photo: str, mask: str, line: str, told: str
) -> None:
    at_hand(tmp_path)
    (tmp_path / "mask.txt").write_text("no picture")

    with pytest.raises(CommandError) as error:
        derive_files(tmp_path / photo, tmp_path / mask, line, out=tmp_path / "out", as_json=True)

    assert told in str(error.value)


FACE = {
    "left_eye": [320, 150],
    "right_eye": [280, 150],
    "mouth_left": [315, 190],
    "mouth_right": [285, 190],
}


def told_by_the_engine(folder: Path, *masks: Path) -> Path:
    people = [{"id": 1, "score": 1, "landmarks": FACE}]
    results = [{"photo": "?", "mask": str(mask), "people": people} for mask in masks]
    results.append({"photo": "broken.jpg", "error": "read image error"})
    path = folder / "segment.json"
    path.write_text(json.dumps({"results": results}))
    return path


def head_by(out: Path) -> object:
    report = json.loads((out / "id-photo" / "report.json").read_bytes())
    return report["people"][0].get("head", report["people"][0])["by"]


def test_what_the_engine_told_of_faces_places_the_heads(tmp_path: Path) -> None:
    photo, mask = at_hand(tmp_path)
    line = "id-photo:sheet=none:enlarge=8:head=0.6"
    for landmarks in (
        told_by_the_engine(tmp_path, mask),
        told_by_the_engine(tmp_path, tmp_path / "other.png", mask),
        told_by_the_engine(tmp_path, tmp_path / "copied.png"),
    ):
        out = tmp_path / "out"
        derive_files(photo, mask, line, out=out, landmarks=landmarks, as_json=True)

        assert head_by(out) == "landmarks"


def test_faces_of_other_masks_are_refused(tmp_path: Path) -> None:
    photo, mask = at_hand(tmp_path)
    others = told_by_the_engine(tmp_path, tmp_path / "a.png", tmp_path / "b.png")
    (tmp_path / "mask.txt").write_text("no JSON")
    for landmarks, told in (
        (others, "it tells of 2 photographs, and of none with this mask"),
        (tmp_path / "mask.txt", "it is no JSON"),
        (tmp_path / "nowhere", "cannot be read"),
    ):
        with pytest.raises(CommandError, match=told):
            derive_files(
                photo, mask, "vis", out=tmp_path / "out", landmarks=landmarks, as_json=True
            )


def test_a_run_with_recipes_makes_them_also_of_what_was_done_before(
    tmp_path: Path, capsys: Out
) -> None:
    scene = Scene()
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1))

    def run(recipes: str | None) -> dict[str, object]:
        code = run_photos(
            scene.operator,
            [trip],
            out=tmp_path / "out",
            dry_run=False,
            yes=False,
            timeout=None,
            recipes=recipes,
            as_json=True,
        )
        assert code == ExitCode.DONE
        capsys.readouterr()
        home = tmp_path / "out" / "trip" / "a.jpg" / "manifest.json"
        manifest: dict[str, object] = json.loads(home.read_bytes())
        return manifest

    first, again, same = run("vis"), run("people"), run("people")

    assert (first["version"], first["recipes"]) == (1, ["vis"])
    assert (again["version"], again["recipes"]) == (2, ["people"])
    assert same["version"] == 2
    assert scene.functions.pipeline.gatekeeper.load().quota.spent == 1


def test_recipes_in_any_script_travel_as_ascii(tmp_path: Path, capsys: Out) -> None:
    scene = Scene()
    trip = folder_of_photos(tmp_path / "trip", a_jpg=jpeg(1))

    code = run_photos(
        scene.operator,
        [trip],
        out=tmp_path / "out",
        dry_run=False,
        yes=True,
        timeout=None,
        recipes="vis, id-photo:size=一寸",
        as_json=True,
    )

    assert code == ExitCode.DONE
    asked = scene.world.objects.head("uploads/trip/a.jpg").metadata
    assert asked == {"maskline-recipes": "vis,id-photo:size=%E4%B8%80%E5%AF%B8"}
    home = tmp_path / "out" / "trip" / "a.jpg" / "manifest.json"
    assert json.loads(home.read_bytes())["version"] == 1


def test_everything_under_a_prefix_is_derived_again(tmp_path: Path, capsys: Out) -> None:
    scene = Scene()
    for key in ("uploads/a/1.jpg", "uploads/a/2.jpg", "uploads/b/3.jpg"):
        scene.shop.put(key, jpeg(int(key[-5])), media_type="image/jpeg")
    scene.world.run(scene.functions)

    code = rederive_jobs(scene.operator, [], "uploads/a/", "vis", yes=False, as_json=True)

    told = json.loads(capsys.readouterr().out)["jobs"]
    assert code == ExitCode.DONE
    assert {(job["key"], job["version"]) for job in told} == {
        ("uploads/a/1.jpg", 2),
        ("uploads/a/2.jpg", 2),
    }
    report = scene.operator.audit(deep=True)
    assert not report.wrong, "versions beside one another are no strays"


def test_a_job_that_is_not_done_is_said_and_the_others_are_derived(
    tmp_path: Path, capsys: Out
) -> None:
    scene = Scene()
    scene.shop.put("uploads/good.jpg", jpeg(1), media_type="image/jpeg")
    scene.shop.put("uploads/bad.jpg", b"no picture", media_type="image/jpeg")
    scene.world.run(scene.functions)

    names = ["uploads/bad.jpg", "uploads/good.jpg"]
    code = rederive_jobs(scene.operator, names, None, None, yes=False, as_json=True)

    bad, good = json.loads(capsys.readouterr().out)["jobs"]
    assert code == ExitCode.WRONG
    assert str(JobState.REJECTED) in bad["why"]
    assert (good["version"], good["why"]) == (2, None)


@pytest.mark.parametrize(("names", "prefix"), [([], None), (["uploads/a.jpg"], "uploads/")])
def test_jobs_or_a_prefix_must_be_named(names: list[str], prefix: str | None) -> None:
    with pytest.raises(CommandError, match="name jobs, or say --prefix P"):
        rederive_jobs(Scene().operator, names, prefix, None, yes=False, as_json=True)


def test_many_are_not_derived_without_a_word(capsys: Out) -> None:
    scene = Scene()
    for number in range(51):
        scene.shop.put(f"uploads/{number}.jpg", jpeg(number), media_type="image/jpeg")
    scene.world.run(scene.functions, seconds=6000.0)

    with pytest.raises(CommandError, match="say --yes to mean it"):
        rederive_jobs(scene.operator, [], "uploads/", "vis", yes=False, as_json=True)
