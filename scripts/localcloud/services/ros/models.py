"""Stacks and their resources as they are kept: rows without rules, and what each state means."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from scripts.localcloud.core.storage import Database

IN_PROGRESS: Final = "_IN_PROGRESS"
DELETED: Final = "DELETE_COMPLETE"
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS stack (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL, created REAL NOT NULL,
    body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS resource (
    stack TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (stack, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY AUTOINCREMENT, stack TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS event_by_stack ON event (stack, number);
CREATE TABLE IF NOT EXISTS token (
    token TEXT PRIMARY KEY, digest TEXT NOT NULL, stack TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a stack is to be: the template's text and values given for its parameters."""

    template: str
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack. Times in epoch seconds.

    `wanted` is what it is, or is on its way to; `former` what a failing update returns to. `retain`
    names the resources that a deletion leaves, None all of them. `adopt`: resources that are there
    already are taken over rather than refused. `replace`: an update may make resources anew.
    """

    id: str
    name: str
    status: str
    created: float
    updated: float
    wanted: Wanted
    former: Wanted | None = None
    reason: str = ""
    description: str = ""
    disable_rollback: bool = False
    deletion_protection: bool = False
    timeout_minutes: int = 60
    tags: dict[str, str] = field(default_factory=dict)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    retain: list[str] | None = field(default_factory=list)
    adopt: bool = False
    replace: bool = False

    @property
    def busy(self) -> bool:
        """Whether it is being changed."""
        return self.status.endswith(IN_PROGRESS)

    @property
    def action(self) -> str:
        """What it is doing, or did last: CREATE, UPDATE, ROLLBACK ..."""
        return self.status.rpartition("_")[0].removesuffix("_IN")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackResource:
    """A resource of a stack. `properties` are those it has, `pending` those of an open change.

    `owned` is False for one that was there before the stack: it is never removed with it.
    """

    stack: str
    name: str
    type: str
    position: int
    status: str
    created: float
    updated: float
    reason: str = ""
    identifier: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    pending: dict[str, Any] | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    retained: bool = False
    owned: bool = True

    @property
    def exists(self) -> bool:
        """Whether it is there, or may be."""
        return self.owned and self.status != DELETED


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change of state of a resource, or of the stack itself under its own name."""

    id: str
    stack: str
    stack_name: str
    at: float
    resource: str
    resource_type: str
    identifier: str
    status: str
    reason: str


class StackStore:
    """All stacks of the account."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.script(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        with self._database.transaction():
            yield

    # --- stacks -----------------------------------------------------------------------------

    def put(self, stack: Stack) -> None:
        """Write a stack as it is now."""
        body = json.dumps(asdict(stack))
        self._database.execute(
            "INSERT OR REPLACE INTO stack VALUES (?, ?, ?, ?, ?)",
            (stack.id, stack.name, stack.status, stack.created, body),
        )

    def find(self, stack_id: str) -> Stack | None:
        """The stack of this id, a deleted one too."""
        row = self._database.query_one("SELECT body FROM stack WHERE id = ?", (stack_id,))
        return None if row is None else _stack(row[0])

    def named(self, name: str) -> Stack | None:
        """The stack of this name that is not deleted."""
        row = self._database.query_one(
            "SELECT body FROM stack WHERE name = ? AND status <> ?", (name, DELETED)
        )
        return None if row is None else _stack(row[0])

    def all(self) -> list[Stack]:
        """Every stack, the newest first."""
        rows = self._database.query("SELECT body FROM stack ORDER BY created DESC, id")
        return [_stack(row[0]) for row in rows]

    # --- resources --------------------------------------------------------------------------

    def put_resource(self, resource: StackResource, stack_name: str, at: float) -> None:
        """Write a resource as it is now, and the event of it."""
        with self.transaction():
            self.place_resource(resource)
            self.note(
                Event(
                    id=str(uuid.uuid4()),
                    stack=resource.stack,
                    stack_name=stack_name,
                    at=at,
                    resource=resource.name,
                    resource_type=resource.type,
                    identifier=resource.identifier,
                    status=resource.status,
                    reason=resource.reason,
                )
            )

    def place_resource(self, resource: StackResource) -> None:
        """Write a resource as it is now; nothing has happened to it."""
        self._database.execute(
            "INSERT OR REPLACE INTO resource VALUES (?, ?, ?, ?)",
            (resource.stack, resource.name, resource.position, json.dumps(asdict(resource))),
        )

    def resources(self, stack_id: str) -> dict[str, StackResource]:
        """The resources of a stack by name, in the order in which they were made."""
        rows = self._database.query(
            "SELECT body FROM resource WHERE stack = ? ORDER BY position, name", (stack_id,)
        )
        found = [StackResource(**json.loads(row[0])) for row in rows]
        return {resource.name: resource for resource in found}

    def forget_resource(self, stack_id: str, name: str) -> None:
        """Remove a resource's row."""
        self._database.execute(
            "DELETE FROM resource WHERE stack = ? AND name = ?", (stack_id, name)
        )

    # --- events and tokens ------------------------------------------------------------------

    def note(self, event: Event) -> None:
        """Add an event."""
        self._database.execute(
            "INSERT INTO event (stack, body) VALUES (?, ?)",
            (event.stack, json.dumps(asdict(event))),
        )

    def events(self, stack_id: str) -> list[Event]:
        """The events of a stack, the newest first."""
        rows = self._database.query(
            "SELECT body FROM event WHERE stack = ? ORDER BY number DESC", (stack_id,)
        )
        return [Event(**json.loads(row[0])) for row in rows]

    def token(self, token: str) -> tuple[str, str] | None:
        """Digest of the request and id of the stack that a client token was used for."""
        row = self._database.query_one("SELECT digest, stack FROM token WHERE token = ?", (token,))
        return None if row is None else (row[0], row[1])

    def keep_token(self, token: str, digest: str, stack_id: str) -> None:
        """Remember a client token."""
        row = (token, digest, stack_id)
        self._database.execute("INSERT INTO token VALUES (?, ?, ?)", row)


def _stack(text: str) -> Stack:
    body: dict[str, Any] = json.loads(text)
    former = body.pop("former")
    stack = Stack(**{**body, "wanted": Wanted(**body["wanted"])})
    return replace(stack, former=Wanted(**former)) if former else stack
