"""Makes stacks what they are wanted to be, one committed step after another.

Every step first writes what it is about to do, then does it, then writes that it is done. So after
a kill the next start goes on where this one ended: what may have been made is looked for by its
name, and is the stack's own since nothing of that name was there when the step began.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scripts.localcloud.core.resources import ResourceError
from scripts.localcloud.services.ros.exceptions import RosError
from scripts.localcloud.services.ros.journal import (
    LOG,
    STATE_CHANGED,
    HaltedError,
    Journal,
    StepFailedError,
)
from scripts.localcloud.services.ros.models import (
    DELETED,
    IN_PROGRESS,
    Stack,
    StackResource,
    StackStore,
    Wanted,
)
from scripts.localcloud.services.ros.planning import (
    Types,
    check_properties,
    must_replace,
    type_of,
)
from scripts.localcloud.services.ros.scope import Blueprint
from scripts.localcloud.templates.exceptions import TemplateError

Refusal = (ResourceError, RosError, TemplateError)
"""What ends a step: the service's word, or what only now turns out about the template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Carries out what a stack's status says it is doing.

    `keep_on_rollback`: whether `DeletionPolicy: Retain` also holds for what a failed creation made.
    No page of the vendor says; without it a creation can be repeated under the same names.
    """

    journal: Journal
    types: Types
    blueprint: Callable[[Stack, Wanted], Blueprint]
    keep_on_rollback: bool = False

    @property
    def store(self) -> StackStore:
        """Where the stacks are."""
        return self.journal.store

    def halt(self) -> None:
        """Stop before the next step; the next start goes on from there."""
        self.journal.halted.set()

    def advance(self, stack_id: str) -> None:
        """Go on until the stack is no longer in progress."""
        while (stack := self.store.find(stack_id)) is not None and stack.busy:
            if not self._went_on(stack):
                return

    def _went_on(self, stack: Stack) -> bool:
        try:
            self._actions()[stack.status](stack)
        except HaltedError:
            return False
        except Exception as error:  # noqa: BLE001 - nobody waits for a stack that looks busy for ever
            LOG.exception("ros: %s: %s broke off", stack.name, stack.action)
            self.journal.fail(stack, type(error).__name__)
        return True

    def _actions(self) -> Mapping[str, Callable[[Stack], None]]:
        return {
            "CREATE_IN_PROGRESS": self._create,
            "CREATE_ROLLBACK_IN_PROGRESS": self._undo_creation,
            "UPDATE_IN_PROGRESS": self._update,
            "ROLLBACK_IN_PROGRESS": self._undo_update,
            "DELETE_IN_PROGRESS": self._delete,
        }

    # --- the actions ----------------------------------------------------------------------

    def _create(self, stack: Stack) -> None:
        try:
            self._converge(stack, self.blueprint(stack, stack.wanted))
        except StepFailedError as failure:
            if stack.disable_rollback:
                self.journal.fail(stack, failure)
            else:
                reason = f"Stack CREATE failed, and is rolled back: {failure}"
                self.journal.turn(stack, "CREATE_ROLLBACK_IN_PROGRESS", reason)

    def _update(self, stack: Stack) -> None:
        try:
            self._converge(stack, self.blueprint(stack, stack.wanted))
        except StepFailedError as failure:
            if stack.disable_rollback or stack.former is None:
                self.journal.fail(stack, failure)
                return
            reason = f"Stack UPDATE failed, and is rolled back: {failure}"
            self.journal.turn(stack, "ROLLBACK_IN_PROGRESS", reason)

    def _undo_creation(self, stack: Stack) -> None:
        self._remove_all(stack, keep=lambda made: self.keep_on_rollback and made.retained)

    def _undo_update(self, stack: Stack) -> None:
        before = stack.former or stack.wanted
        try:
            self._converge(replace(stack, replace=True), self.blueprint(stack, before))
        except StepFailedError as failure:
            self.journal.fail(stack, failure)

    def _delete(self, stack: Stack) -> None:
        def kept(resource: StackResource) -> bool:
            return resource.retained or stack.retain is None or resource.name in stack.retain

        self._remove_all(stack, keep=kept)

    # --- towards a blueprint --------------------------------------------------------------

    def _converge(self, stack: Stack, blueprint: Blueprint) -> None:
        for position, name in enumerate(blueprint.order):
            self._settle(stack, blueprint, name, position)
        for resource in reversed(self.store.resources(stack.id).values()):
            if resource.name not in blueprint.resources:
                self._remove(stack, resource, keep=resource.retained)
                self.store.forget_resource(stack.id, resource.name)
        try:
            outputs = blueprint.outputs(self.store.resources(stack.id))
        except TemplateError as error:
            raise StepFailedError(str(error)) from error
        done = replace(stack, outputs=outputs, former=None, replace=False)
        if stack.status == "ROLLBACK_IN_PROGRESS":
            done = replace(done, wanted=stack.former or stack.wanted)
        self.journal.complete(done)

    def _settle(self, stack: Stack, blueprint: Blueprint, name: str, position: int) -> None:
        made = self.store.resources(stack.id)
        before = made.get(name)
        kind = blueprint.resources[name]["Type"]
        fresh = StackResource(
            stack=stack.id,
            name=name,
            type=kind,
            position=position,
            status="CREATE" + IN_PROGRESS,
            created=self.journal.now(),
            updated=self.journal.now(),
            needs=blueprint.needs[name],
            retained=blueprint.retains(name),
            owned=False,
        )
        there = before if before is not None and before.exists else None
        try:
            properties = blueprint.properties(name, made)
            check_properties(name, properties, type_of(kind, self.types, name))
        except Refusal as refusal:
            action = "UPDATE" if there else "CREATE"
            raise self.journal.failed(stack, there or fresh, action, refusal) from refusal
        if there is not None and self._outdated(stack, there, kind, properties):
            self._remove(stack, there, keep=False)
            there = None
        if there is None:
            self._make(stack, replace(fresh, properties=properties))
        else:
            placed = self._placed(there, fresh)
            self._change(stack, placed, properties)

    def _placed(self, resource: StackResource, fresh: StackResource) -> StackResource:
        placed = replace(
            resource, position=fresh.position, needs=fresh.needs, retained=fresh.retained
        )
        if placed != resource:
            self.store.place_resource(placed)
        return placed

    def _outdated(
        self, stack: Stack, before: StackResource, kind: str, properties: dict[str, Any]
    ) -> bool:
        if not must_replace(before, kind, properties, self.types):
            return False
        if not stack.replace:
            refusal = ResourceError("NotAllowed", "it would have to be replaced")
            raise self.journal.failed(stack, before, "UPDATE", refusal) from refusal
        return True

    def _make(self, stack: Stack, resource: StackResource) -> None:
        kind = self.types[resource.type]
        try:
            there = kind.find(resource.properties)
            if there is not None and not stack.adopt:
                text = f"{resource.type} {there.identifier} exists already"
                raise ResourceError("ResourceAlreadyExists", text)
            resource = replace(resource, owned=True)
            self.journal.put(stack, resource)
            if there is not None:
                made = kind.update(resource.properties, resource.properties)
            else:
                made = kind.create(resource.properties)
        except Refusal as refusal:
            raise self.journal.failed(stack, resource, "CREATE", refusal) from refusal
        self.journal.made(stack, resource, made, "CREATE_COMPLETE")

    def _change(self, stack: Stack, resource: StackResource, properties: dict[str, Any]) -> None:
        kind = self.types[resource.type]
        unfinished = not resource.status.endswith("_COMPLETE")
        if properties == resource.properties and not unfinished:
            return
        creating = resource.status.startswith("CREATE") and unfinished
        action = "CREATE" if creating else "UPDATE"
        resource = replace(resource, status=action + IN_PROGRESS, pending=properties)
        self.journal.put(stack, resource)
        try:
            if kind.find(resource.properties) is None:
                made = kind.create(properties)
            else:
                made = kind.update(resource.properties, properties)
        except Refusal as refusal:
            raise self.journal.failed(stack, resource, action, refusal) from refusal
        resource = replace(resource, properties=properties, pending=None)
        self.journal.made(stack, resource, made, action + "_COMPLETE")

    # --- away with it ---------------------------------------------------------------------

    def _remove_all(self, stack: Stack, *, keep: Callable[[StackResource], bool]) -> None:
        try:
            for resource in reversed(self.store.resources(stack.id).values()):
                self._remove(stack, resource, keep=keep(resource))
        except StepFailedError as failure:  # what it needs stays
            self.journal.fail(stack, failure)
        else:
            self.journal.complete(replace(stack, outputs=[]))

    def _remove(self, stack: Stack, resource: StackResource, *, keep: bool) -> None:
        if not resource.exists:
            return
        self.journal.put(stack, replace(resource, status="DELETE" + IN_PROGRESS))
        if not keep:
            kind = type_of(resource.type, self.types, resource.name)
            try:
                kind.delete(resource.properties)
            except Refusal as refusal:
                raise self.journal.failed(stack, resource, "DELETE", refusal) from refusal
        reason = "retained" if keep else STATE_CHANGED
        self.journal.put(stack, replace(resource, status=DELETED, reason=reason))
