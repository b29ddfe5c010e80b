"""One function per operation: protobuf in, models, protobuf out."""

from __future__ import annotations

from typing import Any

from scripts.localcloud.services.tablestore import management, messages, requests
from scripts.localcloud.services.tablestore.exceptions import (
    ParameterInvalidError,
    TablestoreError,
)
from scripts.localcloud.services.tablestore.models import Instance
from scripts.localcloud.services.tablestore.plainbuffer import Key, Row, encode_rows
from scripts.localcloud.services.tablestore.ranges import get_range
from scripts.localcloud.services.tablestore.reading import Selection, check_selection, units
from scripts.localcloud.services.tablestore.schema import IndexMeta, Table
from scripts.localcloud.services.tablestore.writing import Kind, Write, Written

MAX_BATCH_GET = 100
ACTIVE = 1


def _consumed(read: int = 0, write: int = 0) -> Any:
    return messages.new("ConsumedCapacity", capacity_unit={"read": read, "write": write})


def consumed_units(answer: Any) -> tuple[int, int]:
    """Capacity units, read and written, that an answer says it consumed, batches' rows too."""
    parts = [row for table in getattr(answer, "tables", ()) for row in table.rows]
    units_of = [part.consumed.capacity_unit for part in parts or [answer] if _tells_units(part)]
    return sum(each.read for each in units_of), sum(each.write for each in units_of)


def _tells_units(part: Any) -> bool:
    return "consumed" in part.DESCRIPTOR.fields_by_name and part.HasField("consumed")


def _rows(*rows: Row | None) -> bytes:
    present = [row for row in rows if row is not None]
    return encode_rows(present) if present else b""


# --- rows -----------------------------------------------------------------------------------


def _written(name: str, written: Written, **fields: Any) -> Any:
    consumed = _consumed(written.read_units, written.write_units)
    answer = messages.new(name, consumed=consumed, **fields)
    if written.row is not None:
        answer.row = _rows(written.row)
    return answer


def put_row(instance: Instance, body: bytes) -> Any:
    """PutRow."""
    message = messages.parse("PutRowRequest", body)
    asked = requests.write(message.table_name, Kind.PUT, message.row, message)
    return _written("PutRowResponse", instance.write_row(asked))


def update_row(instance: Instance, body: bytes) -> Any:
    """UpdateRow."""
    message = messages.parse("UpdateRowRequest", body)
    asked = requests.write(message.table_name, Kind.UPDATE, message.row_change, message)
    return _written("UpdateRowResponse", instance.write_row(asked))


def delete_row(instance: Instance, body: bytes) -> Any:
    """DeleteRow."""
    message = messages.parse("DeleteRowRequest", body)
    asked = requests.write(message.table_name, Kind.DELETE, message.primary_key, message)
    return _written("DeleteRowResponse", instance.write_row(asked))


def get_row(instance: Instance, body: bytes) -> Any:
    """GetRow; a row that is not there is an empty `row`."""
    message = messages.parse("GetRowRequest", body)
    read = instance.get_row(
        message.table_name, requests.read_key(message.primary_key), requests.selection(message)
    )
    return messages.new(
        "GetRowResponse", consumed=_consumed(read=units(read.size)), row=_rows(read.row)
    )


def get_range_page(instance: Instance, body: bytes) -> Any:
    """GetRange."""
    page = get_range(instance, requests.range_request(messages.parse("GetRangeRequest", body)))
    answer = messages.new(
        "GetRangeResponse", consumed=_consumed(read=page.read_units), rows=_rows(*page.rows)
    )
    if page.next_start is not None:
        answer.next_start_primary_key = encode_rows([Row(page.next_start)])
    return answer


# --- batches --------------------------------------------------------------------------------


def _failure(name: str, error: TablestoreError) -> Any:
    return messages.new(name, is_ok=False, error={"code": error.code, "message": error.message})


def batch_write_row(instance: Instance, body: bytes) -> Any:
    """BatchWriteRow: each row has an answer of its own."""
    message = messages.parse("BatchWriteRowRequest", body)
    if not message.tables:
        raise ParameterInvalidError("No row is specified in BatchWriteRow.")
    _check_table_names(message)
    writes = [write for table in message.tables for write in _table_writes(table)]
    outcomes = iter(instance.write_rows(writes))
    answer = messages.new("BatchWriteRowResponse")
    for table in message.tables:
        part = answer.tables.add(table_name=table.table_name)
        for _ in table.rows:
            part.rows.append(_written_in_batch(next(outcomes)))
    return answer


def _check_table_names(message: Any) -> None:
    seen: set[str] = set()
    for table in message.tables:
        if table.table_name in seen:
            raise ParameterInvalidError(f"Duplicated table name: '{table.table_name}'.")
        seen.add(table.table_name)


def _table_writes(table: Any) -> list[Write]:
    if not table.rows:
        raise ParameterInvalidError(f"No operation is specified for table: '{table.table_name}'.")
    return [requests.write(table.table_name, row.type, row.row_change, row) for row in table.rows]


def _written_in_batch(outcome: Written | TablestoreError) -> Any:
    if isinstance(outcome, TablestoreError):
        return _failure("RowInBatchWriteRowResponse", outcome)
    return _written("RowInBatchWriteRowResponse", outcome, is_ok=True)


