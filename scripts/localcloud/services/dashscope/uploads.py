"""Temporary files for tasks: a signed policy, a form upload, and `oss://` addresses for two days.

contracts/dashscope.md, 11. A file belongs to the model that its policy was given for; it cannot be
listed or downloaded, only named in a task's input.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.dashscope.results import ResultRefusedError
from scripts.localcloud.services.dashscope.times import ZONE

SCHEME = "oss://"
LIFETIME = 48 * 3600
POLICY_LIFETIME = 300
LARGEST_MEGABYTES = 100
LONGEST_FIELD, MOST_FIELDS = 16 * 1024, 32
PATH = "/upload"
SCHEMA = """
CREATE TABLE IF NOT EXISTS upload (key TEXT PRIMARY KEY, file TEXT NOT NULL, at REAL NOT NULL)
"""


class UploadBox:
    """Signs policies, takes files, and finds them again."""

    def __init__(self, database: Database, folder: Path, secret: str) -> None:
        self._database = database
        self._folder = folder
        self._secret = hashlib.sha256(b"uploads" + secret.encode()).hexdigest().encode()
        self._key_id = "LTAI5t" + hashlib.sha256(b"uploads id" + secret.encode()).hexdigest()[:18]
        database.script(SCHEMA)
        folder.mkdir(parents=True, exist_ok=True)

    def policy(self, endpoint: str, model: str, now: float) -> dict[str, Any]:
        """What a client needs to upload one file for `model` within the next five minutes."""
        day = datetime.fromtimestamp(now, ZONE)
        folder = f"{_folder_of(model)}/{day:%Y-%m-%d}/{uuid.uuid4()}"
        terms = json.dumps({"until": now + POLICY_LIFETIME, "folder": folder})
        policy = base64.b64encode(terms.encode()).decode()
        return {
            "policy": policy,
            "signature": self._signature(policy),
            "upload_dir": folder,
            "upload_host": endpoint + PATH,
            "expire_in_seconds": POLICY_LIFETIME,
            "max_file_size_mb": LARGEST_MEGABYTES,
            "capacity_limit_mb": 999999999,
            "oss_access_key_id": self._key_id,
            "x_oss_object_acl": "private",
            "x_oss_forbid_overwrite": "true",
        }

    async def take(self, request: web.Request, now: float) -> None:
        """Store the file of a form upload (the file comes last).

        Raises:
            ResultRefusedError: the form, its policy, its key or its size is refused.
        """
        fields: dict[str, str] = {}
        try:
            form = await request.multipart()
            while (part := await form.next()) is not None:
                if not isinstance(part, BodyPartReader):
                    raise _malformed()
                if part.name == "file":
                    self._check(fields, now)
                    await self._store(fields["key"], part, now)
                    return
                if len(fields) >= MOST_FIELDS:
                    raise _malformed()
                text = await part.read_chunk(LONGEST_FIELD)
                fields[(part.name or "").lower()] = text.decode(errors="replace")
        except (ValueError, AssertionError) as error:
            raise _malformed() from error
        raise _malformed()

    def find(self, address: str, model: str, now: float) -> Path | None:
        """The file of an `oss://` address, while it lives and if it was meant for `model`."""
        key = address.removeprefix(SCHEME)
        if not key.startswith(f"{_folder_of(model)}/"):
            return None
        row = self._database.query_one(
            "SELECT file FROM upload WHERE key = ? AND at > ?", (key, now - LIFETIME)
        )
        return None if row is None else self._folder / row["file"]

    def sweep(self, now: float) -> None:
        """Delete the files whose two days are over."""
        over = self._database.query("SELECT key, file FROM upload WHERE at <= ?", (now - LIFETIME,))
        for row in over:
            (self._folder / row["file"]).unlink(missing_ok=True)
            self._database.execute("DELETE FROM upload WHERE key = ?", (row["key"],))

    def _signature(self, policy: str) -> str:
        digest = hmac.new(self._secret, policy.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()

    def _check(self, fields: dict[str, str], now: float) -> None:
        policy = fields.get("policy", "")
        signed = self._signature(policy).encode()
        if not hmac.compare_digest(signed, fields.get("signature", "").encode()):
            text = "The request signature we calculated does not match the signature you provided."
            raise ResultRefusedError(403, "SignatureDoesNotMatch", text)
        try:
            terms = json.loads(base64.b64decode(policy))
        except (ValueError, binascii.Error) as error:
            raise _malformed() from error
        if now > terms["until"]:
            text = "Invalid according to Policy: Policy expired."
            raise ResultRefusedError(403, "AccessDenied", text)
        key = fields.get("key", "")
        if not key.startswith(f"{terms['folder']}/"):
            text = "Invalid according to Policy: Policy Condition failed: key."
            raise ResultRefusedError(403, "AccessDenied", text)
        if self._database.query_one("SELECT 1 FROM upload WHERE key = ?", (key,)):
            text = "The object you specified already exists and can not be overwritten."
            raise ResultRefusedError(409, "FileAlreadyExists", text)

    async def _store(self, key: str, part: BodyPartReader, now: float) -> None:
        path = self._folder / uuid.uuid4().hex
        try:
            await _copy(part, path)
            self._database.execute("INSERT INTO upload VALUES (?, ?, ?)", (key, path.name, now))
        except BaseException:
            path.unlink(missing_ok=True)
            raise


async def _copy(part: BodyPartReader, path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        while chunk := await part.read_chunk(1 << 16):
            size += len(chunk)
            if size > LARGEST_MEGABYTES * 1024 * 1024:
                text = "Your proposed upload exceeds the maximum allowed size."
                raise ResultRefusedError(400, "EntityTooLarge", text)
            file.write(chunk)


def _folder_of(model: str) -> str:
    return f"dashscope-instant/{hashlib.sha256(model.encode()).hexdigest()[:32]}"


def _malformed() -> ResultRefusedError:
    text = "The body of your POST request is not well-formed multipart/form-data."
    return ResultRefusedError(400, "MalformedPOSTRequest", text)
