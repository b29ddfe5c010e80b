"""Operations on topics, subscriptions and the account: XML in, state, XML out."""

from __future__ import annotations

from scripts.localcloud.services.mns.account import Account
from scripts.localcloud.services.mns.attributes import (
    Subscription,
    TopicAttributes,
    attribute_elements,
    read_attributes,
)
from scripts.localcloud.services.mns.documents import (
    Content,
    read_document,
    text_of,
    write_document,
)
from scripts.localcloud.services.mns.exceptions import InvalidArgumentError
from scripts.localcloud.services.mns.responses import (
    Answer,
    Call,
    listed,
    listing,
    properties_of,
    sent_elements,
)
from scripts.localcloud.services.mns.stored_messages import (
    body_digest,
)

RETENTION = 86400
"""Seconds for which a topic keeps a message, by the vendor's word."""


def create_topic(account: Account, call: Call) -> Answer:
    """CreateTopic: 201, or 204 where one just like it is there."""
    sent = read_attributes(TopicAttributes, sent_elements(call.body))
    made = account.topics.create(call.name, sent)
    location = {"Location": f"{account.endpoint}/topics/{call.name}"}
    return Answer(status=201 if made else 204, headers=location)


def delete_topic(account: Account, call: Call) -> Answer:
    """DeleteTopic."""
    account.topics.delete(call.name)
    return Answer(status=204)


def set_topic_attributes(account: Account, call: Call) -> Answer:
    """SetTopicAttributes."""
    account.topics.change(call.name, read_attributes(TopicAttributes, sent_elements(call.body)))
    return Answer(status=204)


def _topic_elements(account: Account, name: str) -> dict[str, Content]:
    topic = account.topics.get(name)
    return {
        "TopicName": name,
        "CreateTime": int(topic.created_at),
        "LastModifyTime": int(topic.modified_at),
        "MessageRetentionPeriod": RETENTION,
        "MessageCount": account.topics.count(name),
        **attribute_elements(topic.attributes),
    }


def get_topic_attributes(account: Account, call: Call) -> Answer:
    """GetTopicAttributes."""
    return Answer(body=write_document("Topic", _topic_elements(account, call.name)))


def list_topic(account: Account, call: Call) -> Answer:
    """ListTopic."""
    page, marker = listed(call, account.topics.names())
    with_meta = call.headers.get("x-mns-with-meta") == "true"
    items: list[dict[str, Content]] = []
    for name in page:
        meta = _topic_elements(account, name) if with_meta else {}
        items.append({"TopicURL": f"{account.endpoint}/topics/{name}", **meta})
    return listing("Topics", "Topic", items, marker)


def publish_message(account: Account, call: Call) -> Answer:
    """PublishMessage: 201."""
    root = read_document(call.body)
    body = text_of(root, "MessageBody")
    if body is None:
        raise InvalidArgumentError(
            "The XML you provided did not validate against our published schema, cause by"
            " MessageBody."
        )
    tag = text_of(root, "MessageTag") or ""
    message_id = account.publish(call.name, body, tag, dict(properties_of(root)))
    elements: dict[str, Content] = {
        "MessageId": message_id,
        "MessageBodyMD5": body_digest(body),
    }
    return Answer(status=201, body=write_document("Message", elements))


# --- subscriptions --------------------------------------------------------------------------


def _subscription_url(account: Account, topic: str, name: str) -> str:
    return f"{account.endpoint}/topics/{topic}/subscriptions/{name}"


def subscribe(account: Account, call: Call) -> Answer:
    """Subscribe: 201, or 204 where one just like it is there."""
    topic, name = call.names
    sent = sent_elements(call.body)
    made = account.topics.subscribe(
        Subscription(
            topic=topic,
            name=name,
            endpoint=sent.get("Endpoint", ""),
            filter_tag=sent.get("FilterTag", ""),
            notify_strategy=sent.get("NotifyStrategy", "BACKOFF_RETRY"),
            notify_content_format=sent.get("NotifyContentFormat", "XML"),
        )
    )
    location = {"Location": _subscription_url(account, topic, name)}
    return Answer(status=201 if made else 204, headers=location)


def unsubscribe(account: Account, call: Call) -> Answer:
    """Unsubscribe."""
    account.topics.unsubscribe(*call.names)
    return Answer(status=204)


def set_subscription_attributes(account: Account, call: Call) -> Answer:
    """SetSubscriptionAttributes: the strategy is all that can be set."""
    topic, name = call.names
    strategy = sent_elements(call.body).get("NotifyStrategy")
    if strategy is not None:
        account.topics.change_strategy(topic, name, strategy)
    return Answer(status=204)


def get_subscription_attributes(account: Account, call: Call) -> Answer:
    """GetSubscriptionAttributes."""
    found = account.topics.subscription(*call.names)
    elements: dict[str, Content] = {
        "TopicOwner": account.topics.owner,
        "TopicName": found.topic,
        "SubscriptionName": found.name,
        "Endpoint": found.endpoint,
        "NotifyStrategy": found.notify_strategy,
        "NotifyContentFormat": found.notify_content_format,
        "CreateTime": int(found.created_at),
        "LastModifyTime": int(found.modified_at),
    }
    if found.filter_tag:
        elements["FilterTag"] = found.filter_tag
    return Answer(body=write_document("Subscription", elements))


def list_subscription_by_topic(account: Account, call: Call) -> Answer:
    """ListSubscriptionByTopic."""
    names = [subscription.name for subscription in account.topics.subscriptions(call.name)]
    page, marker = listed(call, names)
    items: list[dict[str, Content]] = [
        {"SubscriptionURL": _subscription_url(account, call.name, name)} for name in page
    ]
    return listing("Subscriptions", "Subscription", items, marker)


# --- the account ----------------------------------------------------------------------------


def get_account_attributes(account: Account, call: Call) -> Answer:
    """GetAccountAttributes."""
    del call  # it names nothing
    elements: dict[str, Content] = {"LoggingBucket": account.logging_bucket()}
    return Answer(body=write_document("Account", elements))


def set_account_attributes(account: Account, call: Call) -> Answer:
    """SetAccountAttributes: what was named is told again; the local cloud ships no logs."""
    bucket = sent_elements(call.body).get("LoggingBucket")
    if bucket is not None:
        account.name_logging_bucket(bucket)
    return Answer(status=204)
