"""Who may do what: roles with their policies, and the record of what was allowed by which words.

The account's own key may do everything. Temporary credentials of a role may do what its policies
allow: a matching `Deny` wins, then any matching `Allow`, else no. In actions and resources `*`
stands for any characters and `?` for one; actions are compared without regard to case.
"""

from __future__ import annotations

import fnmatch
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from scripts.localcloud.core.storage import Database

ROOT: Final = ""
"""The role of the account's own key."""
ALLOW, DENY, IMPLICIT = "Allow", "Deny", "ImplicitDeny"
MOST_REFUSED: Final = 1000
"""Refusals that are told apart by their resource; what would be more is counted under `*`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One action on one resource, as one statement allows or denies it."""

    role: str
    policy: str
    statement: int
    effect: str
    action: str
    resource: str

    def covers(self, action: str, resource: str) -> bool:
        """Whether it speaks of this action on this resource."""
        return bool(
            _pattern(self.action.lower()).match(action.lower())
            and _pattern(self.resource).match(resource)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role: `trust` says who may take it, `policies` (by name) what it may do then."""

    name: str
    trust: Mapping[str, Any]
    policies: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def permissions(self) -> Iterator[Permission]:
        """Everything that its policies speak of."""
        for policy, document in self.policies.items():
            for number, statement in enumerate(listed(document.get("Statement"))):
                for action in listed(statement.get("Action")):
                    for resource in listed(statement.get("Resource", "*")):
                        yield Permission(
                            role=self.name,
                            policy=policy,
                            statement=number,
                            effect=str(statement.get("Effect")),
                            action=str(action),
                            resource=str(resource),
                        )

    def trusts(self, service: str) -> bool:
        """Whether a service may take this role."""
        trusted = False
        for statement in listed(self.trust.get("Statement")):
            principals = listed((statement.get("Principal") or {}).get("Service"))
            actions = [str(action).lower() for action in listed(statement.get("Action"))]
            if service in principals and "sts:assumerole" in actions:
                if statement.get("Effect") == DENY:
                    return False
                trusted = trusted or statement.get("Effect") == ALLOW
        return trusted


@dataclass(slots=True)
class _Asked:
    """What the same words of a policy allowed: one resource as an example, and how often."""

    resource: str
    count: int = 0


class Access:
    """The account's roles, and what was asked of them since the start."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._roles: dict[str, Role] = {}
        self._allowed: dict[tuple[str, str, frozenset[Permission]], _Asked] = {}
        self._refused: Counter[tuple[str, str, str]] = Counter()
        database.script(
            "CREATE TABLE IF NOT EXISTS role (name TEXT PRIMARY KEY, body TEXT NOT NULL)"
        )
        for row in database.query("SELECT body FROM role"):
            role = Role(**json.loads(row[0]))
            self._roles[role.name.lower()] = role

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # --- roles ------------------------------------------------------------------------------

    def role(self, name: str) -> Role | None:
        """The role of this name, whatever its case, or of this ARN."""
        return self._roles.get(name.rpartition("/")[2].lower())

    def roles(self) -> list[Role]:
        """All of them, by name."""
        return [self._roles[name] for name in sorted(self._roles)]

    def put(self, role: Role) -> None:
        """Keep a role as it is now."""
        body = {"name": role.name, "trust": role.trust, "policies": role.policies}
        text = json.dumps({**body, "details": role.details})
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO role VALUES (?, ?)", (role.name.lower(), text)
            )
            self._roles[role.name.lower()] = role

    def remove(self, name: str) -> None:
        """Forget a role; its credentials may do nothing from now on."""
        with self._lock:
            self._database.execute("DELETE FROM role WHERE name = ?", (name.lower(),))
            self._roles.pop(name.lower(), None)

    # --- questions --------------------------------------------------------------------------

    def decide(self, role: str, action: str, resource: str) -> str:
        """`Allow`, `Deny` (a statement says so) or `ImplicitDeny`; the answer is noted."""
        if role == ROOT:
            return ALLOW
        known = self.role(role)
        covering = [p for p in known.permissions() if p.covers(action, resource)] if known else []
        denied = any(permission.effect == DENY for permission in covering)
        allowing = [permission for permission in covering if permission.effect == ALLOW]
        with self._lock:
            if denied or not allowing:
                self._note_refusal(role, action, resource)
                return DENY if denied else IMPLICIT
            self._allowed.setdefault(
                (role, action, frozenset(allowing)), _Asked(resource)
            ).count += 1
        return ALLOW

    def _note_refusal(self, role: str, action: str, resource: str) -> None:
        """Each resource by itself, as long as they are few: keys of objects have no end."""
        known = (role, action, resource)
        if known not in self._refused and len(self._refused) >= MOST_REFUSED:
            known = (role, action, "*")
        self._refused[known] += 1

    def report(self) -> dict[str, Any]:
        """Each role's permissions with how often they allowed something; what was asked for and
        which of them, by their places in that list, allowed it; and what was refused.
        """
        with self._lock:
            allowed, refused = dict(self._allowed), dict(self._refused)
        granted = [p for role in self.roles() for p in role.permissions()]
        used: Counter[Permission] = Counter()
        for (_, _, allowing), asked in allowed.items():
            used.update(dict.fromkeys(allowing, asked.count))
        permissions = [
            {
                "role": p.role,
                "policy": p.policy,
                "statement": p.statement,
                "effect": p.effect,
                "action": p.action,
                "resource": p.resource,
                "used": used.get(p, 0),
            }
            for p in granted
        ]
        requests = [
            {
                "role": role,
                "action": action,
                "resource": asked.resource,
                "count": asked.count,
                "allowed_by": [n for n, p in enumerate(granted) if p in allowing],
            }
            for (role, action, allowing), asked in allowed.items()
        ]
        refusals = [
            {"role": role, "action": action, "resource": resource, "count": count}
            for (role, action, resource), count in refused.items()
        ]
        return {"permissions": permissions, "asked": requests, "refused": refusals}


def listed(value: Any) -> list[Any]:
    """A list as it is, one thing as a list of it, nothing as an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    literal = text.replace("[", "[[]")
    return re.compile(fnmatch.translate(literal))
