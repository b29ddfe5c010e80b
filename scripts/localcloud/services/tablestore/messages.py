"""The protobuf messages of Tablestore's interface, built from a table of fields.

The table is the wire contract (Tablestore, 6.4) in a line per message: `number[!*]name:type`, `!`
for required, `*` for repeated. Enumerations travel as int32, which is the same on the wire. The
messages live in a pool of their own, so that a vendor's SDK in the same process is not disturbed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from google.protobuf import (  # type: ignore[import-untyped]  # the wheel ships no types
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)
from google.protobuf.message import (  # type: ignore[import-untyped]  # the wheel ships no types
    DecodeError,
)

from scripts.localcloud.services.tablestore.exceptions import ParameterInvalidError

_PACKAGE = "maskline.tablestore"

_SCHEMA = {
    "Error": "1!code:string 2message:string",
    "PrimaryKeySchema": "1!name:string 2!type:int32 3option:int32",
    "DefinedColumnSchema": "1!name:string 2!type:int32",
    "TableOptions": (
        "1time_to_live:int32 2max_versions:int32 5deviation_cell_version_in_sec:int64"
        " 6allow_update:bool"
    ),
    "IndexMeta": (
        "1!name:string 2*primary_key:string 3*defined_column:string 4!index_update_mode:int32"
        " 5!index_type:int32"
    ),
    "TableMeta": (
        "1!table_name:string 2*primary_key:PrimaryKeySchema 3*defined_column:DefinedColumnSchema"
    ),
    "Condition": "1!row_existence:int32 2column_condition:bytes",
    "CapacityUnit": "1read:int32 2write:int32",
    "ReservedThroughput": "1!capacity_unit:CapacityUnit",
    "ReservedThroughputDetails": (
        "1!capacity_unit:CapacityUnit 2!last_increase_time:int64 3last_decrease_time:int64"
    ),
    "ConsumedCapacity": "1!capacity_unit:CapacityUnit",
    "StreamSpecification": "1!enable_stream:bool 2expiration_time:int32",
    "StreamDetails": (
        "1!enable_stream:bool 2stream_id:string 3expiration_time:int32 4last_enable_time:int64"
    ),
    "SSESpecification": "1!enable:bool 2key_type:int32 3key_id:bytes 4role_arn:bytes",
    "SSEDetails": "1!enable:bool 2key_type:int32 3key_id:bytes 4role_arn:bytes",
    "CreateTableRequest": (
        "1!table_meta:TableMeta 2!reserved_throughput:ReservedThroughput"
        " 3table_options:TableOptions 5stream_spec:StreamSpecification"
        " 6sse_spec:SSESpecification 7*index_metas:IndexMeta"
    ),
    "CreateTableResponse": "",
    "CreateIndexRequest": (
        "1!main_table_name:string 2!index_meta:IndexMeta 3include_base_data:bool"
    ),
    "CreateIndexResponse": "",
    "DropIndexRequest": "1!main_table_name:string 2!index_name:string",
    "DropIndexResponse": "",
    "UpdateTableRequest": (
        "1!table_name:string 2reserved_throughput:ReservedThroughput"
        " 3table_options:TableOptions 4stream_spec:StreamSpecification"
    ),
    "UpdateTableResponse": (
        "1!reserved_throughput_details:ReservedThroughputDetails 2!table_options:TableOptions"
        " 3stream_details:StreamDetails"
    ),
    "DescribeTableRequest": "1!table_name:string",
    "DescribeTableResponse": (
        "1!table_meta:TableMeta 2!reserved_throughput_details:ReservedThroughputDetails"
        " 3!table_options:TableOptions 4table_status:int32 5stream_details:StreamDetails"
        " 6*shard_splits:bytes 7sse_details:SSEDetails 8*index_metas:IndexMeta"
    ),
    "ListTableRequest": "",
    "ListTableResponse": "1*table_names:string",
    "DeleteTableRequest": "1!table_name:string",
    "DeleteTableResponse": "",
    "TimeRange": "1start_time:int64 2end_time:int64 3specific_time:int64",
    "ReturnContent": "1return_type:int32 2*return_column_names:string",
    "GetRowRequest": (
        "1!table_name:string 2!primary_key:bytes 3*columns_to_get:string 4time_range:TimeRange"
        " 5max_versions:int32 7filter:bytes 8start_column:string 9end_column:string 10token:bytes"
        " 11transaction_id:string"
    ),
    "GetRowResponse": "1!consumed:ConsumedCapacity 2!row:bytes 3next_token:bytes",
    "PutRowRequest": (
        "1!table_name:string 2!row:bytes 3!condition:Condition 4return_content:ReturnContent"
        " 5transaction_id:string"
    ),
    "PutRowResponse": "1!consumed:ConsumedCapacity 2row:bytes",
    "UpdateRowRequest": (
        "1!table_name:string 2!row_change:bytes 3!condition:Condition"
        " 4return_content:ReturnContent 5transaction_id:string"
    ),
    "UpdateRowResponse": "1!consumed:ConsumedCapacity 2row:bytes",
    "DeleteRowRequest": (
        "1!table_name:string 2!primary_key:bytes 3!condition:Condition"
        " 4return_content:ReturnContent 5transaction_id:string"
    ),
    "DeleteRowResponse": "1!consumed:ConsumedCapacity 2row:bytes",
    "TableInBatchGetRowRequest": (
        "1!table_name:string 2*primary_key:bytes 3*token:bytes 4*columns_to_get:string"
        " 5time_range:TimeRange 6max_versions:int32 8filter:bytes 9start_column:string"
        " 10end_column:string"
    ),
    "BatchGetRowRequest": "1*tables:TableInBatchGetRowRequest",
    "RowInBatchGetRowResponse": (
        "1!is_ok:bool 2error:Error 3consumed:ConsumedCapacity 4row:bytes 5next_token:bytes"
    ),
    "TableInBatchGetRowResponse": "1!table_name:string 2*rows:RowInBatchGetRowResponse",
    "BatchGetRowResponse": "1*tables:TableInBatchGetRowResponse",
    "RowInBatchWriteRowRequest": (
        "1!type:int32 2!row_change:bytes 3!condition:Condition 4return_content:ReturnContent"
    ),
    "TableInBatchWriteRowRequest": "1!table_name:string 2*rows:RowInBatchWriteRowRequest",
    "BatchWriteRowRequest": "1*tables:TableInBatchWriteRowRequest 2transaction_id:string",
    "RowInBatchWriteRowResponse": (
        "1!is_ok:bool 2error:Error 3consumed:ConsumedCapacity 4row:bytes"
    ),
    "TableInBatchWriteRowResponse": "1!table_name:string 2*rows:RowInBatchWriteRowResponse",
    "BatchWriteRowResponse": "1*tables:TableInBatchWriteRowResponse",
    "GetRangeRequest": (
        "1!table_name:string 2!direction:int32 3*columns_to_get:string 4time_range:TimeRange"
        " 5max_versions:int32 6limit:int32 7!inclusive_start_primary_key:bytes"
        " 8!exclusive_end_primary_key:bytes 10filter:bytes 11start_column:string"
        " 12end_column:string 13token:bytes 14transaction_id:string"
    ),
    "GetRangeResponse": (
        "1!consumed:ConsumedCapacity 2!rows:bytes 3next_start_primary_key:bytes 4next_token:bytes"
    ),
    "ListSearchIndexRequest": "1table_name:string",
    "ListSearchIndexResponse": "",
    "ValueTransferRule": "1!regex:string 2cast_type:int32",
    "SingleColumnValueFilter": (
        "1!comparator:int32 2!column_name:string 3!column_value:bytes 4!filter_if_missing:bool"
        " 5!latest_version_only:bool 6value_trans_rule:ValueTransferRule"
    ),
    "CompositeColumnValueFilter": "1!combinator:int32 2*sub_filters:Filter",
    "ColumnPaginationFilter": "1!offset:int32 2!limit:int32",
    "Filter": "1!type:int32 2!filter:bytes",
}

_FIELD = re.compile(r"(\d+)([!*]?)(\w+):(\w+)")


def _describe_field(message: Any, text: str) -> None:
    match = _FIELD.fullmatch(text)
    if match is None:
        raise ValueError(f"no field: {text!r}")
    number, rule, name, kind = match.groups()
    proto = descriptor_pb2.FieldDescriptorProto
    field = message.field.add(name=name, number=int(number))
    field.label = {
        "!": proto.LABEL_REQUIRED,
        "*": proto.LABEL_REPEATED,
        "": proto.LABEL_OPTIONAL,
    }[rule]
    if kind in _SCHEMA:
        field.type, field.type_name = proto.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    else:
        field.type = getattr(proto, f"TYPE_{kind.upper()}")


@lru_cache(maxsize=1)
def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="maskline/tablestore.proto", package=_PACKAGE, syntax="proto2"
    )
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for field in fields.split():
            _describe_field(message, field)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _SCHEMA
    }


def new(name: str, /, **fields: Any) -> Any:
    """Make the message `name`, as yet unserialised."""
    return _classes()[name](**fields)


def parse(name: str, body: bytes) -> Any:
    """Read the message `name`.

    Raises:
        ParameterInvalidError: the bytes are none, or a required field is missing.
    """
    try:
        return _classes()[name].FromString(body)
    except DecodeError as exc:
        raise ParameterInvalidError("Parse PBMessage from RawString failed.") from exc
