"""What a request may ask beside its operation and nobody does here: refused and not ignored.

A limit of the traffic (`x-oss-traffic-limit`) is let pass: to be faster than asked harms nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scripts.localcloud.services.oss.exceptions import not_implemented

ENCRYPTION: Final = "x-oss-server-side-encryption"
ENCRYPTED_SO: Final = "AES256"
"""The one that asks nothing of a client but to be told again; others need a key service."""
CALLBACKS: Final = ("callback", "x-oss-callback")
"""As a form field or in a signed URL, and as a header or there."""


def check_offered(given: Mapping[str, str]) -> None:
    """Refuse what would be promised in vain; `given` are headers, a query or form fields.

    Raises:
        OssError: NotImplemented.
    """
    for name in CALLBACKS:
        if given.get(name):
            raise not_implemented(f"{name}: nobody would be called")
    if given.get(ENCRYPTION, ENCRYPTED_SO) != ENCRYPTED_SO:
        raise not_implemented(f"{ENCRYPTION} but for {ENCRYPTED_SO}")
