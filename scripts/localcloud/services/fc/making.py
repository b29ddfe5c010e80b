"""How resources of a template are made here: by the operations of the API.

So a template is refused what a client is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from scripts.localcloud.core.identity import Identity
from scripts.localcloud.core.resources import Properties, ResourceError
from scripts.localcloud.services.fc.call import Call
from scripts.localcloud.services.fc.exceptions import FcError
from scripts.localcloud.services.fc.models import Operation
from scripts.localcloud.services.fc.registry import Document

NOT_FOUND: Final = 404
ReadObject = Callable[[str, str], bytes]
"""Bytes of an object by bucket and key; ResourceError where there is none."""


def no_objects(bucket: str, key: str) -> bytes:
    """Where there are no buckets.

    Raises:
        ResourceError: always.
    """
    raise ResourceError("NoSuchBucket", f"there is no bucket to read {bucket}/{key} from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """What the types share.

    `changed` is told after every change; `read_object` fetches packages.
    """

    operations: Mapping[str, Operation]
    identity: Identity
    now: Callable[[], float]
    read_object: ReadObject
    changed: Callable[[], None]

    def call(self, operation: str, body: Document | None = None, /, **names: str) -> Document:
        """One operation of the API; a change is told.

        Raises:
            ResourceError: it is refused.
        """
        with _translated():
            answer = self.operations[operation](self._call(operation, names, body or {})) or {}
        if not operation.startswith(("Get", "List")):
            self.changed()
        return answer

    def find(self, operation: str, **names: str) -> Document | None:
        """What a `Get` operation answers, or None where there is nothing."""
        try:
            return self.operations[operation](self._call(operation, names, {}))
        except FcError as error:
            if error.status != NOT_FOUND:
                raise ResourceError(error.code, error.message) from error
            return None

    def _call(self, operation: str, names: Mapping[str, str], body: Document) -> Call:
        return Call(
            operation=operation,
            now=self.now(),
            service=names.get("service", ""),
            function=names.get("function", ""),
            name=names.get("name", ""),
            body=body,
        )

    def arn(self, path: str) -> str:
        """The name of something of Function Compute in the whole cloud."""
        return self.identity.arn("fc", path)


def function_place(properties: Properties) -> dict[str, str]:
    """The names of a function in a call."""
    return {
        "service": str(properties["ServiceName"]),
        "function": str(properties["FunctionName"]),
    }


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FcError as error:
        raise ResourceError(error.code, error.message) from error
