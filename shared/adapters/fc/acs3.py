r"""The signature `ACS3-HMAC-SHA256` of the vendor's OpenAPIs (page "V3 request structure").

canonical = METHOD \n path \n query \n {signed headers, sorted: "name:value\n"} \n
            names, joined by ";" \n hex(SHA-256(body))
text      = "ACS3-HMAC-SHA256" \n hex(SHA-256(canonical))
signature = hex(HMAC-SHA256(secret, text))
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ALGORITHM: Final = "ACS3-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with one key; *token* stands in the headers, and is signed with them."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    def signed(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, *, query: str = ""
    ) -> dict[str, str]:
        """Headers with hash, token and `Authorization`. All given are signed, names lower-case;
        `host`, `x-acs-date` and `x-acs-signature-nonce` must be among them. *path* and *query* are
        as they are sent, the query's parameters sorted.
        """
        digest = hashlib.sha256(body).hexdigest()
        made = {**headers, "x-acs-content-sha256": digest}
        if self.token:
            made |= {"x-acs-accesskey-id": self.key_id, "x-acs-security-token": self.token}
        names = ";".join(sorted(made))
        lines = "".join(f"{name}:{made[name].strip()}\n" for name in sorted(made))
        canonical = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{digest}"
        text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        value = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        said = f"{ALGORITHM} Credential={self.key_id},SignedHeaders={names},Signature={value}"
        return {**made, "authorization": said}
