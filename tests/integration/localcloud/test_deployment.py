"""From template.yml and built packages to functions that run; and what deploying refuses."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_ros20190910.models import ListStacksRequest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.deployment import DeploymentError, Packages, deploy, variables_of
from scripts.localcloud.offering import offered_types
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.ros.models import Stack
from scripts.localcloud.services.ros.service import RosService
from scripts.localcloud.services.tablestore.service import TablestoreService
from scripts.localcloud.templates.exceptions import TemplateError
from tests.integration.localcloud.conftest import Serve, free_port
from tests.integration.localcloud.fc_client import Notes, client_of, eventually
from tests.integration.localcloud.ros_client import REGION, RosUser

TEMPLATE = Path(__file__).parents[3] / "template.yml"
HANDLER = """
import os
def initialize(context):
    pass
def handler(event, context):
    with open(NOTES, "ab") as notes:
        notes.write(b'{"event": "{}", "request_id": "%s"}\\n' % context.request_id.encode())
    return sorted(os.environ.items())
"""


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


@pytest.fixture
def packages(tmp_path: Path, notes: Notes) -> dict[str, Path]:
    """Small functions in the place of the real ones; all note their runs down."""
    made = {}
    for name in ("submit", "poller", "finalizer"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("functions/__init__.py", "")
            archive.writestr(f"functions/{name}/__init__.py", "")
            source = f"NOTES = {str(notes.path)!r}\n" + HANDLER
            archive.writestr(f"functions/{name}/handler.py", source)
        made[name] = tmp_path / f"{name}.zip"
        made[name].write_bytes(buffer.getvalue())
    return made


@dataclass(frozen=True, kw_only=True)
class Deploying:
    """A cloud into which the template may be deployed, and what runs in it afterwards."""

    cloud: Cloud
    ros: RosService
    packages: Packages
    others: tuple[Service, ...]
    serve: Serve

    def deploy(self, built: Mapping[str, Path], template: Path = TEMPLATE, **given: Any) -> Stack:
        names = self.packages.offer(built)
        return deploy(self.ros.stacks, self.cloud, template, names, given)

    def begin(self) -> None:
        for service in (*self.others, self.ros):
            self.serve(service)


@pytest.fixture
def deploying(cloud: Cloud, serve_in_thread: Serve) -> Deploying:
    for name in ("oss", "fc", "tablestore", "mns", "ros", "dashscope"):
        cloud.endpoints[name] = f"http://127.0.0.1:{free_port()}"
    oss, mns = OssService(cloud), MnsService(cloud)
    packages = Packages(oss.read_object)
    fc = FcService(cloud, read_object=packages.read)
    others = (TablestoreService(cloud), mns, oss, fc)
    ros = RosService(cloud, offered_types(cloud, others), oss.read_object)
    return Deploying(cloud=cloud, ros=ros, packages=packages, others=others, serve=serve_in_thread)


def test_deployed_functions_run_with_this_clouds_settings(
    deploying: Deploying, cloud: Cloud, packages: dict[str, Path]
) -> None:
    deploying.deploy(packages)
    deploying.begin()
    client = client_of(cloud)
    environment = dict(json.loads(client.invoke_function("maskline", "submit").data))
    identity = cloud.identity
    assert environment["MASKLINE_BUCKET"] == identity.bucket
    assert environment["MASKLINE_QUOTA"] == "unlimited"
    assert environment["MASKLINE_ACCOUNT_ID"] == identity.account_id
    assert environment["DASHSCOPE_API_KEY"] == identity.dashscope_api_key
    assert environment["DASHSCOPE_BASE_URL"] == f"{cloud.endpoints['dashscope']}/api/v1"
    assert environment["FC_ENDPOINT"] == cloud.endpoints["fc"]
    told = {name: str(value) for name, value in variables_of(cloud, TEMPLATE).items()}
    differing = {name for name, value in told.items() if environment[name] != value}
    assert differing <= {"MASKLINE_DEPLOYMENT"}  # the time of each
    function = client.get_function("maskline", "finalizer").data
    assert (function["memorySize"], function["timeout"]) == (1024, 300)
    config = client.get_function_async_invoke_config("maskline", "LATEST", "submit").data
    assert config["destinationConfig"]["onFailure"]["destination"].endswith(
        "/queues/maskline-dlq/messages"
    )
    assert client.get_function_async_invoke_config("maskline", "LATEST", "poller").data[
        "statefulInvocation"
    ]


def test_everything_is_deployed_as_a_stack_that_its_owner_can_look_at(
    deploying: Deploying, packages: dict[str, Path], cloud: Cloud
) -> None:
    deploying.deploy(packages)
    deploying.begin()
    user = RosUser(cloud)
    stack = user.client.list_stacks(ListStacksRequest(region_id=REGION)).body.stacks[0]
    assert (stack.stack_name, stack.status) == ("maskline", "CREATE_COMPLETE")
    resources = user.resources(stack.stack_id)
    assert resources["Jobs"]["PhysicalResourceId"] == "jobs"
    assert resources["Bucket"]["PhysicalResourceId"] == cloud.identity.bucket
    assert cloud.identity.dashscope_api_key not in json.dumps(user.get(stack.stack_id))
    role = cloud.access.role("maskline-functions")
    assert role is not None
    assert role.trusts("fc.aliyuncs.com")


def test_the_timer_fires_soon_after_deploying_and_deploying_twice_is_once(
    deploying: Deploying, cloud: Cloud, packages: dict[str, Path], notes: Notes
) -> None:
    for _ in range(2):
        deploying.deploy(packages)
        cloud.clock.advance(1)
    deploying.begin()
    eventually(lambda: len(notes.runs()) == 1)
    client = client_of(cloud)
    assert len(client.list_triggers("maskline", "submit").data["triggers"]) == 1
    assert len(client.list_functions("maskline").data["functions"]) == 3
    cloud.clock.advance(61)
    eventually(lambda: len(notes.runs()) == 2)


def test_a_function_changes_with_its_package(
    deploying: Deploying, cloud: Cloud, packages: dict[str, Path]
) -> None:
    deploying.deploy(packages)
    with zipfile.ZipFile(packages["submit"], "a") as archive:
        archive.writestr("added", "a line")
    deploying.deploy(packages)
    deploying.begin()
    code = client_of(cloud).get_function_code("maskline", "submit").data["url"]
    with urllib.request.urlopen(code) as answer:  # noqa: S310 - the local cloud's own address
        assert "added" in zipfile.ZipFile(io.BytesIO(answer.read())).namelist()


def test_what_was_there_before_is_taken_over(
    deploying: Deploying, cloud: Cloud, packages: dict[str, Path]
) -> None:
    """A data folder from before there were stacks has a bucket, a topic, a queue and tables."""
    old = OssService(cloud)
    kinds = old.resource_types()
    kinds["ALIYUN::OSS::Bucket"].create({"BucketName": cloud.identity.bucket})
    assert deploying.deploy(packages).status == "CREATE_COMPLETE"


def test_a_missing_package_is_named_and_deploying_goes_on_when_it_is_there(
    deploying: Deploying, packages: dict[str, Path]
) -> None:
    poller = packages.pop("poller")
    with pytest.raises(DeploymentError, match=r"Poller: .*no package maskline/poller\.zip"):
        deploying.deploy(packages)
    assert deploying.deploy({**packages, "poller": poller}).status == "CREATE_COMPLETE"


def test_an_unknown_parameter_is_named(deploying: Deploying, packages: dict[str, Path]) -> None:
    with pytest.raises(TemplateError, match=r"Parameter \(Colour\) was not defined"):
        deploying.deploy(packages, Colour="red")


def test_a_refused_property_is_named_with_its_resource(
    deploying: Deploying, packages: dict[str, Path], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(TEMPLATE.read_text().replace("Timeout: 120", "Timeout: 0"))
    with pytest.raises(DeploymentError, match=r"Submit: .*timeout is 0"):
        deploying.deploy(packages, wrong)
