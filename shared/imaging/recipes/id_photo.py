"""`id-photo`: out of a group photograph, one picture per person as an office wants it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from PIL import Image

from shared.imaging.choosing import chosen
from shared.imaging.cutout import person_mask
from shared.imaging.files import JPEG, JSON, RenderedFile
from shared.imaging.options.colour import Colour, colour_named
from shared.imaging.options.id_photo import NO_SHEET, SHEETS, IdPhotoOptions
from shared.imaging.portrait.framing import (
    Frame,
    Rule,
    Sitter,
    frame_head,
    require_head,
)
from shared.imaging.portrait.head import Head, find_head
from shared.imaging.portrait.refusals import NoPortraitError
from shared.imaging.portrait.sheet import lay_out, print_sheet
from shared.imaging.portrait.sitting import on_background, set_into
from shared.imaging.portrait.weighing import Weight, encode_jpeg, encode_weighed
from shared.imaging.scene import Person, Scene

_FOLDER: Final = "id-photo"
_SLACK: Final = 0.08
"""A head or a space that was asked for by number may still be this share larger or smaller."""

Report = dict[str, Any]


def render(scene: Scene, options: IdPhotoOptions) -> Iterator[RenderedFile]:
    """`id-photo/{id}.jpg` and `{id}-sheet.jpg` of each chosen person, then `report.json`.

    The report tells sizes, places and weights, and of whom there is no picture, why not, and
    what would help. Faces that an engine has found say where heads are, else the outlines do.
    """
    ids = chosen(scene.people, options.people)
    reports: list[Report] = []
    for person in scene.people:
        if person.id not in ids:
            continue
        try:
            files, report = _portrait(scene, person, options)
        except NoPortraitError as error:
            reports.append(_refusal(person, error))
            continue
        reports.append(report)
        yield from files
    yield _report_file(options, reports)


def _portrait(
    scene: Scene, person: Person, options: IdPhotoOptions
) -> tuple[list[RenderedFile], Report]:
    head, frame = _head_and_frame(scene, person, options)
    cut = set_into(scene, person, frame, options.pixels)
    picture = on_background(cut, *_background(options))
    weighed = encode_weighed(picture, options.resolution, _weight(options))
    name = f"{_FOLDER}/{person.id}.jpg"
    files = [RenderedFile(name=name, media_type=JPEG, data=weighed.data)]
    report = {
        "id": person.id,
        "made": True,
        "file": name,
        "bytes": len(weighed.data),
        "quality": weighed.quality,
        **_placement(head, frame, options),
    }
    if options.sheet != NO_SHEET:
        _add_sheet(files, report, picture, options)
    return files, report


def _head_and_frame(scene: Scene, person: Person, options: IdPhotoOptions) -> tuple[Head, Frame]:
    x, y, width, height = person.box
    mask = person_mask(scene.label_map[y : y + height, x : x + width], person.id)
    sitter = Sitter(mask=mask, box=person.box, size=(scene.width, scene.height))
    head = require_head(find_head(mask, person.box, scene.landmarks.get(person.id)), sitter)
    wide, tall = options.pixels
    frame = frame_head(head, sitter, _rule(options), wide / tall)
    enlarged = tall / frame.height
    if enlarged > options.enlarge:
        raise NoPortraitError("head_too_small", enlarged=f"{enlarged:.1f}")
    return head, frame


def _rule(options: IdPhotoOptions) -> Rule:
    """The size's rule as shares of its height, unless the options say another."""
    size = options.id_size
    low, high = (side / size.height for side in size.head)
    least, most = (space / size.height for space in size.top)
    if options.head:
        low, high = options.head * (1 - _SLACK), options.head * (1 + _SLACK)
    if options.top:
        least, most = options.top * (1 - _SLACK), options.top * (1 + _SLACK)
    return Rule(head=(low, high), top=(least, most))


def _background(options: IdPhotoOptions) -> tuple[Colour, Colour]:
    above = colour_named(options.background) or (255, 255, 255)
    return above, colour_named(options.background_below) or above


def _weight(options: IdPhotoOptions) -> Weight:
    least, most = options.id_size.kilobytes
    return Weight(least=options.least_kb or least, most=options.most_kb or most)


def _placement(head: Head, frame: Frame, options: IdPhotoOptions) -> Report:
    """Where the head was found (pixels of the photograph) and set (shares of the height)."""
    return {
        "head": {
            "crown": round(head.crown, 1),
            "chin": round(head.chin, 1),
            "centre": round(head.centre, 1),
            "certainty": round(head.certainty, 2),
            "by": head.by,
        },
        "head_share": round(head.height / frame.height, 3),
        "top_share": round((head.crown - frame.top) / frame.height, 3),
        "enlarged": round(options.pixels[1] / frame.height, 2),
    }


def _add_sheet(
    files: list[RenderedFile], report: Report, picture: Image.Image, options: IdPhotoOptions
) -> None:
    sheet = lay_out(picture.size, SHEETS[options.sheet], options.resolution)
    report["copies"] = sheet.copies
    if not sheet.copies:
        return
    name = f"{_FOLDER}/{report['id']}-sheet.jpg"
    data = encode_jpeg(print_sheet(picture, sheet), options.resolution)
    report["sheet"] = name
    files.append(RenderedFile(name=name, media_type=JPEG, data=data))


def _refusal(person: Person, error: NoPortraitError) -> Report:
    return {
        "id": person.id,
        "made": False,
        "reason": error.reason,
        "what": str(error),
        "what_zh": error.what_zh,
        "remedy": error.remedy,
        "remedy_zh": error.remedy_zh,
    }


def _report_file(options: IdPhotoOptions, people: list[Report]) -> RenderedFile:
    size = options.id_size
    width, height = options.pixels
    report = {
        "size": size.name,
        "source": size.source,
        "width": width,
        "height": height,
        "dpi": options.resolution,
        "sheet": options.sheet,
        "people": people,
    }
    data = json.dumps(report, ensure_ascii=False, indent=1).encode()
    return RenderedFile(name=f"{_FOLDER}/report.json", media_type=JSON, data=data)
