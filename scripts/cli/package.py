"""`maskline package`: the functions' zips for the cloud, their sizes and whether they run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from rich.table import Table

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.output import print_json, say, shown, to_people
from scripts.package.build import Package, build, build_for_cloud
from scripts.package.closure import PackagingError
from scripts.package.limits import LARGEST_EVERYWHERE, MEGABYTE
from scripts.package.runtimes import RUNTIMES, Runtime

KILOBYTE: Final = 1024


def runtime_of(name: str) -> Runtime:
    """The runtime of that name. Raises CommandError."""
    if name not in RUNTIMES:
        raise CommandError(f"there is no runtime {name!r}", f"choose {' or '.join(RUNTIMES)}")
    return RUNTIMES[name]


def make_packages(out: Path, runtime: str, *, own_code: bool, as_json: bool) -> int:
    """Build them and say what was built.

    Raises:
        CommandError: a package cannot be built, is too large, or does not run.
    """
    try:
        if own_code:
            return _own_code(out, as_json=as_json)
        built = build_for_cloud(out, runtime_of(runtime))
    except PackagingError as error:
        raise CommandError(str(error), "", ExitCode.WRONG) from error
    if as_json:
        print_json({"runtime": runtime, "packages": [_document(package) for package in built]})
    else:
        _show(built, runtime_of(runtime))
    return ExitCode.DONE


def _own_code(out: Path, *, as_json: bool) -> int:
    built = build(out)
    if as_json:
        packages = [{"function": name, "path": str(path)} for name, path in built.items()]
        print_json({"runtime": None, "packages": packages})
        return ExitCode.DONE
    for name, path in built.items():
        to_people().print(f"{name:12} {shown(path)} ({path.stat().st_size / KILOBYTE:.0f} KB)")
    return ExitCode.DONE


def _document(package: Package) -> dict[str, Any]:
    return {
        "function": package.function,
        "path": str(package.path),
        "sha256": package.sha256,
        "packed_bytes": package.size.packed,
        "unpacked_bytes": package.size.unpacked,
        "every_region": package.size.everywhere,
        "modules_imported": package.imported,
    }


def _show(built: Sequence[Package], runtime: Runtime) -> None:
    table = Table(box=None)
    for title in ("function", "zip", "packed", "unpacked", "contents", "alone"):
        justify: Literal["left", "right"] = "right" if "packed" in title else "left"
        table.add_column(title, justify=justify, overflow="fold", no_wrap=title != "zip")
    for package in built:
        table.add_row(
            package.function,
            shown(package.path),
            f"{package.size.packed / MEGABYTE:.1f} MB",
            f"{package.size.unpacked / MEGABYTE:.1f} MB",
            package.sha256[:12],
            "not tried" if package.imported is None else f"imports {package.imported}",
        )
    to_people().print(table)
    if any(package.imported is None for package in built):
        say(f"They were not tried: this machine has no Python {runtime.python}.")
    if large := [package.function for package in built if not package.size.everywhere]:
        say(
            f"Larger than {LARGEST_EVERYWHERE // MEGABYTE} MB, which some regions refuse: "
            + ", ".join(large)
        )
