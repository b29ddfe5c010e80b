"""What only a real account tells of the provider; a look costs an image or two, or none."""

from __future__ import annotations

from typing import Final

from scripts.doctor.account.point import NOTHING_TO_SET, Point
from scripts.said import Said

PROVIDER: Final = (
    Point(
        "mask-form",
        Said(
            "What is a mask: PNG of one channel, PNG of three equal ones, or something else?",
            "掩码是单通道 PNG、三通道相同的 PNG，还是其他？",
        ),
        Said(
            "One picture with two people; look at `raw/` in the bucket.",
            "用一张双人照片；查看存储桶的 `raw/`。",
        ),
        Said(
            "Both PNGs are read, others refused.",
            "两种 PNG 均可读取，其余拒绝。",
        ),
        {
            "one-channel": NOTHING_TO_SET,
            "three-channels": NOTHING_TO_SET,
            "other": Said(
                "Report it; the job is FAILED with its raw result kept, and"
                " `maskline retry` finalizes it for nothing later.",
                "请反馈；任务为 FAILED 且保留原始结果，之后 `maskline retry` 可免费处理。",
            ),
        },
    ),
    Point(
        "result-host",
        Said(
            "From which host do results come?",
            "结果来自哪个主机？",
        ),
        Said(
            "`maskline show JOB` of a first picture: a refused host is named in the reason.",
            "对第一张图执行 `maskline show JOB`：被拒的主机会写在原因中。",
        ),
        Said(
            "A host that ends in .aliyuncs.com.",
            "以 .aliyuncs.com 结尾的主机。",
        ),
        {
            "aliyuncs": Said(
                "DASHSCOPE_RESULT_HOSTS stays.",
                "DASHSCOPE_RESULT_HOSTS 保持不变。",
            ),
            "other": Said(
                "Add the host to DASHSCOPE_RESULT_HOSTS.",
                "将该主机加入 DASHSCOPE_RESULT_HOSTS。",
            ),
        },
    ),
    Point(
        "nobody",
        Said(
            "What comes of a picture with nobody in it?",
            "图中无人时得到什么？",
        ),
        Said(
            "One picture (it costs one image).",
            "用一张图（消耗一张额度）。",
        ),
        Said(
            "An empty mask or a failure: both are told as nobody.",
            "空掩码或失败：均视为无人。",
        ),
        {
            "empty-mask": NOTHING_TO_SET,
            "failed": Said(
                "Nothing to set; such a picture is not billed.",
                "无需设置；此类图片不计费。",
            ),
        },
    ),
    Point(
        "exif",
        Said(
            "Does the provider turn a picture by its EXIF orientation?",
            "服务商是否按 EXIF 方向旋转图片？",
        ),
        Said(
            "One turned JPEG (it costs one image).",
            "用一张带旋转信息的 JPEG（消耗一张额度）。",
        ),
        Said(
            "Pictures are sent upright.",
            "图片发送前已转正。",
        ),
        {
            "yes": NOTHING_TO_SET,
            "no": NOTHING_TO_SET,
        },
    ),
    Point(
        "over-limit",
        Said(
            "What becomes of a second submission while one runs?",
            "已有任务运行时，再次提交会怎样？",
        ),
        Said(
            "Two uploads at once; `maskline show JOB` of the second.",
            "同时上传两张；对第二张执行 `maskline show JOB`。",
        ),
        Said(
            "Both are handled.",
            "两种情况均已处理。",
        ),
        {
            "pending": Said(
                "Nothing to set: the slot is never idle.",
                "无需设置：名额不会空闲。",
            ),
            "refused": Said(
                "Nothing to set: the window shrinks to one.",
                "无需设置：窗口会缩小为一。",
            ),
        },
    ),
    Point(
        "finish-event",
        Said(
            "Does this model emit AsyncTaskFinish?",
            "该模型是否发出 AsyncTaskFinish 事件？",
        ),
        Said(
            "A rule on the bus `default` for acs.dashscope with any target,"
            " during the pictures above.",
            "在处理上述图片期间，于总线 `default` 为 acs.dashscope 建一条规则。",
        ),
        Said(
            "No: the poller asks.",
            "按否处理：由 poller 查询。",
        ),
        {
            "yes": Said(
                "The rule may have the poller as its target: fewer queries, never needed.",
                "规则可以 poller 为目标：减少查询，但并非必需。",
            ),
            "no": NOTHING_TO_SET,
        },
    ),
    Point(
        "task-list",
        Said(
            "Does the list show our tasks?",
            "任务列表能否看到我们的任务？",
        ),
        Said(
            "This command asks for the list of the last hours.",
            "本命令会查询最近几小时的列表。",
        ),
        Said(
            "Yes, in either time zone.",
            "按能处理，时区两可。",
        ),
        {
            "yes": NOTHING_TO_SET,
            "no": Said(
                "A lost answer stays UNCERTAIN for a day and then goes to you:"
                " MASKLINE_ABSENCE_SECONDS does not help.",
                "丢失的响应会在一天内保持 UNCERTAIN，之后由您处理：MASKLINE_ABSENCE_SECONDS"
                " 无济于事。",
            ),
        },
    ),
    Point(
        "billed",
        Said(
            "Is one image billed for a picture, as the usage says?",
            "一张图片是否按用量所示计一张？",
        ),
        Said(
            "Compare `maskline quota` with the console a day later.",
            "一天后将 `maskline quota` 与控制台对比。",
        ),
        Said(
            "Yes.",
            "按是处理。",
        ),
        {
            "yes": NOTHING_TO_SET,
            "no": Said(
                "`maskline quota --set N` with what is really left.",
                "用实际剩余量执行 `maskline quota --set N`。",
            ),
        },
    ),
    Point(
        "quota-code",
        Said(
            "Which code comes when the images are used up?",
            "额度用完时返回哪个错误码？",
        ),
        Said(
            "`maskline status` after the last image.",
            "最后一张之后执行 `maskline status`。",
        ),
        Said(
            "Three candidates stop everything.",
            "三个候选错误码都会停止一切。",
        ),
        {
            "AllocationQuota.FreeTierOnly": NOTHING_TO_SET,
            "AccessDenied": NOTHING_TO_SET,
            "Throttling.AllocationQuota": NOTHING_TO_SET,
            "other": Said(
                "`maskline pause`, and report it: it is retried as if it would pass.",
                "`maskline pause` 并反馈：它会被当作暂时性错误重试。",
            ),
        },
    ),
    Point(
        "unknown-task",
        Said(
            "What does the provider say of a task id that does not exist?",
            "查询不存在的任务号时，服务商返回什么？",
        ),
        Said(
            "This command asks for a made-up id.",
            "本命令会查询一个虚构的任务号。",
        ),
        Said(
            "UNKNOWN, with status 200.",
            "HTTP 200 与 UNKNOWN。",
        ),
        {
            "UNKNOWN": NOTHING_TO_SET,
            "error": Said(
                "Nothing to set: an error proves nothing, and the list is asked.",
                "无需设置：错误不作为证据，会查询列表。",
            ),
        },
    ),
)
