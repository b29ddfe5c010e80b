"""What is said of the functions and what starts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scripts.doctor.texts import Texts

FUNCTIONS: Final[Mapping[str, Texts]] = {
    "no_service": Texts(
        "wrong",
        "There is no Function Compute service {service}.",
        "`maskline deploy apply` makes it; or correct FC_SERVICE and MASKLINE_REGION.",
        "函数计算中没有服务 {service}。",
        "`maskline deploy apply` 会创建；或改正 FC_SERVICE 与 MASKLINE_REGION。",
    ),
    "no_functions": Texts(
        "wrong",
        "There is no function whose name begins with {service}-.",
        "`maskline deploy apply` makes them; or correct FC_SERVICE, MASKLINE_REGION and FC_API.",
        "没有名称以 {service}- 开头的函数。",
        "`maskline deploy apply` 会创建；或改正 FC_SERVICE、MASKLINE_REGION 与 FC_API。",
    ),
    "function_without_role": Texts(
        "wrong",
        "A function of {service} has no role: it has no credentials.",
        "`maskline deploy apply` gives it the role that template.fc3.yml declares.",
        "{service} 的某个函数没有角色：它没有凭证。",
        "`maskline deploy apply` 会赋予 template.fc3.yml 中声明的角色。",
    ),
    "no_role": Texts(
        "wrong",
        "The service {service} has no role: its functions have no credentials.",
        "Give it the role that template.yml declares.",
        "服务 {service} 没有角色：其函数没有凭证。",
        "请赋予 template.yml 中声明的角色。",
    ),
    "role_lacks": Texts(
        "wrong",
        "The functions' role may not do {permission}: {said}",
        "Grant it as template.yml does, and deploy again.",
        "函数的角色没有权限 {permission}：{said}",
        "请按 template.yml 授权并重新部署。",
    ),
    "no_function": Texts(
        "wrong",
        "There is no function {function}.",
        "`maskline deploy apply` makes it.",
        "没有函数 {function}。",
        "`maskline deploy apply` 会创建。",
    ),
    "function_differs": Texts(
        "wrong",
        "{function}: {what} is {found}, and template.yml says {wanted}.",
        "`maskline deploy apply` puts it right; or change it in template.yml.",
        "{function}：{what} 为 {found}，而 template.yml 为 {wanted}。",
        "`maskline deploy apply` 会改正；或在 template.yml 中修改。",
    ),
    "variable_missing": Texts(
        "wrong",
        "{function} lacks the variables {names}.",
        "`maskline deploy apply`: the code is newer than the function's configuration.",
        "{function} 缺少变量 {names}。",
        "请执行 `maskline deploy apply`：代码比函数配置新。",
    ),
    "variable_unknown": Texts(
        "warning",
        "{function} has variables that nothing reads: {names}.",
        "Take them out, or correct the spelling.",
        "{function} 有无人读取的变量：{names}。",
        "请删除，或改正拼写。",
    ),
    "variable_differs": Texts(
        "wrong",
        "{function} has another {name} than these settings.",
        "Make them one: the command line would look at another place than the functions work in.",
        "{function} 的 {name} 与此处设置不同。",
        "请统一：否则命令行查看之处与函数工作之处不同。",
    ),
    "variable_wrong": Texts(
        "wrong",
        "{function} cannot start: {problem}",
        "Correct it in the deployment's parameters and deploy again.",
        "{function} 无法启动：{problem}",
        "请在部署参数中改正后重新部署。",
    ),
    "no_trigger": Texts(
        "wrong",
        "{function} has no {kind} trigger.",
        "`maskline deploy apply` makes it; until then nothing starts it.",
        "{function} 没有 {kind} 触发器。",
        "`maskline deploy apply` 会创建；在此之前没有什么会启动它。",
    ),
    "trigger_loop": Texts(
        "wrong",
        "The trigger of submit listens to {prefix!r}, which holds the pipeline's"
        " own files under {ours}: every result starts it again.",
        "Set the trigger's prefix to {wanted}.",
        "submit 的触发器监听 {prefix!r}，其中含有流水线自己的文件 {ours}：每个结果都会再次触发。",
        "请将触发器前缀设为 {wanted}。",
    ),
    "trigger_elsewhere": Texts(
        "wrong",
        "The trigger of submit listens to {prefix!r}, and uploads go to {wanted}.",
        "Make MASKLINE_UPLOAD_PREFIX and the trigger's prefix one.",
        "submit 的触发器监听 {prefix!r}，而上传位于 {wanted}。",
        "请统一 MASKLINE_UPLOAD_PREFIX 与触发器前缀。",
    ),
    "trigger_bucket": Texts(
        "wrong",
        "The trigger of submit listens to the bucket {found}, and uploads go to {wanted}.",
        "Correct MASKLINE_BUCKET, or the trigger.",
        "submit 的触发器监听存储桶 {found}，而上传位于 {wanted}。",
        "请改正 MASKLINE_BUCKET 或触发器。",
    ),
    "trigger_parts": Texts(
        "wrong",
        "The trigger of submit listens to {events}, which fires for every part of"
        " a multipart upload.",
        "Name the events as template.yml does.",
        "submit 的触发器监听 {events}，分片上传的每一片都会触发。",
        "请像 template.yml 一样逐一列出事件。",
    ),
    "trigger_misses": Texts(
        "wrong",
        "The trigger of submit does not listen to {events}.",
        "Add them: uploads of that kind would wait for the daily sweep.",
        "submit 的触发器未监听 {events}。",
        "请添加：否则此类上传要等到每日清查。",
    ),
    "timer_off": Texts(
        "wrong",
        "The timer of the poller is switched off.",
        "Switch it on: lost wake-ups would never be made up for.",
        "poller 的定时触发器已停用。",
        "请启用：否则丢失的唤醒无从弥补。",
    ),
    "timer_slow": Texts(
        "warning",
        "The timer of the poller fires {cron!r}, not every minute.",
        "Set it to '@every 1m'.",
        "poller 的定时触发器为 {cron!r}，不是每分钟一次。",
        "请设为 '@every 1m'。",
    ),
    "old_runtime": Texts(
        "wrong",
        "{function} runs on {runtime}; the code needs Python 3.10 or newer.",
        "Set the runtime to python3.10.",
        "{function} 运行于 {runtime}；代码需要 Python 3.10 或更新版本。",
        "请将运行时设为 python3.10。",
    ),
}
