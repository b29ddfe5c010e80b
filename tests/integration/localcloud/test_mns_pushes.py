"""What a subscriber of the local MNS is pushed: signed as the vendor's page says, and repeated."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from mns.mns_exception import MNSServerException
from mns.topic import TopicMessage

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.mns.documents import read_document
from scripts.localcloud.services.mns.service import MnsService
from tests.integration.localcloud.mns_client import (
    TOPIC,
    close_client,
    code,
    eventually,
    open_client,
    subscribe,
)

Serve = Callable[[Service], str]


class Endpoint(ThreadingHTTPServer):
    """Takes pushes; answers the statuses it was given, then 204."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EndpointHandler)
        self.statuses: list[int] = []
        self.taken: list[tuple[str, Mapping[str, str], bytes]] = []
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """Where to push."""
        return f"http://127.0.0.1:{self.server_port}/hook?of=me"

    def bodies(self) -> list[str]:
        """What was pushed."""
        return [body.decode() for _, _, body in self.taken]


class EndpointHandler(BaseHTTPRequestHandler):
    """One push."""

    server: Endpoint

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Note it and answer."""
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.taken.append((self.path, headers, body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.end_headers()


@pytest.fixture
def account(cloud: Cloud, serve_in_thread: Serve) -> Iterator[Any]:
    """The vendor's client of a running service."""
    serve_in_thread(MnsService(cloud))
    client = open_client(cloud)
    yield client
    close_client(client)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A subscriber."""
    server = Endpoint()
    yield server
    server.shutdown()
    server.server_close()


def certificate_of(headers: Mapping[str, str]) -> bytes:
    """What lies where a push says its certificate is."""
    address = base64.b64decode(headers["x-mns-signing-cert-url"]).decode()
    assert address.startswith("http://127.0.0.1:")
    return httpx.get(address).content


def verify(path: str, headers: Mapping[str, str]) -> None:
    """The vendor's page step by step: certificate, text, decoded signature, comparison.

    Raises:
        InvalidSignature: somebody else signed, or something was changed on the way.
    """
    key = x509.load_pem_x509_certificate(certificate_of(headers)).public_key()
    assert isinstance(key, RSAPublicKey)
    lines = [headers.get(name, "") for name in ("content-md5", "content-type", "date")]
    lines += [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-mns-")]
    text = "\n".join(["POST", *lines, path]).encode()
    signature = base64.b64decode(headers["authorization"])
    key.verify(signature, text, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the vendor's algorithm


def pushed(account: Any, endpoint: Endpoint, form: str) -> tuple[str, dict[str, str], bytes]:
    """One push in this form."""
    subscribe(account, endpoint.url, form)
    account.get_topic(TOPIC).publish_message(TopicMessage("作业 <done>", "t"))
    eventually(lambda: len(endpoint.taken), 1)
    path, headers, body = endpoint.taken[0]
    return path, dict(headers), body


@pytest.mark.parametrize("form", ["XML", "JSON", "SIMPLIFIED"])
def test_push_is_signed_as_a_subscriber_verifies_it(
    account: Any, endpoint: Endpoint, form: str
) -> None:
    path, headers, _ = pushed(account, endpoint, form)

    verify(path, headers)
    for name in ("date", "content-md5", "x-mns-request-id"):
        with pytest.raises(InvalidSignature):
            verify(path, {**headers, name: "other"})
    with pytest.raises(InvalidSignature):
        verify("/hook", headers)


def test_forms_of_a_notification(account: Any, endpoint: Endpoint) -> None:
    _, _, body = pushed(account, endpoint, "XML")
    document = read_document(body)
    told = {child.tag: child.text for child in document}

    assert document.tag == "Notification"
    assert (told["TopicName"], told["SubscriptionName"]) == (TOPIC, "watcher")
    assert (told["Message"], told["MessageTag"]) == ("作业 <done>", "t")


def test_simplified_push_is_the_message_alone(account: Any, endpoint: Endpoint) -> None:
    _, headers, body = pushed(account, endpoint, "SIMPLIFIED")

    assert body.decode() == "作业 <done>"
    assert (headers["x-mns-topic-name"], headers["x-mns-message-tag"]) == (TOPIC, "t")


def test_json_push(account: Any, endpoint: Endpoint) -> None:
    _, _, body = pushed(account, endpoint, "JSON")

    assert json.loads(body)["Message"] == "作业 <done>"


def test_key_outlives_the_process(
    account: Any, endpoint: Endpoint, cloud: Cloud, serve_in_thread: Serve
) -> None:
    _, headers, _ = pushed(account, endpoint, "SIMPLIFIED")
    before = certificate_of(headers)

    del cloud.endpoints["mns"]
    again = serve_in_thread(MnsService(cloud))

    assert httpx.get(f"{again}/x509_public_certificate.pem").content == before
    key = cloud.data_dir / "mns-signing-key.pem"
    assert key.stat().st_mode & 0o077 == 0


def pushes_after(cloud: Cloud, endpoint: Endpoint, seconds: float) -> int:
    """How many pushes have come once so much time is over, and a moment to send them."""
    cloud.clock.advance(seconds)
    time.sleep(0.02)
    return len(endpoint.taken)


def test_failed_push_is_repeated(account: Any, cloud: Cloud, endpoint: Endpoint) -> None:
    endpoint.statuses = [500, 503]
    subscribe(account, endpoint.url, "SIMPLIFIED")

    account.get_topic(TOPIC).publish_message(TopicMessage("again"))
    eventually(lambda: pushes_after(cloud, endpoint, 21), 3)
    for _ in range(3):
        pushes_after(cloud, endpoint, 21)

    assert endpoint.bodies() == ["again"] * 3


def test_redirect_is_a_failure(account: Any, cloud: Cloud, endpoint: Endpoint) -> None:
    endpoint.statuses = [302]
    subscribe(account, endpoint.url, "SIMPLIFIED", strategy="EXPONENTIAL_DECAY_RETRY")

    account.get_topic(TOPIC).publish_message(TopicMessage("here"))

    eventually(lambda: pushes_after(cloud, endpoint, 2), 2)


def test_endpoint_beyond_the_machine_is_refused(account: Any) -> None:
    with pytest.raises(MNSServerException) as failed:
        subscribe(account, "http://example.com/hook", "XML")

    assert code(failed) == "InvalidArgument"
