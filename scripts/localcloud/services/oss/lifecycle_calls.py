"""Calls on the rules by which a bucket's objects end."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from scripts.localcloud.services.oss import responses
from scripts.localcloud.services.oss.bodies import read_document
from scripts.localcloud.services.oss.documents import Element, document, text, texts
from scripts.localcloud.services.oss.exceptions import OssError
from scripts.localcloud.services.oss.lifecycle import PERIODS, checked_rules
from scripts.localcloud.services.oss.models import ObjectStore
from scripts.localcloud.services.oss.urls import OssRequest

ROOT = "LifecycleConfiguration"


class LifecycleCalls:
    """Handlers by operation name, each from a decoded and a raw request to an answer."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Set a bucket's rules."""
        body = document(await read_document(raw), ROOT)
        rules = [_decoded(rule) for rule in texts(body, "Rule")]
        self._store.lifecycle.keep(request.bucket, checked_rules(rules))
        return responses.empty(request)

    async def get(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Tell a bucket's rules."""
        rules = self._store.lifecycle.rules(request.bucket)
        if not rules:
            message = "No Row found in Lifecycle Table."
            raise OssError(404, "NoSuchLifecycle", message, BucketName=request.bucket)
        elements: list[Element] = [("Rule", _encoded(rule)) for rule in rules]
        return responses.document(request, (ROOT, elements))

    async def delete(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Take a bucket's rules away."""
        self._store.lifecycle.keep(request.bucket, [])
        return responses.empty(request, 204)


def _decoded(rule: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: text(rule, name) or "" for name in ("ID", "Prefix", "Status") if texts(rule, name)
    }
    others = ("Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition", "Tag")
    for name in (*PERIODS, *others):
        for content in texts(rule, name):
            words = ("Days", "Date", "CreatedBeforeDate")
            found[name] = {word: text(content, word) for word in words if texts(content, word)}
    return found


def _encoded(rule: dict[str, Any]) -> list[Element]:
    named: list[Element] = [(name, str(rule[name])) for name in ("ID", "Prefix", "Status")]
    periods = [name for name in PERIODS if name in rule]
    return named + [(name, [("Days", int(rule[name]["Days"]))]) for name in periods]
