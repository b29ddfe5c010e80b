"""What may be asked of stacks, and the rules of each; the engine does the work afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from scripts.localcloud.services.ros.engine import Engine
from scripts.localcloud.services.ros.exceptions import (
    SAME_STACK,
    action_in_progress,
    deletion_protected,
    not_supported,
    stack_exists,
    stack_not_found,
    token_reused,
)
from scripts.localcloud.services.ros.journal import Journal
from scripts.localcloud.services.ros.models import DELETED, Stack, StackStore, Wanted
from scripts.localcloud.services.ros.planning import KEEP, Change, Types, check_replacements, plan
from scripts.localcloud.services.ros.scope import Blueprint
from scripts.localcloud.templates.resolution import Account

UNCHANGEABLE = frozenset(
    {"CREATE_FAILED", "CREATE_ROLLBACK_COMPLETE", "CREATE_ROLLBACK_FAILED", "DELETE_FAILED"}
)
"""States in which a stack can only be deleted."""
UNFINISHED = frozenset({"CREATE_IN_PROGRESS", "CREATE_FAILED"})
"""States of a stack that was never complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a stack is made or changed."""

    disable_rollback: bool = False
    deletion_protection: bool = False
    timeout_minutes: int = 60
    tags: dict[str, str] | None = None
    adopt: bool = False
    replace: bool = False


class Stacks:
    """The stacks of one account in one region."""

    def __init__(
        self,
        store: StackStore,
        types: Types,
        now: Callable[[], float],
        account: Account,
        *,
        keep_on_rollback: bool = False,
    ) -> None:
        """`account` gives region and account id; each stack adds its own name and id."""
        self.store = store
        self.types = types
        self.account = account
        self._now = now
        self._journal = Journal(store=store, now=now)
        self.engine = Engine(
            journal=self._journal,
            types=types,
            blueprint=self.blueprint,
            keep_on_rollback=keep_on_rollback,
        )

    def blueprint(self, stack: Stack, wanted: Wanted) -> Blueprint:
        """What a stack is to be, read for this account.

        Raises:
            TemplateError: the template or a value cannot be used.
        """
        names = replace(self.account, stack_name=stack.name, stack_id=stack.id)
        return Blueprint(wanted, names)

    def get(self, stack_id: str) -> Stack:
        """A stack, a deleted one too.

        Raises:
            RosError: StackNotFound.
        """
        stack = self.store.find(stack_id)
        if stack is None:
            raise stack_not_found(stack_id)
        return stack

    def draft(self, name: str, wanted: Wanted, options: Options) -> Stack:
        """A stack that is not there yet."""
        return Stack(
            id=str(uuid.uuid4()),
            name=name,
            status="CREATE_IN_PROGRESS",
            created=self._now(),
            updated=self._now(),
            wanted=wanted,
            disable_rollback=options.disable_rollback,
            deletion_protection=options.deletion_protection,
            timeout_minutes=options.timeout_minutes,
            tags=options.tags or {},
            adopt=options.adopt,
        )

    def create(
        self, name: str, wanted: Wanted, options: Options, token: tuple[str, str] = ("", "")
    ) -> Stack:
        """Begin a stack; the same client token (token, digest of the request) begins it once.

        Raises:
            RosError: the name is taken, the token is another request's, or a property is refused.
            TemplateError: the template cannot be used.
        """
        if (known := self._repeated(token)) is not None:
            return known
        if self.store.named(name) is not None:
            raise stack_exists(name)
        stack = self.draft(name, wanted, options)
        plan(self.blueprint(stack, wanted), {}, self.types)
        with self.store.transaction():
            self._keep(token, stack)
            return self._journal.turn(stack, stack.status, "Stack CREATE started")

    def update(
        self, stack_id: str, wanted: Wanted, options: Options, token: tuple[str, str] = ("", "")
    ) -> Stack:
        """Begin to make a stack as it is wanted now.

        Raises:
            RosError: it is busy, is as wanted already, or a change is refused.
            TemplateError: the template cannot be used.
        """
        if (known := self._repeated(token)) is not None:
            return known
        stack = self._at_rest(stack_id)
        if stack.status in UNCHANGEABLE or stack.status == DELETED:
            raise not_supported(f"Update a stack in state {stack.status} is not supported.")
        changes = self.changes(stack, wanted)
        check_replacements(changes, allowed=options.replace)
        if self.is_same(stack, wanted, changes):
            raise not_supported(SAME_STACK)
        failed = stack.status.endswith("_FAILED")
        changed = replace(
            stack,
            wanted=wanted,
            former=stack.former if failed and stack.former else stack.wanted,
            replace=options.replace,
            adopt=options.adopt,
            timeout_minutes=options.timeout_minutes,
            tags=stack.tags if options.tags is None else options.tags,
        )
        with self.store.transaction():
            self._keep(token, stack)
            return self._journal.turn(changed, "UPDATE_IN_PROGRESS", "Stack UPDATE started")

    def ensure(self, name: str, wanted: Wanted, options: Options) -> Stack:
        """Begin to make a stack as it is wanted now, whatever became of it before.

        Its failures are not rolled back: the next attempt goes on from there.

        Raises:
            RosError: a property or a change is refused.
            TemplateError: the template cannot be used.
        """
        options = replace(options, disable_rollback=True)
        stack = self.store.named(name)
        if stack is None:
            return self.create(name, wanted, options)
        check_replacements(self.changes(stack, wanted), allowed=options.replace)
        changed = replace(stack, wanted=wanted, former=None, adopt=options.adopt)
        action = "CREATE" if stack.status in UNFINISHED else "UPDATE"
        return self._journal.turn(changed, f"{action}_IN_PROGRESS", f"Stack {action} started")

    def delete(self, stack_id: str, retain: list[str] | None) -> Stack:
        """Begin to take a stack down, but for the resources named (None: all of them).

        Raises:
            RosError: there is none, it is busy, or it is protected.
        """
        stack = self._at_rest(stack_id)
        if stack.deletion_protection:
            raise deletion_protected(stack_id)
        if stack.status == DELETED:
            return stack
        changed = replace(stack, retain=retain)
        return self._journal.turn(changed, "DELETE_IN_PROGRESS", "Stack DELETE started")

    def protect(self, stack_id: str, *, enabled: bool) -> None:
        """Protect a stack from being deleted, or no longer.

        Raises:
            RosError: there is none.
        """
        self.store.put(replace(self.get(stack_id), deletion_protection=enabled))

    def changes(self, stack: Stack, wanted: Wanted) -> list[Change]:
        """What an update to `wanted` would do.

        Raises:
            RosError, TemplateError: it cannot be done.
        """
        made = self.store.resources(stack.id)
        return plan(self.blueprint(stack, wanted), made, self.types)

    @staticmethod
    def is_same(stack: Stack, wanted: Wanted, changes: list[Change]) -> bool:
        """Whether an update would change nothing, outputs and parameters included."""
        settled = not stack.status.endswith("_FAILED")
        kept = all(change.action == KEEP for change in changes)
        return settled and kept and stack.wanted == wanted

    def interrupted(self) -> list[Stack]:
        """Stacks that a kill left half way."""
        return [stack for stack in self.store.all() if stack.busy]

    def _at_rest(self, stack_id: str) -> Stack:
        stack = self.get(stack_id)
        if stack.busy:
            raise action_in_progress(stack.name, stack.action)
        return stack

    def _repeated(self, token: tuple[str, str]) -> Stack | None:
        known = self.store.token(token[0]) if token[0] else None
        if known is None:
            return None
        if known[0] != token[1]:
            raise token_reused()
        return self.get(known[1])

    def _keep(self, token: tuple[str, str], stack: Stack) -> None:
        if token[0]:
            self.store.keep_token(token[0], token[1], stack.id)
