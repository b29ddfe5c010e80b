"""Who the local account is: made at the first start, kept in `identity.json`, the same ever after.

Here are also the credentials that requests are checked against: the account's own key pair, and the
temporary ones (STS) that are handed to function instances.
"""

from __future__ import annotations

import json
import secrets
import string
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from scripts.localcloud.core.files import write_atomically
from scripts.localcloud.core.storage import Database

ALPHANUMERIC = string.ascii_letters + string.digits
MEMORY_OF_EXPIRED = 86400.0
"""Seconds for which an expired key is still known, so that it is called expired and not unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The account, its keys, the names of its resources, and the port of each service."""

    account_id: str
    access_key_id: str
    access_key_secret: str
    dashscope_api_key: str
    dashscope_api_key_id: str
    region: str = "cn-beijing"
    bucket: str = "maskline-local"
    fc_service: str = "maskline"
    tablestore_instance: str = "maskline"
    mns_topic: str = "maskline-events"
    ports: dict[str, int] = field(default_factory=dict)

    def arn(self, service: str, resource: str) -> str:
        """The name of something of this account in the whole cloud."""
        return f"acs:{service}:{self.region}:{self.account_id}:{resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What belongs to an access key id. `expires_at`: epoch seconds, None for a lasting key.

    `role` is whose temporary credentials these are; empty for the account itself.
    """

    secret: str
    security_token: str | None = None
    expires_at: float | None = None
    role: str = ""


def _random_text(length: int, alphabet: str = ALPHANUMERIC) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _new_identity() -> Identity:
    return Identity(
        account_id="1" + _random_text(15, string.digits),
        access_key_id="LTAI5t" + _random_text(18),
        access_key_secret=_random_text(30),
        dashscope_api_key="sk-" + secrets.token_hex(16),
        dashscope_api_key_id=str(100000 + secrets.randbelow(900000)),
    )


def load_identity(data_dir: Path) -> Identity:
    """The identity kept in `data_dir`, made and written there when there is none."""
    path = data_dir / "identity.json"
    if path.exists():
        return Identity(**json.loads(path.read_text()))
    return save_identity(data_dir, _new_identity())


def save_identity(data_dir: Path, identity: Identity) -> Identity:
    """Write the identity, readable by its owner only, and return it."""
    text = json.dumps(asdict(identity), indent=2)
    write_atomically(data_dir / "identity.json", text + "\n", mode=0o600)
    return identity


def with_ports(identity: Identity, ports: dict[str, int]) -> Identity:
    """The same identity on these ports (service name to port)."""
    return replace(identity, ports=dict(ports))


class Credentials:
    """Access key ids that the services accept, the temporary ones persisted in a database."""

    def __init__(self, identity: Identity, database: Database) -> None:
        self._own = {identity.access_key_id: Secret(secret=identity.access_key_secret)}
        self._database = database
        database.script(
            "CREATE TABLE IF NOT EXISTS session (access_key_id TEXT PRIMARY KEY,"
            " secret TEXT NOT NULL, token TEXT NOT NULL, expires_at REAL NOT NULL,"
            " role TEXT NOT NULL DEFAULT '')"
        )
        columns = {row["name"] for row in database.query("PRAGMA table_info(session)")}
        if "role" not in columns:  # a folder from before credentials had roles
            database.execute("ALTER TABLE session ADD COLUMN role TEXT NOT NULL DEFAULT ''")

    def lookup(self, access_key_id: str) -> Secret | None:
        """What the service must know to check a signature; an expired key says so by its time."""
        if access_key_id in self._own:
            return self._own[access_key_id]
        row = self._database.query_one(
            "SELECT secret, token, expires_at, role FROM session WHERE access_key_id = ?",
            (access_key_id,),
        )
        if row is None:
            return None
        return Secret(secret=row[0], security_token=row[1], expires_at=row[2], role=row[3])

    def role_of(self, access_key_id: str) -> str:
        """Whose credentials a key id belongs to; empty for the account itself."""
        known = self.lookup(access_key_id)
        return known.role if known else ""

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def issue(
        self, lifetime_seconds: float, now: float, role: str = ""
    ) -> tuple[str, str, str, float]:
        """Temporary credentials: (access key id, secret, security token, expires at).

        They may do what the role may; without one, whatever the account may.
        """
        issued = (
            "STS.N" + _random_text(24),
            _random_text(44),
            "CAIS" + _random_text(508),
            now + lifetime_seconds,
        )
        with self._database.transaction():
            self._database.execute(
                "DELETE FROM session WHERE expires_at < ?", (now - MEMORY_OF_EXPIRED,)
            )
            self._database.execute(
                "INSERT INTO session (access_key_id, secret, token, expires_at, role)"
                " VALUES (?, ?, ?, ?, ?)",
                (*issued, role),
            )
        return issued