def batch_get_row(instance: Instance, body: bytes) -> Any:
    """BatchGetRow: each row has an answer of its own."""
    message = messages.parse("BatchGetRowRequest", body)
    _check_table_names(message)
    if not message.tables:
        raise ParameterInvalidError("No row specified in the request of BatchGetRow.")
    count = sum(len(table.primary_key) for table in message.tables)
    if count > MAX_BATCH_GET:
        raise ParameterInvalidError(f"Rows count exceeds the upper limit: {MAX_BATCH_GET}.")
    answer = messages.new("BatchGetRowResponse")
    for table in message.tables:
        part = answer.tables.add(table_name=table.table_name)
        selection = requests.selection(table)
        check_selection(selection)
        for data in table.primary_key:
            key = requests.read_key(data)
            part.rows.append(_read_in_batch(instance, table.table_name, key, selection))
    return answer


def _read_in_batch(instance: Instance, table: str, key: Key, selection: Selection) -> Any:
    try:
        read = instance.get_row(table, key, selection)
    except TablestoreError as error:
        return _failure("RowInBatchGetRowResponse", error)
    return messages.new(
        "RowInBatchGetRowResponse",
        is_ok=True,
        consumed=_consumed(read=units(read.size)),
        row=_rows(read.row),
    )


# --- tables ---------------------------------------------------------------------------------


def create_table(instance: Instance, body: bytes) -> Any:
    """CreateTable."""
    message = messages.parse("CreateTableRequest", body)
    metas = [requests.index_meta(meta) for meta in message.index_metas]
    management.create_table(instance, requests.table(message), metas)
    return messages.new("CreateTableResponse")


def list_table(instance: Instance, body: bytes) -> Any:
    """ListTable."""
    messages.parse("ListTableRequest", body)
    return messages.new("ListTableResponse", table_names=instance.catalog.names())


def delete_table(instance: Instance, body: bytes) -> Any:
    """DeleteTable."""
    management.delete_table(instance, messages.parse("DeleteTableRequest", body).table_name)
    return messages.new("DeleteTableResponse")


def _throughput(table: Table) -> Any:
    return messages.new(
        "ReservedThroughputDetails",
        capacity_unit={"read": table.reserved_read, "write": table.reserved_write},
        last_increase_time=int(table.throughput_changed_at),
    )


def _options(table: Table) -> Any:
    options = table.options
    return messages.new(
        "TableOptions",
        time_to_live=options.time_to_live,
        max_versions=options.max_versions,
        deviation_cell_version_in_sec=options.deviation,
        allow_update=options.allow_update,
    )


def update_table(instance: Instance, body: bytes) -> Any:
    """UpdateTable."""
    message = messages.parse("UpdateTableRequest", body)
    if not message.HasField("table_options") and not message.HasField("reserved_throughput"):
        raise ParameterInvalidError("No parameter is specified in table options.")
    table = management.update_table(instance, message.table_name, requests.table_update(message))
    return messages.new(
        "UpdateTableResponse",
        reserved_throughput_details=_throughput(table),
        table_options=_options(table),
    )


def _table_meta(table: Table) -> Any:
    meta = messages.new("TableMeta", table_name=table.name)
    for column in table.primary_key:
        added = meta.primary_key.add(name=column.name, type=column.type)
        if column.auto_increment:
            added.option = 1
    for defined in table.defined_columns:
        meta.defined_column.add(name=defined.name, type=defined.type)
    return meta


def _index_meta(meta: IndexMeta) -> Any:
    return messages.new(
        "IndexMeta",
        name=meta.name,
        primary_key=meta.primary_key,
        defined_column=meta.defined_columns,
        index_update_mode=meta.update_mode,
        index_type=meta.index_type,
    )


def describe_table(instance: Instance, body: bytes) -> Any:
    """DescribeTable. The Node SDK needs `table_status`, which the Python one does not know."""
    table = instance.catalog.get(messages.parse("DescribeTableRequest", body).table_name)
    return messages.new(
        "DescribeTableResponse",
        table_meta=_table_meta(table),
        reserved_throughput_details=_throughput(table),
        table_options=_options(table),
        table_status=ACTIVE,
        stream_details={"enable_stream": False},
        sse_details={"enable": False},
        index_metas=[_index_meta(meta) for meta in table.indexes],
    )


def create_index(instance: Instance, body: bytes) -> Any:
    """CreateIndex."""
    message = messages.parse("CreateIndexRequest", body)
    management.create_index(
        instance,
        message.main_table_name,
        requests.index_meta(message.index_meta),
        base_data=message.include_base_data,
    )
    return messages.new("CreateIndexResponse")


def drop_index(instance: Instance, body: bytes) -> Any:
    """DropIndex."""
    message = messages.parse("DropIndexRequest", body)
    management.drop_index(instance, message.main_table_name, message.index_name)
    return messages.new("DropIndexResponse")


def list_search_index(instance: Instance, body: bytes) -> Any:
    """ListSearchIndex: there are none; clients ask before they drop a table, there or not."""
    del instance
    messages.parse("ListSearchIndexRequest", body)
    return messages.new("ListSearchIndexResponse")
