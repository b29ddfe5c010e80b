"""What a function's handler can reach within our own code: its import closure."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # a tenth of a cloud's start, and needed only where something has changed
    import grimp

OWN: Final = ("shared", "functions")
REQUIREMENTS: Final = "requirements.txt"
"""Beside a handler; it goes to the root of the package."""
CODE: Final = (".py", ".pyc", ".pyi")
BY_NAME: Final = {
    "shared.imaging.options.catalogue": "shared.imaging.options",
    "shared.imaging.recipes.catalogue": "shared.imaging.recipes",
}
"""Modules that load the modules of a package by name, which the graph of imports does not show."""


class PackagingError(Exception):
    """A function cannot be packaged; the text names it and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A function's files by their name in the package, and the third-party packages it imports."""

    function: str
    files: dict[str, Path]
    third_party: frozenset[str]


def source_root() -> Path:
    """The folder in which `shared` and `functions` lie."""
    spec = find_spec("functions")
    if spec is None or not spec.submodule_search_locations:
        raise PackagingError("the package 'functions' cannot be found: run from the project")
    return Path(next(iter(spec.submodule_search_locations))).parent


def function_names(root: Path) -> list[str]:
    """Every folder of `functions` that has a handler."""
    return sorted(path.parent.name for path in (root / "functions").glob("*/handler.py"))


def closures(root: Path, names: list[str]) -> list[Closure]:
    """The closure of each function.

    Raises:
        PackagingError: a function has no handler.
    """
    import grimp

    graph = grimp.build_graph(*OWN, include_external_packages=True, cache_dir=None)
    return [_closure(graph, root, name) for name in names]


def _closure(graph: grimp.ImportGraph, root: Path, name: str) -> Closure:
    handler = f"functions.{name}.handler"
    if handler not in graph.modules:
        raise PackagingError(f"function {name!r} has no functions/{name}/handler.py")
    reached = {handler, *graph.find_upstream_modules(handler)}
    for module in [
        found for loader in BY_NAME if loader in reached for found in _named(graph, loader)
    ]:
        reached |= {module, *graph.find_upstream_modules(module)}
    own = {module for module in reached if module.partition(".")[0] in OWN}
    modules = own | {parent for module in own for parent in _parents(module)}
    files: dict[str, Path] = {}
    for module in modules:
        files.update(_files_of(root, module))
    third_party = {module for module in reached - own if not _is_standard(module)}
    return Closure(function=name, files=files, third_party=frozenset(third_party))


def _named(graph: grimp.ImportGraph, loader: str) -> set[str]:
    return graph.find_children(BY_NAME[loader])


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _files_of(root: Path, module: str) -> dict[str, Path]:
    path = root / module.replace(".", "/")
    if not path.is_dir():
        return {_name(root, path.with_suffix(".py")): path.with_suffix(".py")}
    data = [file for file in path.iterdir() if file.is_file() and _is_data(file)]
    return {_name(root, file): file for file in [path / "__init__.py", *data]}


def _is_data(file: Path) -> bool:
    return file.suffix not in CODE and file.name != REQUIREMENTS


def _name(root: Path, file: Path) -> str:
    return file.relative_to(root).as_posix()


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names
