"""Operations on queues and their messages: XML in, state, XML out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from scripts.localcloud.services.mns.account import Account
from scripts.localcloud.services.mns.attributes import (
    QueueAttributes,
    attribute_elements,
    read_attributes,
    read_number,
)
from scripts.localcloud.services.mns.documents import (
    Content,
    named_values,
    read_document,
    text_of,
    write_document,
)
from scripts.localcloud.services.mns.exceptions import (
    BatchDeleteError,
    InvalidArgumentError,
    MessageNotExistError,
    MnsError,
)
from scripts.localcloud.services.mns.notifications import milliseconds
from scripts.localcloud.services.mns.queues import LONGEST_VISIBILITY
from scripts.localcloud.services.mns.stored_messages import (
    DEFAULT_PRIORITY,
    Draft,
    Message,
    body_digest,
)

MAX_BATCH = 16
LONGEST_WAIT = 30
LONGEST_DELAY = 604800
LONGEST_LIST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request past its signature check. `headers` has lower-case names."""

    names: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def name(self) -> str:
        """The queue or topic it is about."""
        return self.names[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back: status, XML, and headers beside the usual ones."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def sent_elements(body: bytes) -> dict[str, str]:
    """The children of a request's document as texts; none where there is no body."""
    if not body.strip():
        return {}
    return {child.tag: child.text or "" for child in read_document(body)}


def number(text: str | None, name: str, low: int, high: int) -> int | None:
    """A number within its range; None where none was sent."""
    return None if text is None else read_number(text, name, low, high)


# --- queues ---------------------------------------------------------------------------------


def create_queue(account: Account, call: Call) -> Answer:
    """CreateQueue: 201, or 204 where one just like it is there."""
    sent = read_attributes(QueueAttributes, sent_elements(call.body))
    made = account.queues.create(call.name, sent)
    location = {"Location": f"{account.endpoint}/queues/{call.name}"}
    return Answer(status=201 if made else 204, headers=location)


def delete_queue(account: Account, call: Call) -> Answer:
    """DeleteQueue."""
    account.queues.delete(call.name)
    return Answer(status=204)


def set_queue_attributes(account: Account, call: Call) -> Answer:
    """SetQueueAttributes."""
    sent = read_attributes(QueueAttributes, sent_elements(call.body))
    account.queues.change(call.name, sent)
    return Answer(status=204)


def _queue_elements(account: Account, name: str) -> dict[str, Content]:
    queue = account.queues.get(name)
    return {
        "QueueName": name,
        "CreateTime": int(queue.created_at),
        "LastModifyTime": int(queue.modified_at),
        **attribute_elements(queue.attributes),
        **account.queues.counts(name),
    }


def get_queue_attributes(account: Account, call: Call) -> Answer:
    """GetQueueAttributes."""
    return Answer(body=write_document("Queue", _queue_elements(account, call.name)))


def listed(call: Call, names: list[str]) -> tuple[list[str], str | None]:
    """The page of names that a listing asks for, and the marker of the next one."""
    prefix, marker = call.headers.get("x-mns-prefix", ""), call.headers.get("x-mns-marker", "")
    asked = number(call.headers.get("x-mns-ret-number"), "x-mns-ret-number", 1, LONGEST_LIST)
    found = [name for name in names if name.startswith(prefix) and name > marker]
    page = found[: asked or LONGEST_LIST]
    return page, page[-1] if len(page) < len(found) else None


def listing(root: str, element: str, items: list[dict[str, Content]], marker: str | None) -> Answer:
    """A listing's document."""
    content: dict[str, Content] = {element: list(items)}
    if marker is not None:
        content["NextMarker"] = marker
    return Answer(body=write_document(root, content))


def list_queue(account: Account, call: Call) -> Answer:
    """ListQueue."""
    page, marker = listed(call, account.queues.names())
    with_meta = call.headers.get("x-mns-with-meta") == "true"
    items: list[dict[str, Content]] = []
    for name in page:
        meta = _queue_elements(account, name) if with_meta else {}
        items.append({"QueueURL": f"{account.endpoint}/queues/{name}", **meta})
    return listing("Queues", "Queue", items, marker)


# --- messages -------------------------------------------------------------------------------


def properties_of(element: ET.Element) -> dict[str, list[dict[str, str]]]:
    """User and system properties, kept as they came."""
    found = {
        "UserProperties": named_values(element.findall("UserProperties/PropertyValue")),
        "SystemProperties": named_values(element.findall("SystemProperties/SystemPropertyValue")),
    }
    return {kind: values for kind, values in found.items() if values}


def _draft(element: ET.Element) -> Draft:
    body = text_of(element, "MessageBody")
    if body is None:
        raise InvalidArgumentError(
            "The XML you provided did not validate against our published schema, cause by"
            " MessageBody."
        )
    delay = text_of(element, "DelaySeconds")
    priority = number(text_of(element, "Priority"), "Priority", 1, MAX_BATCH)
    return Draft(
        body=body,
        priority=DEFAULT_PRIORITY if priority is None else priority,
        delay_seconds=number(delay, "DelaySeconds", 0, LONGEST_DELAY),
        properties=properties_of(element),
    )


def _sent(message: Message) -> dict[str, Content]:
    return {"MessageId": message.message_id, "MessageBodyMD5": body_digest(message.body)}


def send_message(account: Account, call: Call) -> Answer:
    """SendMessage, and BatchSendMessage where the document is `Messages`."""
    root = read_document(call.body)
    if root.tag != "Messages":
        message = account.send(call.name, _draft(root))
        return Answer(status=201, body=write_document("Message", _sent(message)))
    drafts = [_draft(element) for element in root.findall("Message")]
    if not 1 <= len(drafts) <= MAX_BATCH:
        raise InvalidArgumentError(f"A batch takes 1 to {MAX_BATCH} messages.")
    account.queues.get(call.name)
    outcomes = [_attempted(account, call.name, draft) for draft in drafts]
    failures = (outcome for outcome in outcomes if isinstance(outcome, MnsError))
    first = next(failures, None)
    items = [_failed(each) if isinstance(each, MnsError) else _sent(each) for each in outcomes]
    status = 201 if first is None else first.status
    return Answer(status=status, body=write_document("Messages", {"Message": list(items)}))


def _attempted(account: Account, name: str, draft: Draft) -> Message | MnsError:
    """One message of a batch: each is taken or refused by itself."""
    try:
        return account.send(name, draft)
    except MnsError as error:
        return error


def _failed(error: MnsError) -> dict[str, Content]:
    return {"ErrorCode": error.code, "ErrorMessage": error.message}


def _message_elements(message: Message) -> dict[str, Content]:
    elements: dict[str, Content] = {
        "MessageId": message.message_id,
        "MessageBody": message.body,
        "MessageBodyMD5": body_digest(message.body),
        "EnqueueTime": milliseconds(message.enqueued_at),
        "FirstDequeueTime": milliseconds(message.first_dequeued_at or message.enqueued_at),
        "DequeueCount": message.dequeue_count,
        "Priority": message.priority,
    }
    if message.receipt_handle is not None:
        elements["ReceiptHandle"] = message.receipt_handle
        elements["NextVisibleTime"] = milliseconds(message.visible_at)
    for kind, child in (
        ("UserProperties", "PropertyValue"),
        ("SystemProperties", "SystemPropertyValue"),
    ):
        if message.properties.get(kind):
            elements[kind] = {child: message.properties[kind]}
    return elements


def _messages(call: Call, messages: list[Message]) -> Answer:
    if not messages:
        raise MessageNotExistError
    items = [_message_elements(message) for message in messages]
    if "numofmessages" in call.query:
        return Answer(body=write_document("Messages", {"Message": list(items)}))
    return Answer(body=write_document("Message", items[0]))


def _batch_size(call: Call) -> int:
    asked = number(call.query.get("numofmessages"), "numOfMessages", 1, MAX_BATCH)
    return 1 if asked is None else asked


async def receive_message(account: Account, call: Call) -> Answer:
    """ReceiveMessage and BatchReceiveMessage, waiting as the request or the queue says."""
    wait = number(call.query.get("waitseconds"), "waitseconds", 0, LONGEST_WAIT)
    return _messages(call, await account.receive(call.name, _batch_size(call), wait))


def peek_message(account: Account, call: Call) -> Answer:
    """PeekMessage and BatchPeekMessage."""
    return _messages(call, account.queues.peek(call.name, _batch_size(call)))


def delete_message(account: Account, call: Call) -> Answer:
    """DeleteMessage."""
    account.queues.remove(call.name, call.query["receipthandle"])
    return Answer(status=204)


def _removed(account: Account, queue: str, handle: str) -> MnsError | None:
    try:
        account.queues.remove(queue, handle)
    except MnsError as error:
        return error
    return None


def batch_delete_message(account: Account, call: Call) -> Answer:
    """BatchDeleteMessage: what can be deleted is, the rest is named."""
    root = read_document(call.body)
    handles = [element.text or "" for element in root.findall("ReceiptHandle")]
    if not 1 <= len(handles) <= MAX_BATCH:
        raise InvalidArgumentError(f"A batch takes 1 to {MAX_BATCH} receipt handles.")
    account.queues.get(call.name)
    outcomes = {handle: _removed(account, call.name, handle) for handle in handles}
    failures = {handle: error for handle, error in outcomes.items() if error is not None}
    if failures:
        raise BatchDeleteError(failures)
    return Answer(status=204)


def change_message_visibility(account: Account, call: Call) -> Answer:
    """ChangeMessageVisibility."""
    handle, text = call.query.get("receipthandle"), call.query.get("visibilitytimeout", "")
    if not handle:
        raise MnsError(400, "MissingReceiptHandle", "ReceiptHandle is required.")
    if not text.isdecimal():
        raise MnsError(400, "MissingVisibilityTimeout", "VisibilityTimeout is required.")
    seconds = read_number(text, "VisibilityTimeout", 1, LONGEST_VISIBILITY)
    message = account.queues.change_visibility(call.name, handle, seconds)
    elements: dict[str, Content] = {
        "ReceiptHandle": message.receipt_handle or "",
        "NextVisibleTime": milliseconds(message.visible_at),
    }
    return Answer(body=write_document("ChangeVisibility", elements))
