"""How many instances a function may have or keep ready, and the account's custom domains.

Bounds are obeyed. Provisioned instances, reserved capacity and domains are remembered for clients
that manage them, and nothing more: this machine has neither capacity to reserve nor names to serve.
"""

from __future__ import annotations

from typing import Any, Final

from scripts.localcloud.services.fc.call import Call, resolve_version
from scripts.localcloud.services.fc.exceptions import invalid_argument, not_found
from scripts.localcloud.services.fc.models import Operation
from scripts.localcloud.services.fc.registry import Document, Page, Registry, parse_page
from scripts.localcloud.services.fc.specification import LATEST

ON_DEMAND: Final = "on-demand-configs"
PROVISION: Final = "provision-configs"
MOST_INSTANCES: Final = 300


def config_path(service: str, function: str, kind: str, qualifier: str) -> str:
    """Where a function's configuration of a kind lies in the registry."""
    return f"services/{service}/functions/{function}/{kind}/{qualifier or LATEST}"


class Capacities:
    """The operations on instance bounds, provisioned instances and custom domains."""

    def __init__(self, registry: Registry, account_id: str) -> None:
        self._registry = registry
        self._account_id = account_id

    def operations(self) -> dict[str, Operation]:
        """By the vendor's names; None as an answer means that there is no body."""
        return {
            "PutFunctionOnDemandConfig": self.put_on_demand,
            "GetFunctionOnDemandConfig": lambda call: self._get(call, ON_DEMAND),
            "DeleteFunctionOnDemandConfig": self.delete_on_demand,
            "ListOnDemandConfigs": lambda call: self._list(call, ON_DEMAND, "configs"),
            "PutProvisionConfig": self.put_provision,
            "GetProvisionConfig": lambda call: self._get(call, PROVISION),
            "ListProvisionConfigs": lambda call: self._list(call, PROVISION, "provisionConfigs"),
            "ListReservedCapacities": lambda _: {"reservedCapacities": []},
            "CreateCustomDomain": self.create_domain,
            "GetCustomDomain": lambda call: shown(self._registry.get(_domain_path(call.name))),
            "UpdateCustomDomain": self.update_domain,
            "DeleteCustomDomain": self.delete_domain,
            "ListCustomDomains": self.list_domains,
        }

    def put_on_demand(self, call: Call) -> Document:
        """Bound the instances of a function."""
        self._check_function(call)
        document = {
            "resource": f"services/{call.service}.{call.qualifier}/functions/{call.function}",
            "maximumInstanceCount": call.number("maximumInstanceCount", 0, MOST_INSTANCES, 0),
        }
        return self._put(call, ON_DEMAND, document)

    def delete_on_demand(self, call: Call) -> None:
        """Lift the bound."""
        path = config_path(call.service, call.function, ON_DEMAND, call.qualifier)
        self._registry.delete(path)

    def put_provision(self, call: Call) -> Document:
        """Say how many instances are to be ready."""
        self._check_function(call)
        parts = (self._account_id, call.service, call.qualifier or LATEST, call.function)
        target = call.number("target", 0, MOST_INSTANCES, 0)
        document = {"resource": "#".join(parts), "target": target, "current": 0}
        return self._put(call, PROVISION, document)

    def create_domain(self, call: Call) -> Document:
        """Remember a domain."""
        name = call.text("domainName")
        if "/" in name:
            raise invalid_argument(f"domainName is {name!r}, which is no domain")
        defaults = {"protocol": "HTTP", "routeConfig": {"routes": []}, "certConfig": {}}
        _check_domain(call)
        document = {**defaults, **call.body, "accountId": self._account_id}
        return shown(self._registry.create(_domain_path(name), document, call.now))

    def update_domain(self, call: Call) -> Document:
        """Change some fields."""
        _check_domain(call)
        names = ("protocol", "routeConfig", "certConfig")
        changes = {name: call.body[name] for name in names if call.body.get(name) is not None}
        return shown(self._registry.change(_domain_path(call.name), changes, call.now))

    def delete_domain(self, call: Call) -> None:
        """Forget a domain."""
        self._registry.delete(_domain_path(call.name))

    def list_domains(self, call: Call) -> Document:
        """Domains in the order of their names."""
        documents, token = self._registry.page("custom-domains", parse_page(call.query))
        answer: Document = {"customDomains": [shown(document) for document in documents]}
        return answer | ({"nextToken": token} if token else {})

    def _check_function(self, call: Call) -> None:
        path, _ = resolve_version(self._registry, call.service, call.qualifier)
        if self._registry.find(f"{path}/functions/{call.function}") is None:
            raise not_found("Function", call.function)

    def _put(self, call: Call, kind: str, document: Document) -> Document:
        path = config_path(call.service, call.function, kind, call.qualifier)
        return self._registry.put(path, document)

    def _get(self, call: Call, kind: str) -> Document:
        return self._registry.get(config_path(call.service, call.function, kind, call.qualifier))

    def _list(self, call: Call, kind: str, key: str) -> Document:
        service, qualifier = call.query.get("serviceName"), call.query.get("qualifier")
        found = {
            path: document
            for path, document in self._registry.everywhere(kind).items()
            if (not service or path.split("/")[1] == service)
            and (not qualifier or path.split("/")[-1] == qualifier)
        }
        return _paged(found, parse_page(call.query), key)


def _paged(documents: dict[str, Document], page: Page, key: str) -> Document:
    paths = [path for path in sorted(documents) if path >= page.next_token]
    answer: dict[str, Any] = {}
    if paths:
        answer[key] = [documents[path] for path in paths[: page.limit]]
    if len(paths) > page.limit:
        answer["nextToken"] = paths[page.limit]
    return answer


def _check_domain(call: Call) -> None:
    call.mapping("routeConfig")
    call.mapping("certConfig")


def _domain_path(name: str) -> str:
    return f"custom-domains/{name}"


def shown(domain: Document) -> Document:
    """A domain as clients see it: without its private key."""
    if not domain.get("certConfig"):
        return domain
    return {**domain, "certConfig": {**domain["certConfig"], "privateKey": None}}
