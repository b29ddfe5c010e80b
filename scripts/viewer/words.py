"""What the page says, in English and Chinese, and what each file of a result set is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from shared.domain.manifest import ManifestProblem


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    english: str
    chinese: str


class Group(Enum):
    """Where a file stands on the page."""

    PICTURES = Words("Whole pictures", "整幅图片")
    PEOPLE = Words("Each person", "每个人")
    PORTRAITS = Words("ID photos", "证件照")
    ERASING = Words("Erasing", "擦除")
    DATA = Words("For programs", "供程序使用")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What a file is, and whether it can be laid over the photograph (`view` is then its name)."""

    words: Words
    group: Group
    view: Words | None = None


_COLOURS: Final = Words("Colours", "彩色标注")
_BLUR: Final = Words("Blur", "虚化")
_BACKDROP: Final = Words("Backdrop", "换背景")
_ERASED: Final = Words("Erased", "擦除后")

_NAMES: Final[tuple[tuple[str, str, str, Group, Words | None], ...]] = (
    (r"mask\.png", "Label map, tinted here", "标注图（此处着色）", Group.PICTURES, None),
    (r"vis\.png", "People in colours", "人物彩色标注", Group.PICTURES, _COLOURS),
    (r"bokeh\.\w+", "Blurred background", "背景虚化", Group.PICTURES, _BLUR),
    (r"backdrop\.\w+", "Another background", "更换背景", Group.PICTURES, _BACKDROP),
    (r"people/(\d+)/cutout\.\w+", "Person {}, cut out", "第 {} 人：抠图", Group.PEOPLE, None),
    (r"people/(\d+)/mask\.png", "Person {}, mask", "第 {} 人：掩码", Group.PEOPLE, None),
    (r"id-photo/(\d+)\.\w+", "Person {}, ID photo", "第 {} 人：证件照", Group.PORTRAITS, None),
    (r"id-photo/(\d+)-sheet\.\w+", "Person {}, to print", "第 {} 人：排版", Group.PORTRAITS, None),
    (r"id-photo/report\.json", "ID photos, report", "证件照报告", Group.DATA, None),
    (r"erase(?:-mask)?/mask\.png", "To be erased", "待擦除区域", Group.ERASING, None),
    (r"erase(?:-mask)?/keep\.png", "To be kept", "保留区域", Group.ERASING, None),
    (r"erase/provider\.\w+", "As the provider sent it", "服务商原图", Group.ERASING, None),
    (r"erase/[\w-]+\.(?:png|jpe?g|webp)", "Erased", "擦除后", Group.ERASING, _ERASED),
    (r"annotations/coco\.json", "COCO, run lengths", "COCO（RLE）", Group.DATA, None),
    (r"annotations/coco-polygons\.json", "COCO, polygons", "COCO（多边形）", Group.DATA, None),
    (r"annotations/yolo\.txt", "YOLO-seg", "YOLO-seg", Group.DATA, None),
    (r"annotations/yolo-classes\.txt", "YOLO, classes", "YOLO 类别", Group.DATA, None),
    (r"annotations/labelme\.json", "LabelMe", "LabelMe", Group.DATA, None),
    (r"annotations/label-studio\.json", "Label Studio", "Label Studio", Group.DATA, None),
    (r"annotations/cvat\.xml", "CVAT", "CVAT", Group.DATA, None),
    (r"(?:erase/)?(?:manifest|erase)\.json", "Manifest", "清单", Group.DATA, None),
)


def caption_of(name: str, *, is_picture: bool) -> Caption:
    """What the file *name* of a set is; one that nobody here knows goes by its own name."""
    for pattern, english, chinese, group, view in _NAMES:
        found = re.fullmatch(pattern, name)
        if found:
            words = Words(english.format(*found.groups()), chinese.format(*found.groups()))
            return Caption(words=words, group=group, view=view)
    group = Group.PICTURES if is_picture else Group.DATA
    return Caption(words=Words(name, name), group=group)


def people_found(count: int) -> Words:
    """How many there are."""
    if count == 0:
        return Words("nobody in it", "无人")
    return Words(f"{count} {'person' if count == 1 else 'people'}", f"{count} 人")


def percent(share: float) -> str:
    """A share as people read it; what is there is never told as nothing."""
    told = f"{share * 100:.1f} %"
    return "< 0.1 %" if share > 0 and told == "0.0 %" else told


def amount(size: int) -> str:
    """Bytes as people read them."""
    if size < 1_000:  # noqa: PLR2004 - SI
        return f"{size} B"
    return f"{size / 1e3:.0f} KB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"  # noqa: PLR2004


def refusal(person: Mapping[str, Any]) -> Words:
    """Why a person has no ID photo, as the report says; older ones say it in English alone."""
    number, what, remedy = person["id"], person["what"], person["remedy"]
    chinese, mended = person.get("what_zh", what), person.get("remedy_zh", remedy)
    return Words(
        f"No ID photo of person {number}: {what}. {remedy}",
        f"第 {number} 人没有证件照：{chinese}。{mended}",
    )


def recipe_problem(problem: ManifestProblem) -> Words:
    """A recipe that gave nothing."""
    recipe, code, chinese = problem.recipe, problem.code, problem.message_zh or problem.message
    return Words(
        f"{recipe} gave nothing: {problem.message} ({code}). {problem.remedy}".rstrip(),
        f"{recipe} 没有结果：{chinese}（{code}）。{problem.remedy_zh}",
    )
