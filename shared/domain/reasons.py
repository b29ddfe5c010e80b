"""Why a picture did not become "done", in words a photographer understands, in two languages.

Codes are part of the interface: they stand in rows, events and on the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What is wrong (`text_*`) and what to do about it (`remedy_*`)."""

    code: str
    text_en: str
    text_zh: str
    remedy_en: str
    remedy_zh: str


class _Details(dict[str, object]):
    """Details by name. `{x_mb}` shows the detail `x`, a number of bytes, as megabytes.

    A detail that was not given shows as an ellipsis rather than as a crash.
    """

    def __missing__(self, key: str) -> str:
        size = self.get(key.removesuffix("_mb")) if key.endswith("_mb") else None
        return f"{round(size / 1024**2, 1):g}" if isinstance(size, int) else "…"


def reason(code: str, **details: object) -> Reason:
    """The reason *code* with its *details* filled in.

    A code that is not in the table (the provider's own, say) becomes a general reason that
    keeps it, so that nothing is ever hidden; `message` in *details* is then shown.
    """
    texts = REASONS.get(code, _GENERAL)
    given = _Details(details, code=code)
    text_en, text_zh, remedy_en, remedy_zh = (part.format_map(given) for part in texts)
    return Reason(
        code=code, text_en=text_en, text_zh=text_zh, remedy_en=remedy_en, remedy_zh=remedy_zh
    )


Texts = tuple[str, str, str, str]
"""English text, Chinese text, English remedy, Chinese remedy; `{name}` stands for a detail."""

_UPLOAD_AGAIN: Final = ("Upload the file again.", "请重新上传该文件。")
_SAVE_AS_JPEG: Final = (
    "Save it as JPEG, PNG or WebP and upload that.",
    "请另存为 JPEG、PNG 或 WebP 后重新上传。",
)
_RETRY_OR_REPORT: Final = (
    "Retry the job; if it fails again, look at the stored raw mask.",
    "请重试该任务；若仍失败，请查看已保存的原始掩码。",
)

_GENERAL: Final[Texts] = (
    "It failed with the code {code}: {message}",
    "处理失败，错误码 {code}：{message}",
    "Look the code up in the provider's documentation, then retry the job.",
    "请在服务商文档中查询该错误码，然后重试该任务。",
)

_FILE: Final[Mapping[str, Texts]] = {
    "empty": ("The file is empty (0 bytes).", "文件为空（0 字节）。", *_UPLOAD_AGAIN),
    "not_a_picture": (
        "The file is not a picture, whatever its name says.",
        "无论文件名如何，该文件都不是图片。",
        *_SAVE_AS_JPEG,
    ),
    "format_unsupported": (
        "The picture's format is not supported.",
        "不支持该图片格式。",
        *_SAVE_AS_JPEG,
    ),
    "truncated": (
        "The picture is incomplete or damaged: its end is missing or does not check out.",
        "图片不完整或已损坏：文件末尾缺失或校验不符。",
        "Check that it opens on your computer, then upload it again.",
        "请确认图片能在本机正常打开，然后重新上传。",
    ),
    "unreadable": (
        "The picture cannot be decoded.",
        "图片无法解码。",
        "Open it in a picture editor, save it as JPEG, and upload that.",
        "请用图片编辑软件打开并另存为 JPEG，然后重新上传。",
    ),
    "animated": (
        "The file holds {frames} frames or pages or more; only single pictures are segmented.",
        "文件包含 {frames} 个或更多画面（动画或多页）；仅支持单张图片。",
        "Save the frame you want as a picture of its own and upload that.",
        "请将需要的一帧另存为单张图片后重新上传。",
    ),
}

_SIZE: Final[Mapping[str, Texts]] = {
    "too_large": (
        "The file weighs {size_mb} MB; more than {limit_mb} MB cannot be processed.",
        "文件大小为 {size_mb} MB，超过可处理的 {limit_mb} MB。",
        "Save it with a lower JPEG quality or fewer pixels.",
        "请降低 JPEG 质量或缩小尺寸后重新上传。",
    ),
    "too_many_pixels": (
        "The picture states {width} × {height} px; more than {limit} megapixels are not decoded.",
        "图片尺寸为 {width} × {height} 像素，超过可解码的 {limit} 百万像素。",
        "Scale it down and upload that.",
        "请缩小图片后重新上传。",
    ),
    "too_small": (
        "The picture is only {width} × {height} px; nobody can be made out in it.",
        "图片只有 {width} × {height} 像素，无法辨认人物。",
        "Upload a picture with sides of at least {limit} px, better 512 px and more.",
        "请上传边长不小于 {limit} 像素的图片，建议 512 像素以上。",
    ),
    "aspect_ratio": (
        "The picture is too long and narrow: {width} × {height} px is beyond {limit} to 1.",
        "图片过于狭长：{width} × {height} 像素，长边不得超过短边的 {limit} 倍。",
        "Crop it, or add a margin along the long sides.",
        "请裁剪图片，或在长边两侧补边后重新上传。",
    ),
}

