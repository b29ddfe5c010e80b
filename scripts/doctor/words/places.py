"""What is said of settings, regions and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scripts.doctor.texts import Texts

PLACES: Final[Mapping[str, Texts]] = {
    "setting": Texts(
        "wrong",
        "{problem}",
        "Correct it where it stands: `maskline config show` tells where.",
        "{problem}",
        "请在其所在之处改正：`maskline config show` 会指出位置。",
    ),
    "refused": Texts(
        "wrong",
        "{service} refuses the credentials: {said}",
        "Check the access key and its policy: doctor needs {needs} (read only, but"
        " for the probe under the pins' prefix).",
        "{service} 拒绝了凭证：{said}",
        "请检查访问密钥及其权限策略：doctor 需要 {needs}（只读，仅在 pins 前缀下写一个探测对象）。",
    ),
    "unreachable": Texts(
        "unknown",
        "{service} could not be asked: {said}",
        "Check the endpoint in the settings, the network, and try again.",
        "无法访问{service}：{said}",
        "请检查设置中的端点与网络，然后重试。",
    ),
    "provider_region": Texts(
        "wrong",
        "DASHSCOPE_BASE_URL leads to {host}, but the model is served from Beijing only.",
        "Use https://dashscope.aliyuncs.com/api/v1 and an API key of the Beijing region.",
        "DASHSCOPE_BASE_URL 指向 {host}，而该模型只在北京地域提供。",
        "请使用 https://dashscope.aliyuncs.com/api/v1 和北京地域的 API Key。",
    ),
    "provider_path": Texts(
        "wrong",
        "DASHSCOPE_BASE_URL does not end in /api/v1.",
        "Append it: the calls are made below that path.",
        "DASHSCOPE_BASE_URL 未以 /api/v1 结尾。",
        "请补上：各接口都在该路径之下。",
    ),
    "other_region": Texts(
        "wrong",
        "{name} is of {region}, and MASKLINE_REGION says {wanted}.",
        "Make them one: signatures and triggers are valid in one region only.",
        "{name} 属于 {region}，而 MASKLINE_REGION 为 {wanted}。",
        "请统一：签名与触发器只在同一地域有效。",
    ),
    "far_region": Texts(
        "warning",
        "The bucket is in {region}, and the provider downloads from Beijing.",
        "It works over the public endpoint, more slowly and with traffic to pay;"
        " a bucket in cn-beijing is better.",
        "存储桶位于 {region}，而服务商在北京下载图片。",
        "经公网端点可以工作，但较慢且产生流量费用；存储桶放在 cn-beijing 更好。",
    ),
    "internal_public": Texts(
        "wrong",
        "OSS_PUBLIC_ENDPOINT is an internal address ({host}): the provider cannot"
        " download from it.",
        "Set the public endpoint, or a domain of your own with OSS_IS_CNAME=true.",
        "OSS_PUBLIC_ENDPOINT 是内网地址（{host}），服务商无法从那里下载。",
        "请设为公网端点，或使用自有域名并设置 OSS_IS_CNAME=true。",
    ),
    "private_public": Texts(
        "wrong",
        "OSS_PUBLIC_ENDPOINT ({host}) can be reached from this network only, and"
        " the provider is elsewhere.",
        "Set an endpoint that the internet reaches.",
        "OSS_PUBLIC_ENDPOINT（{host}）只能从本网络访问，而服务商在别处。",
        "请设为公网可达的端点。",
    ),
    "cname_without_domain": Texts(
        "wrong",
        "OSS_IS_CNAME is true, but {host} is OSS's own domain.",
        "Set OSS_IS_CNAME=false, or OSS_PUBLIC_ENDPOINT to the domain that is bound to the bucket.",
        "OSS_IS_CNAME 为 true，但 {host} 是 OSS 自有域名。",
        "请设置 OSS_IS_CNAME=false，或将 OSS_PUBLIC_ENDPOINT 设为已绑定到存储桶的域名。",
    ),
    "domain_without_cname": Texts(
        "wrong",
        "OSS_PUBLIC_ENDPOINT ({host}) is a domain of your own, but OSS_IS_CNAME is false.",
        "Set OSS_IS_CNAME=true, and bind the domain to the bucket.",
        "OSS_PUBLIC_ENDPOINT（{host}）是自有域名，但 OSS_IS_CNAME 为 false。",
        "请设置 OSS_IS_CNAME=true，并将该域名绑定到存储桶。",
    ),
    "plain_http": Texts(
        "warning",
        "{name} is spoken to without TLS.",
        "Write https:// before it.",
        "{name} 未使用 TLS。",
        "请在其前写 https://。",
    ),
    "url_refused": Texts(
        "wrong",
        "A signed URL answers HTTP {status} {said} to a stranger, so the provider"
        " cannot download either.",
        "Accounts opened since 2025-03-20 need a domain of their own: bind one,"
        " set OSS_PUBLIC_ENDPOINT to it, and OSS_IS_CNAME=true.",
        "外部访问签名 URL 得到 HTTP {status} {said}，服务商同样无法下载。",
        "2025-03-20 之后开通的账号须使用自有域名：绑定后将 OSS_PUBLIC_ENDPOINT "
        "设为该域名，并设置 OSS_IS_CNAME=true。",
    ),
}
