"""What is said of the provider, messages and this computer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scripts.doctor.texts import Texts

SURROUNDINGS: Final[Mapping[str, Texts]] = {
    "key_refused": Texts(
        "wrong",
        "DashScope refuses the key: {said}",
        "{advice}",
        "DashScope 拒绝了该 API Key：{said}",
        "{advice_zh}",
    ),
    "key_form": Texts(
        "warning",
        "DASHSCOPE_API_KEY does not begin with sk-, as keys of Model Studio do.",
        "Copy it again from the console.",
        "DASHSCOPE_API_KEY 未以 sk- 开头，百炼的 API Key 均如此。",
        "请从控制台重新复制。",
    ),
    "key_shared": Texts(
        "wrong",
        "{count} tasks of the last day were made with this API key, and not by this"
        " deployment (such as {task}).",
        "Give this deployment a key of its own: a lost answer could not be told"
        " from another's task.",
        "最近一天有 {count} 个任务使用此 API Key，却不是本部署提交的（例如 {task}）。",
        "请为本部署单独创建 API Key：否则丢失的响应无法与他人的任务区分。",
    ),
    "key_changed": Texts(
        "warning",
        "The API key was exchanged while {count} tasks of the old one are at the provider.",
        "Keep the old key valid until they are home: `maskline status`.",
        "更换 API Key 时仍有 {count} 个旧 Key 的任务在服务商处。",
        "请在其取回之前保持旧 Key 有效：`maskline status`。",
    ),
    "stopped": Texts(
        "wrong",
        "The pipeline is stopped: {said}",
        "Mend the cause, then `maskline resume`.",
        "流水线已停止：{said}",
        "请排除原因，然后执行 `maskline resume`。",
    ),
    "paused": Texts(
        "warning",
        "The pipeline is paused: {said}",
        "`maskline resume` when it may go on.",
        "流水线已暂停：{said}",
        "可以继续时执行 `maskline resume`。",
    ),
    "quota_gone": Texts(
        "wrong",
        "The budget is used up: {spent} of {budget}.",
        "Raise it (`maskline quota --set N`) if the provider has images left; an"
        " engine of your own goes on for nothing (`maskline engine serve`).",
        "预算已用完：{spent}/{budget}。",
        "若服务商仍有额度，请提高预算（`maskline quota --set N`）；自有引擎可免"
        "费继续（`maskline engine serve`）。",
    ),
    "quota_low": Texts(
        "warning",
        "{left} of {budget} images are left.",
        "Plan for the end: the model cannot be bought; `maskline engine serve` answers"
        " the same API.",
        "{budget} 张额度还剩 {left} 张。",
        "请提前安排：该模型无法续购；`maskline engine serve` 提供相同接口。",
    ),
    "no_budget": Texts(
        "warning",
        "No budget is set, and the provider gives 500 images once.",
        "`maskline quota --set 500`, less what is used already.",
        "未设置预算，而服务商只提供一次性 500 张。",
        "执行 `maskline quota --set 500`（减去已用数量）。",
    ),
    "no_topic": Texts(
        "wrong",
        "There is no topic {topic}: no event can be told.",
        "Create it, or correct MNS_TOPIC, or take mns out of MASKLINE_SINKS.",
        "主题 {topic} 不存在：事件无法发出。",
        "请创建它，或改正 MNS_TOPIC，或将 mns 从 MASKLINE_SINKS 中去掉。",
    ),
    "no_queue": Texts(
        "wrong",
        "There is no queue {queue}: uploads that Function Compute gives up on wait"
        " for the daily sweep.",
        "Create it, or correct MNS_FAILURE_QUEUE.",
        "队列 {queue} 不存在：函数计算放弃的上传要等到每日清查。",
        "请创建它，或改正 MNS_FAILURE_QUEUE。",
    ),
    "queue_filled": Texts(
        "warning",
        "{count} uploads that Function Compute gave up on wait in {queue}.",
        "`maskline sweep` takes them in; logs of submit say why they failed.",
        "{queue} 中有 {count} 个函数计算放弃的上传。",
        "`maskline sweep` 会接收它们；失败原因见 submit 的日志。",
    ),
    "webhook_plain": Texts(
        "warning",
        "{name} is not https: events would travel open.",
        "Use https.",
        "{name} 不是 https：事件会明文传输。",
        "请使用 https。",
    ),
    "webhook_weak": Texts(
        "warning",
        "{name} is no Standard Webhooks secret (whsec_ and Base64 of 24 to 64 bytes).",
        "Make one: `echo whsec_$(openssl rand -base64 32)`.",
        "{name} 不是 Standard Webhooks 密钥（whsec_ 加 24 至 64 字节的 Base64）。",
        "请生成：`echo whsec_$(openssl rand -base64 32)`。",
    ),
    "sink_disabled": Texts(
        "wrong",
        "The sink {sink} is not called any more: {why}",
        "Mend the receiver, then `maskline events enable {sink}`.",
        "接收方 {sink} 已停止调用：{why}",
        "请修复接收方，然后执行 `maskline events enable {sink}`。",
    ),
    "clock": Texts(
        "wrong",
        "This computer's clock is {seconds} s away from {service}'s.",
        "Set it by NTP: signatures more than 15 minutes off are refused.",
        "本机时钟与{service}相差 {seconds} 秒。",
        "请用 NTP 校时：相差 15 分钟以上的签名会被拒绝。",
    ),
    "python": Texts(
        "wrong",
        "This is Python {version}; Maskline needs 3.10 or newer.",
        "Install a newer one, and `make setup`.",
        "当前 Python 为 {version}；Maskline 需要 3.10 或更新版本。",
        "请安装新版本，然后执行 `make setup`。",
    ),
    "package": Texts(
        "wrong",
        "{package} is {version}; {wanted} is needed.",
        "`make setup` installs what the lock file says.",
        "{package} 的版本为 {version}；需要 {wanted}。",
        "`make setup` 会按锁定文件安装。",
    ),
}
