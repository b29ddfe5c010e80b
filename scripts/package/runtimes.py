"""Function Compute's Python runtimes, and the wheels that run on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A built-in runtime: its name in the template, its Python, and the wheels' platform."""

    name: str
    python: str
    wheels: str = "x86_64-manylinux_2_28"
    """Both run on a Debian whose glibc is 2.28 (10, `python3.10`) or newer (11, `python3.12`)."""

    @property
    def platform(self) -> str:
        """What an interpreter of it says of itself (see `trial.ASK`)."""
        return f"{self.python} linux x86_64"


RUNTIMES: Final = {
    runtime.name: runtime
    for runtime in (
        Runtime(name="python3.10", python="3.10"),
        Runtime(name="python3.12", python="3.12"),
    )
}
DEFAULT: Final = "python3.10"
"""The newest that the resources of Function Compute 2.0 take."""
