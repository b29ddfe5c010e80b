"""What only a real account tells of functions, messages and objects."""

from __future__ import annotations

from typing import Final

from scripts.doctor.account.point import NOTHING_TO_SET, Point
from scripts.said import Said

SERVICES: Final = (
    Point(
        "credential-life",
        Said(
            "How long do a function's credentials live?",
            "函数的临时凭证有效多久？",
        ),
        Said(
            "Print the expiry of the token in a function.",
            "在函数中打印令牌的过期时间。",
        ),
        Said(
            "12 hours.",
            "按 12 小时处理。",
        ),
        {
            "12h": Said(
                "Nothing to set: clients are rebuilt with each token.",
                "无需设置：客户端随令牌重建。",
            ),
            "36h": NOTHING_TO_SET,
            "shorter": Said(
                "Less than 3 h 15 min: signed URLs would die before their task;"
                " give the role a longer session.",
                "若短于 3 小时 15 分，签名 URL 会先于任务失效；请延长角色会话时长。",
            ),
        },
    ),
    Point(
        "failure-message",
        Said(
            "What does the message look like that an OnFailure destination gets?",
            "OnFailure 目标收到的消息是什么格式？",
        ),
        Said(
            "Let submit fail for one upload and peek into the failure queue.",
            "让 submit 对一次上传失败，然后查看失败队列。",
        ),
        Said(
            "Any JSON, plain or Base64, with the event inside.",
            "任意 JSON（明文或 Base64），其中包含原事件。",
        ),
        {
            "understood": Said(
                "`maskline sweep` took the upload in: nothing to set.",
                "`maskline sweep` 已接收该上传：无需设置。",
            ),
            "other": Said(
                "Report its form; until then the daily sweep of the bucket finds such uploads.",
                "请反馈其格式；在此之前每日清查会找到此类上传。",
            ),
        },
    ),
    Point(
        "eventbridge-shape",
        Said(
            "What is the shape of an OSS event through EventBridge?",
            "经 EventBridge 的 OSS 事件是什么结构？",
        ),
        Said(
            "Only if EventBridge is used: one rule with a function as its target.",
            "仅在使用 EventBridge 时：建一条以函数为目标的规则。",
        ),
        Said(
            "data.oss..., others are refused loudly.",
            "按 data.oss... 处理，其余明确拒绝。",
        ),
        {
            "data.oss": NOTHING_TO_SET,
            "other": Said(
                "Use the OSS trigger of template.yml.",
                "请使用 template.yml 的 OSS 触发器。",
            ),
            "unused": NOTHING_TO_SET,
        },
    ),
    Point(
        "fc3-keys",
        Said(
            "In which case does ROS take the keys inside of an FC3 trigger's TriggerConfig?",
            "ROS 的 FC3 触发器 TriggerConfig 内部键名大小写如何？",
        ),
        Said(
            "Only with Function Compute 3.0: deploy the variant and read the trigger back.",
            "仅在使用函数计算 3.0 时：部署该变体并读回触发器。",
        ),
        Said(
            "lowerCamel.",
            "按 lowerCamel 处理。",
        ),
        {
            "lowerCamel": NOTHING_TO_SET,
            "UpperCamel": Said(
                "Write them so in the 3.0 variant of the template.",
                "请在模板的 3.0 变体中改写。",
            ),
            "unused": NOTHING_TO_SET,
        },
    ),
    Point(
        "forbid-overwrite",
        Said(
            "Does x-oss-forbid-overwrite hold while many write one key?",
            "并发写同一对象时 x-oss-forbid-overwrite 是否可靠？",
        ),
        Said(
            "Fifty writers on one key with that header; one may succeed.",
            "五十个写入者带该请求头写同一对象；应只有一个成功。",
        ),
        Said(
            "Yes, but nothing rests on it.",
            "按可靠处理，但不依赖它。",
        ),
        {
            "yes": Said(
                "Nothing to set: Tablestore decides.",
                "无需设置：由表格存储裁决。",
            ),
            "no": Said(
                "Nothing to set: Tablestore decides.",
                "无需设置：由表格存储裁决。",
            ),
        },
    ),
    Point(
        "instances",
        Said(
            "How many instances may run in the region?",
            "该地域最多可运行多少实例？",
        ),
        Said(
            "Quota centre of the console.",
            "控制台的配额中心。",
        ),
        Said(
            "100.",
            "按 100 处理。",
        ),
        {
            "100": NOTHING_TO_SET,
            "300": NOTHING_TO_SET,
            "fewer": Said(
                "Uploads in a burst wait in Function Compute's own queue; raise"
                " the quota if they wait long.",
                "突发上传会在函数计算的队列中等待；若等待过久请提高配额。",
            ),
        },
    ),
    Point(
        "delta-size",
        Said(
            "Which sign has deltaSize where a smaller file overwrites a larger?",
            "小文件覆盖大文件时 deltaSize 的符号是？",
        ),
        Said(
            "Overwrite an upload with a smaller file and look at the event.",
            "用较小的文件覆盖上传并查看事件。",
        ),
        Said(
            "Not used.",
            "未使用。",
        ),
        {
            "negative": NOTHING_TO_SET,
            "positive": NOTHING_TO_SET,
        },
    ),
    Point(
        "list-namespace",
        Said(
            "Can oss2 read the bucket's listing (no XML namespace in it)?",
            "oss2 能否读取存储桶列表（其中没有 XML 命名空间）？",
        ),
        Said(
            "This command lists once.",
            "本命令会列举一次。",
        ),
        Said(
            "Yes.",
            "按可以处理。",
        ),
        {
            "yes": NOTHING_TO_SET,
            "no": Said(
                "Sweep and audit cannot work: report it.",
                "清查与审计无法工作：请反馈。",
            ),
        },
    ),
)
