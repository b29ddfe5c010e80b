"""The demonstration's page: photo, mask, visualisation and cut-outs side by side.

Everything lies in one folder and is named relatively, so the folder can be moved or zipped.
"""

from __future__ import annotations

import html
import io
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from PIL import Image

from scripts.cli.follow import Outcome
from shared.imaging.errors import PictureError
from shared.imaging.palette import colour_of
from shared.imaging.photo import read_photo

PREVIEW: Final = 1200
"""The longest side of the photos on the page, pixels."""

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; margin: 2rem auto;
       max-width: 1500px; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
section { border-top: 1px solid var(--line); padding: 1.4rem 0; }
header p, .facts { opacity: .75; margin: .2rem 0 .8rem; }
header p.note { opacity: 1; }
.row { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
figure { margin: 0; flex: 0 1 auto; }
figure img { display: block; height: 260px; max-width: 100%; object-fit: contain;
             border-radius: 6px; background: var(--soft); }
figure img.cutout {
  background: repeating-conic-gradient(#c9c9c9 0 25%, #fff 0 50%) 0 0 / 22px 22px; }
figcaption { font-size: .85rem; margin-top: .3rem; }
.state { font-weight: 600; padding: .05rem .5rem; border-radius: 1rem; color: #fff;
         background: #5b6470; font-size: .8rem; vertical-align: .1em; }
.DONE { background: #1d7a46; } .REJECTED { background: #9a6500; }
.FAILED, .LOST { background: #b3261e; }
.person { display: inline-block; width: .9em; height: .9em; border-radius: 50%;
          vertical-align: -.1em; margin: 0 .25em 0 .6em; border: 1px solid #0005; }
.why { border-left: 3px solid #9a6500; padding-left: .8rem; margin: .4rem 0; }
.note { border-left: 3px solid #b3261e; padding-left: .8rem; margin: .4rem 0; }
code { font-size: .85em; overflow-wrap: anywhere; }
"""


def write_page(outcomes: Sequence[Outcome], out: Path, *, notes: Iterable[str]) -> Path:
    """Write `index.html` and its pictures into *out*, replacing an older page; the page's path.

    *notes* are told at the top: what differed from what was expected.
    """
    pictures = out / "pictures"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir(parents=True)
    sections = [
        _section(outcome, _copied(outcome, pictures / str(number)), number)
        for number, outcome in enumerate(outcomes, 1)
    ]
    done = sum(outcome.state == "DONE" for outcome in outcomes)
    told = "".join(f'<p class="note">{html.escape(note)}</p>' for note in notes)
    head = (
        "<header><h1>Maskline: one mask per person</h1>"
        f"<p>{len(outcomes)} uploads, {done} segmented. Each went through the three functions of "
        f"the local cloud, from the upload's event to the manifest.</p>{told}</header>"
    )
    page = out / "index.html"
    page.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Maskline demo</title><style>{_STYLE}</style></head><body>"
        f"{head}{''.join(sections)}</body></html>\n",
        encoding="utf-8",
    )
    return page


def _copied(outcome: Outcome, folder: Path) -> dict[str, Path]:
    """The pictures of one photo in the page's folder, by what they show."""
    folder.mkdir()
    found: dict[str, Path] = {}
    photo = _preview(outcome.planned.photo.path.read_bytes())
    if photo is not None:
        found["photo"] = folder / "photo.jpg"
        found["photo"].write_bytes(photo)
    results = outcome.results
    if results is None:
        return found
    found["mask"] = folder / "mask.png"
    found["mask"].write_bytes(_in_colours((results / "mask.png").read_bytes()))
    found["vis"] = folder / "vis.png"
    shutil.copyfile(results / "vis.png", found["vis"])
    for person in _people(results):
        name = f"people/{person['id']}/cutout.png"
        found[name] = folder / f"cutout-{person['id']}.png"
        shutil.copyfile(results / name, found[name])
    return found


def _preview(data: bytes) -> bytes | None:
    """The upright photo as a JPEG that every browser shows; None where it cannot be read."""
    try:
        picture = Image.fromarray(read_photo(data).rgb)
    except PictureError:
        return None
    picture.thumbnail((PREVIEW, PREVIEW))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def _in_colours(mask: bytes) -> bytes:
    """The label map with the colours that `vis.png` gives the same people, on black."""
    picture = Image.open(io.BytesIO(mask)).convert("L")
    colours = [(0, 0, 0), *(colour_of(number) for number in range(1, 256))]
    picture.putpalette([value for colour in colours for value in colour])
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _people(results: Path) -> list[dict[str, Any]]:
    manifest = json.loads((results / "manifest.json").read_bytes())
    people: list[dict[str, Any]] = manifest["people"]
    return people


def _section(outcome: Outcome, pictures: dict[str, Path], number: int) -> str:
    name = html.escape(outcome.planned.photo.path.name)
    figures = "".join(_figure(what, path, number) for what, path in pictures.items())
    return (
        f'<section><h2>{name} <span class="state {outcome.state}">{outcome.state}</span></h2>'
        f'<p class="facts">{_facts(outcome)}</p>{_why(outcome)}<div class="row">{figures}</div>'
        "</section>"
    )


def _figure(what: str, path: Path, number: int) -> str:
    captions = {
        "photo": "photo",
        "mask": "mask.png, in colours",
        "vis": "vis.png",
    }
    caption = captions.get(what, what)
    kind = "" if what in captions else ' class="cutout"'
    source = quote(f"pictures/{number}/{path.name}")
    return (
        f'<figure><a href="{source}"><img{kind} src="{source}" alt="{caption}" loading="lazy"></a>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _facts(outcome: Outcome) -> str:
    told = outcome.document()
    parts = [] if told["seconds"] is None else [f"{told['seconds']:.1f} s from upload to end"]
    if outcome.job is not None and outcome.job.picture is not None:
        picture = outcome.job.picture
        parts.append(f"{picture.width} × {picture.height} {picture.format}")
        if picture.process:
            parts.append(f"mended on the way: <code>{html.escape(picture.process)}</code>")
    if told["reused_from"]:
        parts.append(f"same bytes as job {told['reused_from'][:12]}: not paid for again")
    if outcome.results is not None:
        parts.append(_people_line(_people(outcome.results)))
    return " · ".join(parts)


def _people_line(people: list[dict[str, Any]]) -> str:
    if not people:
        return "nobody in it"
    dots = "".join(
        f'<span class="person" style="background: rgb{colour_of(person["id"])}"></span>'
        f"{person['id']} ({person['share']:.0%})"
        for person in people
    )
    return f"{len(people)} {'person' if len(people) == 1 else 'people'}:{dots}"


def _why(outcome: Outcome) -> str:
    why = outcome.reason
    if why is None:
        return ""
    english = f"{why['message']} {why['remedy'] or ''}"
    chinese = f"{why['message_zh'] or ''}{why['remedy_zh'] or ''}"
    return (
        f'<div class="why"><code>{html.escape(why["code"])}</code> {html.escape(english)}'
        f'<br><span lang="zh">{html.escape(chinese)}</span></div>'
    )
