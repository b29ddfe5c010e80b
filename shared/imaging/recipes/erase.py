"""`erase`: what the provider is to be told. The picture itself is the result of another task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.imaging.choosing import chosen
from shared.imaging.files import RenderedFile
from shared.imaging.options.erase import EraseOptions
from shared.imaging.options.erase_mask import EraseMaskOptions
from shared.imaging.recipes import erase_mask
from shared.imaging.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseInputs:
    """The ids of those who are erased, and two PNG files: not 0 is erased, not 0 is kept."""

    people: tuple[int, ...]
    mask: bytes
    keep: bytes


def render(scene: Scene, options: EraseOptions) -> Iterator[RenderedFile]:
    """No file of its own. Raises OptionError where there is nobody to erase."""
    if not chosen(scene.people, options.people):
        what = "nobody in the picture is chosen, and nothing was paid"
        what_zh, remedy_zh = "照片中没有所选的人，未产生费用", "请选择照片中的人。"
        raise options.refuse("people", what, "Choose people who are in it.", what_zh, remedy_zh)
    return iter(())


def inputs(scene: Scene, options: EraseOptions, width: int, height: int) -> EraseInputs | None:
    """For a picture that is sent as *width* and *height* pixels; None where nobody is erased."""
    ids = chosen(scene.people, options.people)
    if not ids:
        return None
    masks = EraseMaskOptions(
        people=options.people, dilation=options.dilation, width=width, height=height
    )
    mask, keep = erase_mask.render(scene, masks)
    return EraseInputs(people=ids, mask=mask.data, keep=keep.data)
