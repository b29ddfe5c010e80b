"""What Function Compute and the functions may do: roles that are taken, questions that are asked.

Function Compute works in the service's role: functions get credentials of it, reports go to
destinations in it, lines to the log in it. OSS delivers its events in the trigger's role.

Roles are made by templates here. A service or trigger that names no role, or one that nobody made
in this account, acts for the account itself, which may do everything; in the cloud it could do
nothing, and the log says so.
"""

from __future__ import annotations

import logging
from typing import Final

from scripts.localcloud.core.access import ALLOW, ROOT
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.exceptions import FcError, access_denied, not_authorized
from scripts.localcloud.services.fc.specification import LATEST, FunctionSpecification
from scripts.localcloud.services.fc.version3 import HOME

LOG = logging.getLogger("scripts.localcloud.fc")
LIFETIME: Final = 12 * 3600.0
"""Seconds that temporary credentials live: what a RAM role's session lasts at most."""
FRESH: Final = 8 * 3600.0
"""Seconds of life that an invocation's credentials have at least when it starts."""


class Permissions:
    """Asks the account's access rules on behalf of functions and triggers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._missing: set[str] = set()
        self._sessions: dict[str, tuple[str, str, str, float]] = {}

    def credentials(self, role: str) -> dict[str, str]:
        """Fresh temporary credentials of a role, by its ARN.

        Raises:
            FcError: AccessDenied, where it does not trust Function Compute.
        """
        name = self._taken(role, "fc.aliyuncs.com")
        now = self._cloud.clock.now()
        session = self._sessions.get(name)
        if session is None or session[3] - now < FRESH:
            session = self._sessions[name] = self._cloud.credentials.issue(LIFETIME, now, name)
        key_id, secret, token, _ = session
        return {"access_key_id": key_id, "access_key_secret": secret, "security_token": token}

    def check_call(self, access_key_id: str, operation: str, resource: str) -> None:
        """Whether who signed a request may have it; `resource` begins after the account.

        Raises:
            FcError: AccessDenied.
        """
        role = self._cloud.credentials.role_of(access_key_id)
        action, name = f"fc:{operation}", self._cloud.identity.arn("fc", resource)
        if self._cloud.access.decide(role, action, name) != ALLOW:
            raise not_authorized(action, name)

    def may_deliver(
        self, role: str, target: tuple[str, str, str], sender: str = "oss.aliyuncs.com"
    ) -> bool:
        """Whether a service (OSS unless told), in a trigger's role, may start a function."""
        try:
            name = self._taken(role, sender)
        except FcError as error:
            LOG.warning("fc: an event is lost: %s", error.message)
            return False
        return self._may(
            name, "fc:InvokeFunction", self._cloud.identity.arn("fc", function_resource(*target))
        )

    def may_report(self, specification: FunctionSpecification, destination: str) -> bool:
        """Whether a report about an invocation may go to its destination."""
        service = destination.split(":")[1] if destination.count(":") > 1 else ""
        action = {"mns": "mns:SendMessage", "fc": "fc:InvokeFunction"}.get(service, "")
        if ":/topics/" in destination:
            action = "mns:PublishMessage"
        return self._may(self._known(specification.role), action, destination)

    def may_log(self, specification: FunctionSpecification) -> bool:
        """Whether lines may go to the service's logstore; asked wherever there is one."""
        resource = self._cloud.identity.arn("log", specification.logs)
        return self._may(self._known(specification.role), "log:PostLogStoreLogs", resource)

    def _may(self, name: str, action: str, resource: str) -> bool:
        allowed = self._cloud.access.decide(name, action, resource) == ALLOW
        if not allowed:
            LOG.warning("fc: role %s may not %s on %s", name, action, resource)
        return allowed

    def _taken(self, arn: str, service: str) -> str:
        """The name of the role that a service takes; the account's own where nobody made it.

        Raises:
            FcError: AccessDenied, where the role does not trust the service.
        """
        name = self._known(arn)
        role = self._cloud.access.role(name) if name else None
        if role is not None and not role.trusts(service):
            raise access_denied(f"the role {arn} does not trust {service}")
        return name

    def _known(self, arn: str) -> str:
        role = self._cloud.access.role(arn) if arn else None
        if role is None and arn not in self._missing:
            self._missing.add(arn)
            LOG.warning("fc: there is no role %r here; the account acts in its place", arn)
        return role.name if role else ROOT


def function_resource(service: str, function: str, qualifier: str = "") -> str:
    """A function, as access rules name it; one of 3.0 has no service."""
    if service.startswith(HOME):
        return f"functions/{function}"
    return f"services/{service}.{qualifier or LATEST}/functions/{function}"
