"""Roles and policies as resources of a template (`ALIYUN::RAM::*`)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from scripts.localcloud.core.access import ALLOW, DENY, Access, Role, listed
from scripts.localcloud.core.identity import Identity
from scripts.localcloud.core.resources import Made, Properties, ResourceError, ResourceType

NAME: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
POLICY_VERSION: Final = "1"


class RoleType:
    """A role with the policies written into it."""

    required = frozenset({"AssumeRolePolicyDocument", "RoleName"})
    optional = frozenset(
        {
            *("DeletionForce", "Description", "IgnoreExisting", "MaxSessionDuration"),
            *("Policies", "Tags"),
        }
    )
    fixed = frozenset({"RoleName"})
    attributes = frozenset({"Arn", "RoleId", "RoleName"})

    def __init__(self, access: Access, identity: Identity) -> None:
        self._access, self._identity = access, identity

    def find(self, properties: Properties) -> Made | None:
        """The role of this name."""
        name = str(properties["RoleName"])
        return self._made(name) if self._access.role(name) else None

    def create(self, properties: Properties) -> Made:
        """Make the role."""
        name = str(properties["RoleName"])
        if NAME.fullmatch(name) is None:
            text = "The role name takes 1 to 64 letters, digits, '.' and '-'."
            raise ResourceError("InvalidParameter.RoleName.InvalidChars", text)
        before = self._access.role(name)
        attached = dict(before.details.get("attached", {})) if before else {}
        trust = checked_document(properties["AssumeRolePolicyDocument"])
        written = {
            str(policy["PolicyName"]): checked_document(policy["PolicyDocument"])
            for policy in listed(properties.get("Policies"))
        }
        details = {
            "description": str(properties.get("Description", "")),
            "max_session": int(properties.get("MaxSessionDuration", 3600)),
            "attached": attached,
        }
        policies = {**written, **attached}
        self._access.put(Role(name=name, trust=trust, policies=policies, details=details))
        return self._made(name)

    def update(self, before: Properties, after: Properties) -> Made:
        """Change trust and policies."""
        del before  # they are set to what they are to be, whatever they were
        return self.create(after)

    def delete(self, properties: Properties) -> None:
        """Remove the role with its policies."""
        self._access.remove(str(properties["RoleName"]))

    def _made(self, name: str) -> Made:
        account = self._identity.account_id
        number = int(hashlib.sha256(f"{account}{name}".encode()).hexdigest()[:14], 16)
        attributes = {
            "RoleName": name,
            "RoleId": f"3{number:017d}"[:18],
            "Arn": f"acs:ram::{account}:role/{name.lower()}",
        }
        return Made(identifier=name, attributes=attributes)


class ManagedPolicyType:
    """A policy of its own, attached to roles."""

    required = frozenset({"PolicyName", "PolicyDocument"})
    optional = frozenset({"Description", "IgnoreExisting", "Roles"})
    fixed = frozenset({"PolicyName"})
    attributes = frozenset({"PolicyName"})

    def __init__(self, access: Access) -> None:
        self._access = access

    def find(self, properties: Properties) -> Made | None:
        """The policy of this name, if a role has it."""
        name = str(properties["PolicyName"])
        return (
            Made(identifier=name, attributes={"PolicyName": name}) if self._holders(name) else None
        )

    def create(self, properties: Properties) -> Made:
        """Attach the policy to its roles, and take it from others."""
        name = str(properties["PolicyName"])
        document = checked_document(properties["PolicyDocument"])
        wanted = [self._role(str(role)) for role in listed(properties.get("Roles"))]
        for role in self._holders(name):
            self._access.put(_with_policy(role, name, None))
        for role in wanted:
            self._access.put(_with_policy(self._role(role.name), name, document))
        return Made(identifier=name, attributes={"PolicyName": name})

    def update(self, before: Properties, after: Properties) -> Made:
        """Change its words or its roles."""
        del before  # they are set to what they are to be, whatever they were
        return self.create(after)

    def delete(self, properties: Properties) -> None:
        """Take the policy from its roles."""
        name = str(properties["PolicyName"])
        for role in self._holders(name):
            self._access.put(_with_policy(role, name, None))

    def _holders(self, name: str) -> list[Role]:
        return [role for role in self._access.roles() if name in role.details.get("attached", {})]

    def _role(self, name: str) -> Role:
        role = self._access.role(name)
        if role is None:
            text = f"The role not exists : {name} ."
            raise ResourceError("EntityNotExist.Role", text)
        return role


def resource_types(access: Access, identity: Identity) -> dict[str, ResourceType]:
    """What RAM offers to templates."""
    return {
        "ALIYUN::RAM::Role": RoleType(access, identity),
        "ALIYUN::RAM::ManagedPolicy": ManagedPolicyType(access),
    }


def checked_document(given: Any) -> dict[str, Any]:
    """A policy, as it may be kept.

    Raises:
        ResourceError: MalformedPolicyDocument.
    """
    if not isinstance(given, Mapping) or str(given.get("Version")) != POLICY_VERSION:
        raise _malformed(f"a policy is a document of Version '{POLICY_VERSION}'")
    statements = listed(given.get("Statement"))
    if not statements:
        raise _malformed("it has no Statement")
    for number, statement in enumerate(statements):
        if not isinstance(statement, Mapping) or statement.get("Effect") not in (ALLOW, DENY):
            raise _malformed(f"the Effect of statement {number} must be Allow or Deny")
        if not listed(statement.get("Action")):
            raise _malformed(f"statement {number} has no Action")
        for word in ("Condition", "NotAction", "NotResource"):
            if word in statement:
                raise _malformed(f"the local cloud does not support {word} in a statement")
    return dict(given)


def _with_policy(role: Role, name: str, document: dict[str, Any] | None) -> Role:
    attached = {n: d for n, d in role.details.get("attached", {}).items() if n != name}
    policies = {n: d for n, d in role.policies.items() if n != name}
    if document is not None:
        attached[name] = policies[name] = document
    return replace(role, policies=policies, details={**role.details, "attached": attached})


def _malformed(reason: str) -> ResourceError:
    return ResourceError("MalformedPolicyDocument", f"The policy document is malformed: {reason}.")
