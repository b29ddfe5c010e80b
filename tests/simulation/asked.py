"""What a storm has in its queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(order=True)
class Asked:
    """Something that will happen: an invocation that waits for an instance, or an upload."""

    at: float
    number: int
    function: str = field(compare=False)
    payload: Any = field(compare=False)
    tries: int = field(compare=False, default=0)
