"""One photograph on the page: stage, people, views, files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.viewer.markup import Markup, described, join, tag
from scripts.viewer.model import PageFile, PagePerson, PagePhoto, ResultSet, Shown, View
from scripts.viewer.words import Group, Words, amount, percent
from shared.imaging.palette import Colour, ink_on

_PHOTO = Words("Photo", "照片")
_PEOPLE = Words("People", "人物")
_BORDER = Words("reaches the border", "碰到边缘")
_LARGEST = Words("the largest", "最大")


def section(photo: PagePhoto, number: int) -> Markup:
    """The photograph, everything that came of it, or why there is nothing."""
    anchor = f"photo-{number}"
    parts = [_head(photo, anchor)]
    if photo.why is not None:
        parts.append(tag("p", tag("code", photo.code), " ", photo.why, class_="why"))
    if photo.result is not None:
        parts += _result(photo.result, photo.name, anchor)
    elif photo.preview is not None:
        parts.append(tag("div", _image(photo.preview, _alt(photo.name)), class_="stage small"))
    return tag("article", *parts, class_="photo", id=anchor, aria_labelledby=f"{anchor}-name")


def _head(photo: PagePhoto, anchor: str) -> Markup:
    state = tag("span", photo.state, class_=f"state {photo.state.lower()}")
    facts = [tag("li", words) for words in photo.facts]
    return tag(
        "header",
        tag("h2", tag("bdi", photo.name), id=f"{anchor}-name"),
        state,
        tag("ul", *facts, class_="facts") if facts else Markup(),
    )


def _alt(name: str) -> Words:
    return Words(f"The photograph {name}", f"照片 {name}")


def _image(shown: Shown, alt: Words, **attributes: str) -> Markup:
    return tag(
        "img",
        src=shown.address,
        width=shown.width,
        height=shown.height,
        loading="lazy",
        decoding="async",
        **described(alt, "alt"),
        **attributes,
    )


def _result(result: ResultSet, name: str, anchor: str) -> list[Markup]:
    parts = [_stage(result, name), _controls(result, anchor)]
    parts += [tag("p", problem, class_="why") for problem in result.problems]
    parts += [_group(group, result) for group in Group]
    return parts


def _stage(result: ResultSet, name: str) -> Markup:
    """The picture; over it the people's outlines, the picture compared with, and the handle."""
    base = result.photo or (result.views[0].shown if result.views else None)
    if base is None:
        return Markup()
    wide, high = result.frame
    outlines = (_outline(person) for person in result.people)
    return tag(
        "div",
        _image(base, _alt(name), class_="before"),
        tag("svg", tag("path", class_="veil"), *outlines, viewBox=f"0 0 {wide} {high}",
            preserveAspectRatio="none", aria_hidden="true", class_="people"),
        tag("div", class_="after", hidden=True),
        tag("span", class_="handle", hidden=True),
        tag("span", class_="corner left", hidden=True),
        tag("span", class_="corner right", hidden=True),
        tag("p", class_="tip", aria_hidden="true", hidden=True),
        class_="stage",
    )  # fmt: skip


def _outline(person: PagePerson) -> Markup:
    return tag(
        "path",
        d=person.outline,
        fill_rule="evenodd",
        fill=_rgb(person.colour),
        stroke=_rgb(person.colour),
        data_person=person.id,
    )


def _rgb(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _controls(result: ResultSet, anchor: str) -> Markup:
    """People as buttons; views as a choice, and the slider between photograph and view."""
    return tag(
        "div",
        tag("div", *(_chip(person) for person in result.people), class_="chips", role="group",
            **described(Words("People in the photograph", "照片中的人"), "aria_label")),
        _choice(result, anchor) if result.photo is not None and result.views else Markup(),
        class_="controls",
    )  # fmt: skip


def _chip(person: PagePerson) -> Markup:
    """One person's button: what the outline says on hovering, for keyboards and screen readers."""
    x, y = person.at
    remarks = [_BORDER] if person.touches_edge else []
    if person.is_dominant:
        remarks.append(_LARGEST)
    dot = tag(
        "svg",
        tag("circle", cx="12", cy="12", r="11", fill=_rgb(person.colour)),
        tag("text", str(person.id), x="12", y="16.5", text_anchor="middle",
            fill=_rgb(ink_on(person.colour))),
        viewBox="0 0 24 24", aria_hidden="true",
    )  # fmt: skip
    return tag(
        "button",
        dot,
        tag("span", Words(f"Person {person.id}:", f"第 {person.id} 人："), class_="heard"),
        tag("b", percent(person.share)),
        tag("span", f"{person.area:,} px", class_="soft"),
        *(tag("span", remark, class_="soft remark") for remark in remarks),
        type="button",
        class_="chip",
        aria_pressed="false",
        data_person=person.id,
        data_x=f"{x:.4f}",
        data_y=f"{y:.4f}",
    )


def _choice(result: ResultSet, anchor: str) -> Markup:
    options = [_option(_PEOPLE, anchor, chosen=True)]
    options += [_option(view.words, anchor, view) for view in result.views]
    about = Words("How much of the picture is the photograph", "照片所占的比例")
    slider = tag(
        "input",
        type="range",
        class_="slider",
        min="0",
        max="100",
        value="50",
        disabled=True,
        **described(about, "aria_label"),
    )
    legend = Words("Compare the photograph with", "照片对比")
    return join(
        tag("fieldset", tag("legend", legend, class_="heard"), *options, class_="views"), slider
    )


def _option(words: Words, anchor: str, view: View | None = None, *, chosen: bool = False) -> Markup:
    shown = None if view is None else view.shown
    radio = tag(
        "input",
        type="radio",
        name=f"{anchor}-view",
        value=words.english.lower(),
        checked=chosen,
        data_src=None if shown is None else shown.address,
        autocomplete="off",
    )
    return tag("label", radio, tag("span", words))


def _group(group: Group, result: ResultSet) -> Markup:
    """The files of one kind; pictures with a small picture, others as a line."""
    ours = [file for file in result.files if file.group is group]
    refusals = result.refusals if group is Group.PORTRAITS else ()
    if not ours and not refusals:
        return Markup()
    if group is Group.PEOPLE:
        ours.sort(key=_by_person)
    told = tag("ul", *(tag("li", refusal) for refusal in refusals), class_="refusals")
    plain = "" if any(file.thumbnail for file in ours) else " plain"
    entries = [tag("li", _entry(file)) for file in ours]
    return tag(
        "section",
        tag("h3", group.value, tag("span", str(len(ours)), class_="count")),
        told if refusals else Markup(),
        tag("ul", *entries, class_=f"files{plain}") if entries else Markup(),
    )


def _by_person(file: PageFile) -> tuple[int, str]:
    """Person by person, the cut-out before the mask."""
    number = re.search(r"\d+", file.name)
    return (int(number[0]) if number else 0, file.name)


def _entry(file: PageFile) -> Markup:
    return tag("a", *_inside(file), href=file.address, download=file.name.rpartition("/")[2])


def _inside(file: PageFile) -> Iterator[Markup]:
    if file.thumbnail is not None:
        image = tag(
            "img",
            src=file.thumbnail.address,
            width=file.thumbnail.width,
            height=file.thumbnail.height,
            loading="lazy",
            decoding="async",
            alt="",
        )
        clear = " clear" if file.thumbnail.seen_through else ""
        yield tag("span", image, class_=f"thumb{clear}")
    yield tag("span", file.words, class_="what")
    yield tag("span", tag("bdi", file.name), " · ", amount(file.size), class_="soft")
