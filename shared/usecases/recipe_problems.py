"""What readers of a manifest are told of a recipe that gave nothing, in two languages."""

from __future__ import annotations

from typing import Final

from shared.domain.manifest import ManifestProblem
from shared.domain.reasons import reason
from shared.imaging.errors import PictureError
from shared.imaging.options.recipe_options import OptionError

RECIPE_FAILED: Final = "RecipeFailed"
OPTION_IMPOSSIBLE: Final = "OptionImpossible"
_AGAIN: Final = "Try `maskline rederive`; if it fails again, look at the finalizer's log."
_AGAIN_ZH: Final = "请用 `maskline rederive` 重试；若仍失败，请查看 finalizer 的日志。"


def problem_of(recipe: str, error: Exception) -> ManifestProblem:
    """The problem; of an error that is nobody's word, only what kind it is."""
    if isinstance(error, OptionError):
        return ManifestProblem(
            recipe=recipe,
            code=OPTION_IMPOSSIBLE,
            message=f"{error.option}: {error.what}",
            message_zh=f"{error.option}：{error.what_zh}",
            remedy=error.remedy,
            remedy_zh=error.remedy_zh,
        )
    if isinstance(error, PictureError):
        why = reason(error.code, message=str(error))
        return ManifestProblem(
            recipe=recipe,
            code=error.code,
            message=str(error),
            message_zh=why.text_zh,
            remedy=why.remedy_en,
            remedy_zh=why.remedy_zh,
        )
    name = type(error).__name__
    return ManifestProblem(
        recipe=recipe,
        code=RECIPE_FAILED,
        message=name,
        message_zh=f"程序出错（{name}）",
        remedy=_AGAIN,
        remedy_zh=_AGAIN_ZH,
    )
