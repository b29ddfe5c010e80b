"""The queue of invocations that Function Compute gave up on (`OnFailure` of submit)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from mns.mns_exception import MNSServerException

from shared.adapters.mns.errors import translated
from shared.ports.errors import NotFoundError

LARGEST_BATCH: Final = 16


class MnsFailureQueue:
    """`FailureQueue` on an account of `client.connect`. Messages are read as they lie there."""

    def __init__(self, account: Any, queue: str) -> None:
        self._queue = account.get_queue(queue)
        self._queue.set_encoding(False)  # the body is decoded here, whichever form it has
        self._name = queue

    def receive(self, limit: int) -> list[tuple[str, Mapping[str, object]]]:
        """At most *limit* (16) messages as (receipt, message), hidden from others for a while.

        The exact form of the message is not documented: JSON, plain or in Base64. What is neither
        is an empty mapping.
        """
        with translated(f"ReceiveMessage {self._name}"):
            try:
                found = self._queue.batch_receive_message(min(limit, LARGEST_BATCH), 0)
            except MNSServerException as error:
                if error.type == "MessageNotExist":  # the queue is empty
                    return []
                raise
        return [(message.receipt_handle, _mapping(message.message_body)) for message in found]

    def acknowledge(self, receipt: str) -> None:
        """Delete the message; one that is gone already is no error."""
        try:
            with translated(f"DeleteMessage {self._name}"):
                self._queue.delete_message(receipt)
        except NotFoundError:
            return


def _mapping(body: str | bytes) -> Mapping[str, object]:
    text = body.encode() if isinstance(body, str) else body
    for reading in (_as_it_is, _from_base64):
        try:
            document = json.loads(reading(text))
        except (ValueError, binascii.Error):
            continue
        if isinstance(document, dict):
            return document
    return {}


def _as_it_is(text: bytes) -> bytes:
    return text


def _from_base64(text: bytes) -> bytes:
    return base64.b64decode(text, validate=True)
