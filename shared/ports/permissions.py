"""How a permission is tried: by an act that has no effect where it is allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

NOTHING: Final = "maskline-doctor-probe"
"""The name of no object, no row, no alias and no message."""

Trial = Callable[[], object]
"""Raises ForbiddenError where it is not allowed. Any other PortError is the answer of a service
that has let one in, or has a bad moment.
"""
