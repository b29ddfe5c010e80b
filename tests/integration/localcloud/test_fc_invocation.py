"""Invoking functions through the vendor's own SDK: the runtime's contract, from outside."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import fc2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.service import FcService
from tests.integration.localcloud.conftest import LoopThread, Serve
from tests.integration.localcloud.fc_client import (
    HANDLER,
    RAISED,
    client_of,
    create_function,
    give_role,
    invoke,
)


@pytest.fixture
def service(cloud: Cloud, serve_in_thread: Serve) -> FcService:
    made = FcService(cloud, idle_seconds=30)
    serve_in_thread(made)
    return made


@pytest.fixture
def client(cloud: Cloud, service: FcService) -> fc2.Client:
    return client_of(cloud)


Create = Callable[..., None]


@pytest.fixture
def create(client: fc2.Client, tmp_path: Path) -> Create:
    """Creates function `f` of service `s`."""
    client.create_service("s")
    return partial(create_function, client, tmp_path)


def test_instance_is_kept_and_initialized_once(create: Create, client: fc2.Client) -> None:
    create()
    first, second = invoke(client), invoke(client, word="你好")
    assert (first["state"], second["state"]["count"]) == ({"initialized": 1, "count": 1}, 2)
    assert first["pid"] == second["pid"]
    assert second["order"] == {"word": "你好"}


def test_warm_invocation_is_quick(create: Create, client: fc2.Client) -> None:
    create()
    invoke(client)
    took = []
    for _ in range(10):
        begun = time.perf_counter()
        invoke(client)
        took.append(time.perf_counter() - begun)
    assert sorted(took)[5] < 0.1, took


def test_context_and_environment(create: Create, client: fc2.Client, cloud: Cloud) -> None:
    create(environmentVariables={"GREETING": "hello"})
    give_role(cloud, client)
    answer = client.invoke_function("s", "f", payload=b'{"do": "describe"}')
    told = json.loads(answer.data)
    assert told["request_id"] == answer.headers["X-Fc-Request-Id"]
    assert (told["region"], told["account"]) == ("cn-beijing", cloud.identity.account_id)
    assert told["function"] == {
        "name": "f",
        "handler": "index.handler",
        "memory": 256,
        "timeout": 20,
    }
    assert told["service"]["name"] == "s"
    assert told["service"]["version_id"] == "LATEST"
    environment = told["environment"]
    assert environment["GREETING"] == "hello"
    assert environment["FC_FUNCTION_NAME"] == "f"
    assert environment["MASKLINE_CLOCK_OFFSET_FILE"] == str(cloud.clock.offset_path)
    credentials = told["credentials"]
    assert environment["ALIBABA_CLOUD_SECURITY_TOKEN"] == credentials["security_token"]
    secret = cloud.credentials.lookup(credentials["access_key_id"])
    assert secret is not None
    assert secret.secret == credentials["access_key_secret"]
    assert told["cwd"] == told["path"][0]


def test_credentials_of_a_function_invoke_functions(
    create: Create, client: fc2.Client, cloud: Cloud
) -> None:
    create()
    give_role(cloud, client, ("fc:InvokeFunction", "acs:fc:*:*:services/s.*/functions/f"))
    given = invoke(client, do="describe")["credentials"]
    theirs = client_of(
        cloud,
        accessKeyID=given["access_key_id"],
        accessKeySecret=given["access_key_secret"],
        securityToken=given["security_token"],
    )
    assert invoke(theirs)["order"] == {}
    with pytest.raises(fc2.FcError) as caught:
        theirs.get_function("s", "f")
    assert (caught.value.status_code, caught.value.err_code) == (403, "AccessDenied")


def test_without_a_role_that_is_here_functions_act_for_the_account(
    create: Create, client: fc2.Client, cloud: Cloud
) -> None:
    create()
    for role in ("", "acs:ram::1:role/made-elsewhere"):
        client.update_service("s", role=role)
        key_id = invoke(client, do="describe")["credentials"]["access_key_id"]
        assert cloud.credentials.role_of(key_id) == ""


def test_a_role_must_trust_function_compute(
    create: Create, client: fc2.Client, cloud: Cloud
) -> None:
    create()
    give_role(cloud, client, trusted="oss.aliyuncs.com")
    with pytest.raises(fc2.FcError) as caught:
        invoke(client)
    assert caught.value.err_code == "AccessDenied"
    assert "does not trust fc.aliyuncs.com" in caught.value.message


def test_project_is_not_importable_unless_packaged(create: Create, client: fc2.Client) -> None:
    create()
    assert invoke(client, do="find", names=["scripts", "shared", "functions", "fc2"]) == ["fc2"]


def test_exception_is_reported_as_the_vendor_does(create: Create, client: fc2.Client) -> None:
    create()
    with pytest.raises(fc2.FcError) as caught:
        invoke(client, do="fail")
    assert caught.value.status_code == 200
    told = json.loads(caught.value.message)
    assert told["errorMessage"] == "something is wrong"
    assert told["errorType"] == "ValueError"
    assert told["stackTrace"][-1] == [
        'File "/code/index.py"',
        f"line {HANDLER.splitlines().index(RAISED) + 1}",
        "in fail",
        'raise ValueError("something is wrong")',
    ]
    assert invoke(client)["state"]["count"] == 2, "the instance lives on"


def test_process_exit_timeout_and_memory(create: Create, client: fc2.Client) -> None:
    create(timeout=1)
    for order, text in (
        ({"do": "quit"}, "Process exited unexpectedly before completing request"),
        ({"do": "nap", "seconds": 30}, "Function timed out after 1 seconds"),
        ({"do": "gorge"}, "ran out of memory (limit: 256MB"),
    ):
        if order["do"] == "gorge":
            client.update_function("s", "f", timeout=20)
        with pytest.raises(fc2.FcError) as caught:
            invoke(client, **order)
        assert text in json.loads(caught.value.message)["errorMessage"]
        assert invoke(client)["state"]["count"] == 1, "a fresh instance follows"


def test_log_tail_and_log_file(create: Create, client: fc2.Client, cloud: Cloud) -> None:
    create()
    answer = client.invoke_function(
        "s", "f", payload=b'{"do": "log"}', headers={"x-fc-log-type": "Tail"}
    )
    assert answer.data == b"\x00\xff"
    tail = base64.b64decode(answer.headers["X-Fc-Log-Result"]).decode()
    request_id = answer.headers["X-Fc-Request-Id"]
    assert tail.splitlines()[0] == f"FC Invoke Start RequestId: {request_id}"
    assert "from print" in tail
    assert f"{request_id} [WARNING] from logger" in tail
    assert tail.splitlines()[-1] == f"FC Invoke End RequestId: {request_id}"
    assert "from print" in (cloud.data_dir / "logs" / "f.log").read_text()


def test_kill_ends_every_instance(
    create: Create, client: fc2.Client, service: FcService, loop_thread: LoopThread
) -> None:
    create()
    pid = invoke(client)["pid"]
    assert loop_thread.run(service.kill("f")) == 1
    assert loop_thread.run(service.kill("f")) == 0
    assert invoke(client)["pid"] != pid


def test_missing_handler_and_bad_package(create: Create, client: fc2.Client) -> None:
    create(handler="index.absent")
    with pytest.raises(fc2.FcError) as caught:
        invoke(client)
    assert "absent" in json.loads(caught.value.message)["errorMessage"]
    with pytest.raises(fc2.FcError) as refused:
        client.invoke_function("s", "nobody")
    assert (refused.value.status_code, refused.value.err_code) == (404, "FunctionNotFound")


def test_payload_limits(create: Create, client: fc2.Client) -> None:
    create()
    for headers, size in (
        ({}, (32 << 20) + 1),
        ({"x-fc-invocation-type": "Async"}, (128 << 10) + 1),
    ):
        with pytest.raises(fc2.FcError) as caught:
            client.invoke_function("s", "f", payload=b"x" * size, headers=headers)
        assert caught.value.status_code == 413


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"accessKeySecret": "wrong"}, "SignatureNotMatch"),
        ({"accessKeyID": "LTAInobody"}, "InvalidAccessKeyID"),
        ({"securityToken": "made-up"}, "AccessDenied"),
    ],
)
def test_wrong_credentials_are_refused(
    cloud: Cloud, service: FcService, changes: dict[str, str], code: str
) -> None:
    with pytest.raises(fc2.FcError) as caught:
        client_of(cloud, **changes).list_services()
    assert (caught.value.status_code, caught.value.err_code) == (403, code)
