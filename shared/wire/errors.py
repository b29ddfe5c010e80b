"""What is wrong with something that arrived."""

from __future__ import annotations


class WireError(Exception):
    """An event or payload cannot be read; `field` names the place, and no content is repeated."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field
