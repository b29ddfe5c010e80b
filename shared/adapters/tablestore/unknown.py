"""Fields inside a document's objects that this version of the code does not know.

Those at the top level simply move into a record's `extra`. Those one level down (`source`, one of
`slots` ...) are remembered there beside the object that they belong to, as this version sees it,
and are written back into that object for as long as it is otherwise unchanged: an object that this
version made anew is this version's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Document = dict[str, Any]

INNER: Final = "unknown_inside"
"""The name in `extra` under which they travel; it is never stored."""


def inner_unknown(stored: Mapping[str, Any], known: Mapping[str, Any]) -> list[Document]:
    """What the objects in *stored* have more than the same ones in *known*."""
    found = []
    for name, value in stored.items():
        for before, after in _pairs(value, known.get(name)):
            more = {field: before[field] for field in before if field not in after}
            if more:
                found.append({"field": name, "object": after, "more": more})
    return found


def restored(document: Document, inner: list[Document]) -> Document:
    """The document with what `inner_unknown` found put back into the objects it belongs to."""
    for entry in inner:
        for item in _objects(document.get(entry["field"])):
            if item == entry["object"]:
                item.update({**entry["more"], **item})
    return document


def _pairs(stored: Any, known: Any) -> Iterator[tuple[Document, Document]]:
    """Objects and their counterparts; lists keep their order and length when they are read."""
    yield from zip(_objects(stored), _objects(known), strict=False)


def _objects(value: Any) -> list[Document]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]
