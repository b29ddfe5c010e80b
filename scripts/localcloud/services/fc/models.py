"""Services, their versions and aliases, and tags: the state and its rules, without HTTP."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Final

from scripts.localcloud.services.fc.call import Call, needed_text, resolve_version
from scripts.localcloud.services.fc.exceptions import FcError, invalid_argument, not_found
from scripts.localcloud.services.fc.registry import (
    Document,
    Registry,
    check_match,
    parse_page,
    timestamp,
)

NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,127}")
TEXTS: Final = ("description", "role")
MAPPINGS: Final = ("logConfig", "vpcConfig", "nasConfig", "tracingConfig")
CHANGEABLE: Final = (*TEXTS, *MAPPINGS, "internetAccess")
Operation = Callable[[Call], Document | None]


def check_name(value: str, field: str) -> str:
    """A name as the vendor allows it.

    Raises:
        FcError: it is not.
    """
    if NAME.fullmatch(value) is None:
        raise invalid_argument(
            f"{field} is {value!r}; it must start with a letter or '_', go on with letters, digits,"
            " '_' or '-', and have at most 128 characters"
        )
    return value


class Services:
    """The operations on services, versions, aliases and tags."""

    def __init__(self, registry: Registry, region: str) -> None:
        self._registry = registry
        self._region = region

    def operations(self) -> dict[str, Operation]:
        """By the vendor's names; None as an answer means that there is no body."""
        return {
            "CreateService": self.create,
            "GetService": self.get,
            "UpdateService": self.update,
            "DeleteService": self.delete,
            "ListServices": self.list,
            "PublishServiceVersion": self.publish,
            "ListServiceVersions": self.list_versions,
            "DeleteServiceVersion": self.delete_version,
            "CreateAlias": self.create_alias,
            "GetAlias": self.get_alias,
            "UpdateAlias": self.update_alias,
            "DeleteAlias": self.delete_alias,
            "ListAliases": self.list_aliases,
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "GetResourceTags": self.tags,
            "GetAccountSettings": lambda _: {"availableAZs": [f"{self._region}-h"]},
        }

    def create(self, call: Call) -> Document:
        """Create a service."""
        name = check_name(call.text("serviceName"), "serviceName")
        number = hashlib.md5(f"{name}{call.now}".encode(), usedforsecurity=False).hexdigest()
        empty = {"description": "", "logConfig": {"project": "", "logstore": ""}, "role": ""}
        return self._registry.create(
            f"services/{name}",
            {"serviceName": name, "serviceId": number, "internetAccess": True, **empty}
            | self._changes(call),
            call.now,
        )

    def get(self, call: Call) -> Document:
        """A service at a qualifier."""
        path, _ = resolve_version(self._registry, call.service, call.qualifier)
        return self._registry.get(path)

    def update(self, call: Call) -> Document:
        """Change some fields."""
        changes = self._changes(call)
        return self._registry.change(call.service_path, changes, call.now, if_match=call.if_match)

    def delete(self, call: Call) -> None:
        """Remove a service that is empty."""
        path = call.service_path
        check_match(self._registry.get(path), call.if_match)
        for kind in ("functions", "versions", "aliases"):
            if self._registry.children(f"{path}/{kind}"):
                text = f"service '{call.service}' still has {kind}; delete them first"
                raise FcError(409, "ServiceNotEmpty", text)
        self._registry.delete(path)
        self._registry.put(f"tags/{call.service}", {})

    def list(self, call: Call) -> Document:
        """Services in the order of their names."""
        documents, token = self._registry.page("services", parse_page(call.query))
        wanted = {k[4:]: v for k, v in call.query.items() if k.startswith("tag_")}
        tagged = [
            document
            for document in documents
            if wanted.items() <= self._tags_of(document["serviceName"]).items()
        ]
        return {"services": tagged, "nextToken": token}

    def publish(self, call: Call) -> Document:
        """Freeze the service and its functions under the next number."""
        path = call.service_path
        state = self._digest(path)
        counter = self._registry.find(f"{path}/counters/version") or {"last": 0, "state": ""}
        last = self._registry.find(f"{path}/versions/{counter['last']}")
        if last is not None and counter["state"] == state:
            text = f"service '{call.service}' has not changed since its last version"
            raise FcError(409, "VersionPublishError", text)
        version = str(counter["last"] + 1)
        self._registry.put(f"{path}/counters/version", {"last": int(version), "state": state})
        description = call.text("description", "")
        self._freeze(call.service, version, description)
        document = {"versionId": version, "description": description}
        return self._registry.create(f"{path}/versions/{version}", document, call.now)

    def list_versions(self, call: Call) -> Document:
        """The published versions."""
        self._registry.get(call.service_path)
        documents, token = self._registry.page(
            f"{call.service_path}/versions", parse_page(call.query)
        )
        return {"versions": documents, "nextToken": token, "direction": "FORWARD"}

    def delete_version(self, call: Call) -> None:
        """Forget a version."""
        self._registry.delete(f"{call.service_path}/versions/{call.name}")
        self._registry.delete(f"frozen/{call.service}@{call.name}")

    def create_alias(self, call: Call) -> Document:
        """Give a version a name."""
        self._registry.get(call.service_path)
        name = check_name(call.text("aliasName"), "aliasName")
        resolve_version(self._registry, call.service, call.text("versionId"))
        document = {
            "aliasName": name,
            "description": "",
            "additionalVersionWeight": {},
            **call.body,
        }
        return self._registry.create(f"{call.service_path}/aliases/{name}", document, call.now)

    def get_alias(self, call: Call) -> Document:
        """An alias."""
        return self._registry.get(f"{call.service_path}/aliases/{call.name}")

    def update_alias(self, call: Call) -> Document:
        """Point an alias elsewhere."""
        changes = {name: value for name, value in call.body.items() if value is not None}
        if "versionId" in changes:
            resolve_version(self._registry, call.service, call.text("versionId"))
        path = f"{call.service_path}/aliases/{call.name}"
        return self._registry.change(path, changes, call.now, if_match=call.if_match)

    def delete_alias(self, call: Call) -> None:
        """Remove an alias."""
        path = f"{call.service_path}/aliases/{call.name}"
        self._registry.delete(path, if_match=call.if_match)

    def list_aliases(self, call: Call) -> Document:
        """The aliases of a service."""
        self._registry.get(call.service_path)
        documents, token = self._registry.page(
            f"{call.service_path}/aliases", parse_page(call.query)
        )
        return {"aliases": documents, "nextToken": token}

    def tag(self, call: Call) -> Document:
        """Add tags to a service."""
        name = self._tagged(call.text("resourceArn"))
        self._registry.put(f"tags/{name}", {**self._tags_of(name), **call.mapping("tags")})
        return {}

    def untag(self, call: Call) -> Document:
        """Take tags, or all of them, from a service."""
        name = self._tagged(call.text("resourceArn"))
        keys = call.body.get("tagKeys") or []
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise invalid_argument("tagKeys must be a list of texts")
        gone = set(keys)
        everything = call.body.get("all") is True
        kept = {k: v for k, v in self._tags_of(name).items() if not everything and k not in gone}
        self._registry.put(f"tags/{name}", kept)
        return {}

    def tags(self, call: Call) -> Document:
        """The tags of a service."""
        arn = call.query.get("resourceArn", "")
        return {"resourceArn": arn, "tags": self._tags_of(self._tagged(arn))}

    def _tags_of(self, service: str) -> Document:
        return self._registry.find(f"tags/{service}") or {}

    def _tagged(self, arn: str) -> str:
        name = arn.rpartition("services/")[2]
        if self._registry.find(f"services/{name}") is None:
            raise not_found("Service", name)
        return name

    @staticmethod
    def _changes(call: Call) -> Document:
        for name in TEXTS:
            needed_text(call.body.get(name), name)
        for name in MAPPINGS:
            call.mapping(name)
        changes = {n: call.body[n] for n in CHANGEABLE if call.body.get(n) is not None}
        if "tracingConfig" in changes:
            changes["tracingConfig"] = {"type": None, "params": None, **changes["tracingConfig"]}
        return changes

    def _digest(self, path: str) -> str:
        state = [self._registry.get(path), self._registry.children(f"{path}/functions")]
        return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()

    def _freeze(self, service: str, version: str, description: str) -> None:
        path, frozen = f"services/{service}", f"frozen/{service}@{version}"
        self._registry.put(frozen, {**self._registry.get(path), "description": description})
        for name, function in self._registry.children(f"{path}/functions").items():
            self._registry.put(f"{frozen}/functions/{name}", function)


def stamped(document: Document, now: float) -> Document:
    """The document with its times, as if it were created now."""
    return {**document, "createdTime": timestamp(now), "lastModifiedTime": timestamp(now)}