_OBJECT: Final[Mapping[str, Texts]] = {
    "superseded": (
        "The upload was replaced by a newer one under the same name before it was read.",
        "该文件在被读取之前已被同名的新文件覆盖。",
        "Nothing to do: the newer upload has a job of its own.",
        "无需处理：新文件已有自己的任务。",
    ),
    "deleted": (
        "The upload was deleted before it was read.",
        "该文件在被读取之前已被删除。",
        *_UPLOAD_AGAIN,
    ),
    "recipes_invalid": (
        "The upload's metadata asks for pictures that cannot be made: {problem}.",
        "该文件元数据中请求的图片无法生成：{problem}。",
        "Correct x-oss-meta-maskline-recipes, or leave it out, and upload the file again.",
        "请更正或去掉 x-oss-meta-maskline-recipes 后重新上传该文件。",
    ),
    "key_too_long": (
        "The object's name is longer than {limit} bytes.",
        "对象名超过 {limit} 字节。",
        "Upload it under a shorter name.",
        "请使用更短的名称重新上传。",
    ),
    "key_reserved": (
        "The object lies under a prefix that the pipeline writes its own files to.",
        "该对象位于流水线写入自身文件的前缀之下。",
        "Upload it under the upload prefix.",
        "请上传到指定的上传前缀下。",
    ),
    "symlink": (
        "The object is a symbolic link, which has no content of its own.",
        "该对象是软链接，本身没有内容。",
        "Upload the picture itself.",
        "请上传图片文件本身。",
    ),
    "appendable": (
        "The object is appendable: it may still grow while it is read.",
        "该对象为追加类型，读取时内容仍可能变化。",
        "Upload the picture as a normal object.",
        "请以普通对象方式上传图片。",
    ),
    "archived": (
        "The object lies in an archive storage class and cannot be read at once.",
        "该对象为归档存储类型，无法立即读取。",
        "Restore it, or upload it again in the standard storage class.",
        "请先解冻该对象，或以标准存储类型重新上传。",
    ),
}

_PROVIDER: Final[Mapping[str, Texts]] = {
    "provider_failed": (
        "The segmentation service failed: {message}",
        "分割服务处理失败：{message}",
        "Retry the job; it costs one call of the quota.",
        "请重试该任务；重试将消耗一次调用额度。",
    ),
    "provider_refused": (
        "The segmentation service refused the picture: {message}",
        "分割服务拒绝了该图片：{message}",
        "Change the picture as the message says and upload it again.",
        "请按提示修改图片后重新上传。",
    ),
    "content_rejected": (
        "The same picture was refused before, under another name: {message}",
        "内容相同的图片此前已被拒绝：{message}",
        "Upload another picture.",
        "请更换图片后上传。",
    ),
    "result_unusable": (
        "The service's result is not a usable mask: {message}",
        "服务返回的结果不是可用的掩码：{message}",
        *_RETRY_OR_REPORT,
    ),
    "expired": (
        "The result was paid for, but expired before it could be saved.",
        "该结果已付费，但在保存之前已过期。",
        "Retry the job; it costs another call. Look at why nothing was saved for a day.",
        "请重试该任务（将再次消耗额度），并检查为何长时间未能保存结果。",
    ),
    "outcome_unknown": (
        "The call's answer was lost and the service shows no task for it.",
        "调用的响应丢失，且服务端没有对应的任务。",
        "Retry the job; it may cost another call.",
        "请重试该任务；可能再次消耗额度。",
    ),
}

_MASK: Final[Mapping[str, Texts]] = {
    "mask_is_jpeg": (
        "The mask came as JPEG, whose losses invent people.",
        "掩码为 JPEG 格式，有损压缩会产生错误的人物编号。",
        *_RETRY_OR_REPORT,
    ),
    "mask_is_lossy": (
        "The mask came in a format that may lose pixels.",
        "掩码为可能有损的格式。",
        *_RETRY_OR_REPORT,
    ),
    "mask_is_palette": (
        "The mask came with a palette, so its numbers are colours, not people.",
        "掩码为调色板格式，其数值是颜色而非人物编号。",
        *_RETRY_OR_REPORT,
    ),
    "mask_too_large": (
        "The mask states more pixels than any mask has.",
        "掩码的像素数超出正常范围。",
        *_RETRY_OR_REPORT,
    ),
    "mask_channels_differ": (
        "The mask's colour channels differ, so its numbers are not people.",
        "掩码各颜色通道不一致，无法作为人物编号。",
        *_RETRY_OR_REPORT,
    ),
    "mask_too_many_people": (
        "The mask numbers people beyond 255.",
        "掩码中的人物编号超过 255。",
        *_RETRY_OR_REPORT,
    ),
    "mask_is_noise": (
        "The mask is noise, not outlines of people.",
        "掩码为噪声，而非人物轮廓。",
        *_RETRY_OR_REPORT,
    ),
    "mask_size": (
        "The mask's shape is not the picture's.",
        "掩码的长宽比例与图片不一致。",
        *_RETRY_OR_REPORT,
    ),
    "mask_unreadable": ("The mask cannot be read.", "掩码无法读取。", *_RETRY_OR_REPORT),
}

REASONS: Final[Mapping[str, Texts]] = {**_FILE, **_SIZE, **_OBJECT, **_PROVIDER, **_MASK}
"""Every reason by its code."""
