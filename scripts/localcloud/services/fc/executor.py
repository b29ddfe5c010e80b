"""Runs one invocation: an instance from the pool, a context, fresh temporary credentials."""

from __future__ import annotations

import uuid
from typing import Any

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.permissions import Permissions
from scripts.localcloud.services.fc.pool import InstancePool
from scripts.localcloud.services.fc.specification import FunctionSpecification, Outcome


class Executor:
    """What both ways of invoking share."""

    def __init__(self, cloud: Cloud, pool: InstancePool, permissions: Permissions) -> None:
        self._cloud = cloud
        self._pool = pool
        self._permissions = permissions

    async def run(
        self,
        specification: FunctionSpecification,
        event: bytes,
        *,
        request_id: str,
        want_log: bool = False,
        patience: float | None = None,
    ) -> Outcome:
        """Wait for an instance, then run.

        Raises:
            FcError: `patience` seconds passed and no instance was free, or the service's role
                cannot be taken.
        """
        async with self._pool.lease(specification, patience=patience) as instance:
            context = self._context(specification, request_id)
            if specification.logs:
                self._permissions.may_log(specification)
            return await instance.invoke(event, context, want_log=want_log)

    async def warm(self, specification: FunctionSpecification) -> Outcome:
        """Have one instance ready, its initializer run, as provisioned instances are."""
        async with self._pool.lease(specification) as instance:
            return await instance.prepare(self._context(specification, str(uuid.uuid4())))

    def _context(self, specification: FunctionSpecification, request_id: str) -> dict[str, Any]:
        identity = self._cloud.identity
        return {
            "request_id": request_id,
            "credentials": self._permissions.credentials(specification.role),
            **specification.context(region=identity.region, account_id=identity.account_id),
        }
