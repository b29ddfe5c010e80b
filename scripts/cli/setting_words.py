"""What each setting means, in the order in which `docs/configuration.md` tells it.

That there is a setting, and what holds where nothing is said, the settings themselves know
(`scripts.cli.variables`); these words are not in `shared`, so that no function carries them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scripts.said import Said

MEANINGS: Final[Mapping[str, Said]] = {
    "MASKLINE_BUCKET": Said(
        "the bucket",
        "存储桶",
    ),
    "MASKLINE_UPLOAD_PREFIX": Said(
        "where photos are put",
        "照片放在哪里",
    ),
    "MASKLINE_RESULTS_PREFIX": Said(
        "where results go",
        "结果放在哪里",
    ),
    "MASKLINE_PINS_PREFIX": Said(
        "copies that a job works on; a lifecycle rule clears them",
        "任务所用的副本；由生命周期规则清理",
    ),
    "MASKLINE_RAW_PREFIX": Said(
        "the provider's own files, by content",
        "服务商的原始文件，按内容存放",
    ),
    "MASKLINE_BACKDROPS_PREFIX": Said(
        "pictures that the recipe `backdrop` may put behind people",
        "配方 `backdrop` 可用作背景的图片",
    ),
    "MASKLINE_RECIPES": Said(
        "what is made of each upload; by prefix: `people;uploads/staff/=id-photo:size=one-inch`",
        "每次上传生成什么；可按前缀设定：`people;uploads/staff/=id-photo:size=one-inch`",
    ),
    "MASKLINE_REGION": Said(
        "such as `cn-beijing`",
        "例如 `cn-beijing`",
    ),
    "MASKLINE_ACCOUNT_ID": Said(
        "the account's number",
        "账号 ID",
    ),
    "MASKLINE_QUOTA": Said(
        "pictures that may be paid for in all (the template says 500); read when the pipeline "
        "first runs, changed later by `maskline quota --set`",
        "总共可付费的图片数（模板中为 500）；流水线首次运行时读取，之后用 `maskline quota --set` "
        "修改",
    ),
    "MASKLINE_ERASE_QUOTA": Said(
        "the same for the recipe `erase`, a second paid call to another model (the template says "
        "500); `maskline quota --model erase --set`",
        "同上，针对配方 `erase`（对另一个模型的第二次付费调用；模板中为 500）；用 "
        "`maskline quota --model erase --set` 修改",
    ),
    "MASKLINE_PRIORITIES": Said(
        "who goes first, by upload prefix: `uploads/vip/=10,uploads/batch/=-5`, from -99 to 99; "
        "what is not named has 0, the longest prefix counts, and it is read when an upload comes "
        "in",
        "按上传前缀决定先后：`uploads/vip/=10,uploads/batch/=-5`，范围 -99 到 99；未列出的为 0，最"
        "长前缀生效，上传到达时读取",
    ),
    "MASKLINE_WEIGHTS": Said(
        "within a priority the first folders below the upload prefix take turns; `uploads/big/=3` "
        "gives a folder three for one",
        "同一优先级内，上传前缀下的第一级文件夹轮流处理；`uploads/big/=3` 使该文件夹得到三倍的次数",
    ),
    "MASKLINE_PREFIX_QUOTAS": Said(
        "budgets of upload prefixes within that of all: `uploads/vip/=100`; what is over waits, "
        "and holds up nobody else; changed later by `maskline quota --prefix P --set N`. They "
        "count photos: erasings, of which there is none without its photo's own result, have one "
        "budget together (`MASKLINE_ERASE_QUOTA`)",
        "上传前缀在总预算之内各自的预算：`uploads/vip/=100`；超出的等待，不影响其他；之后用 "
        "`maskline quota --prefix P --set N` 修改。只计照片：擦除必须先有照片自己的结果，全部擦除"
        "共用一个预算（`MASKLINE_ERASE_QUOTA`）",
    ),
    "MASKLINE_QUOTA_ALARMS": Said(
        "percents of the budget left at which `maskline.quota.low` is sent, once each: `50,20,5`",
        "剩余预算的百分比，低于时各发送一次 `maskline.quota.low`：`50,20,5`",
    ),
    "MASKLINE_POLLER_SECONDS": Said(
        "how long one poller works before it hands over",
        "一个 poller 工作多久后交接",
    ),
    "MASKLINE_ABSENCE_SECONDS": Said(
        "how long a lost POST may still show up in the provider's list",
        "丢失的 POST 多久之内仍可能出现在服务商列表中",
    ),
    "MASKLINE_DEPLOYMENT": Said(
        "new with each deployment: uploads that were missed meanwhile are looked for",
        "每次部署取新值：期间漏掉的上传会被找回",
    ),
    "MASKLINE_SINKS": Said(
        "where events go, up to 16: `KIND[.LABEL][:TYPE|TYPE]` of the kinds `mns`, `log`, "
        "`webhook`, `dingtalk`, `eventbridge`; see below",
        "事件发往何处，最多 16 个：`KIND[.LABEL][:TYPE|TYPE]`，种类有 `mns`、`log`、`webhook`、"
        "`dingtalk`、`eventbridge`；见下文",
    ),
    "MASKLINE_SINK_NETWORKS": Said(
        "private networks that webhooks and robots may lie in: `10.1.0.0/16,127.0.0.0/8`; without "
        "it only public addresses are connected to",
        "webhook 与机器人可以位于的私有网络：`10.1.0.0/16,127.0.0.0/8`；不写则只连接公网地址",
    ),
    "MASKLINE_WEBHOOK_URL": Said(
        "where webhook events are sent; asked for where the sinks name `webhook`",
        "webhook 事件的目的地；仅在去向含 `webhook` 时需要",
    ),
    "MASKLINE_WEBHOOK_SECRET": Said(
        "signs them (Standard Webhooks); several with spaces between them while one is exchanged "
        "for another",
        "为其签名（Standard Webhooks）；更换期间可写多个，以空格分隔",
    ),
    "MASKLINE_DINGTALK_URL": Said(
        "a DingTalk robot's address, with its `access_token`",
        "钉钉机器人的地址，含 `access_token`",
    ),
    "MASKLINE_DINGTALK_SECRET": Said(
        "the robot's `SEC...`",
        "机器人的 `SEC...` 密钥",
    ),
    "MASKLINE_EVENTBRIDGE_ENDPOINT": Said(
        "such as `https://{account}.eventbridge.cn-beijing.aliyuncs.com`",
        "例如 `https://{account}.eventbridge.cn-beijing.aliyuncs.com`",
    ),
    "MASKLINE_EVENTBRIDGE_BUS": Said(
        "the event bus, one of your own",
        "事件总线，须为自建",
    ),
    "MASKLINE_TRACE": Said(
        "one trace for each upload (W3C Trace Context): `trace_id` and `span_id` in log lines, "
        "`traceparent` in events; an upload's metadata `x-oss-meta-traceparent` is gone on with",
        "每个上传一条链路（W3C Trace Context）：日志行带 `trace_id` 与 `span_id`，事件带 "
        "`traceparent`；沿用上传元数据 `x-oss-meta-traceparent`",
    ),
    "MASKLINE_REUSE": Said(
        "equal bytes reuse the paid result",
        "相同字节复用已付费的结果",
    ),
    "OSS_ENDPOINT": Said(
        "the functions' way to OSS",
        "函数访问 OSS 的地址",
    ),
    "OSS_PUBLIC_ENDPOINT": Said(
        "the provider's way to OSS, in signed URLs",
        "服务商访问 OSS 的地址，用于签名 URL",
    ),
    "OSS_IS_CNAME": Said(
        "the public endpoint is a domain of your own",
        "公网地址是自有域名",
    ),
    "TABLESTORE_ENDPOINT": Said(
        "the state's instance, as an address",
        "状态所在实例的地址",
    ),
    "TABLESTORE_INSTANCE": Said(
        "and its name",
        "及其名称",
    ),
    "FC_ENDPOINT": Said(
        "Function Compute, of the API that `FC_API` says",
        "函数计算，API 由 `FC_API` 决定",
    ),
    "FC_API": Said(
        "`3.0`: functions without a service, as `maskline deploy` makes them of "
        "`template.fc3.yml`; their names begin with `FC_SERVICE` and a hyphen",
        "`3.0`：不带服务的函数，由 `maskline deploy` 按 `template.fc3.yml` 创建；"
        "名称以 `FC_SERVICE` 加连字符开头",
    ),
    "FC_SERVICE": Said(
        "the service that holds the three functions",
        "三个函数所在的服务",
    ),
    "FC_QUALIFIER": Said(
        "version or alias under which the functions wake each other; `maskline deploy` uses `live`",
        "函数互相唤醒时使用的版本或别名；`maskline deploy` 使用 `live`",
    ),
    "MNS_ENDPOINT": Said(
        "SMQ/MNS",
        "SMQ/MNS",
    ),
    "MNS_TOPIC": Said(
        "where events are published",
        "事件发布到的主题",
    ),
    "MNS_FAILURE_QUEUE": Said(
        "where FC puts uploads that it gave up on",
        "函数计算放弃的上传放入此队列",
    ),
    "DASHSCOPE_BASE_URL": Said(
        "with `/api/v1`",
        "含 `/api/v1`",
    ),
    "DASHSCOPE_API_KEY": Said(
        "of this deployment alone",
        "仅供本部署使用",
    ),
    "DASHSCOPE_MODEL": Said(
        "the model",
        "模型",
    ),
    "DASHSCOPE_ERASE_MODEL": Said(
        "the model of the recipe `erase`; one of its own, with a trial of its own",
        "配方 `erase` 所用的模型；必须是另一个模型，试用额度各自独立",
    ),
    "DASHSCOPE_RESULT_HOSTS": Said(
        "where results may be downloaded from",
        "允许从哪些主机下载结果",
    ),
}
