"""What the tests of ROS share: the vendor's two clients, a small template, waiting."""

from __future__ import annotations

import base64
import io
import json
import time
import urllib.error
import urllib.request
import uuid
import zipfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from alibabacloud_ros20190910 import models
from alibabacloud_ros20190910.client import Client
from alibabacloud_tea_openapi.utils_models import Config
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import RpcRequest

from scripts.localcloud.core.acs import rpc_signature
from scripts.localcloud.core.context import Cloud

HEAD: dict[str, Any] = {"ROSTemplateFormatVersion": "2015-09-01"}
REGION = "cn-beijing"
HANDLER = "def handler(event, context):\n    return 'version %s'\n"


def ros_client(cloud: Cloud, *, secret: str = "", token: str = "", key_id: str = "") -> Client:
    """The client of today, which signs with ACS3-HMAC-SHA256."""
    identity = cloud.identity
    return Client(
        Config(
            access_key_id=key_id or identity.access_key_id,
            access_key_secret=secret or identity.access_key_secret,
            security_token=token or None,
            endpoint=cloud.endpoints["ros"].partition("://")[2],
            protocol="http",
            region_id=identity.region,
        )
    )


def ask_as_before(cloud: Cloud, request: RpcRequest, *, secret: str = "") -> dict[str, Any]:
    """One request by the older client, which signs every parameter with HMAC-SHA1."""
    identity = cloud.identity
    client = AcsClient(
        identity.access_key_id, secret or identity.access_key_secret, identity.region, timeout=30
    )
    request.set_endpoint(cloud.endpoints["ros"].partition("://")[2])
    answer: dict[str, Any] = json.loads(client.do_action_with_exception(request))
    return answer


class RosUser:
    """Somebody with a client: everything in plain words."""

    def __init__(self, cloud: Cloud) -> None:
        self.client = ros_client(cloud)

    def create(
        self, name: str, template: Mapping[str, Any], wait: bool = True, **given: Any
    ) -> str:
        parameters = [
            models.CreateStackRequestParameters(parameter_key=key, parameter_value=str(value))
            for key, value in given.pop("parameters", {}).items()
        ]
        request = models.CreateStackRequest(
            region_id=REGION,
            stack_name=name,
            template_body=json.dumps({**HEAD, **template}),
            parameters=parameters,
            **given,
        )
        stack_id: str = self.client.create_stack(request).body.stack_id
        if wait:
            self.settled(stack_id)
        return stack_id

    def update(self, stack_id: str, template: Mapping[str, Any], **given: Any) -> str:
        parameters = [
            models.UpdateStackRequestParameters(parameter_key=key, parameter_value=str(value))
            for key, value in given.pop("parameters", {}).items()
        ]
        self.client.update_stack(
            models.UpdateStackRequest(
                region_id=REGION,
                stack_id=stack_id,
                template_body=json.dumps({**HEAD, **template}),
                parameters=parameters,
                **given,
            )
        )
        return self.settled(stack_id)

    def delete(self, stack_id: str, **given: Any) -> str:
        request = models.DeleteStackRequest(region_id=REGION, stack_id=stack_id, **given)
        self.client.delete_stack(request)
        return self.settled(stack_id)

    def get(self, stack_id: str) -> dict[str, Any]:
        request = models.GetStackRequest(region_id=REGION, stack_id=stack_id)
        found: dict[str, Any] = self.client.get_stack(request).body.to_map()
        return found

    def settled(self, stack_id: str, timeout: float = 30) -> str:
        """The status once nothing is in progress any more."""
        deadline = time.monotonic() + timeout
        while (status := self.get(stack_id)["Status"]).endswith("_IN_PROGRESS"):
            assert time.monotonic() < deadline, f"still {status}"
            time.sleep(0.02)
        return str(status)

    def outputs(self, stack_id: str) -> dict[str, Any]:
        return {each["OutputKey"]: each["OutputValue"] for each in self.get(stack_id)["Outputs"]}

    def resources(self, stack_id: str) -> dict[str, dict[str, Any]]:
        request = models.ListStackResourcesRequest(region_id=REGION, stack_id=stack_id)
        found = self.client.list_stack_resources(request).body.to_map()["Resources"]
        return {each["LogicalResourceId"]: each for each in found}

    def events(self, stack_id: str) -> list[tuple[str, str]]:
        """Who and what, the oldest first."""
        request = models.ListStackEventsRequest(
            region_id=REGION, stack_id=stack_id, page_size=50, page_number=1
        )
        found = self.client.list_stack_events(request).body.to_map()["Events"]
        return [(each["LogicalResourceId"], each["Status"]) for each in reversed(found)]


def package(version: int = 1) -> str:
    """A function's zip in base64."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", HANDLER % version)
    return base64.b64encode(buffer.getvalue()).decode()


def queue(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "ALIYUN::MNS::Queue", "Properties": {"QueueName": name, **properties}}


def bucket(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "ALIYUN::OSS::Bucket", "Properties": {"BucketName": name, **properties}}


def rpc_answer(
    cloud: Cloud, action: str, parameters: Mapping[str, str]
) -> tuple[int, dict[str, Any]]:
    """Status and document of one signed request, whatever they are."""
    signed = {
        **parameters,
        "Action": action,
        "Version": "2019-09-10",
        "AccessKeyId": cloud.identity.access_key_id,
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    signature = rpc_signature(cloud.identity.access_key_secret, "POST", signed)
    body = urlencode({**signed, "Signature": signature}).encode()
    try:
        with urllib.request.urlopen(cloud.endpoints["ros"], body, timeout=30) as answer:  # noqa: S310 - loopback
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
