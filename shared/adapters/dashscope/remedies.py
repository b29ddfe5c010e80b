"""What a person can do about the provider's errors, in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Advice:
    """A remedy, what happened in Chinese, and the remedy in Chinese."""

    remedy: str | None = None
    message_zh: str | None = None
    remedy_zh: str | None = None


REMEDIES: Final = {
    "key": Advice(
        "Check DASHSCOPE_API_KEY: it must be valid and of the region of DASHSCOPE_BASE_URL "
        "(this model: Beijing). Then `maskline resume`.",
        "API Key 无效，或与地域不匹配",
        "检查 DASHSCOPE_API_KEY 是否有效、是否属于 DASHSCOPE_BASE_URL 所在地域（本模型为北京），"
        "然后执行 `maskline resume`。",
    ),
    "permission": Advice(
        "Give the API key's workspace access to the model, then `maskline resume`.",
        "当前业务空间无权调用该模型",
        "为该 API Key 所在的业务空间开通模型权限，然后执行 `maskline resume`。",
    ),
    "denied": Advice(
        "Either the account may not use the model, or its free images are used up (this model "
        "cannot be bought afterwards). Look at the quota in the console; an engine of your own "
        "behind DASHSCOPE_BASE_URL goes on. Then `maskline resume`.",
        "没有调用权限，或免费额度已用完",
        "在控制台查看权限与免费额度（本模型额度用完后无法付费续用）；可将 DASHSCOPE_BASE_URL "
        "指向自有引擎，然后执行 `maskline resume`。",
    ),
    "policy": Advice(
        "The upload credential is too old; it is fetched anew.",
        "上传凭证已过期",
        "将自动重新获取凭证。",
    ),
    "activate": Advice(
        "Activate the service in the Model Studio console, then `maskline resume`.",
        "服务尚未开通",
        "在百炼控制台开通服务，然后执行 `maskline resume`。",
    ),
    "quota": Advice(
        "The model's free images are used up, and it cannot be bought. Point DASHSCOPE_BASE_URL "
        "at an engine of your own (`maskline engine serve`), then `maskline resume`.",
        "模型免费额度已用完",
        "本模型无法付费续用；可将 DASHSCOPE_BASE_URL 指向自有引擎（`maskline engine serve`），"
        "然后执行 `maskline resume`。",
    ),
    "arrears": Advice(
        "Settle the account's bill in the console, then `maskline resume`.",
        "账号欠费",
        "在控制台结清账单，然后执行 `maskline resume`。",
    ),
    "model": Advice(
        "Check DASHSCOPE_MODEL and DASHSCOPE_ERASE_MODEL, and that both exist in this region.",
        "模型不存在",
        "检查 DASHSCOPE_MODEL 与 DASHSCOPE_ERASE_MODEL 是否正确，以及该地域是否提供这两个模型。",
    ),
    "workspace": Advice(
        "Check the workspace in DASHSCOPE_BASE_URL.",
        "业务空间不存在",
        "检查 DASHSCOPE_BASE_URL 中的业务空间。",
    ),
    "address": Advice(
        "Check DASHSCOPE_BASE_URL: it ends in /api/v1.",
        "接口地址不正确",
        "检查 DASHSCOPE_BASE_URL，应以 /api/v1 结尾。",
    ),
    "rate": Advice(
        "Nothing to do: it is tried again more slowly.",
        "请求过于频繁",
        "无需处理，系统会放慢速度后重试。",
    ),
    "busy": Advice(
        "Nothing to do: it is tried again.",
        "模型服务繁忙或暂不可用",
        "无需处理，系统会稍后重试。",
    ),
    "internal": Advice(
        "It is tried again a few times; if it fails for one picture only, save that picture anew "
        "and upload it again.",
        "服务内部错误",
        "系统会重试若干次；若仅某一张图片失败，请重新保存该图片后再上传。",
    ),
    "slow": Advice(
        "The task waited for more than three hours; it is submitted once more.",
        "任务提交后 3 小时内未返回结果",
        "系统会再提交一次。",
    ),
    "parameter": Advice(
        "The provider does not take this request for this picture; save it as JPEG or PNG and "
        "upload it again.",
        "请求参数不符合要求",
        "请将图片另存为 JPEG 或 PNG 后重新上传。",
    ),
    "format": Advice(
        "The provider cannot read the picture; save it as JPEG or PNG and upload it again.",
        "无法读取图片",
        "请将图片另存为 JPEG 或 PNG 后重新上传。",
    ),
    "size": Advice(
        "Each side must have 512 to 4096 pixels, and the file at most 10 MB.",
        "图片尺寸或文件大小超出限制",
        "图片每边须为 512 至 4096 像素，文件不超过 10 MB。",
    ),
    "content": Advice(
        "The provider's content check refuses the picture; use another one.",
        "图片未通过内容安全检查",
        "请更换图片。",
    ),
    "download": Advice(
        "The provider could not fetch the picture: check that OSS_PUBLIC_ENDPOINT can be reached "
        "from the internet (new accounts need a custom domain: OSS_IS_CNAME).",
        "服务端无法下载图片",
        "检查 OSS_PUBLIC_ENDPOINT 是否可从公网访问（新开通的账号须使用自定义域名：OSS_IS_CNAME）。",
    ),
    "url": Advice(
        "The provider does not take the picture's URL: check OSS_PUBLIC_ENDPOINT.",
        "图片 URL 无效",
        "检查 OSS_PUBLIC_ENDPOINT。",
    ),
}
