"""Sizes of ID photos by name: what each office asks for, and who says so.

`head` is crown to chin and `top` the space over the crown, both (least, most) in mm. Where an
office names none, they are what photo studios do: a head of about two thirds of the height, a
tenth of the height above it; where it names the head alone, `top` leaves the eyes where it wants
them. Rules change: each source says where to look them up. One that begins with `looked up` was
held against texts that quote the rule in November 2026; one that begins with `common knowledge`
was not, and is to be checked before anybody relies on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MM_PER_INCH: Final = 25.4
_STUDIO_HEAD: Final = (0.58, 0.68)
_STUDIO_TOP: Final = (0.07, 0.13)
LOOKED_UP: Final = "looked up: "
COMMON_KNOWLEDGE: Final = "common knowledge: "
_STUDIO: Final = f"{COMMON_KNOWLEDGE}trade sizes of Chinese photo studios, 300 DPI"
_ICAO: Final = f"{COMMON_KNOWLEDGE}ICAO Doc 9303 part 3 (head 70-80 % of the height)"
_COVA: Final = (
    f"{LOOKED_UP}Chinese consular service, photo requirements (33 x 48 mm, head 28-33, top 3-5)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdSize:
    """One size: `width` and `height` in mm.

    `kilobytes` is (least, most), where an office's upload form asks for it.
    """

    name: str
    also: tuple[str, ...] = ()
    width: float
    height: float
    head: tuple[float, float]
    top: tuple[float, float]
    source: str
    dpi: int = 300
    background: str = "white"
    kilobytes: tuple[int | None, int | None] = (None, None)

    def in_pixels(self, dpi: int) -> tuple[int, int]:
        """Width and height at *dpi*, rounded to whole pixels."""
        return round(self.width / MM_PER_INCH * dpi), round(self.height / MM_PER_INCH * dpi)


def studio_size(
    name: str, width: float, height: float, *also: str, source: str = _STUDIO
) -> IdSize:
    """A size in mm of which nobody says how large the head must be."""
    low, high = _STUDIO_HEAD
    least, most = _STUDIO_TOP
    return IdSize(
        name=name,
        also=also,
        width=width,
        height=height,
        head=(low * height, high * height),
        top=(least * height, most * height),
        source=source,
    )


def _office(  # noqa: PLR0917 -- rows of a table, read by column
    name: str,
    also: str,
    size: tuple[float, float],
    head: tuple[float, float],
    top: tuple[float, float],
    source: str,
) -> IdSize:
    width, height = size
    names = tuple(also.split()) if also else ()
    return IdSize(
        name=name, also=names, width=width, height=height, head=head, top=top, source=source
    )


_EU: Final = ((35, 45), (32, 36), (2, 6))

SIZES: Final[tuple[IdSize, ...]] = (
    studio_size("one-inch", 25, 35, "一寸", "1寸"),
    studio_size("small-one-inch", 22, 32, "小一寸", "小1寸"),
    studio_size("large-one-inch", 33, 48, "大一寸", "大1寸"),
    studio_size("two-inch", 35, 49, "二寸", "2寸", "两寸"),
    studio_size("small-two-inch", 35, 45, "小二寸", "小2寸"),
    studio_size("large-two-inch", 35, 53, "大二寸", "大2寸"),
    _office("china-passport", "中国护照", (33, 48), (28, 33), (3, 5), _COVA),
    _office("china-visa", "中国签证", (33, 48), (28, 33), (3, 5), _COVA),
    _office(
        "china-driving-licence",
        "驾驶证",
        (22, 32),
        (19, 22),
        (2, 4),
        "looked up: Ministry of Public Security, driving licence photographs (head 19-22)",
    ),
    IdSize(
        name="china-id-card",
        also=("身份证", "居民身份证", "社保卡"),
        width=26,
        height=32,
        dpi=350,
        head=(19, 23.5),
        top=(0.5, 1.5),
        source="looked up: GA 461-2004 (358 x 441 px at 350 DPI, head two thirds, hair 7-21 px "
        "below the edge)",
    ),
    IdSize(
        name="us-visa",
        also=("us-passport", "美国签证"),
        width=50.8,
        height=50.8,
        head=(25.4, 35),
        top=(4, 9),
        kilobytes=(None, 240),
        source="looked up: travel.state.gov, digital image requirements (head 50-69 %, 240 kB)",
    ),
    _office("schengen-visa", "申根签证", *_EU, _ICAO),
    _office(
        "germany-passport",
        "",
        *_EU,
        "common knowledge: Bundesministerium des Innern, Fotomustertafel (32-36)",
    ),
    _office("france-passport", "", *_EU, "common knowledge: service-public.fr F10619 (32-36)"),
    _office("italy-passport", "", *_EU, _ICAO),
    _office("spain-visa", "", *_EU, _ICAO),
    _office("russia-visa", "俄罗斯签证", *_EU, _ICAO),
    _office(
        "uk-passport",
        "uk-visa 英国签证",
        (35, 45),
        (29, 34),
        (3, 8),
        "looked up: gov.uk/photos-for-passports",
    ),
    _office(
        "japan-passport",
        "日本护照",
        (35, 45),
        (32, 36),
        (2, 6),
        "common knowledge: Ministry of Foreign Affairs of Japan (head 34 +-2, top 4 +-2)",
    ),
    _office(
        "japan-visa",
        "日本签证",
        (35, 45),
        (25, 34),
        (2, 6),
        "common knowledge: Embassy of Japan, visa form",
    ),
    _office(
        "korea-passport",
        "korea-visa 韩国签证",
        (35, 45),
        (32, 36),
        (2, 6),
        "common knowledge: passport.go.kr, photo guide (head 32-36)",
    ),
    _office(
        "canada-passport",
        "加拿大护照",
        (50, 70),
        (31, 36),
        (8, 16),
        "looked up: canada.ca, passport photo specifications (50 x 70 mm, head 31-36)",
    ),
    _office(
        "canada-visa",
        "加拿大签证",
        (35, 45),
        (31, 36),
        (2, 6),
        "looked up: canada.ca, temporary resident visa photograph specifications (head 31-36)",
    ),
    _office(
        "india-visa",
        "印度签证",
        (50.8, 50.8),
        (25.4, 35),
        (4, 9),
        "common knowledge: indianvisaonline.gov.in, photo specifications (2 x 2 inch, head 25-35)",
    ),
    _office(
        "australia-passport",
        "australia-visa 澳大利亚签证",
        (35, 45),
        (32, 36),
        (2, 6),
        "looked up: passports.gov.au, photo guidelines (head 32-36)",
    ),
    _office(
        "singapore-passport",
        "新加坡签证",
        (35, 45),
        (25, 35),
        (3, 6),
        "common knowledge: ica.gov.sg, photo guidelines (head 25-35)",
    ),
    _office(
        "taiwan-passport",
        "台湾护照",
        *_EU,
        "common knowledge: boca.gov.tw, passport photo (head 32-36)",
    ),
    studio_size(
        "hong-kong-passport",
        40,
        50,
        "香港护照",
        source="common knowledge: immd.gov.hk (40 x 50 mm)",
    ),
    studio_size(
        "vietnam-visa", 40, 60, "越南签证", source="common knowledge: evisa.gov.vn (4 x 6 cm)"
    ),
    studio_size(
        "malaysia-visa", 35, 50, "马来西亚签证", source="common knowledge: imi.gov.my (35 x 50 mm)"
    ),
)

_BY_NAME: Final = {word: size for size in SIZES for word in (size.name, *size.also)}


def size_named(name: str) -> IdSize | None:
    """The size that *name* means, in English or Chinese; None where nobody calls one so."""
    return _BY_NAME.get(name)
