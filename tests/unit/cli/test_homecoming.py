"""Results come home whole, and no name leads out of their folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.homecoming import Homecoming
from tests.unit.cli.scene import Scene, jpeg


class Home:
    """One result in the bucket, and where it comes home to."""

    def __init__(self, tmp_path: Path) -> None:
        self.scene = Scene()
        self.scene.shop.put("uploads/a.jpg", jpeg(1), media_type="")
        self.scene.world.run(self.scene.functions)
        job = next(iter(self.scene.world.jobs._rows.values()))
        self.manifest_key = str(job.manifest_key)
        self.bring = Homecoming(objects=self.scene.shop, out=tmp_path / "out")
        self.folder = tmp_path / "out" / "a.jpg"

    def __call__(self) -> Path:
        return self.bring(self.manifest_key, "a.jpg")

    def rename_file(self, name: str) -> None:
        objects = self.scene.world.objects
        manifest = json.loads(objects.read(self.manifest_key, limit=10**7))
        manifest["files"][0]["name"] = name
        objects.put(self.manifest_key, json.dumps(manifest).encode(), media_type="")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_nothing_half_written_stays_behind(home: Home) -> None:
    home()

    assert not list(home.folder.rglob("*.part"))
    assert (home.folder / "manifest.json").exists()


def test_without_every_file_there_is_no_manifest_at_home(home: Home) -> None:
    key = home.manifest_key.replace("manifest.json", "vis.png")
    home.scene.world.objects.put(key, b"something else", media_type="")

    with pytest.raises(CommandError, match="not whole") as raised:
        home()

    assert raised.value.code is ExitCode.WRONG
    assert not (home.folder / "manifest.json").exists()


def test_an_older_manifest_goes_before_its_files_change(home: Home) -> None:
    home.folder.mkdir(parents=True)
    (home.folder / "manifest.json").write_text("{}")
    key = home.manifest_key.replace("manifest.json", "vis.png")
    home.scene.world.objects.delete(key)

    with pytest.raises(CommandError, match="not whole"):
        home()

    assert not (home.folder / "manifest.json").exists()


@pytest.mark.parametrize("name", ["../../evil.png", "/tmp/evil.png", "people/../../../evil.png"])
def test_a_name_that_leads_out_is_refused(home: Home, tmp_path: Path, name: str) -> None:
    home.rename_file(name)

    with pytest.raises(CommandError, match="leads out"):
        home()

    assert not list(tmp_path.rglob("evil.png"))


def test_where_nothing_can_be_written_the_remedy_is_another_place(
    home: Home, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")

    with pytest.raises(CommandError, match="--out"):
        home()


def test_an_erasing_comes_home_into_a_folder_of_its_own(home: Home) -> None:
    objects = home.scene.world.objects
    manifest = json.loads(objects.read(home.manifest_key, limit=10**7))
    home()

    key = home.manifest_key.replace("manifest.json", "v3/erase/erase.json")
    erasing = {**manifest, "people": [], "files": manifest["files"][:1]}
    objects.put(key, json.dumps(erasing).encode(), media_type="")
    home.bring.erasing(key, "a.jpg")

    assert json.loads((home.folder / "erase" / "erase.json").read_text()) == erasing
    assert (home.folder / "erase" / manifest["files"][0]["name"]).is_file()
