"""People light up, pictures compare, files are linked; by pointer, by keyboard, on any screen."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest

from tests.browser.opening import ALONE, AWKWARD, GROUP, REFUSED

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Open, Watched


def photo(page: Page, number: int = GROUP) -> Locator:
    """The photograph's section, on the screen."""
    section = page.locator(f"#photo-{number}")
    section.evaluate(
        """async (e) => {
          e.scrollIntoView({block: 'start', behavior: 'instant'});
          await e.querySelector('img.before')?.decode();
          for (const _ of [1, 2]) await new Promise(requestAnimationFrame);  // now it is laid out
        }"""
    )
    return section


def point_at(page: Page, section: Locator, x: float, y: float) -> None:
    """The pointer over a place of the photograph, given in its own pixels (640 by 512)."""
    box = section.locator(".stage").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x / 640 * box["width"], box["y"] + y / 512 * box["height"])


def lit(section: Locator) -> list[str]:
    found: list[str] = section.locator("path.lit").evaluate_all(
        "all => all.map(one => one.dataset.person)"
    )
    return found


def areas(section: Locator) -> dict[str, str]:
    """What each person's button says, by the person's number."""
    told: dict[str, str] = section.evaluate(
        "e => Object.fromEntries([...e.querySelectorAll('.chip')]"
        ".map(chip => [chip.dataset.person, chip.innerText]))"
    )
    return told


@pytest.mark.parametrize(
    ("x", "y", "area"),
    [(130, 130, None), (310, 300, "29,800 px"), (550, 60, "20,000 px"), (550, 350, "20,000 px")],
    ids=["whole", "with a hole", "upper part", "lower part"],
)
def test_pointing_at_a_person_tells_number_share_and_area(
    open_page: Open, x: float, y: float, area: str | None
) -> None:
    page = open_page()
    section = photo(page)

    point_at(page, section, x, y)

    [number] = lit(section)
    tip = section.locator(".tip")
    assert tip.is_visible()
    told = tip.inner_text().split("\n")
    assert told[0] == number
    assert "%" in tip.inner_text()
    assert area is None or area in tip.inner_text()
    assert section.locator("svg.veiled").count() == 1


def test_numbers_stand_at_the_heads_until_somebody_is_lit(open_page: Open) -> None:
    page = open_page()
    section = photo(page)
    badges = section.locator(".badge")
    assert sorted(badges.all_inner_texts()) == ["1", "2", "3"]
    opacity = "e => getComputedStyle(e).opacity"
    assert badges.first.evaluate(opacity) == "1"

    section.locator(".views label", has_text="Blur").click()

    page.wait_for_function(
        "e => getComputedStyle(e).opacity === '0'", arg=badges.first.element_handle()
    )


def test_pointing_beside_people_and_into_a_hole_lights_nobody(open_page: Open) -> None:
    page = open_page()
    section = photo(page)

    for x, y in [(20, 20), (365, 320)]:
        point_at(page, section, 310, 300)
        assert lit(section)
        point_at(page, section, x, y)
        assert lit(section) == []
        assert not section.locator(".tip").is_visible()


def test_tab_goes_through_people_and_a_press_keeps_one_lit(open_page: Open) -> None:
    page = open_page()
    section = photo(page)
    chips = section.locator(".chip")
    chips.first.focus()
    seen = []
    for _ in range(3):
        seen.append(lit(section))
        page.keyboard.press("Tab")

    assert seen == [["1"], ["2"], ["3"]]
    chips.nth(1).focus()
    page.keyboard.press("Space")
    chips.nth(1).evaluate("e => e.blur()")
    assert lit(section) == ["2"]
    assert chips.nth(1).get_attribute("aria-pressed") == "true"
    chips.nth(1).focus()
    page.keyboard.press("Escape")
    chips.nth(1).evaluate("e => e.blur()")
    assert lit(section) == []
    assert chips.nth(1).get_attribute("aria-pressed") == "false"


def share(section: Locator) -> str:
    return str(section.locator(".stage").evaluate("e => e.style.getPropertyValue('--at')"))


