"""What Function Compute takes as a package (contracts, 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scripts.package.closure import PackagingError

MEGABYTE: Final = 1024 * 1024
LARGEST: Final = 500 * MEGABYTE
LARGEST_EVERYWHERE: Final = 100 * MEGABYTE
"""Some regions take no more; which, the page does not say. It is also the most that the API takes,
all functions together and in base64: hence packages go through a bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Bytes of a package, and of what is in it."""

    packed: int
    unpacked: int

    @property
    def everywhere(self) -> bool:
        """Whether every region takes it."""
        return self.packed <= LARGEST_EVERYWHERE


def checked(function: str, size: Size) -> Size:
    """The size, unless no region takes it. Raises PackagingError."""
    if size.packed > LARGEST:
        raise PackagingError(
            f"the package of {function} has {size.packed / MEGABYTE:.0f} MB, and Function Compute "
            f"takes {LARGEST // MEGABYTE}: its requirements.txt asks for too much"
        )
    return size
