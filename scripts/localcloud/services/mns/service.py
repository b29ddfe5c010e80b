"""MNS's server: authenticates, dispatches, answers in XML."""

from __future__ import annotations

import asyncio
import inspect
import time
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aiohttp
from aiohttp import web

from scripts.localcloud.core.access import ALLOW
from scripts.localcloud.core.bodies import read_whole
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.headers import plain_headers
from scripts.localcloud.core.resources import ResourceType
from scripts.localcloud.services.mns import responses, topic_responses
from scripts.localcloud.services.mns.account import Account
from scripts.localcloud.services.mns.announcing import Announcements
from scripts.localcloud.services.mns.delivery import Deliveries, send_by_http
from scripts.localcloud.services.mns.documents import Content, write_document
from scripts.localcloud.services.mns.exceptions import (
    BatchDeleteError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidUrlError,
    MnsError,
)
from scripts.localcloud.services.mns.resources import resource_types
from scripts.localcloud.services.mns.responses import Answer, Call
from scripts.localcloud.services.mns.signatures import authenticate, claimed_key
from scripts.localcloud.services.mns.signing import PushSigner
from scripts.localcloud.services.mns.urls import CERTIFICATE, Route, route

FAILURE_QUEUE = "maskline-dlq"
"""The queue for what Function Compute gives up on; there from the start, as is the topic."""
LARGEST_BODY = 8 * 1024 * 1024
"""Bytes of a request: a batch of the largest messages, each of its characters escaped."""
PURGE_EVERY = 300.0
"""Seconds between two looks for messages that outlived their retention."""

Operation = Callable[[Account, Call], Answer | Awaitable[Answer]]

OPERATIONS: dict[str, Operation] = {
    "CreateQueue": responses.create_queue,
    "DeleteQueue": responses.delete_queue,
    "ListQueue": responses.list_queue,
    "GetQueueAttributes": responses.get_queue_attributes,
    "SetQueueAttributes": responses.set_queue_attributes,
    "SendMessage": responses.send_message,
    "ReceiveMessage": responses.receive_message,
    "BatchReceiveMessage": responses.receive_message,
    "PeekMessage": responses.peek_message,
    "BatchPeekMessage": responses.peek_message,
    "DeleteMessage": responses.delete_message,
    "BatchDeleteMessage": responses.batch_delete_message,
    "ChangeMessageVisibility": responses.change_message_visibility,
    "CreateTopic": topic_responses.create_topic,
    "DeleteTopic": topic_responses.delete_topic,
    "ListTopic": topic_responses.list_topic,
    "GetTopicAttributes": topic_responses.get_topic_attributes,
    "SetTopicAttributes": topic_responses.set_topic_attributes,
    "PublishMessage": topic_responses.publish_message,
    "Subscribe": topic_responses.subscribe,
    "Unsubscribe": topic_responses.unsubscribe,
    "ListSubscriptionByTopic": topic_responses.list_subscription_by_topic,
    "GetSubscriptionAttributes": topic_responses.get_subscription_attributes,
    "SetSubscriptionAttributes": topic_responses.set_subscription_attributes,
    "GetAccountAttributes": topic_responses.get_account_attributes,
    "SetAccountAttributes": topic_responses.set_account_attributes,
}