def test_the_slider_is_moved_by_keys(open_page: Open) -> None:
    page = open_page()
    section = photo(page)
    section.locator(".views input").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    slider = section.locator(".slider")
    assert slider.evaluate("e => e === document.activeElement")

    page.keyboard.press("ArrowRight")
    assert share(section) == "51%"
    assert slider.get_attribute("aria-valuetext") == "51 % photo"
    page.keyboard.press("Home")
    assert share(section) == "0%"
    page.keyboard.press("End")
    assert share(section) == "100%"
    assert section.locator(".corner.right").inner_text() == "Blur"
    assert section.locator(".after img").evaluate("e => e.complete && e.naturalWidth === 640")
    width = section.locator(".handle").evaluate("e => getComputedStyle(e, '::after').outlineStyle")
    assert width == "solid"


def test_the_slider_is_dragged_across_the_picture(open_page: Open) -> None:
    page = open_page()
    section = photo(page)
    section.locator(".views label", has_text="Backdrop").click()

    point_at(page, section, 160, 256)
    page.mouse.down()
    assert share(section) == "25%"
    point_at(page, section, 480, 256)
    page.mouse.up()
    point_at(page, section, 100, 256)

    assert share(section) == "75%"
    clip = section.locator(".after").evaluate("e => getComputedStyle(e).clipPath")
    assert clip == "inset(0px 0px 0px 75%)"
    section.locator(".views label", has_text="People").click()
    assert not section.locator(".after").is_visible()
    assert section.locator(".slider").is_disabled()


def test_every_comparison_shows_its_picture(open_page: Open) -> None:
    page = open_page()
    section = photo(page)
    names = section.locator(".views label").all_inner_texts()
    assert names == ["People", "Colours", "Blur", "Backdrop"]

    for name in names[1:]:
        section.locator(".views label", has_text=name).click()
        picture = section.locator(".after img")
        picture.evaluate("e => e.decode()")
        assert name.lower().replace("colours", "vis")[:3] in str(
            picture.get_attribute("src")
        ).replace("bokeh", "blur")


def test_every_file_is_linked_and_there(open_page: Open, address: str) -> None:
    page = open_page()

    links = page.locator("a[download]").evaluate_all("all => all.map(a => a.getAttribute('href'))")

    assert len(links) > 25
    assert all(not link.startswith(("/", "http", "file")) for link in links)
    for link in links:
        with urlopen(urljoin(address, link), timeout=10) as answer:  # noqa: S310 - our own page
            assert answer.read(1)


def test_every_picture_can_be_seen(open_page: Open) -> None:
    page = open_page()

    broken = page.evaluate(
        """async () => {
          const all = [...document.images];
          for (const image of all) image.loading = 'eager';
          const tried = await Promise.allSettled(all.map(image => image.decode()));
          return all.filter((image, i) => tried[i].status !== 'fulfilled').map(i => i.src);
        }"""
    )

    assert broken == []


def test_names_are_shown_and_do_nothing(open_page: Open) -> None:
    page = open_page()

    assert page.locator("#photo-1 h2").inner_text() == AWKWARD
    assert page.locator("#photo-3 h2").text_content() == "list<b>.txt"
    assert page.locator('img[src="x"], h2 b, .why i, .why script').count() == 0
    assert page.title() == "Results"
    assert str(photo(page, REFUSED).locator(".why").text_content()).startswith("not_a_picture")
    assert "<script>alert(1)</script>" in str(photo(page).locator(".why").text_content())


def test_pictures_far_below_are_not_loaded_at_once(open_page: Open, watched: Watched) -> None:
    page = open_page(height=300)

    page.wait_for_load_state("networkidle")

    assert not any("/2/large/" in url for url in watched.asked)
    assert page.locator("img:not([loading=lazy])").count() == 0


def test_nobody_in_the_picture(open_page: Open) -> None:
    section = photo(open_page(), ALONE)

    assert section.locator(".chip").count() == 0
    assert "nobody in it" in section.locator(".facts").inner_text()
    assert section.locator(".stage img.before").is_visible()


def test_without_its_script_the_page_shows_everything(open_page: Open) -> None:
    page = open_page(java_script_enabled=False)

    assert page.locator("#photo-1 .stage img").is_visible()
    assert page.locator("a[download]").count() > 25
    assert page.locator("#language").is_hidden()
