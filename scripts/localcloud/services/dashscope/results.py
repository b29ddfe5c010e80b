"""Result files: kept on disk for their day, handed out under URLs signed as OSS signs (V1).

The signature covers the verb, so that a HEAD on such a URL is refused, as at the vendor's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import shutil
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from scripts.localcloud.services.dashscope.terms import DAY
from scripts.localcloud.services.dashscope.times import ZONE

BUCKET = "dashscope-result-bj"
PREFIX = "/prod/"
TIME = re.compile(r"[0-9]{1,12}\Z")
SUFFIX = re.compile(r"/([0-9a-f-]{36})-([a-z0-9_]+\.(?:png|json))\Z")
DOCUMENTS = frozenset({"output_landmarks"})
"""Outputs that are JSON; all others are PNG. The vendor has none of them."""


class ResultRefusedError(Exception):
    """The file is not given: OSS's status, code and message."""

    def __init__(self, http: int, code: str, message: str) -> None:
        super().__init__(message)
        self.http = http
        self.code = code
        self.message = message


class ResultFiles:
    """Writes, signs, checks and forgets the files of finished tasks."""

    def __init__(self, folder: Path, secret: str, *, lifetime: float = DAY) -> None:
        """`lifetime`: seconds for which a URL holds after the task's end."""
        self._folder = folder
        self._lifetime = lifetime
        self._secret = hashlib.sha256(b"results" + secret.encode()).hexdigest().encode()
        self._key_id = "LTAI5t" + hashlib.sha256(b"results id" + secret.encode()).hexdigest()[:18]
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, task_id: str, outputs: dict[str, bytes]) -> None:
        """Write a task's files; again over what a killed attempt left."""
        folder = self._folder / task_id
        folder.mkdir(exist_ok=True)
        for name, data in outputs.items():
            temporary = folder / f"{name}.part"
            temporary.write_bytes(data)
            temporary.replace(folder / _file_name(name))

    def forget(self, task_id: str) -> None:
        """Delete a task's files."""
        shutil.rmtree(self._folder / task_id, ignore_errors=True)

    def url(self, endpoint: str, model: str, task_id: str, name: str, ended: float) -> str:
        """The signed URL of one file of a task that ended then."""
        moment = datetime.fromtimestamp(ended, ZONE)
        folder = f"{PREFIX}{quote(model, safe='')}/{moment:%Y%m%d}/{moment:%H}%3A{moment:%M}"
        path = f"{folder}/{task_id}-{_file_name(name)}"
        expires = int(ended + self._lifetime)
        signature = quote(self._signature("GET", path, expires), safe="")
        query = f"Expires={expires}&OSSAccessKeyId={self._key_id}&Signature={signature}"
        return f"{endpoint}{path}?{query}"

    def find(self, method: str, raw_path: str, now: float) -> Path:
        """The file that a request may have.

        Raises:
            ResultRefusedError: the signature is wrong or over, or there is no such file.
        """
        parts = urlsplit(raw_path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self._check(method, parts.path, query, now)
        found = SUFFIX.search(parts.path)
        path = self._folder / found[1] / found[2] if found else self._folder / "-"
        if not path.is_file():
            raise ResultRefusedError(404, "NoSuchKey", "The specified key does not exist.")
        return path

    def _check(self, method: str, path: str, query: dict[str, str], now: float) -> None:
        if not {"Expires", "OSSAccessKeyId", "Signature"} <= set(query):
            text = "You have no right to access this object because of bucket acl."
            raise ResultRefusedError(403, "AccessDenied", text)
        if query["OSSAccessKeyId"] != self._key_id:
            text = "The OSS Access Key Id you provided does not exist in our records."
            raise ResultRefusedError(403, "InvalidAccessKeyId", text)
        expires = query["Expires"]
        if not TIME.match(expires) or int(expires) < now:
            raise ResultRefusedError(403, "AccessDenied", "Request has expired.")
        expected = self._signature(method, path, int(expires))
        if not hmac.compare_digest(expected.encode(), query["Signature"].encode()):
            text = "The request signature we calculated does not match the signature you provided."
            raise ResultRefusedError(403, "SignatureDoesNotMatch", text)

    def _signature(self, method: str, path: str, expires: int) -> str:
        text = f"{method}\n\n\n{expires}\n/{BUCKET}{unquote(path)}"
        digest = hmac.new(self._secret, text.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()


def _file_name(output: str) -> str:
    return f"{output}.json" if output in DOCUMENTS else f"{output}.png"
