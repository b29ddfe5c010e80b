"""`StackService` by the API version 2019-09-10, through `aliyunsdkcore`'s common request.

The client comes with `oss2` already (`aliyun-python-sdk-core`): nothing is added to install. The
SDK made for ROS, `alibabacloud-ros20190910`, brings eleven packages and 8 MB for the same calls,
and `aliyun-python-sdk-ros` a class of setters for each.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from shared.adapters.ros.errors import translated
from shared.ports.administration import StackPart, StackState
from shared.ports.errors import NotFoundError, RejectedError

VERSION: Final = "2019-09-10"
DELETED: Final = "DELETE_COMPLETE"
PAGE: Final = 50
MINUTES: Final = 30
"""After which ROS gives an action up; the tables take the longest, a minute or two."""
_SAME: Final = "completely same stack"
"""In the words of `NotSupported` where an update would change nothing."""

logging.getLogger("aliyunsdkcore").setLevel(logging.CRITICAL)  # it would log what is signed


class RosStacks:
    """The stacks of one region."""

    def __init__(
        self,
        *,
        endpoint: str,
        region: str,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        timeout: float = 30.0,
    ) -> None:
        credential = (
            StsTokenCredential(access_key_id, access_key_secret, security_token)
            if security_token
            else AccessKeyCredential(access_key_id, access_key_secret)
        )
        self._client = AcsClient(
            region_id=region, credential=credential, auto_retry=False, timeout=timeout
        )
        place = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        self._protocol, self._domain = place.scheme, place.netloc
        self._region = region

    def find(self, name: str) -> StackState | None:
        """The stack of this name that is not deleted."""
        found = self._call("ListStacks", {"StackName.1": name, "PageSize": PAGE})
        ids = [
            stack["StackId"]
            for stack in found.get("Stacks") or ()
            if stack["StackName"] == name and stack["Status"] != DELETED
        ]
        state = self._state(ids[0]) if ids else None
        return None if state is None or state.status == DELETED else state  # gone meanwhile

    def create(self, name: str, template: str, parameters: Mapping[str, str]) -> str:
        """Begin a stack; its id. Raises ConflictError where the name is taken."""
        given = {"StackName": name, "TimeoutInMinutes": MINUTES, "DisableRollback": "false"}
        answer = self._call("CreateStack", {**given, **_body(template, parameters)})
        return str(answer["StackId"])

    def update(self, stack_id: str, template: str, parameters: Mapping[str, str]) -> bool:
        """Begin a change; False where there is nothing to change."""
        given = {"StackId": stack_id, "TimeoutInMinutes": MINUTES}
        try:
            self._call("UpdateStack", {**given, **_body(template, parameters)})
        except RejectedError as error:
            if _SAME in str(error):
                return False
            raise
        return True

    def delete(self, stack_id: str) -> None:
        """Begin to take it down; what the template retains stays."""
        self._call("DeleteStack", {"StackId": stack_id})

    def preview(
        self, stack_id: str, template: str, parameters: Mapping[str, str]
    ) -> Sequence[StackPart]:
        """What an update would add, change or remove."""
        given = {"StackId": stack_id, **_body(template, parameters)}
        answer = self._call("PreviewStack", given)
        return [_part(each) for each in (answer.get("Stack") or {}).get("Resources") or ()]

    def parts(self, stack_id: str) -> Sequence[StackPart]:
        """Its resources."""
        answer = self._call("ListStackResources", {"StackId": stack_id})
        return [_part(each) for each in answer.get("Resources") or ()]

    def complaint(self, stack_id: str) -> str:
        """The first thing that went wrong in the last action, in the service's words; may be ""."""
        failed: list[str] = []
        for event in self._events(stack_id):
            if event["ResourceType"] == "ALIYUN::ROS::Stack":
                if failed and event["Status"].endswith("_IN_PROGRESS"):
                    break  # the action began here; what is older belongs to another
            elif event["Status"].endswith("_FAILED"):
                failed.append(f"{event['LogicalResourceId']}: {event['StatusReason']}")
        return failed[-1] if failed else ""

    def _events(self, stack_id: str) -> Iterator[Mapping[str, str]]:
        """The newest first, two pages of them."""
        for page in (1, 2):
            given = {"StackId": stack_id, "PageSize": PAGE, "PageNumber": page}
            yield from self._call("ListStackEvents", given).get("Events") or ()

    def _state(self, stack_id: str) -> StackState | None:
        try:
            found = self._call("GetStack", {"StackId": stack_id})
            template = str(self._call("GetTemplate", {"StackId": stack_id})["TemplateBody"])
        except NotFoundError:
            return None
        return StackState(
            id=stack_id,
            status=found["Status"],
            reason=found.get("StatusReason") or "",
            parameters={
                each["ParameterKey"]: str(each.get("ParameterValue", ""))
                for each in found.get("Parameters") or ()
            },
            template=template,
        )

    def _call(self, action: str, given: Mapping[str, object]) -> dict[str, Any]:
        request = CommonRequest(domain=self._domain, version=VERSION, action_name=action)
        request.set_protocol_type(self._protocol)
        request.set_method("POST")
        request.set_accept_format("json")
        request.add_query_param("RegionId", self._region)
        for name, value in given.items():
            request.add_body_params(name, str(value))
        with translated(action):
            document: dict[str, Any] = json.loads(self._client.do_action_with_exception(request))
        return document


def _body(template: str, parameters: Mapping[str, str]) -> dict[str, str]:
    found = {"TemplateBody": template}
    for number, (key, value) in enumerate(sorted(parameters.items()), start=1):
        found[f"Parameters.{number}.ParameterKey"] = key
        found[f"Parameters.{number}.ParameterValue"] = value
    return found


def _part(document: Mapping[str, Any]) -> StackPart:
    return StackPart(
        name=document["LogicalResourceId"],
        type=document["ResourceType"],
        identifier=document.get("PhysicalResourceId") or "",
        action=document.get("Action") or "",
        status=document.get("Status") or "",
    )
