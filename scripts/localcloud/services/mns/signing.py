"""Signs pushes as MNS does, so that a subscriber can tell them from anybody else's.

`Authorization` carries a signature by RSA and SHA-1 over the method, three headers, the `x-mns-`
headers and the path; `x-mns-signing-cert-url` says in Base64 where the certificate lies (the
vendor's "sign a request that is sent to an endpoint"; the string signed here is the one that a push
of the real service verifies with). The key is made at the first push and kept in the data folder.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

from yarl import URL

from scripts.localcloud.core.files import write_atomically

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

CERTIFICATE_PATH = "/x509_public_certificate.pem"
KEY_FILE, CERTIFICATE_FILE = "mns-signing-key.pem", "mns-signing-certificate.pem"
KEY_BITS = 2048
SIGNER = "local-cloud-notify"
VALID_FROM = datetime(2020, 1, 1, tzinfo=timezone.utc)
VALID_TO = datetime(2120, 1, 1, tzinfo=timezone.utc)
"""Wider than any clock that the local cloud is set to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One request to an endpoint."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def string_to_sign(push: Push) -> str:
    """Join what is signed of a push that has all its headers but the signature."""
    headers = {name.lower(): value for name, value in push.headers.items()}
    fixed = [headers.get(name, "") for name in ("content-md5", "content-type", "date")]
    own = [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-mns-")]
    resource = URL(push.url, encoded=True).raw_path_qs
    return "\n".join(["POST", *fixed, *own, resource])


@dataclass(kw_only=True)
class PushSigner:
    """Signs with the key in `folder`; `endpoint` answers where the certificate can be fetched.

    `real_now` dates the pushes: signatures are judged by the machine's clock.
    """

    folder: Path
    endpoint: Callable[[], str]
    real_now: Callable[[], float]
    _key: RSAPrivateKey | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sign(self, push: Push) -> Push:
        """The push with its date, the certificate's address and the signature."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        address = base64.b64encode(f"{self.endpoint()}{CERTIFICATE_PATH}".encode()).decode()
        dated = {
            **push.headers,
            "Date": formatdate(self.real_now(), usegmt=True),
            "x-mns-signing-cert-url": address,
        }
        text = string_to_sign(replace(push, headers=dated)).encode()
        sha1 = hashes.SHA1()  # noqa: S303 - the vendor's algorithm, which subscribers verify by
        signature = self._loaded().sign(text, padding.PKCS1v15(), sha1)
        headers = {**dated, "Authorization": base64.b64encode(signature).decode()}
        return replace(push, headers=headers)

    def certificate(self) -> bytes:
        """The certificate with the public half of the key, in PEM."""
        self._loaded()
        return (self.folder / CERTIFICATE_FILE).read_bytes()

    def _loaded(self) -> RSAPrivateKey:
        with self._lock:
            if self._key is None:
                self._key = self._read() or self._make()
            return self._key

    def _read(self) -> RSAPrivateKey | None:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        if not (self.folder / KEY_FILE).exists():
            return None
        key = load_pem_private_key((self.folder / KEY_FILE).read_bytes(), None)
        return key if isinstance(key, RSAPrivateKey) else None

    def _make(self) -> RSAPrivateKey:
        """Make the pair: the certificate first, so that a key that is there has its own."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_atomically(self.folder / CERTIFICATE_FILE, _certificate_of(key))
        write_atomically(self.folder / KEY_FILE, secret.decode(), mode=0o600)
        return key


def _certificate_of(key: RSAPrivateKey) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, SIGNER)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_TO)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
