"""Answers of ROS as JSON documents: stacks, resources, events, previews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from scripts.localcloud.services.ros.models import Event, Stack, StackResource
from scripts.localcloud.services.ros.planning import MODIFY, Change
from scripts.localcloud.services.ros.scope import Blueprint
from scripts.localcloud.templates.parameters import (
    MASK,
    as_text,
    in_english,
    is_secret,
    shown_values,
)

Document = dict[str, Any]


def iso(moment: float) -> str:
    """Epoch seconds as ROS writes times: UTC, without a zone."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def stack_summary(stack: Stack, region: str) -> Document:
    """A stack as ListStacks tells it."""
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "StackType": "ROS",
        "Status": stack.status,
        "StatusReason": stack.reason,
        "RegionId": region,
        "CreateTime": iso(stack.created),
        "UpdateTime": iso(stack.updated),
        "TimeoutInMinutes": stack.timeout_minutes,
        "DisableRollback": stack.disable_rollback,
        "DeletionProtection": "Enabled" if stack.deletion_protection else "Disabled",
        "StackDriftStatus": "NOT_CHECKED",
        "ServiceManaged": False,
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
    }


def stack_details(stack: Stack, blueprint: Blueprint, region: str) -> Document:
    """A stack as GetStack tells it; secrets are masked, wherever they ended up."""
    return {
        **stack_summary(stack, region),
        "Description": stack.description,
        "TemplateDescription": in_english(blueprint.document.get("Description")),
        "Interface": "",
        "Parameters": parameter_list(blueprint),
        "Outputs": masked(stack.outputs, secrets_of(blueprint)),
        "NotificationURLs": [],
        "OrderIds": [],
    }


def parameter_list(blueprint: Blueprint) -> list[Document]:
    """Parameters and pseudo parameters with their values, secrets masked."""
    shown = shown_values(blueprint.declared, blueprint.names)
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in shown.items()]


def resource_summary(resource: StackResource, stack: Stack) -> Document:
    """A resource as ListStackResources tells it."""
    return {
        "LogicalResourceId": resource.name,
        "PhysicalResourceId": resource.identifier,
        "ResourceType": resource.type,
        "StackId": stack.id,
        "StackName": stack.name,
        "Status": resource.status,
        "StatusReason": resource.reason,
        "ResourceDriftStatus": "NOT_CHECKED",
        "CreateTime": iso(resource.created),
        "UpdateTime": iso(resource.updated),
    }


def resource_details(resource: StackResource, stack: Stack, *, with_attributes: bool) -> Document:
    """A resource as GetStackResource tells it."""
    found = {**resource_summary(resource, stack), "Description": "", "Metadata": {}}
    if with_attributes:
        pairs = resource.attributes.items()
        found["ResourceAttributes"] = [
            {"ResourceAttributeKey": key, "ResourceAttributeValue": value} for key, value in pairs
        ]
    return found


def event_document(event: Event) -> Document:
    """An event as ListStackEvents tells it."""
    return {
        "EventId": event.id,
        "StackId": event.stack,
        "StackName": event.stack_name,
        "CreateTime": iso(event.at),
        "LogicalResourceId": event.resource,
        "PhysicalResourceId": event.identifier,
        "ResourceType": event.resource_type,
        "Status": event.status,
        "StatusReason": event.reason,
    }


def change_document(change: Change, secrets: Iterable[str]) -> Document:
    """A resource as PreviewStack tells it."""
    found: Document = {
        "LogicalResourceId": change.name,
        "ResourceType": change.type,
        "Action": change.action,
        "Description": "",
        "Properties": masked(change.properties, secrets),
        "RequiredBy": list(change.needed_by),
        "Stack": {},
    }
    if change.identifier:
        found["PhysicalResourceId"] = change.identifier
    if change.action == MODIFY:
        found["Replacement"] = str(change.replacement)
    return found


def template_summary(document: Mapping[str, Any]) -> Document:
    """A template as ValidateTemplate tells it."""
    parameters = [
        {"ParameterKey": name, **(declared or {})}
        for name, declared in (document.get("Parameters") or {}).items()
    ]
    outputs = [
        {"OutputKey": name, "Description": in_english(declared.get("Description"))}
        for name, declared in (document.get("Outputs") or {}).items()
    ]
    types = sorted({resource["Type"] for resource in document["Resources"].values()})
    resources = [
        {"LogicalResourceIdPattern": name, "ResourcePath": name, "ResourceType": resource["Type"]}
        for name, resource in document["Resources"].items()
    ]
    return {
        "Description": in_english(document.get("Description")),
        "Parameters": parameters,
        "Outputs": outputs,
        "ResourceTypes": {"Resources": types, "DataSources": [], "Modules": []},
        "Resources": resources,
    }


def secrets_of(blueprint: Blueprint) -> list[str]:
    """The values that are never to be shown, longest first."""
    found = {
        as_text(blueprint.values[name])
        for name, declared in blueprint.declared.items()
        if is_secret(declared or {})
    }
    return sorted(found - {""}, key=len, reverse=True)


def masked(value: Any, secrets: Iterable[str]) -> Any:
    """The same with every secret in it hidden."""
    hidden = list(secrets)
    if isinstance(value, str):
        for secret in hidden:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, list):
        return [masked(item, hidden) for item in value]
    if isinstance(value, dict):
        return {key: masked(item, hidden) for key, item in value.items()}
    return value
