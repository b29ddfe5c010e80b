"""A result set at home becomes data for the page; nothing of it is left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from scripts.viewer.document import document
from scripts.viewer.model import Page, PagePhoto
from scripts.viewer.model import ResultSet as Shown
from scripts.viewer.place import NotOursError, Place
from scripts.viewer.words import Group, Words, amount, caption_of, percent
from shared.domain.manifest import ManifestProblem
from shared.imaging.options.catalogue import OPTIONS
from shared.wire.manifest import ManifestError
from tests.result_sets import ResultSet


def read(tmp_path: Path, made: ResultSet, *, with_photo: bool = True) -> tuple[Place, Shown]:
    folder = made.write(tmp_path / "results")
    place = Place(tmp_path / "index.html")
    place.cleared()
    return place, place.reader(folder, 1)(made.photo if with_photo else None)


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_every_file_of_the_set_can_be_reached_from_the_page(tmp_path: Path) -> None:
    made = ResultSet(name='50% #1 ?&"<b>合影.jpg')

    _, shown = read(tmp_path, made)

    folder = tmp_path / "results" / made.name
    assert {file.name for file in shown.files} == files_of(folder)
    for file in shown.files:
        assert (tmp_path / unquote(file.address)).samefile(folder / file.name)
        assert file.size == (folder / file.name).stat().st_size


def test_pictures_have_a_small_picture_and_comparisons_the_photographs_proportions(
    tmp_path: Path,
) -> None:
    _, shown = read(tmp_path, ResultSet())

    assert {view.words.english for view in shown.views} == {"Colours", "Blur", "Backdrop"}
    assert shown.photo is not None
    for picture in [view.shown for view in shown.views]:
        assert (picture.width, picture.height) == (640, 512)
    for file in shown.files:
        assert (file.thumbnail is None) == (Path(file.name).suffix in {".json", ".txt", ".xml"})
        if file.thumbnail:
            with Image.open(tmp_path / unquote(file.thumbnail.address)) as small:
                assert small.size == (file.thumbnail.width, file.thumbnail.height)
            assert max(file.thumbnail.width, file.thumbnail.height) <= 420


def test_people_are_told_with_number_area_and_share(tmp_path: Path) -> None:
    made = ResultSet()

    _, shown = read(tmp_path, made)

    areas = {person.id: person.area for person in shown.people}
    assert sorted(areas.values()) == sorted(
        int((made.label_map == number).sum()) for number in (1, 2, 3)
    )
    for person in shown.people:
        assert person.share == pytest.approx(person.area / made.label_map.size)
        assert person.outline.startswith("M")
        x, y = round(person.at[0] * 640), round(person.at[1] * 512)
        assert made.label_map[y, x - 1 : x + 1].all()


def test_who_has_no_id_photo_and_what_gave_nothing_is_told(tmp_path: Path) -> None:
    old = ManifestProblem(recipe="backdrop", code="missing", message="no image")
    new = replace(old, message_zh="没有图片", remedy="Name one.", remedy_zh="请指定。")

    _, shown = read(tmp_path, ResultSet(problems=(old, new)))

    assert [words.english for words in shown.problems] == [
        "backdrop gave nothing: no image (missing).",
        "backdrop gave nothing: no image (missing). Name one.",
    ]
    assert [words.chinese for words in shown.problems] == [
        "backdrop 没有结果：no image（missing）。",
        "backdrop 没有结果：没有图片（missing）。请指定。",
    ]
    assert all("请" in words.chinese for words in shown.refusals)
    assert any("No ID photo of person" in words.english for words in shown.refusals)
    report = tmp_path / "results" / "group.jpg" / "id-photo" / "report.json"
    refused = [one for one in json.loads(report.read_text())["people"] if not one["made"]]
    assert len(shown.refusals) == len(refused)


def test_an_erasing_beside_the_set_is_shown_too(tmp_path: Path) -> None:
    made = ResultSet(recipes="people")
    folder = made.write(tmp_path / "results")
    (folder / "erase").mkdir()
    Image.new("RGB", (640, 512)).save(folder / "erase" / "erased.png")
    told = json.loads((folder / "manifest.json").read_text())
    file = {**told["files"][0], "name": "erased.png", "key": "k/erase/erased.png"}
    text = json.dumps({**told, "people": [], "files": [file]})
    (folder / "erase" / "erase.json").write_text(text)
    place = Place(tmp_path / "index.html")
    place.cleared()

    shown = place.reader(folder, 1)(made.photo)

    assert "Erased" in {view.words.english for view in shown.views}
    assert "erase/erase.json" in {file.name for file in shown.files}


def test_every_file_that_recipes_make_has_a_name_in_both_languages(tmp_path: Path) -> None:
    line = ",".join(name for name in OPTIONS if name != "erase")

    _, shown = read(tmp_path, ResultSet(recipes=line))

    assert [file.name for file in shown.files if file.words.english == file.name] == []


def test_a_file_nobody_knows_goes_by_its_own_name() -> None:
    caption = caption_of("new/thing.png", is_picture=True)

    assert caption.words == Words("new/thing.png", "new/thing.png")
    assert caption.group is Group.PICTURES


def test_a_manifest_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    made = ResultSet(recipes="people")
    folder = made.write(tmp_path / "results")
    (tmp_path / "secret.json").write_text("{}")
    manifest = folder / "manifest.json"
    told = json.loads(manifest.read_text())
    told["files"][0]["name"] = "../../secret.json"
    manifest.write_text(json.dumps(told))
    place = Place(tmp_path / "index.html")
    place.cleared()

    with pytest.raises(ManifestError, match="leads out of the folder"):
        place.reader(folder, 1)(None)


def test_an_older_page_is_replaced_and_a_strangers_folder_is_not(tmp_path: Path) -> None:
    place = Place(tmp_path / "index.html")
    place.cleared()
    (place.pictures / "old.jpg").touch()
    place.cleared()
    assert not (place.pictures / "old.jpg").exists()

    strange = Place(tmp_path / "holiday.html")
    strange.pictures.mkdir()
    (strange.pictures / "mine.jpg").touch()
    with pytest.raises(NotOursError):
        strange.cleared()
    assert (strange.pictures / "mine.jpg").exists()


def test_the_page_stays_light_with_many_photographs(tmp_path: Path) -> None:
    _, shown = read(tmp_path, ResultSet())
    photo = PagePhoto(name="x.jpg", state="DONE", result=shown)

    def size(count: int) -> int:
        title = Words("t", "t")
        return len(document(Page(title=title, summary=title, photos=(photo,) * count)).encode())

    assert (size(101) - size(1)) / 100 < 20_000


@pytest.mark.parametrize(
    ("share", "told"), [(0.1234, "12.3 %"), (0.0001, "< 0.1 %"), (0, "0.0 %"), (1, "100.0 %")]
)
def test_shares_are_told(share: float, told: str) -> None:
    assert percent(share) == told


@pytest.mark.parametrize(
    ("size", "told"), [(999, "999 B"), (1_000, "1 KB"), (2_345_678, "2.3 MB"), (0, "0 B")]
)
def test_sizes_are_told(size: int, told: str) -> None:
    assert amount(size) == told
