"""Packages hold what a handler can reach: no more, no less, and always the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from scripts.package.archive import write_if_new, zipped
from scripts.package.build import build
from scripts.package.closure import closures, function_names, source_root

DISTRIBUTIONS = {
    "PIL": "Pillow",
    "fc2": "aliyun-fc2",
    "mns": "aliyun-mns-sdk",
    "pillow_heif": "pillow-heif",
    "typing_extensions": "typing-extensions",
}
BROUGHT_ALONG = {"requests": "oss2", "urllib3": "tablestore"}
"""Imported for their exceptions only; they come with the SDK that raises them."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(tmp_path_factory.mktemp("build"))


def names_in(package: Path) -> set[str]:
    return set(zipfile.ZipFile(package).namelist())


def test_every_function_has_its_own_package(built: dict[str, Path]) -> None:
    assert sorted(built) == ["finalizer", "poller", "submit"]
    for name, package in built.items():
        names = names_in(package)
        assert {
            f"functions/{name}/handler.py",
            "functions/__init__.py",
            "requirements.txt",
        } <= names
        assert {n.split("/")[0] for n in names} == {"functions", "shared", "requirements.txt"}
        others = {f"functions/{other}/handler.py" for other in built if other != name}
        assert not names & others


def test_packages_hold_no_memory_adapters_and_no_caches(built: dict[str, Path]) -> None:
    for package in built.values():
        strays = [n for n in names_in(package) if "/memory/" in n or "__pycache__" in n]
        assert strays == []


def test_every_module_comes_with_the_packages_above_it(built: dict[str, Path]) -> None:
    for package in built.values():
        names = names_in(package)
        for name in names:
            for parent in list(Path(name).parents)[:-1]:
                assert f"{parent.as_posix()}/__init__.py" in names


def test_equal_input_is_equal_bytes(built: dict[str, Path], tmp_path: Path) -> None:
    again = build(tmp_path)
    assert {n: p.read_bytes() for n, p in again.items()} == {
        n: p.read_bytes() for n, p in built.items()
    }


def test_what_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    first = build(tmp_path)["submit"].stat()
    second = build(tmp_path)["submit"].stat()
    assert (first.st_mtime_ns, first.st_ino) == (second.st_mtime_ns, second.st_ino)
    assert write_if_new(tmp_path / "submit.zip", b"other")


def test_zip_is_sorted_and_without_time() -> None:
    archive = zipfile.ZipFile(io.BytesIO(zipped({"b": b"2", "a": b"1"})))
    assert [(i.filename, i.date_time, i.external_attr >> 16) for i in archive.infolist()] == [
        ("a", (1980, 1, 1, 0, 0, 0), 0o100644),
        ("b", (1980, 1, 1, 0, 0, 0), 0o100644),
    ]


@pytest.mark.parametrize("function", ["finalizer", "poller", "submit"])
def test_requirements_are_what_the_closure_imports(function: str) -> None:
    root = source_root()
    imported = next(c for c in closures(root, [function])).third_party
    wanted = {DISTRIBUTIONS.get(name, name) for name in imported - BROUGHT_ALONG.keys()}
    lines = (root / "functions" / function / "requirements.txt").read_text().split()
    assert {re.split(r"[=<>]", line)[0] for line in lines} == wanted
    for name in imported & BROUGHT_ALONG.keys():
        assert BROUGHT_ALONG[name] in wanted


def test_requirements_say_what_the_project_says() -> None:
    root = source_root()
    project = (root / "pyproject.toml").read_text()
    for function in function_names(root):
        for line in (root / "functions" / function / "requirements.txt").read_text().split():
            assert f'"{line}"' in project, f"{function}: {line}"


def test_the_finalizer_has_the_recipes_that_it_loads_by_name(built: dict[str, Path]) -> None:
    recipes = {f"shared/imaging/recipes/{name}.py" for name in ("people", "vis")}

    assert recipes <= names_in(built["finalizer"])
