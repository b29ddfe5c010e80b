"""Random names."""

from __future__ import annotations

import secrets


class RandomIds:
    """`IdSource`: 24 hexadecimal digits, 96 bits of the system's randomness."""

    def new(self) -> str:
        """A fresh id."""
        return secrets.token_hex(12)
