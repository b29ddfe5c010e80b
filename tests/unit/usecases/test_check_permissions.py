"""Permissions are tried without an effect, and each that is missing is named by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.memory.clock import ManualClock
from shared.adapters.memory.objects import MemoryObjectStore
from shared.adapters.memory.stores import (
    MemoryArchiveStore,
    MemoryClaimStore,
    MemoryFlowStore,
    MemoryGateStore,
    MemoryJobStore,
)
from shared.domain.keys import Prefixes
from shared.ports.errors import ForbiddenError, NotFoundError, UnavailableError
from shared.usecases.check_permissions import CheckPermissions
from shared.wire import checkup

PREFIXES = Prefixes(uploads="uploads/", results="results/", pins="pins/", raw="raw/")


class Guarded:
    """A store whose calls for which *refused* is true raise *error*."""

    def __init__(
        self, store: Any, refused: Callable[[str, tuple[Any, ...]], bool], error: Exception
    ) -> None:
        self._store, self._refused, self._error = store, refused, error

    def __getattr__(self, verb: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            if self._refused(verb, arguments):
                raise self._error
            return getattr(self._store, verb)(*arguments, **options)

        return call


def check(**guarded: Any) -> CheckPermissions:
    stores: dict[str, Any] = {
        "objects": MemoryObjectStore(ManualClock()),
        "jobs": MemoryJobStore(),
        "archive": MemoryArchiveStore(),
        "gates": MemoryGateStore(),
        "flows": MemoryFlowStore(),
        "claims": MemoryClaimStore(),
    }
    for name, (refused, error) in guarded.items():
        stores[name] = Guarded(stores[name], refused, error)
    return CheckPermissions(**stores, prefixes=PREFIXES)


def lacking(**guarded: Any) -> set[str]:
    return {name for name, said in check(**guarded)().items() if said}


REFUSED = ForbiddenError("AccessDenied")


def test_with_every_permission_nothing_is_lacking_and_nothing_is_left() -> None:
    examined = check()

    assert set(examined().values()) == {""}
    assert examined.objects.page("", after=None, limit=10) == ([], None)


@pytest.mark.parametrize(
    ("store", "verb", "about", "permission"),
    [
        ("objects", "page", "", "oss:ListObjects"),
        ("objects", "put", "pins/", "oss:PutObject pins/"),
        ("objects", "delete", "pins/", "oss:DeleteObject pins/"),
        ("objects", "head", "pins/", "oss:GetObject pins/"),
        ("objects", "head", "uploads/", "oss:GetObject uploads/"),
        ("objects", "head", "results/", "oss:GetObject results/"),
        ("objects", "head", "raw/", "oss:GetObject raw/"),
        ("objects", "head", "backdrops/", "oss:GetObject backdrops/"),
        ("jobs", "get", "", "ots:GetRow jobs"),
        ("jobs", "get_many", "", "ots:BatchGetRow jobs"),
        ("jobs", "due", "", "ots:GetRange jobs"),
        ("gates", "get", "", "ots:GetRow gates"),
        ("flows", "get", "", "ots:GetRow flows"),
        ("claims", "get", "", "ots:GetRow claims"),
    ],
)
def test_a_missing_permission_is_named_alone(
    store: str, verb: str, about: str, permission: str
) -> None:
    def refused(called: str, arguments: tuple[Any, ...]) -> bool:
        return called == verb and str(arguments[:1]).find(about) >= 0

    assert lacking(**{store: (refused, REFUSED)}) == {permission}


def test_what_no_port_has_is_tried_as_well() -> None:
    def refuses() -> None:
        raise REFUSED

    def finds_nothing() -> None:
        raise NotFoundError("NoSuchUpload")

    others = (("oss:PutObject results/", finds_nothing), ("fc:InvokeFunction poller", refuses))
    told = replace(check(), others=others)()

    assert {name for name, said in told.items() if said} == {"fc:InvokeFunction poller"}
    assert told["oss:PutObject results/"] == ""


def test_a_service_that_is_down_says_nothing_of_what_is_allowed() -> None:
    assert lacking(jobs=(lambda *_: True, UnavailableError("busy"))) == set()


def test_the_question_is_no_upload_and_no_upload_is_the_question() -> None:
    assert checkup.is_asked(checkup.PAYLOAD)
    assert not checkup.is_asked(b'{"events": [], "checkup": 1}')
    assert not checkup.is_asked(b"")