class MnsService:
    """The service as the server knows it (see `core/server.py`).

    Args:
        cloud: the surroundings.
        real_time: the machine's clock, by which signature dates are judged.
    """

    name = "mns"
    operations = frozenset({*OPERATIONS, CERTIFICATE})

    def __init__(
        self,
        cloud: Cloud,
        *,
        real_time: Callable[[], float] = time.time,
    ) -> None:
        self._cloud, self._real_time = cloud, real_time
        self._database = cloud.database(self.name)
        self._account = Account(
            self._database,
            cloud.clock.now,
            cloud.clock.sleep_until,
            owner=cloud.identity.account_id,
            endpoint=cloud.endpoints.get(self.name, ""),
        )
        self._signer = PushSigner(
            folder=cloud.data_dir,
            endpoint=lambda: self._account.endpoint,
            real_now=real_time,
        )
        self._announcements = Announcements(self._database, cloud.identity.account_id)
        self._session: aiohttp.ClientSession | None = None
        self._tasks: list[asyncio.Task[None]] = []
        if cloud.stocked and not self._account.topics.names():
            self._account.topics.create(cloud.identity.mns_topic, {})
        if cloud.stocked and not self._account.queues.names():
            self._account.queues.create(FAILURE_QUEUE, {})

    def messages(self, topic: str) -> list[dict[str, Any]]:
        """Everything published on a topic: message_id, body as sent, tag, publish_time (s)."""
        return self._account.topics.messages(topic)

    def resource_types(self) -> dict[str, ResourceType]:
        """What templates may have made here."""
        return resource_types(self._account, self._cloud.identity)

    def operation(self, request: web.Request) -> str:
        """The operation's name."""
        return self._route(request).operation

    @staticmethod
    def _route(request: web.Request) -> Route:
        return route(request.method, request.raw_path)

    async def start(self) -> None:
        """Listen to Function Compute, begin to push and to purge."""
        self._account.endpoint = self._cloud.endpoints.get(self.name, self._account.endpoint)
        self._cloud.bus.subscribe("fc.destination", self._account.take_destination)
        self._session = aiohttp.ClientSession()
        deliveries = Deliveries(
            self._database,
            self._account.topics,
            self._cloud.clock.now,
            self._cloud.clock.sleep_until,
            send=partial(send_by_http, self._session),
            sign=self._signer.sign,
        )
        tell = partial(self._cloud.bus.publish, "mns.published")

        def published() -> None:
            deliveries.wake()
            self._announcements.wake()

        self._account.on_published = published
        running = (deliveries.run(), self._announcements.run(tell), self._purge())
        self._tasks = [asyncio.create_task(each) for each in running]

    async def stop(self) -> None:
        """End that, and close the database."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        self._database.close()

    async def _purge(self) -> None:
        while True:
            await self._cloud.clock.sleep(PURGE_EVERY)
            self._account.queues.purge()

    async def handle(self, request: web.Request, operation: str) -> web.StreamResponse:
        """Check who asks, perform, answer; the certificate is anybody's."""
        if operation == CERTIFICATE:
            pem = await asyncio.to_thread(self._signer.certificate)
            return web.Response(body=pem, content_type="application/x-pem-file")
        try:
            body = await self._body(request)
            headers = plain_headers(request)
            path = self._route(request)
            self._check_access(self._authenticate(request, headers, body), operation, path)
            answer = await self._perform(path, operation, headers, body)
        except MnsError as error:
            return self._refused(error)
        return self._answer(answer, _request_id())

    @staticmethod
    async def _body(request: web.Request) -> bytes:
        body = await read_whole(request, LARGEST_BODY)
        if body is None:
            raise InvalidArgumentError(f"The request body exceeds {LARGEST_BODY} bytes.")
        return body

    def _authenticate(self, request: web.Request, headers: dict[str, str], body: bytes) -> str:
        access_key_id, _ = claimed_key(headers)
        authenticate(
            request.method,
            request.raw_path,
            headers,
            body,
            secret=self._cloud.credentials.lookup(access_key_id),
            now=self._cloud.clock.now(),
            real_now=self._real_time(),
        )
        return access_key_id

    def _check_access(self, access_key_id: str, operation: str, path: Route) -> None:
        identity = self._cloud.identity
        place = f"acs:mns:{identity.region}:{identity.account_id}:{path.resource}"
        role = self._cloud.credentials.role_of(access_key_id)
        if self._cloud.access.decide(role, f"mns:{operation}", place) != ALLOW:
            raise ForbiddenError

    async def _perform(
        self, path: Route, operation: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        function = OPERATIONS.get(operation)
        if function is None:
            raise InvalidUrlError
        call = Call(names=path.names, query=path.query, headers=headers, body=body)
        answer = function(self._account, call)
        return await answer if inspect.isawaitable(answer) else answer

    def fault_response(self, http: int, code: str, request: web.Request) -> web.Response:
        """An error in MNS's form."""
        del request  # every request's errors look alike
        return self._refused(MnsError(http, code, "Internal error."))

    def _refused(self, error: MnsError) -> web.Response:
        request_id = _request_id()
        if isinstance(error, BatchDeleteError):
            answer = Answer(status=error.status, body=_batch_errors(error))
            return self._answer(answer, request_id)
        elements: dict[str, Content] = {
            "Code": error.code,
            "Message": error.message,
            "RequestId": request_id,
            "HostId": self._account.endpoint,
        }
        answer = Answer(status=error.status, body=write_document("Error", elements))
        return self._answer(answer, request_id)

    @staticmethod
    def _answer(answer: Answer, request_id: str) -> web.Response:
        headers = {
            "x-mns-request-id": request_id,
            "x-mns-version": "2015-06-06",
            **answer.headers,
        }
        return web.Response(
            status=answer.status,
            body=answer.body,
            headers=headers,
            content_type="text/xml",
            charset="utf-8",
        )


def _request_id() -> str:
    return uuid.uuid4().hex[:24].upper()


def _batch_errors(error: BatchDeleteError) -> bytes:
    items: list[dict[str, Content]] = [
        {"ErrorCode": part.code, "ErrorMessage": part.message, "ReceiptHandle": handle}
        for handle, part in error.failures.items()
    ]
    return write_document("Errors", {"Error": list(items)})
