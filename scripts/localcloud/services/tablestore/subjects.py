"""What a request is about, as access rules name it: `instance/i/table/t`."""

from __future__ import annotations

from typing import Any

from scripts.localcloud.services.tablestore import messages

BATCHES = frozenset({"BatchGetRow", "BatchWriteRow"})


def resources_of(operation: str, body: bytes, instance: str) -> list[str]:
    """The tables of a request; the instance itself where it names none.

    Raises:
        ParameterInvalidError: the body is no message of this operation.
    """
    place = f"instance/{instance}"
    names = _tables(operation, messages.parse(f"{operation}Request", body))
    return [f"{place}/table/{name}" for name in names] or [place]


def _tables(operation: str, message: Any) -> list[str]:
    if operation in BATCHES:
        return [table.table_name for table in message.tables]
    if operation == "CreateTable":
        return [message.table_meta.table_name]
    for field in ("table_name", "main_table_name"):
        if field in message.DESCRIPTOR.fields_by_name:
            return [getattr(message, field)]
    return []
