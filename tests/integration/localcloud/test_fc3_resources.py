"""The control plane of 3.0 through the vendor's own client: all that deploying asks for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from alibabacloud_fc20230330 import models
from alibabacloud_fc20230330.client import Client
from darabonba.exceptions import DaraException

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc import version3
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.fc.urls import INVOKE
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.fc3_client import answer_of, client_of, code, create_function
from tests.integration.localcloud.fc_client import client_of as client_of_2

NAME = "maskline-submit"
ROLE = "acs:ram::1:role/runner"


@pytest.fixture
def client(cloud: Cloud, serve_in_thread: Serve) -> Client:
    serve_in_thread(FcService(cloud))
    return client_of(cloud)


def refused(call: object, *arguments: object) -> tuple[int, str, str]:
    assert callable(call)
    with pytest.raises(DaraException) as caught:
        call(*arguments)
    error: Any = caught.value
    return int(error.data["statusCode"]), str(error.code), str(error.message)


def update(client: Client, **changes: Any) -> Any:
    body = models.UpdateFunctionInput(**changes)
    return client.update_function(NAME, models.UpdateFunctionRequest(body=body)).body


def publish(client: Client, description: str = "") -> Any:
    body = models.PublishVersionInput(description=description)
    return client.publish_function_version(
        NAME, models.PublishFunctionVersionRequest(body=body)
    ).body


def alias(client: Client, version: str, description: str = "") -> Any:
    body = models.CreateAliasInput(alias_name="live", version_id=version, description=description)
    return client.create_alias(NAME, models.CreateAliasRequest(body=body)).body


def versions(client: Client) -> list[str]:
    told = client.list_function_versions(NAME, models.ListFunctionVersionsRequest()).body
    return [str(each.version_id) for each in told.versions]


def test_a_function_keeps_what_it_was_given(client: Client, cloud: Cloud) -> None:
    hooks = models.InstanceLifecycleConfig(
        initializer=models.LifecycleHook(handler="index.initialize", timeout=7)
    )
    made = create_function(
        client,
        NAME,
        description="说明",
        environment_variables={"A": "1"},
        instance_lifecycle_config=hooks,
        internet_access=False,
        log_config=models.LogConfig(project="p", logstore="l"),
        role=ROLE,
    )
    found = client.get_function(NAME, models.GetFunctionRequest()).body

    assert found.to_map() == made.to_map()
    assert (found.function_name, found.description, found.role) == (NAME, "说明", ROLE)
    assert (found.memory_size, found.timeout, found.cpu, found.disk_size) == (256, 20, 0.2, 512)
    assert found.instance_lifecycle_config.initializer.to_map() == {
        "handler": "index.initialize",
        "timeout": 7,
    }
    assert (found.log_config.project, found.internet_access) == ("p", False)
    assert found.function_arn.endswith(f":{cloud.identity.account_id}:functions/{NAME}")
    assert (found.state, found.last_update_status) == ("Active", "Successful")
    assert refused(create_function, client, NAME)[:2] == (409, "FunctionAlreadyExists")


def test_what_cannot_be_made_leaves_nothing_behind(client: Client) -> None:
    status, code_, _ = refused(lambda: create_function(client, NAME, runtime="cobol"))

    assert (status, code_) == (400, "InvalidArgument")
    assert client.list_functions(models.ListFunctionsRequest()).body.functions == []
    create_function(client, NAME)


def test_functions_are_changed_listed_and_deleted(client: Client, cloud: Cloud) -> None:
    for name in (NAME, "maskline-poller", "other"):
        create_function(client, name)
    client_of_2(cloud).create_service("of-2-0")

    changed = update(client, description="second", code=code("second"), role=ROLE, timeout=9)
    assert (changed.description, changed.role, changed.timeout) == ("second", ROLE, 9)
    assert answer_of(client, NAME) == "second"

    first = client.list_functions(models.ListFunctionsRequest(prefix="maskline-", limit=1)).body
    assert [each.function_name for each in first.functions] == ["maskline-poller"]
    rest = models.ListFunctionsRequest(prefix="maskline-", next_token=first.next_token)
    assert [f.function_name for f in client.list_functions(rest).body.functions] == [NAME]

    publish(client)
    alias(client, "1")
    client.delete_function(NAME)
    status, code_, said = refused(client.get_function, NAME, models.GetFunctionRequest())
    assert (status, code_) == (404, "FunctionNotFound")
    assert "function 'maskline-submit' does not exist" in said
    create_function(client, NAME)
    assert versions(client) == []


def test_a_version_is_what_the_function_was_and_an_alias_its_name(client: Client) -> None:
    create_function(client, NAME)
    one = publish(client, "the first")
    assert (one.version_id, one.description) == ("1", "the first")
    assert refused(publish, client)[:2] == (409, "VersionPublishError")
    assert alias(client, "1", "formerly").additional_version_weight == {}

    update(client, code=code("second"), description="second", role=ROLE)
    assert publish(client).version_id == "2"
    frozen = client.get_function(NAME, models.GetFunctionRequest(qualifier="live")).body
    assert (frozen.role, frozen.description) == ("", "")
    assert (answer_of(client, NAME, "live"), answer_of(client, NAME)) == ("first", "second")

    body = models.UpdateAliasInput(version_id="2", description="formerly 1")
    client.update_alias(NAME, "live", models.UpdateAliasRequest(body=body))
    assert client.get_alias(NAME, "live").body.description == "formerly 1"
    assert answer_of(client, NAME, "live") == "second"
    assert [
        a.version_id for a in client.list_aliases(NAME, models.ListAliasesRequest()).body.aliases
    ] == ["2"]

    client.delete_function_version(NAME, "1")
    assert versions(client) == ["2"]
    missing = models.GetFunctionRequest(qualifier="1")
    assert refused(client.get_function, NAME, missing)[:2] == (404, "VersionNotFound")
    client.delete_alias(NAME, "live")
    status, code_, said = refused(client.get_alias, NAME, "live")
    assert (status, code_) == (404, "AliasNotFound")
    assert "service" not in said


def test_asynchronous_configuration_of_a_qualifier(client: Client) -> None:
    create_function(client, NAME)
    publish(client)
    alias(client, "1")
    where = models.GetAsyncInvokeConfigRequest(qualifier="live")
    assert refused(client.get_async_invoke_config, NAME, where)[:2] == (404, "AsyncConfigNotFound")

    queue = "acs:mns:cn-beijing:1:/queues/q/messages"
    body = models.PutAsyncInvokeConfigInput(
        async_task=True,
        destination_config=models.DestinationConfig(on_failure=models.Destination(queue)),
        max_async_event_age_in_seconds=60,
        max_async_retry_attempts=2,
    )
    client.put_async_invoke_config(
        NAME, models.PutAsyncInvokeConfigRequest(body=body, qualifier="live")
    )
    found = client.get_async_invoke_config(NAME, where).body
    assert (found.async_task, found.max_async_event_age_in_seconds) == (True, 60)
    assert (found.max_async_retry_attempts, found.destination_config.on_failure.destination) == (
        2,
        queue,
    )

    client.delete_async_invoke_config(NAME, models.DeleteAsyncInvokeConfigRequest(qualifier="live"))
    assert refused(client.get_async_invoke_config, NAME, where)[0] == 404


def test_triggers_hold_their_configuration_as_a_text(client: Client) -> None:
    create_function(client, NAME)
    publish(client)
    alias(client, "1")
    timer = {"cronExpression": "@every 1m", "enable": True, "payload": "tick"}
    body = models.CreateTriggerInput(
        trigger_name="tick", trigger_type="timer", trigger_config=json.dumps(timer)
    )
    made = client.create_trigger(NAME, models.CreateTriggerRequest(body=body)).body
    assert (made.qualifier, json.loads(made.trigger_config)) == ("LATEST", timer)

    change = models.UpdateTriggerRequest(body=models.UpdateTriggerInput(qualifier="live"))
    client.update_trigger(NAME, "tick", change)
    (found,) = client.list_triggers(NAME, models.ListTriggersRequest()).body.triggers
    assert (found.qualifier, json.loads(found.trigger_config)) == ("live", timer)
    assert client.get_trigger(NAME, "tick").body.to_map() == found.to_map()

    for bad in ("no json", "[]"):
        wrong = models.UpdateTriggerRequest(body=models.UpdateTriggerInput(trigger_config=bad))
        assert refused(client.update_trigger, NAME, "tick", wrong)[:2] == (400, "InvalidArgument")
    client.delete_trigger(NAME, "tick")
    assert refused(client.get_trigger, NAME, "tick")[:2] == (404, "TriggerNotFound")


def test_who_signs_badly_learns_nothing(client: Client, cloud: Cloud) -> None:
    create_function(client, NAME)
    stranger = client_of(cloud, secret="guessed")

    _, said, _ = refused(stranger.get_function, NAME, models.GetFunctionRequest())
    assert said == "SignatureDoesNotMatch"


def test_every_operation_that_is_told_of_has_a_handler(cloud: Cloud) -> None:
    assert version3.OPERATIONS - {INVOKE} == set(FcService(cloud)._operations3)
