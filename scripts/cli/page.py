"""The page of a demonstration: its outcomes, good and bad, with everything made of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.cli.follow import Outcome
from scripts.viewer.model import Page, PagePhoto
from scripts.viewer.place import Place
from scripts.viewer.words import Words, people_found

AT_ONCE = 2
"""Photographs whose pictures are made at the same time: each is held in memory as a whole."""


def write_page(outcomes: Sequence[Outcome], out: Path, *, notes: Iterable[str]) -> Path:
    """Write `index.html` and its pictures into *out*, replacing an older page; the page's path.

    *notes* are told at the top: what differed from what was expected.
    """
    place = Place(out / "index.html")
    place.cleared()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        photos = pool.map(
            lambda numbered: _photo(numbered[1], place, numbered[0]), enumerate(outcomes, 1)
        )
    page = Page(
        title=Words("Maskline: one mask per person", "Maskline：每人一张掩码"),
        summary=_summary(outcomes),
        photos=tuple(photos),
        notes=tuple(notes),
    )
    return place.write(page)


def _summary(outcomes: Sequence[Outcome]) -> Words:
    done = sum(outcome.state == "DONE" for outcome in outcomes)
    return Words(
        f"{len(outcomes)} uploads, {done} segmented. Each went through the three functions of the "
        "local cloud, from the upload's event to the manifest.",
        f"上传 {len(outcomes)} 张，完成分割 {done} 张。每张都经过本地云的三个函数，"
        "从上传事件一直到清单。",
    )


def _photo(outcome: Outcome, place: Place, number: int) -> PagePhoto:
    data = outcome.planned.photo.path.read_bytes()
    why, code = _why(outcome)
    reader = None if outcome.results is None else place.reader(outcome.results, number)
    return PagePhoto(
        name=outcome.planned.photo.path.name,
        state=outcome.state,
        facts=tuple(_facts(outcome)),
        why=why,
        code=code,
        preview=place.previews(number).photo(data) if reader is None else None,
        result=None if reader is None else reader(data),
    )


def _why(outcome: Outcome) -> tuple[Words | None, str]:
    """Why there is no result, in words and as a code."""
    why = outcome.reason
    if why is None:
        problem = outcome.problem
        return (None if problem is None else Words(problem, problem)), ""
    english = f"{why['message']} {why['remedy'] or ''}".strip()
    chinese = f"{why['message_zh'] or ''}{why['remedy_zh'] or ''}"
    return Words(english, chinese or english), why["code"]


def _facts(outcome: Outcome) -> Iterator[Words]:
    told = outcome.document()
    if told["people"] is not None:
        yield people_found(told["people"])
    if outcome.job is not None and outcome.job.picture is not None:
        picture = outcome.job.picture
        size = f"{picture.width} × {picture.height} {picture.format.upper()}"
        yield Words(size, size)
        if picture.process:
            yield Words(f"mended on the way: {picture.process}", f"途中自动修正：{picture.process}")
    if told["seconds"] is not None:
        seconds = f"{told['seconds']:.1f}"
        yield Words(f"{seconds} s from upload to end", f"从上传到结束 {seconds} 秒")
    if told["reused_from"]:
        job = told["reused_from"][:12]
        yield Words(
            f"same bytes as job {job}: not paid for again", f"与任务 {job} 相同，未重复计费"
        )
