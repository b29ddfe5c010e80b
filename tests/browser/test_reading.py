"""The page for every eye and ear: screens, languages, contrast, names for screen readers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.opening import GROUP, REFUSED

if TYPE_CHECKING:
    from tests.browser.conftest import Open

CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3]));
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      layers.push(rgba(getComputedStyle(e).backgroundColor));
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255)
      .map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const found = [];
  for (const element of document.querySelectorAll('body *:not(script, svg, svg *)')) {
    const words = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!words || !element.checkVisibility({ contentVisibilityAuto: false })) continue;
    if (element.closest('.tip, .corner, .heard, .skip')) continue;
    const under = behind(element);
    const text = over(rgba(getComputedStyle(element).color), under);
    const [a, b] = [light(text), light(under)].sort((x, y) => y - x);
    found.push([(a + .05) / (b + .05), element.className || element.tagName, element.textContent]);
  }
  return found;
}"""


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_nothing_is_wider_than_the_screen(open_page: Open, width: int, locale: str) -> None:
    page = open_page(width=width, locale=locale)

    wide = page.evaluate("document.documentElement.scrollWidth")
    beyond = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter((e) => {
          const box = e.getBoundingClientRect();
          return box.width && box.right > innerWidth + 1 && !e.closest('svg');
        }).map((e) => e.outerHTML.slice(0, 80))"""
    )

    assert wide <= width
    assert beyond == []


def test_fingers_find_what_they_press(open_page: Open) -> None:
    page = open_page(width=360, height=780, has_touch=True)

    small = page.evaluate(
        """() => [...document.querySelectorAll('button, .views label, a[download]')]
          .map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 60)])
          .filter(([box]) => box.height < 44 || box.width < 44).map(([, told]) => told)"""
    )

    assert small == []


def test_a_finger_pins_a_person(open_page: Open) -> None:
    page = open_page(width=360, height=780, has_touch=True)
    section = page.locator(f"#photo-{GROUP}")

    section.locator(".chip").nth(1).tap()

    assert section.locator("path.lit").get_attribute("data-person") == "2"
    assert section.locator(".tip").is_visible()
    stage, tip = section.locator(".stage").bounding_box(), section.locator(".tip").bounding_box()
    assert stage is not None
    assert tip is not None
    assert tip["x"] >= stage["x"]
    assert tip["x"] + tip["width"] <= stage["x"] + stage["width"] + 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme)

    found = page.evaluate(CONTRAST)

    assert len(found) > 50
    assert [told for told in found if told[0] < 4.5] == []
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(17, 19, 22)") == (scheme == "dark")


def test_dark_and_light_can_be_chosen(open_page: Open) -> None:
    page = open_page(color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)

    page.locator("#theme").click()
    assert page.evaluate(paper) == "rgb(17, 19, 22)"
    page.locator("#theme").click()

    assert page.evaluate(paper) == before


def test_the_browsers_language_is_spoken_and_another_can_be_chosen(open_page: Open) -> None:
    page = open_page(locale="zh-CN")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.title() == "结果"
    assert page.locator("h1").inner_text() == "结果"
    assert page.locator("#photo-1 .facts").inner_text() == "3 人"
    assert str(page.locator("#photo-1 img.before").get_attribute("alt")).startswith("照片")

    page.locator("#language").click()

    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == "Results"
    assert page.locator("#photo-1 .facts").inner_text() == "3 people"
    assert str(page.locator("#photo-1 img.before").get_attribute("alt")).startswith("The photo")
    page.reload()
    assert page.evaluate("document.documentElement.lang") == "en"


def tree(page: Any) -> list[tuple[str, str]]:
    """Role and name of everything that a screen reader is told."""
    session = page.context.new_cdp_session(page)
    # The first question only makes the browser build the tree.
    session.send("Accessibility.getFullAXTree")
    page.locator(f"#photo-{REFUSED}").scroll_into_view_if_needed()
    page.locator(f"#photo-{GROUP}").scroll_into_view_if_needed()
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_screen_reader_is_told_what_everything_is(open_page: Open, locale: str) -> None:
    page = open_page(locale=locale)

    told = tree(page)

    spoken = {"button", "link", "radio", "slider", "image", "heading", "navigation", "group"}
    assert [role for role, name in told if role in spoken and not name.strip()] == []
    names = [name for role, name in told if role == "button"]
    person = "Person 2:" if locale == "en-US" else "第 2 人："
    assert [name for name in names if name.startswith(person)], names
    assert {"main", "banner", "navigation", "article"} <= {role for role, _ in told}


def test_headings_ids_and_landmarks_are_in_order(open_page: Open) -> None:
    page = open_page()

    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]))"
    )
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(ids) == len(set(ids))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "photos"


def test_who_tabs_sees_where_the_focus_is(open_page: Open) -> None:
    page = open_page()
    page.locator(f"#photo-{GROUP} .chip").first.focus()
    page.keyboard.press("Tab")

    style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert style == "solid"


def test_who_wants_no_motion_sees_none(open_page: Open) -> None:
    page = open_page(reduced_motion="reduce")

    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((e) => {
          const style = getComputedStyle(e);
          return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
        }).length"""
    )

    assert moving == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_what_was_refused_says_why_in_both_languages(open_page: Open) -> None:
    page = open_page(locale="zh-CN")
    why = page.locator(f"#photo-{REFUSED} .why")
    chinese, english = why.locator("[lang=zh-CN]"), why.locator("[lang=en]")

    assert chinese.text_content() == "该文件不是图片。"
    assert english.evaluate("e => getComputedStyle(e).display") == "none"
    page.locator("#language").click()
    assert english.text_content() == "The file is not a picture."
    assert chinese.evaluate("e => getComputedStyle(e).display") == "none"
