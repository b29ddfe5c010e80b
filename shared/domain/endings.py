"""Ends that are of nobody's making but time's and chance's, told once, in two languages."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared.domain.failure import Failure, FailureKind

RESULT_EXPIRED: Final = Failure(
    kind=FailureKind.TERMINAL,
    code="ResultExpired",
    message="the provider's result expired before it could be saved",
    message_zh="服务商的结果在保存之前已过期",
    remedy="ask for a retry with --pay-again if the picture is worth another paid call",
    remedy_zh="如果值得再次付费，请使用 --pay-again 重试",
)

FINALIZER_FAILED: Final = Failure(
    kind=FailureKind.RETRY,
    code="FinalizerFailed",
    message="the finalizer was asked many times and never finished",
    message_zh="多次尝试后仍未能完成结果处理",
    remedy="see the finalizer's log, then `maskline retry JOB`: the raw result is kept and nothing "
    "has to be paid again",
    remedy_zh="请查看 finalizer 日志，然后执行 `maskline retry JOB`；原始结果已保存，无需再次付费",
)

TASK_CANCELED: Final = Failure(
    kind=FailureKind.RETRY,
    code="TaskCanceled",
    message="the task was cancelled at the provider",
    message_zh="任务在服务商处被取消",
    remedy="nothing was paid; it is tried again by itself",
    remedy_zh="未产生费用，系统会自动重试",
)

OUTCOME_UNPROVEN: Final = Failure(
    kind=FailureKind.TERMINAL,
    code="OutcomeUnproven",
    message="whether the provider took this picture can no longer be found out",
    message_zh="已无法确认服务商是否接受了这张图片",
    remedy="look at the provider's console, then retry with --pay-again if nothing was made",
    remedy_zh="请查看服务商控制台，确认未处理后使用 --pay-again 重试",
)

TASKS_UNKNOWN: Final = Failure(
    kind=FailureKind.STOP,
    code="TasksUnknown",
    message="the provider knows none of the tasks of two jobs, and lists none of them",
    message_zh="服务商不认识两个任务的作业，其任务列表中也没有它们",
    remedy="check that DASHSCOPE_API_KEY belongs to the account that took these tasks: with "
    "another account's key every task is unknown. Put the old key back, then `maskline resume`",
    remedy_zh="检查 DASHSCOPE_API_KEY 是否属于提交这些任务的账号"
    "（使用其他账号的 Key 时所有任务均为未知），恢复原 Key 后执行 `maskline resume`",
)

TASK_NEVER_ENDED: Final = Failure(
    kind=FailureKind.TERMINAL,
    code="TaskNeverEnded",
    message="the provider still calls the task unfinished after its whole life",
    message_zh="任务超过最长保留期后仍未结束",
    remedy="ask for a retry with --pay-again: whether the task was paid for is not known",
    remedy_zh="是否已计费未知；可使用 --pay-again 重试",
)

RESULT_NOT_OURS: Final = Failure(
    kind=FailureKind.TERMINAL,
    code="AdoptedResultDiffers",
    message="the task that was found for a lost answer shows another picture",
    message_zh="为丢失的响应找到的任务，其结果属于另一张图片",
    remedy="another program uses the same API key: give Maskline a key of its own. Then retry with "
    "--pay-again, as the lost call may have been paid for",
    remedy_zh="有其他程序在使用同一个 API Key，请为 Maskline 配置专用的 Key；"
    "丢失的调用可能已计费，之后请使用 --pay-again 重试",
)


def given_up(failure: Failure, tries: int) -> Failure:
    """The provider's own failure after the last of so many *tries*: no further one is promised."""
    return replace(
        failure,
        remedy=f"it failed {tries} times and is not tried again by itself; `maskline retry` tries "
        "again, and a failed task costs nothing",
        remedy_zh=f"已失败 {tries} 次，不再自动重试；"
        "可执行 `maskline retry` 重试，失败的任务不计费",
    )
