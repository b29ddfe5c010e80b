"""What only a real account tells of events, triggers and endpoints."""

from __future__ import annotations

from typing import Final

from scripts.doctor.account.point import NOTHING_TO_SET, Point
from scripts.said import Said

TRIGGERS: Final = (
    Point(
        "fc2",
        Said(
            "Can this account create services of Function Compute 2.0, with python3.10?",
            "该账号能否创建函数计算 2.0 的服务，并使用 python3.10？",
        ),
        Said(
            "Deploy template.yml.",
            "部署 template.yml。",
        ),
        Said(
            "Yes.",
            "按可以处理。",
        ),
        {
            "yes": NOTHING_TO_SET,
            "no": Said(
                "Deploy the variant for Function Compute 3.0 instead of template.yml.",
                "请改用函数计算 3.0 的模板变体，而非 template.yml。",
            ),
        },
    ),
    Point(
        "event-key",
        Said(
            "Does an upload's event carry the key as it is, or percent-encoded?",
            "上传事件中的对象名是原样还是百分号编码？",
        ),
        Said(
            "Upload `测试/a b+c%41.png` under the upload prefix, then `maskline"
            " list`: is it DONE, or REJECTED as deleted?",
            "在上传前缀下上传 `测试/a b+c%41.png`，再执行 `maskline list`"
            "：是 DONE，还是因已删除而 REJECTED？",
        ),
        Said(
            "As it is.",
            "按原样处理。",
        ),
        {
            "raw": NOTHING_TO_SET,
            "encoded": Said(
                "Report it: keys must then be decoded where the event is read.",
                "请反馈：需要在读取事件处解码。",
            ),
        },
    ),
    Point(
        "signed-url",
        Said(
            "Can a stranger download through a signed URL of the public endpoint?",
            "外部能否通过公网端点的签名 URL 下载？",
        ),
        Said(
            "This command signs a probe and fetches it; ask from another"
            " network if this one is inside of Alibaba Cloud.",
            "本命令会签名并下载一个探测对象；若本机位于阿里云内，请从其他网络再试。",
        ),
        Said(
            "Yes.",
            "按可以处理。",
        ),
        {
            "yes": Said(
                "OSS_PUBLIC_ENDPOINT and OSS_IS_CNAME may stay as they are.",
                "OSS_PUBLIC_ENDPOINT 与 OSS_IS_CNAME 保持不变。",
            ),
            "no": Said(
                "Bind a domain to the bucket; set OSS_PUBLIC_ENDPOINT to it and OSS_IS_CNAME=true.",
                "为存储桶绑定域名；将 OSS_PUBLIC_ENDPOINT 设为该域名，并设置 OSS_IS_CNAME=true。",
            ),
        },
    ),
    Point(
        "internal-endpoint",
        Said(
            "Do the functions reach OSS's internal endpoint?",
            "函数能否访问 OSS 内网端点？",
        ),
        Said(
            "Set the template's OssEndpoint to https://oss-REGION-internal.aliyuncs.com"
            " and upload one picture.",
            "将模板参数 OssEndpoint 设为 https://oss-REGION-internal.aliyuncs.com"
            "，然后上传一张图片。",
        ),
        Said(
            "No: the public endpoint.",
            "按不能处理：使用公网端点。",
        ),
        {
            "yes": Said(
                "Set OSS_ENDPOINT to the internal endpoint (traffic is free);"
                " OSS_PUBLIC_ENDPOINT stays public.",
                "将 OSS_ENDPOINT 设为内网端点（流量免费）；OSS_PUBLIC_ENDPOINT 仍为公网端点。",
            ),
            "no": Said(
                "OSS_ENDPOINT stays public.",
                "OSS_ENDPOINT 保持公网端点。",
            ),
        },
    ),
    Point(
        "timer-overlap",
        Said(
            "What does a timer do while the last tick still runs?",
            "上一次尚未结束时，定时触发器会怎样？",
        ),
        Said(
            "A function that sleeps 90 s on a timer of one minute; count its runs.",
            "用每分钟的定时器触发一个休眠 90 秒的函数，统计运行次数。",
        ),
        Said(
            "Both run.",
            "按同时运行处理。",
        ),
        {
            "both": Said(
                "Nothing to set: only the gate permits a call.",
                "无需设置：只有闸门可以准许调用。",
            ),
            "waits": Said(
                "MASKLINE_POLLER_SECONDS may stay; a tick that waits is made up for by the next.",
                "MASKLINE_POLLER_SECONDS 保持不变；被推迟的一次由下一次弥补。",
            ),
            "skips": Said(
                "The same.",
                "同上。",
            ),
        },
    ),
    Point(
        "timer-key",
        Said(
            "Which key of a timer does ROS take, Enable or Enabled?",
            "ROS 中定时触发器的键是 Enable 还是 Enabled？",
        ),
        Said(
            "Deploy template.yml; this command reads the trigger back.",
            "部署 template.yml；本命令会读回触发器。",
        ),
        Said(
            "Enable.",
            "按 Enable 处理。",
        ),
        {
            "Enable": NOTHING_TO_SET,
            "Enabled": Said(
                "Write Enabled in template.yml, at the trigger Tick.",
                "在 template.yml 的触发器 Tick 中改写为 Enabled。",
            ),
        },
    ),
    Point(
        "retries",
        Said(
            "Are retries and event age applied as the template says?",
            "重试次数与事件最长存活时间是否按模板生效？",
        ),
        Said(
            "This command reads them back; for the count, let a handler"
            " fail and count its invocations.",
            "本命令会读回设置；若要核对次数，可让处理函数失败并统计调用次数。",
        ),
        Said(
            "Yes.",
            "按是处理。",
        ),
        {
            "yes": NOTHING_TO_SET,
            "no": Said(
                "Nothing is lost: the sweep finds it within a day; `maskline sweep` at once.",
                "不会丢失：每日清查会找到；`maskline sweep` 可立即清查。",
            ),
        },
    ),
    Point(
        "retry-5xx",
        Said(
            "Does Function Compute retry on a 5xx, or where it lacks resources?",
            "遇到 5xx 或资源不足时，函数计算是否重试？",
        ),
        Said(
            "Hard to provoke: ask its support.",
            "难以重现：请咨询技术支持。",
        ),
        Said(
            "No.",
            "按否处理。",
        ),
        {
            "yes": NOTHING_TO_SET,
            "no": Said(
                "Nothing to set: the sweep finds what is lost.",
                "无需设置：清查会找到丢失的上传。",
            ),
        },
    ),
    Point(
        "many-records",
        Said(
            "Can one event carry more than one record?",
            "一个事件能否包含多条记录？",
        ),
        Said(
            "Upload a hundred small pictures at once and look at submit's log.",
            "同时上传一百张小图，查看 submit 的日志。",
        ),
        Said(
            "Yes.",
            "按可以处理。",
        ),
        {
            "yes": NOTHING_TO_SET,
            "no": NOTHING_TO_SET,
        },
    ),
)
