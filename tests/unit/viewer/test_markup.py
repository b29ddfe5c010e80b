"""Nothing that stands in a page can break out of its place."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from scripts.viewer.markup import Markup, join, tag
from scripts.viewer.previews import address_of
from scripts.viewer.words import Words

AWKWARD = """<img src=x onerror="alert(1)">'&amp;合影</script>"""


class Reader(HTMLParser):
    """What a browser makes of a piece of HTML: the elements, and their text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_text_and_attributes_are_read_back_as_they_were() -> None:
    read = Reader(tag("a", AWKWARD, href=AWKWARD, title=AWKWARD))

    assert read.elements == [("a", {"href": AWKWARD, "title": AWKWARD})]
    assert read.text == AWKWARD


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
def test_any_text_comes_back_and_makes_no_element(text: str) -> None:
    read = Reader(tag("p", text, title=text))

    assert read.elements == [("p", {"title": text})]
    assert read.text == text


def test_markup_is_taken_as_it_is_and_only_markup() -> None:
    inner = tag("b", "1 < 2")

    assert tag("p", inner, "<b>") == "<p><b>1 &lt; 2</b>&lt;b&gt;</p>"
    assert isinstance(join(inner, "x"), Markup)
    assert tag("p", str(inner)) != tag("p", inner)


def test_attributes_are_named_as_in_html() -> None:
    told = tag("input", class_="a", aria_label="b", hidden=True, checked=False, value=None)

    assert told == '<input class="a" aria-label="b" hidden>'


def test_words_stand_in_both_languages_and_once_where_they_agree() -> None:
    read = Reader(tag("p", Words("photo", "照片")))

    assert [element[1].get("lang") for element in read.elements] == [None, "en", "zh-CN"]
    assert tag("p", Words("CVAT", "CVAT")) == "<p>CVAT</p>"


def test_an_address_is_quoted() -> None:
    assert address_of('a b/50% #1?"<合>.jpg') == "a%20b/50%25%20%231%3F%22%3C%E5%90%88%3E.jpg"
