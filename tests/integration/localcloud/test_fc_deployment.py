"""From template.yml and built packages to functions that run; and what deploying refuses."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.deployment import DeploymentError
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.templates.exceptions import TemplateError
from tests.integration.localcloud.conftest import LoopThread, Serve
from tests.integration.localcloud.fc_client import Notes, client_of, eventually

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


@pytest.fixture
def service(cloud: Cloud, serve_in_thread: Serve) -> FcService:
    made = FcService(cloud)
    cloud.endpoints.update(dict.fromkeys(("oss", "mns", "dashscope"), "http://127.0.0.1:9"))
    serve_in_thread(made)
    return made


def test_deployed_functions_run_with_this_clouds_settings(
    service: FcService, cloud: Cloud, packages: dict[str, Path], loop_thread: LoopThread
) -> None:

    resources = loop_thread.run(service.deploy(packages, TEMPLATE))
    assert resources["Jobs"].properties["TableName"] == "jobs"
    client = client_of(cloud)
    environment = dict(json.loads(client.invoke_function("maskline", "submit").data))
    identity = cloud.identity
    assert environment["MASKLINE_BUCKET"] == identity.bucket
    assert environment["MASKLINE_QUOTA"] == "unlimited"
    assert environment["MASKLINE_ACCOUNT_ID"] == identity.account_id
    assert environment["DASHSCOPE_API_KEY"] == identity.dashscope_api_key
    assert environment["DASHSCOPE_BASE_URL"] == "http://127.0.0.1:9/api/v1"
    assert environment["FC_ENDPOINT"] == cloud.endpoints["fc"]
    function = client.get_function("maskline", "finalizer").data
    assert (function["memorySize"], function["timeout"]) == (1024, 300)
    config = client.get_function_async_invoke_config("maskline", "LATEST", "submit").data
    assert config["destinationConfig"]["onFailure"]["destination"].endswith(
        "/queues/maskline-dlq/messages"
    )
    assert client.get_function_async_invoke_config("maskline", "LATEST", "poller").data[
        "statefulInvocation"
    ]


def test_the_timer_fires_soon_after_deploying_and_deploying_twice_is_once(
    service: FcService,
    cloud: Cloud,
    packages: dict[str, Path],
    notes: Notes,
    loop_thread: LoopThread,
) -> None:
    for _ in range(2):
        loop_thread.run(service.deploy(packages, TEMPLATE))
    eventually(lambda: len(notes.runs()) == 1)
    client = client_of(cloud)
    assert len(client.list_triggers("maskline", "submit").data["triggers"]) == 1
    assert len(client.list_functions("maskline").data["functions"]) == 3
    cloud.clock.advance(61)
    eventually(lambda: len(notes.runs()) == 2)


def test_a_missing_package_is_named(
    service: FcService, packages: dict[str, Path], loop_thread: LoopThread
) -> None:
    del packages["poller"]
    with pytest.raises(DeploymentError, match="no package of function 'poller'"):
        loop_thread.run(service.deploy(packages, TEMPLATE))


def test_an_unknown_parameter_is_named(
    service: FcService, packages: dict[str, Path], loop_thread: LoopThread
) -> None:
    with pytest.raises(TemplateError, match=r"Parameter \(Colour\) was not defined"):
        loop_thread.run(service.deploy(packages, TEMPLATE, {"Colour": "red"}))


def test_a_refused_property_is_named_with_its_resource(
    service: FcService, packages: dict[str, Path], loop_thread: LoopThread, tmp_path: Path
) -> None:
    wrong = tmp_path / "template.yml"
    wrong.write_text(TEMPLATE.read_text(encoding="utf-8").replace("Timeout: 120", "Timeout: 0"))
    with pytest.raises(DeploymentError, match="Submit: timeout is 0"):
        loop_thread.run(service.deploy(packages, wrong))
