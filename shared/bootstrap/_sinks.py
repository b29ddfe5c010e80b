"""Sinks from settings: one adapter for each that `MASKLINE_SINKS` names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from shared.adapters.dingtalk.sink import DingTalkSink
from shared.adapters.eventbridge.sink import EventBridgeSink
from shared.adapters.log.sink import LogSink
from shared.adapters.mns.client import connect as connect_mns
from shared.adapters.mns.sink import MnsTopicSink
from shared.adapters.system.clock import SystemClock
from shared.adapters.system.ids import RandomIds
from shared.adapters.webhook.sink import WebhookSink
from shared.domain.sinks import SinkChoice
from shared.ports.events import EventSink
from shared.settings import Credentials, Settings
from shared.transport.addresses import AddressPolicy
from shared.transport.guarding import GuardedTransport
from shared.transport.http import HttpClient


def sinks_of(settings: Settings, credentials: Credentials) -> tuple[EventSink, ...]:
    """Every sink, with a connection of its own: each is called in a thread of its own."""
    return tuple(_BUILT[choice.kind](choice, settings, credentials) for choice in settings.sinks)


def _mns(choice: SinkChoice, settings: Settings, credentials: Credentials) -> EventSink:
    account = connect_mns(
        settings.mns_endpoint,
        **credentials.keys,
    )
    return MnsTopicSink(account, choice.values["TOPIC"], name=choice.name)


def _log(choice: SinkChoice, _settings: Settings, _credentials: Credentials) -> EventSink:
    return LogSink(name=choice.name)


def _webhook(choice: SinkChoice, settings: Settings, _credentials: Credentials) -> EventSink:
    return WebhookSink(
        choice.values["URL"],
        choice.secrets,
        http=_guarded(settings),
        clock=SystemClock(),
        name=choice.name,
    )


def _dingtalk(choice: SinkChoice, settings: Settings, _credentials: Credentials) -> EventSink:
    return DingTalkSink(
        choice.values["URL"],
        choice.values["SECRET"],
        http=_guarded(settings),
        clock=SystemClock(),
        name=choice.name,
    )


def _eventbridge(choice: SinkChoice, _settings: Settings, credentials: Credentials) -> EventSink:
    return EventBridgeSink(
        choice.values["ENDPOINT"],
        choice.values["BUS"],
        **credentials.keys,
        http=HttpClient(),  # an account's own endpoint may well lie in its private network
        clock=SystemClock(),
        ids=RandomIds(),
        name=choice.name,
    )


def _guarded(settings: Settings) -> HttpClient:
    return HttpClient(transport=GuardedTransport(AddressPolicy(allowed=settings.sink_networks)))


_BUILT: Final[Mapping[str, Callable[[SinkChoice, Settings, Credentials], EventSink]]] = {
    "mns": _mns,
    "log": _log,
    "webhook": _webhook,
    "dingtalk": _dingtalk,
    "eventbridge": _eventbridge,
}
