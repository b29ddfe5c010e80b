"""`maskline derive`: a photograph and a mask at hand, and what recipes make of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.landmarks import landmarks_in
from scripts.cli.output import print_json, say, shown, to_people
from scripts.cli.recipes import options_of
from shared.domain.recipes import DEFAULT_RECIPES
from shared.imaging.errors import MaskError, PictureError
from shared.imaging.files import RenderedFile
from shared.imaging.options.erase import EraseOptions
from shared.imaging.options.recipe_options import OptionError, RecipeOptions
from shared.imaging.rendering import Rendering, render

LARGEST: Final = 256 * 1024 * 1024
"""Bytes of a file that is read."""


def derive_files(
    photo: Path,
    mask: Path,
    line: str | None,
    *,
    out: Path,
    landmarks: Path | None = None,
    as_json: bool,
) -> int:
    """Write the pictures into *out*; 1 where a recipe gave nothing. Raises CommandError."""
    recipes = options_of(line or DEFAULT_RECIPES)
    if any(isinstance(options, EraseOptions) for options in recipes):
        remedy = "say erase-mask to see what it is told, or `maskline run --recipes erase`"
        raise CommandError("erase is paid for, and needs the pipeline", remedy)
    rendering = _rendering(photo, mask, recipes, landmarks)
    files, problems = _written(rendering, out)
    if as_json:
        print_json(_document(photo, mask, rendering, files, problems))
    else:
        for path in files:
            to_people().print(shown(path), soft_wrap=True)
    for recipe, problem in problems.items():
        say(f"maskline: {recipe} gave nothing: {problem}")
    return ExitCode.WRONG if problems else ExitCode.DONE


def _rendering(
    photo: Path, mask: Path, recipes: tuple[RecipeOptions, ...], landmarks: Path | None
) -> Rendering:
    materials = {name: _read(Path(name)) for options in recipes for name in options.needs}
    label_map = _read(mask)
    sheet = None if landmarks is None else landmarks_in(landmarks, _read(landmarks), mask)
    try:
        return render(
            _read(photo),
            label_map,
            recipes,
            name=photo.name,
            materials=materials,
            landmarks=sheet,
        )
    except MaskError as error:
        remedy = "give a PNG whose grey values are the people's numbers"
        raise CommandError(f"{mask} is no usable mask ({error})", remedy) from error
    except PictureError as error:
        raise CommandError(f"{photo} cannot be read ({error})", "give a photograph") from error


def _written(rendering: Rendering, out: Path) -> tuple[list[Path], dict[str, str]]:
    """What was written, and why a recipe gave nothing."""
    files, problems = [_write(rendering.mask(), out)], dict[str, str]()
    for recipe, drawn in rendering.parts():
        made, problem = _all(drawn, out)
        files += made
        if problem:
            problems[recipe] = problem
    return files, problems


def _all(drawn: Iterator[RenderedFile], out: Path) -> tuple[list[Path], str]:
    try:
        return [_write(file, out) for file in drawn], ""
    except (OptionError, PictureError) as error:
        return [], str(error)


def _write(file: RenderedFile, out: Path) -> Path:
    path = out / file.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    except OSError as error:
        remedy = f"{error.strerror}; choose another place with --out"
        raise CommandError(f"{path} cannot be written", remedy) from error
    return path


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise CommandError(f"{path} is larger than {LARGEST >> 20} MB", "scale it down")
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read", f"{error.strerror}") from error


def _document(
    photo: Path, mask: Path, rendering: Rendering, files: list[Path], problems: dict[str, str]
) -> dict[str, Any]:
    return {
        "photo": str(photo),
        "mask": str(mask),
        "people": [
            {"id": person.id, "box": list(person.box), "area": person.area}
            for person in rendering.people
        ],
        "files": [str(path.absolute()) for path in files],
        "problems": [{"recipe": name, "message": text} for name, text in problems.items()],
    }
