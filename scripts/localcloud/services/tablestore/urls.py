"""The operations by their names: `POST /{Name}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scripts.localcloud.services.tablestore import responses
from scripts.localcloud.services.tablestore.models import Instance

Operation = Callable[[Instance, bytes], Any]

OPERATIONS: dict[str, Operation] = {
    "CreateTable": responses.create_table,
    "ListTable": responses.list_table,
    "DeleteTable": responses.delete_table,
    "UpdateTable": responses.update_table,
    "DescribeTable": responses.describe_table,
    "CreateIndex": responses.create_index,
    "DropIndex": responses.drop_index,
    "ListSearchIndex": responses.list_search_index,
    "PutRow": responses.put_row,
    "UpdateRow": responses.update_row,
    "DeleteRow": responses.delete_row,
    "GetRow": responses.get_row,
    "GetRange": responses.get_range_page,
    "BatchGetRow": responses.batch_get_row,
    "BatchWriteRow": responses.batch_write_row,
}

LENGTHY = frozenset(
    {"GetRange", "BatchGetRow", "BatchWriteRow", "CreateIndex", "DeleteTable", "DropIndex"}
)
"""Operations that may take long enough to be kept off the event loop."""


def operation_name(path: str) -> str:
    """The operation that a raw path asks for, known or not."""
    return path.partition("?")[0].strip("/")
