"""The second client: lists and downloads what others write, through signed URLs and `httpx`."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from typing import Final

import httpx
import oss2
from fastcrc import crc64

from tests.load.cast import Setting
from tests.load.tally import UNANSWERED, RefusedError

OWN: Final = "load/"
PAGES: Final = 3
DOWNLOADS: Final = 5


class WatcherRefusedError(Exception):
    """An answer of 400 and more; the text is its code."""


class Watcher:
    """Knows nothing but what an answer says of itself: its checksum, its length, its order."""

    name = "watcher (httpx)"
    expected = frozenset({"oss.GetObject NoSuchKey"})

    def __init__(self, setting: Setting, seed: int) -> None:
        self._tally = setting.tally
        self._dice = random.Random(seed)
        told = setting.description
        auth = oss2.AuthV4(told["access_key_id"], told["access_key_secret"])
        self._signer = oss2.Bucket(
            auth, told["oss_endpoint"], told["bucket"], region=told["region"]
        )
        self._prefixes = ("", OWN, told["upload_prefix"], told["results_prefix"])
        self._http = httpx.Client(timeout=20, trust_env=False)

    def step(self) -> None:
        """A few pages of a listing, and some of what is on them."""
        prefix, token, before = self._dice.choice(self._prefixes), "", ""
        for _ in range(PAGES):
            page = self._page(prefix, token)
            keys = [str(item.findtext("Key")) for item in page.iter("Contents")]
            if keys != sorted(keys) or any(key <= before for key in keys):
                self._tally.say_wrong(f"oss: a page of {prefix!r} is out of order")
            for key in self._dice.sample(keys, min(DOWNLOADS, len(keys))):
                self._download(key)
            before = keys[-1] if keys else before
            token = page.findtext("NextContinuationToken") or ""
            if not token:
                return

    def verify(self) -> None:
        """Everything that is listed can be had; of what the pipeline does nobody knows the end."""
        token = ""
        while True:
            page = self._page(OWN, token)
            for item in page.iter("Contents"):
                self._download(str(item.findtext("Key")), there=True)
            token = page.findtext("NextContinuationToken") or ""
            if not token:
                return

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def _page(self, prefix: str, token: str) -> ET.Element:
        parameters = {"list-type": "2", "prefix": prefix, "max-keys": "100"}
        parameters |= {"continuation-token": token} if token else {}
        answer = self._get("oss.ListObjectsV2", "", parameters)
        return ET.fromstring(answer.content)  # noqa: S314 - our own server's

    def _download(self, key: str, *, there: bool = False) -> None:
        try:
            answer = self._get("oss.GetObject", key, {})
        except RefusedError as error:
            if there:
                self._tally.say_wrong(f"oss: {key} is listed, but {error}")
            return
        told = answer.headers
        if int(told["x-oss-hash-crc64ecma"]) != crc64.xz(answer.content):
            self._tally.say_wrong(f"oss: {key} is not what its checksum says")

    def _get(self, operation: str, key: str, parameters: dict[str, str]) -> httpx.Response:
        url = self._signed(key, parameters)

        def call() -> httpx.Response:
            answer = self._http.get(url)
            if answer.status_code >= 400:
                document = ET.fromstring(answer.content)  # noqa: S314 - the same
                raise WatcherRefusedError(document.findtext("Code") or str(answer.status_code))
            return answer

        return self._tally.attempt(operation, call, _code)

    def _signed(self, key: str, parameters: dict[str, str]) -> str:
        """As `Bucket.sign_url` does it, which refuses the bucket itself."""
        signer = self._signer
        place = signer._make_url(signer.bucket_name, key, slash_safe=True)
        request = oss2.http.Request(
            "GET", place, params=parameters, region=signer.region, product=signer.product
        )
        return str(signer.auth._sign_url(request, signer.bucket_name, key, 600))


def _code(error: BaseException) -> str | None:
    if isinstance(error, WatcherRefusedError):
        return str(error)
    return UNANSWERED if isinstance(error, httpx.TransportError) else None
