"""Writes down what happens to stacks, each change with its event."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from scripts.localcloud.core.resources import Made
from scripts.localcloud.services.ros.models import Event, Stack, StackResource, StackStore

LOG = logging.getLogger("scripts.localcloud.ros")
STATE_CHANGED = "state changed"


class HaltedError(Exception):
    """The service stops; nothing is wrong with the stack."""


class StepFailedError(Exception):
    """A resource could not be made, changed or removed; its row says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """The one place where stacks and resources change on disk."""

    store: StackStore
    now: Callable[[], float]
    halted: threading.Event = field(default_factory=threading.Event)

    def turn(self, stack: Stack, status: str, reason: str) -> Stack:
        """Give a stack a new status."""
        turned = replace(stack, status=status, reason=reason, updated=self.now())
        with self.store.transaction():
            self.store.put(turned)
            self.store.note(
                Event(
                    id=str(uuid.uuid4()),
                    stack=stack.id,
                    stack_name=stack.name,
                    at=self.now(),
                    resource=stack.name,
                    resource_type="ALIYUN::ROS::Stack",
                    identifier=stack.id,
                    status=status,
                    reason=reason,
                )
            )
        return turned

    def complete(self, stack: Stack) -> None:
        """What the stack was doing is done."""
        action = stack.action
        self.turn(stack, f"{action}_COMPLETE", f"Stack {action} completed successfully")

    def fail(self, stack: Stack, cause: object) -> None:
        """What the stack was doing cannot be done."""
        action = stack.action
        self.turn(stack, f"{action}_FAILED", f"Stack {action} failed: {cause}")

    def put(self, stack: Stack, resource: StackResource) -> None:
        """Write a resource as it is now.

        Raises:
            HaltedError: the service stops; nothing was written.
        """
        if self.halted.is_set():
            raise HaltedError
        reason = resource.reason or STATE_CHANGED
        stamped = replace(resource, updated=self.now(), reason=reason)
        self.store.put_resource(stamped, stack.name, self.now())

    def made(self, stack: Stack, resource: StackResource, made: Made, status: str) -> None:
        """A resource is there, as it is to be."""
        self.put(
            stack,
            replace(
                resource,
                status=status,
                reason=STATE_CHANGED,
                identifier=made.identifier,
                attributes=dict(made.attributes),
            ),
        )

    def failed(
        self, stack: Stack, resource: StackResource, action: str, refusal: Exception
    ) -> StepFailedError:
        """A resource is not as it is to be; answers what to raise."""
        reason = f"resources.{resource.name}: {refusal}"
        self.put(stack, replace(resource, status=f"{action}_FAILED", reason=reason))
        LOG.info("ros: %s: %s of %s failed", stack.name, action, resource.name)
        return StepFailedError(reason)
