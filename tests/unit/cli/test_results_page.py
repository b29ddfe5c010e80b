"""`maskline page`: where the page goes, which photograph belongs to which set, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.results_page import show_results
from tests.result_sets import ResultSet

Out = pytest.CaptureFixture[str]


def show(results: Path, *photos: Path, out: Path | None = None) -> int:
    return show_results([results], photos, out=out, as_json=True)


def told(capsys: Out) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_page_over_what_came_home(tmp_path: Path, capsys: Out) -> None:
    made = ResultSet(recipes="people")
    made.write(tmp_path / "results" / "trip")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "other name.jpg").write_bytes(made.photo)

    code = show(tmp_path / "results", tmp_path / "photos")

    page = tmp_path / "results" / "index.html"
    assert code == ExitCode.DONE
    assert told(capsys) == {
        "page": str(page.resolve()),
        "sets": 1,
        "without_photo": 0,
        "unreadable": [],
    }
    assert "index-pictures/1/photo.jpg" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("other", ["sha256", "etag"])
def test_a_photograph_is_known_by_its_etag_or_its_hash(
    tmp_path: Path, capsys: Out, other: str
) -> None:
    """HEIC is hashed as what it became, and an upload in parts has an eTag that is no MD5."""
    made = ResultSet(recipes="people")
    manifest = made.write(tmp_path / "results") / "manifest.json"
    text = json.loads(manifest.read_text())
    text["source"][other] = "0" * 64
    manifest.write_text(json.dumps(text))
    (tmp_path / "one.jpg").write_bytes(made.photo)

    show(tmp_path / "results", tmp_path / "one.jpg")

    assert told(capsys)["without_photo"] == 0


def test_without_the_photograph_people_in_colours_stand_for_it(tmp_path: Path, capsys: Out) -> None:
    ResultSet(recipes="people").write(tmp_path / "results")
    same_size = tmp_path / "photos" / "another.jpg"
    same_size.parent.mkdir()
    same_size.write_bytes(bytes(len(ResultSet().photo)))

    code = show(tmp_path / "results", same_size.parent, out=tmp_path / "page.html")

    output = capsys.readouterr()
    assert code == ExitCode.DONE
    assert json.loads(output.out)["without_photo"] == 1
    assert "--photos" in output.err
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "page-pictures/1/large/vis.jpg" in text
    assert "results/group.jpg/manifest.json" in text


def test_a_set_that_cannot_be_read_is_told_and_hides_no_other(tmp_path: Path, capsys: Out) -> None:
    ResultSet(recipes="people").write(tmp_path / "results")
    broken = ResultSet(name="broken.jpg", recipes="people").write(tmp_path / "results")
    (broken / "mask.png").write_bytes(b"no picture")

    code = show(tmp_path / "results")

    answer = told(capsys)
    assert code == ExitCode.WRONG
    assert answer["sets"] == 2
    assert [Path(name).name for name in answer["unreadable"]] == ["broken.jpg"]


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="no result was found"):
        show(tmp_path / "empty")
    with pytest.raises(CommandError, match="no folder"):
        show(tmp_path / "nowhere")
    ResultSet(recipes="people").write(tmp_path / "results")
    with pytest.raises(CommandError, match="does not exist"):
        show(tmp_path / "results", tmp_path / "nowhere")
    (tmp_path / "page-pictures").mkdir()
    with pytest.raises(CommandError, match="in the way"):
        show(tmp_path / "results", out=tmp_path / "page.html")
