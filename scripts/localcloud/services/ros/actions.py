"""The actions of the API: a call in, a document out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from scripts.localcloud.core.rpc import RpcCall, missing_parameter
from scripts.localcloud.services.ros import documents, requests
from scripts.localcloud.services.ros.documents import Document
from scripts.localcloud.services.ros.exceptions import resource_not_found
from scripts.localcloud.services.ros.models import DELETED, Stack, Wanted
from scripts.localcloud.services.ros.planning import check_replacements, plan, type_of
from scripts.localcloud.services.ros.stacks import Options, Stacks
from scripts.localcloud.templates.document import parse_template
from scripts.localcloud.templates.parameters import in_english

Action = Callable[[RpcCall], Document]


class Actions:
    """Every action, on the stacks of the account.

    Args:
        stacks: the rules.
        read_object: how templates are fetched from buckets.
        begin: called with the id of a stack that has work to be done.
    """

    def __init__(
        self, stacks: Stacks, read_object: requests.ReadObject, begin: Callable[[str], None]
    ) -> None:
        self._stacks = stacks
        self._read_object = read_object
        self._begin = begin

    def table(self) -> Mapping[str, Action]:
        """By name."""
        return {name: partial(action, self) for name, action in ACTIONS.items()}

    # --- changing -------------------------------------------------------------------------

    def create_stack(self, call: RpcCall) -> Document:
        """Begin a stack."""
        name = requests.stack_name(call)
        template = requests.needed_template(call, self._read_object)
        wanted = Wanted(template=template, parameters=dict(requests.given_parameters(call)))
        options = Options(
            disable_rollback=call.flag("DisableRollback"),
            deletion_protection=call.text("DeletionProtection") == "Enabled",
            timeout_minutes=call.number("TimeoutInMinutes", 60, *requests.TIMEOUT),
            tags=requests.tags(call),
        )
        token = (requests.token(call), requests.digest(call, wanted))
        stack = self._stacks.create(name, wanted, options, token)
        self._begin(stack.id)
        return {"StackId": stack.id}

    def update_stack(self, call: RpcCall) -> Document:
        """Begin to change a stack, or only say whether it could be (`DryRun`)."""
        stack = self._stacks.get(call.needed("StackId"))
        wanted = self._wanted(call, stack)
        options = Options(
            timeout_minutes=call.number("TimeoutInMinutes", 60, *requests.TIMEOUT),
            tags=requests.tags(call) or None,
            replace=call.text("ReplacementOption") == "Enabled",
        )
        if call.flag("DryRun"):
            changes = self._stacks.changes(stack, wanted)
            check_replacements(changes, allowed=options.replace)
            return {"StackId": stack.id, "DryRunResult": {}}
        token = (requests.token(call), requests.digest(call, wanted))
        stack = self._stacks.update(stack.id, wanted, options, token)
        self._begin(stack.id)
        return {"StackId": stack.id}

    def delete_stack(self, call: RpcCall) -> Document:
        """Begin to take a stack down."""
        everything = call.flag("RetainAllResources")
        retain = None if everything else call.items("RetainResources")
        stack = self._stacks.delete(call.needed("StackId"), retain)
        self._begin(stack.id)
        return {}

    def set_deletion_protection(self, call: RpcCall) -> Document:
        """Protect a stack from being deleted, or no longer."""
        enabled = call.needed("DeletionProtection") == "Enabled"
        self._stacks.protect(call.needed("StackId"), enabled=enabled)
        return {}

    # --- looking --------------------------------------------------------------------------

    def preview_stack(self, call: RpcCall) -> Document:
        """Tell what creating (StackName) or updating (StackId) would do."""
        if call.text("StackId"):
            stack = self._stacks.get(call.text("StackId"))
            wanted = self._wanted(call, stack)
            changes = self._stacks.changes(stack, wanted)
        else:
            template = requests.needed_template(call, self._read_object)
            wanted = Wanted(template=template, parameters=dict(requests.given_parameters(call)))
            stack = self._stacks.draft(requests.stack_name(call), wanted, Options())
            changes = plan(self._stacks.blueprint(stack, wanted), {}, self._stacks.types)
        blueprint = self._stacks.blueprint(stack, wanted)
        secrets = documents.secrets_of(blueprint)
        summary = blueprint.document.get("Description")
        return {
            "Stack": {
                "StackName": stack.name,
                "RegionId": self._region,
                "DisableRollback": call.flag("DisableRollback"),
                "TimeoutInMinutes": call.number("TimeoutInMinutes", 60, *requests.TIMEOUT),
                "Description": in_english(summary),
                "TemplateDescription": in_english(summary),
                "Parameters": documents.parameter_list(blueprint),
                "Resources": [documents.change_document(change, secrets) for change in changes],
            }
        }

    def get_stack(self, call: RpcCall) -> Document:
        """Tell about a stack."""
        stack = self._stacks.get(call.needed("StackId"))
        blueprint = self._stacks.blueprint(stack, stack.wanted)
        return documents.stack_details(stack, blueprint, self._region)

    def list_stacks(self, call: RpcCall) -> Document:
        """Tell the stacks, the newest first; deleted ones only where they are asked for."""
        names, ids = call.items("StackName"), call.items("StackIds")
        statuses = call.items("Status")
        found = [
            stack
            for stack in self._stacks.store.all()
            if (not names or any(_fits(stack.name, name) for name in names))
            and (
                stack.id in ids
                if ids
                else not call.text("StackId") or stack.id == call.text("StackId")
            )
            and (stack.status in statuses if statuses else ids or stack.status != DELETED)
        ]
        page = requests.page(call)
        shown = [documents.stack_summary(stack, self._region) for stack in page.cut(found)]
        return {**_paging(page, len(found)), "Stacks": shown}

    def get_stack_resource(self, call: RpcCall) -> Document:
        """Tell about a resource and its attributes."""
        stack = self._stacks.get(call.needed("StackId"))
        name = call.needed("LogicalResourceId")
        resource = self._stacks.store.resources(stack.id).get(name)
        if resource is None:
            raise resource_not_found(name, stack.name)
        shown = call.flag("ShowResourceAttributes")
        return documents.resource_details(resource, stack, with_attributes=shown)

    def list_stack_resources(self, call: RpcCall) -> Document:
        """Tell a stack's resources."""
        stack = self._stacks.get(call.needed("StackId"))
        found = self._stacks.store.resources(stack.id).values()
        return {"Resources": [documents.resource_summary(each, stack) for each in found]}

    def list_stack_events(self, call: RpcCall) -> Document:
        """Tell what happened to a stack, the newest first."""
        stack = self._stacks.get(call.needed("StackId"))
        statuses, kinds = call.items("Status"), call.items("ResourceType")
        names = call.items("LogicalResourceId")
        found = [
            event
            for event in self._stacks.store.events(stack.id)
            if (not statuses or event.status in statuses)
            and (not kinds or event.resource_type in kinds)
            and (not names or event.resource in names)
        ]
        page = requests.page(call)
        shown = [documents.event_document(event) for event in page.cut(found)]
        return {**_paging(page, len(found)), "Events": shown}

    def get_template(self, call: RpcCall) -> Document:
        """The template of a stack, as it was given."""
        stack = self._stacks.get(call.needed("StackId"))
        return {
            "TemplateBody": stack.wanted.template,
            "StackId": stack.id,
            "RegionId": self._region,
        }

    def validate_template(self, call: RpcCall) -> Document:
        """Check a template without values."""
        document = parse_template(requests.needed_template(call, self._read_object))
        for name, resource in document["Resources"].items():
            type_of(resource["Type"], self._stacks.types, name)
        return documents.template_summary(document)

    def describe_regions(self, _call: RpcCall) -> Document:
        """The one region of the local cloud."""
        return {"Regions": [{"RegionId": self._region, "LocalName": self._region}]}

    # --- inside ---------------------------------------------------------------------------

    @property
    def _region(self) -> str:
        return self._stacks.account.region

    def _wanted(self, call: RpcCall, stack: Stack) -> Wanted:
        template = requests.given_template(call, self._read_object)
        previous = call.flag("UsePreviousParameters")
        if template is None:
            if not previous and not call.records("Parameters"):
                raise missing_parameter("TemplateBody")
            template = stack.wanted.template
        given: dict[str, Any] = dict(requests.given_parameters(call))
        if previous:
            declared = parse_template(template).get("Parameters") or {}
            kept = {name: v for name, v in stack.wanted.parameters.items() if name in declared}
            given = {**kept, **given}
        return Wanted(template=template, parameters=given)


def _paging(page: requests.Page, total: int) -> Document:
    return {"PageNumber": page.number, "PageSize": page.size, "TotalCount": total}


def _fits(name: str, asked: str) -> bool:
    """Names are matched whole, or with `*` at an end (vendor's page of ListStacks)."""
    if asked.endswith("*") or asked.startswith("*"):
        return asked.strip("*") in name
    return name == asked


ACTIONS: Final[Mapping[str, Callable[[Actions, RpcCall], Document]]] = {
    "CreateStack": Actions.create_stack,
    "UpdateStack": Actions.update_stack,
    "DeleteStack": Actions.delete_stack,
    "PreviewStack": Actions.preview_stack,
    "GetStack": Actions.get_stack,
    "ListStacks": Actions.list_stacks,
    "GetStackResource": Actions.get_stack_resource,
    "ListStackResources": Actions.list_stack_resources,
    "ListStackEvents": Actions.list_stack_events,
    "GetTemplate": Actions.get_template,
    "ValidateTemplate": Actions.validate_template,
    "SetDeletionProtection": Actions.set_deletion_protection,
    "DescribeRegions": Actions.describe_regions,
}
"""Every action by its name."""
