"""What is said of the bucket and the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scripts.doctor.texts import Texts

STORES: Final[Mapping[str, Texts]] = {
    "no_bucket": Texts(
        "wrong",
        "There is no bucket {bucket}.",
        "`maskline deploy apply` makes it; or correct MASKLINE_BUCKET.",
        "存储桶 {bucket} 不存在。",
        "`maskline deploy apply` 会创建；或改正 MASKLINE_BUCKET。",
    ),
    "bucket_region": Texts(
        "wrong",
        "The bucket is in {region}, and MASKLINE_REGION says {wanted}.",
        "Correct MASKLINE_REGION and the endpoints: a V4 signature is valid in one region only.",
        "存储桶位于 {region}，而 MASKLINE_REGION 为 {wanted}。",
        "请改正 MASKLINE_REGION 与各端点：V4 签名只在一个地域有效。",
    ),
    "open_bucket": Texts(
        "wrong",
        "Anybody may read the bucket ({acl}): it holds people's photographs.",
        "Make it private (ossutil set-acl, or the console).",
        "任何人都可读取存储桶（{acl}）：其中是人物照片。",
        "请改为私有（ossutil set-acl 或控制台）。",
    ),
    "versions_kept": Texts(
        "warning",
        "The bucket keeps old versions ({versioning}): what `maskline forget` deletes"
        " stays as one.",
        "Switch versioning off, or add a lifecycle rule that expires old versions.",
        "存储桶保留历史版本（{versioning}）：`maskline forget` 删除的内容仍以历史版本存在。",
        "请关闭版本控制，或添加清理历史版本的生命周期规则。",
    ),
    "no_pin_rule": Texts(
        "warning",
        "No lifecycle rule clears {prefix}, where working copies of photographs lie.",
        "Add a rule that deletes objects under {prefix} after 90 days; template.yml has it.",
        "没有生命周期规则清理 {prefix}，照片的工作副本存放于此。",
        "请添加规则：90 天后删除 {prefix} 下的对象；template.yml 中已有。",
    ),
    "rule_deletes": Texts(
        "wrong",
        "A lifecycle rule on {rule} deletes what lies under {prefix}: {what}.",
        "Narrow the rule's prefix to {pins}.",
        "生命周期规则 {rule} 会删除 {prefix} 下的内容：{what}。",
        "请将规则前缀缩小到 {pins}。",
    ),
    "no_table": Texts(
        "wrong",
        "There is no table {table} in the Tablestore instance.",
        "`maskline deploy apply` makes it; or correct TABLESTORE_INSTANCE.",
        "表格存储实例中没有表 {table}。",
        "`maskline deploy apply` 会创建；或改正 TABLESTORE_INSTANCE。",
    ),
    "table_key": Texts(
        "wrong",
        "The primary key of table {table} is {found}, not {wanted}.",
        "A key cannot be changed: move the table aside, then `maskline deploy apply`.",
        "表 {table} 的主键是 {found}，应为 {wanted}。",
        "主键无法修改：请将该表移开后执行 `maskline deploy apply`。",
    ),
    "table_columns": Texts(
        "wrong",
        "Table {table} does not declare the columns {columns}, which its indexes need.",
        "Make the table anew from template.yml; an index sees declared columns only.",
        "表 {table} 未声明索引所需的列 {columns}。",
        "请用 template.yml 重建该表；索引只能使用已声明的列。",
    ),
    "no_index": Texts(
        "wrong",
        "Table {table} lacks the index {index} on {wanted}: due jobs would never be found.",
        "Add it as template.yml declares it.",
        "表 {table} 缺少建在 {wanted} 上的索引 {index}：到期的任务将永远找不到。",
        "请按 template.yml 添加。",
    ),
    "table_life": Texts(
        "wrong",
        "Rows of table {table} expire after {seconds} s: an upload would be paid for again.",
        "Set the time to live to {wanted}.",
        "表 {table} 的行在 {seconds} 秒后过期：同一上传会再次付费。",
        "请将生存时间设为 {wanted}。",
    ),
    "table_versions": Texts(
        "wrong",
        "Table {table} keeps {versions} versions of a cell; an index allows one.",
        "Set max versions to 1.",
        "表 {table} 的单元格保留 {versions} 个版本；索引只允许一个。",
        "请将最大版本数设为 1。",
    ),
}
