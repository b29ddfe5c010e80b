"""Runs one invocation: an instance from the pool, a context, fresh temporary credentials."""

from __future__ import annotations

import uuid
from typing import Any, Final

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.pool import InstancePool
from scripts.localcloud.services.fc.specification import FunctionSpecification, Outcome

LIFETIME: Final = 12 * 3600.0
"""Seconds that temporary credentials live: what a RAM role's session lasts at most."""
FRESH: Final = 8 * 3600.0
"""Seconds of life that an invocation's credentials have at least when it starts."""


class Executor:
    """What both ways of invoking share."""

    def __init__(self, cloud: Cloud, pool: InstancePool) -> None:
        self._cloud = cloud
        self._pool = pool
        self._session: tuple[str, str, str, float] | None = None

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
            FcError: `patience` seconds passed and no instance was free.
        """
        async with self._pool.lease(specification, patience=patience) as instance:
            context = self._context(specification, request_id)
            return await instance.invoke(event, context, want_log=want_log)

    async def warm(self, specification: FunctionSpecification) -> Outcome:
        """Have one instance ready, its initializer run, as provisioned instances are."""
        async with self._pool.lease(specification) as instance:
            return await instance.prepare(self._context(specification, str(uuid.uuid4())))

    def _context(self, specification: FunctionSpecification, request_id: str) -> dict[str, Any]:
        identity = self._cloud.identity
        return {
            "request_id": request_id,
            "credentials": self._credentials(),
            **specification.context(region=identity.region, account_id=identity.account_id),
        }

    def _credentials(self) -> dict[str, str]:
        now = self._cloud.clock.now()
        if self._session is None or self._session[3] - now < FRESH:
            self._session = self._cloud.credentials.issue(LIFETIME, now)
        key_id, secret, token, _ = self._session
        return {"access_key_id": key_id, "access_key_secret": secret, "security_token": token}
