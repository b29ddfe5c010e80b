"""Law 8, byte by byte: after a run full of faults no secret, token or signed URL stands in any log
line, event, error, invocation's payload, stored row or result; and the search is known to find.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from oss2.exceptions import OssError

from tests.e2e.cloud_in_thread import cloud_in_thread, template_with
from tests.e2e.cloud_process import CloudProcess, until
from tests.e2e.photographs import portrait
from tests.integration.events.receiver import Shop, listening

IMAGES: Final = 8
KEY: Final = b"byte by byte, found nowhere"
SECRET: Final = "whsec_" + base64.b64encode(KEY).decode()
PATH: Final = "p4th-that-is-a-secret"
SIGNED: Final = re.compile(
    rb"(?i)(?:[?&]Signature=|[?&]x-oss-signature=|OSSAccessKeyId=|security-token=)[^\s\"'\[&]{6,}"
)
FAULTS: Final = (
    ("oss", "error:503:ServiceUnavailable"),
    ("oss", "drop-after"),
    ("tablestore", "error:503:OTSServerUnavailable"),
    ("tablestore", "drop-after"),
    ("mns", "error:500:InternalError"),
    ("fc", "error:503:ServiceUnavailable"),
    ("dashscope", "error:500:InternalError"),
    ("dashscope", "drop-after"),
)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_secret_stands_anywhere_after_a_run_full_of_faults(tmp_path: Path) -> None:
    shop = Shop(secret=SECRET, failing=0.3, random=Random(8))
    data = tmp_path / "data"
    with listening(shop) as url:
        template = template_with(
            tmp_path,
            {"Sinks": "mns,log,webhook", "WebhookUrl": f"{url}/{PATH}", "WebhookSecret": SECRET},
            {"MASKLINE_SINK_NETWORKS": "127.0.0.0/8"},
        )
        with cloud_in_thread(data, template) as cloud:
            said = _run(cloud, shop)
            secrets = _secrets(cloud.description, data)
            places = {**_places(data, cloud), **said, "webhook": _json(shop.kept)}

    _search_finds(places, data, secrets)
    leaks = {
        f"{place}: {name}"
        for place, content in places.items()
        for name, secret in secrets.items()
        if secret in content
    }
    assert leaks == set()
    assert {p: SIGNED.findall(c)[:3] for p, c in places.items() if SIGNED.search(c)} == {}


def _run(cloud: CloudProcess, shop: Shop) -> dict[str, bytes]:
    """Photos good and bad, a refused key, faults everywhere; what the commands say of it."""
    cloud.control("/_control/dashscope", {"service_time": 0.2, "announce": "poller"})
    for number, (service, fault) in enumerate(FAULTS):
        order = {"service": service, "operation": "*", "fault": fault, "seed": number}
        cloud.control("/_control/faults", {**order, "probability": 0.04})
    refused = {"service": "dashscope", "operation": "fetch", "fault": "error:401:InvalidApiKey"}
    cloud.control("/_control/faults", {**refused, "count": 1})
    keys = [_put(cloud, f"{n}.jpg", portrait(n, side=512)) for n in range(IMAGES)]
    keys.append(_put(cloud, "broken.jpg", b"no picture"))
    until(lambda: set(keys) <= set(cloud.ended()), 240, lambda: f"{sorted(cloud.ended())}")
    cloud.control("/_control/faults", method="DELETE")

    def told() -> set[str]:
        return {event["subject"] for event in shop.kept}

    until(lambda: set(keys) <= told(), 120, lambda: f"the shop has {sorted(told())}")
    commands = (
        ("list", "--json"),
        ("show", "broken.jpg", "--json"),
        ("status",),
        ("config", "show"),
    )
    events = ("events", "list", "--json")
    return {" ".join(c): _output(cloud.maskline(*c)) for c in (*commands, events)}


def _put(cloud: CloudProcess, name: str, data: bytes) -> str:
    """However often it takes."""
    key: list[str] = []

    def is_put() -> bool:
        with suppress(OssError):
            key.append(cloud.put(name, data))
        return bool(key)

    until(is_put, 60, lambda: f"{name} cannot be put")
    return key[0]


def _output(done: Any) -> bytes:
    return f"{done.stdout}\n{done.stderr}".encode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _secrets(description: Mapping[str, Any], data: Path) -> dict[str, bytes]:
    """Everything that must stand nowhere, temporary credentials of every instance included."""
    found = {
        "access key": description["access_key_secret"],
        "provider's key": description["dashscope_api_key"],
        "webhook secret": SECRET.removeprefix("whsec_"),
        "webhook key": KEY.decode(),
        "webhook path": PATH,
    }
    with sqlite3.connect(f"file:{data / 'sts.sqlite3'}?mode=ro", uri=True) as sessions:
        rows = sessions.execute("SELECT secret, token FROM session").fetchall()
    sessions.close()
    assert rows, "no function had credentials"
    for number, (secret, token) in enumerate(rows):
        found |= {f"session secret {number}": secret, f"session token {number}": token}
    return {name: value.encode() for name, value in found.items()}


def _places(data: Path, cloud: CloudProcess) -> dict[str, bytes]:
    """Logs, tables and topics as they lie on the disk; payloads; what is in the bucket."""
    found = {
        str(path.relative_to(data)): path.read_bytes()
        for pattern in ("logs/**/*", "tablestore.sqlite3*", "mns.sqlite3*")
        for path in data.glob(pattern)
        if path.is_file()
    }
    with sqlite3.connect(f"file:{data / 'fc.sqlite3'}?mode=ro", uri=True) as queue:
        payloads = queue.execute("SELECT payload FROM invocation").fetchall()
    queue.close()
    found["payloads"] = b"\n".join(bytes(row[0]) for row in payloads)
    found["topic"] = _json(cloud.events())
    return found | dict(_results(cloud))


def _results(cloud: CloudProcess) -> Iterator[tuple[str, bytes]]:
    prefix = cloud.description["results_prefix"]
    for item in cloud.bucket.list_objects_v2(prefix, max_keys=1000).object_list:
        if item.key.endswith(".json"):
            yield item.key, cloud.bucket.get_object(item.key).read()


def _search_finds(places: Mapping[str, bytes], data: Path, secrets: Mapping[str, bytes]) -> None:
    """Each place tells of the photos, and the secrets are spelt as they are elsewhere."""
    manifests = [name for name in places if name.endswith("manifest.json")]
    assert len(manifests) >= IMAGES
    logs = b"".join(content for name, content in places.items() if name.startswith("logs/"))
    rows = b"".join(content for name, content in places.items() if name.startswith("tablestore"))
    for where in (logs, rows, places["topic"], places["webhook"], places["list --json"]):
        assert b"broken.jpg" in where
    assert b"job_id" in places["payloads"]
    identity = (data / "identity.json").read_bytes()
    assert secrets["access key"] in identity
    assert secrets["provider's key"] in identity
    functions = b"".join(p.read_bytes() for p in data.glob("fc.sqlite3*"))
    assert secrets["webhook secret"] in functions, "the functions were never given it"
    assert SIGNED.search(b"".join(p.read_bytes() for p in data.glob("dashscope.sqlite3*")))
