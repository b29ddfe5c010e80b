"""Stacks through the vendor's client: made, looked at, changed, taken down; and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from alibabacloud_ros20190910 import models
from alibabacloud_tea_openapi.exceptions import ClientException
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkros.request.v20190910.CreateStackRequest import CreateStackRequest
from aliyunsdkros.request.v20190910.GetStackRequest import GetStackRequest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.offering import offered_types
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.ros.service import RosService
from scripts.localcloud.services.tablestore.service import TablestoreService
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.fc_client import client_of
from tests.integration.localcloud.ros_client import (
    HEAD,
    REGION,
    RosUser,
    ask_as_before,
    bucket,
    package,
    queue,
    ros_client,
)


@pytest.fixture
def user(cloud: Cloud, serve_in_thread: Serve) -> RosUser:
    """Somebody with an account whose services all run."""
    oss = OssService(cloud)
    fc = FcService(cloud, read_object=oss.read_object)
    others = (TablestoreService(cloud), MnsService(cloud), oss, fc)
    for service in others:
        serve_in_thread(service)
    serve_in_thread(RosService(cloud, offered_types(cloud, others), oss.read_object))
    return RosUser(cloud)


def refused(call: Any, *arguments: Any, **named: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientException) as caught:
        call(*arguments, **named)
    error = caught.value
    return error.status_code, error.code, error.message


SMALL = {
    "Description": {"en": "a queue", "zh-cn": "队列"},
    "Parameters": {
        "Name": {"Type": "String", "AllowedPattern": "[a-z-]+"},
        "Password": {"Type": "String", "NoEcho": True, "Default": "hunter2"},
        "Seconds": {"Type": "Number", "Default": 30},
    },
    "Resources": {
        "Failed": queue("${}", VisibilityTimeout={"Ref": "Seconds"}),
        "Topic": {
            "Type": "ALIYUN::MNS::Topic",
            "DependsOn": "Failed",
            "Properties": {"TopicName": {"Fn::Sub": "${Name}-topic"}},
        },
    },
    "Outputs": {
        "Queue": {"Value": {"Ref": "Failed"}, "Description": "where failures go"},
        "Url": {"Value": {"Fn::GetAtt": ["Topic", "TopicUrl"]}},
        "Login": {"Value": {"Fn::Sub": "user:${Password}"}},
    },
}
SMALL["Resources"]["Failed"]["Properties"]["QueueName"] = {"Ref": "Name"}  # type: ignore[index]


def test_a_stack_is_made_looked_at_and_taken_down(user: RosUser, cloud: Cloud) -> None:
    stack_id = user.create("small", SMALL, parameters={"Name": "letters", "Seconds": 45})

    found = user.get(stack_id)
    assert (found["Status"], found["StackName"]) == ("CREATE_COMPLETE", "small")
    assert found["StatusReason"] == "Stack CREATE completed successfully"
    assert found["TemplateDescription"] == "a queue"
    shown = {each["ParameterKey"]: each["ParameterValue"] for each in found["Parameters"]}
    assert (shown["Name"], shown["Seconds"]) == ("letters", "45")
    assert shown["ALIYUN::Region"] == cloud.identity.region
    assert user.outputs(stack_id)["Url"] == f"{cloud.endpoints['mns']}/topics/letters-topic"
    assert user.resources(stack_id)["Failed"]["PhysicalResourceId"] == "letters"
    assert user.events(stack_id) == [
        ("small", "CREATE_IN_PROGRESS"),
        ("Failed", "CREATE_IN_PROGRESS"),
        ("Failed", "CREATE_COMPLETE"),
        ("Topic", "CREATE_IN_PROGRESS"),
        ("Topic", "CREATE_COMPLETE"),
        ("small", "CREATE_COMPLETE"),
    ]

    assert user.delete(stack_id) == "DELETE_COMPLETE"
    assert {each["Status"] for each in user.resources(stack_id).values()} == {"DELETE_COMPLETE"}
    assert user.events(stack_id)[-3:] == [
        ("Failed", "DELETE_IN_PROGRESS"),
        ("Failed", "DELETE_COMPLETE"),
        ("small", "DELETE_COMPLETE"),
    ]


def test_a_secret_is_never_shown(user: RosUser) -> None:
    stack_id = user.create("small", SMALL, parameters={"Name": "letters", "Password": "s3cret-"})
    preview = user.client.preview_stack(
        models.PreviewStackRequest(
            region_id=REGION, stack_id=stack_id, use_previous_parameters=True
        )
    ).body.to_map()
    resource = user.client.get_stack_resource(
        models.GetStackResourceRequest(
            region_id=REGION,
            stack_id=stack_id,
            logical_resource_id="Topic",
            show_resource_attributes=True,
        )
    ).body.to_map()

    everything = json.dumps([user.get(stack_id), preview, resource, user.events(stack_id)])
    assert "s3cret-" not in everything
    assert user.outputs(stack_id)["Login"] == "user:******"
    keys = {each["ResourceAttributeKey"] for each in resource["ResourceAttributes"]}
    assert keys == {"TopicName", "TopicUrl", "ArnWithSlash"}


def test_the_older_client_signs_in_the_older_way(user: RosUser, cloud: Cloud) -> None:
    request = CreateStackRequest()
    request.set_StackName("older")
    request.set_TemplateBody(json.dumps({**HEAD, "Resources": {"Q": queue("older")}}))
    stack_id = ask_as_before(cloud, request)["StackId"]
    user.settled(stack_id)
    look = GetStackRequest()
    look.set_StackId(stack_id)
    assert ask_as_before(cloud, look)["Status"] == "CREATE_COMPLETE"
    with pytest.raises(ServerException) as caught:
        ask_as_before(cloud, look, secret="wrong")
    assert caught.value.get_error_code() == "SignatureDoesNotMatch"


def test_a_bad_signature_is_refused(user: RosUser, cloud: Cloud) -> None:
    request = models.ListStacksRequest(region_id=REGION)
    wrong = ros_client(cloud, secret="wrong")
    assert refused(wrong.list_stacks, request)[:2] == (400, "SignatureDoesNotMatch")
    stranger = ros_client(cloud, key_id="LTAIstranger")
    assert refused(stranger.list_stacks, request)[:2] == (404, "InvalidAccessKeyId.NotFound")
    key_id, secret, token, _ = cloud.credentials.issue(60, cloud.clock.now())
    lent = ros_client(cloud, key_id=key_id, secret=secret, token=token)
    assert lent.list_stacks(request).body.total_count == 0
    cloud.clock.advance(61)
    code = refused(lent.list_stacks, request)[1]
    assert code == "InvalidSecurityToken.Expired"
    forgetful = ros_client(cloud, key_id=key_id, secret=secret)
    assert refused(forgetful.list_stacks, request)[1].startswith("InvalidSecurityToken")


def test_a_failure_takes_back_what_was_made(user: RosUser) -> None:
    resources = {
        "First": bucket("made-first", DeletionForce=False),
        "Kept": {**bucket("made-second"), "DeletionPolicy": "Retain"},
        "Wrong": {**queue("wrong", DelaySeconds=-1), "DependsOn": ["First", "Kept"]},
    }
    stack_id = user.create("fails", {"Resources": resources})

    found = user.get(stack_id)
    assert found["Status"] == "CREATE_ROLLBACK_COMPLETE"
    reasons = {name: each["StatusReason"] for name, each in user.resources(stack_id).items()}
    assert user.resources(stack_id)["First"]["Status"] == "DELETE_COMPLETE"
    assert ("Wrong", "CREATE_FAILED") in user.events(stack_id)
    assert reasons
    template = {"Resources": {"First": bucket("made-first"), "Kept": bucket("made-second")}}
    again = user.create("fails-again", template)
    assert user.get(again)["Status"] == "CREATE_COMPLETE"


def test_without_rollback_what_was_made_stays_until_the_stack_is_deleted(user: RosUser) -> None:
    resources = {"First": queue("one"), "Wrong": queue("wrong", DelaySeconds=-1)}
    stack_id = user.create("fails", {"Resources": resources}, disable_rollback=True)

    assert user.get(stack_id)["Status"] == "CREATE_FAILED"
    assert "DelaySeconds" in user.get(stack_id)["StatusReason"]
    assert user.resources(stack_id)["First"]["Status"] == "CREATE_COMPLETE"
    code = refused(user.update, stack_id, {"Resources": {"First": queue("one")}})[1]
    assert code == "NotSupported"
    assert user.delete(stack_id) == "DELETE_COMPLETE"


def test_what_was_there_before_is_neither_taken_nor_removed(user: RosUser, cloud: Cloud) -> None:
    mine = cloud.identity.bucket
    stack_id = user.create("greedy", {"Resources": {"B": bucket(mine)}})

    assert user.get(stack_id)["Status"] == "CREATE_ROLLBACK_COMPLETE"
    assert "exists already" in user.resources(stack_id)["B"]["StatusReason"]
    stack_id = user.create("greedier", {"Resources": {"B": bucket(mine)}}, disable_rollback=True)
    assert user.delete(stack_id) == "DELETE_COMPLETE"
    third = user.create("greediest", {"Resources": {"B": bucket(mine)}})
    assert "exists already" in user.resources(third)["B"]["StatusReason"]


def test_deleting_keeps_what_is_to_be_kept(user: RosUser) -> None:
    resources = {
        "Policy": {**queue("by-policy"), "DeletionPolicy": "Retain"},
        "Named": queue("by-name"),
        "Gone": queue("gone"),
    }
    stack_id = user.create("keeps", {"Resources": resources})
    user.delete(stack_id, retain_resources=["Named"])
    reasons = {name: each["StatusReason"] for name, each in user.resources(stack_id).items()}
    assert reasons == {"Policy": "retained", "Named": "retained", "Gone": "state changed"}
    again = {"Resources": {"G": queue("gone"), "N": queue("by-name")}}
    stack_id = user.create("takes", again, disable_rollback=True)
    states = {name: each["Status"] for name, each in user.resources(stack_id).items()}
    assert states == {"G": "CREATE_COMPLETE", "N": "CREATE_FAILED"}
    assert user.delete(stack_id, retain_all_resources=True) == "DELETE_COMPLETE"
    assert "exists already" in str(
        user.resources(user.create("more", {"Resources": {"G": queue("gone")}}))
    )


def test_a_bucket_with_objects_stops_a_deletion_which_can_be_repeated(
    user: RosUser, cloud: Cloud
) -> None:
    import oss2

    stack_id = user.create("full", {"Resources": {"B": bucket("full-bucket"), "Q": queue("q")}})
    auth = oss2.Auth(cloud.identity.access_key_id, cloud.identity.access_key_secret)
    objects = oss2.Bucket(auth, cloud.endpoints["oss"], "full-bucket")
    objects.put_object("key", b"value")
    assert user.delete(stack_id) == "DELETE_FAILED"
    assert "BucketNotEmpty" in user.get(stack_id)["StatusReason"]
    objects.delete_object("key")
    assert user.delete(stack_id) == "DELETE_COMPLETE"


def test_an_update_changes_adds_and_removes(user: RosUser) -> None:
    before = {"A": queue("a", DelaySeconds=1), "B": queue("b"), "C": queue("c")}
    stack_id = user.create("changes", {"Resources": before})
    after = {"A": queue("a", DelaySeconds=2), "B": queue("b"), "D": queue("d")}
    wanted = {**HEAD, "Resources": after}
    preview = user.client.preview_stack(
        models.PreviewStackRequest(
            region_id=REGION, stack_id=stack_id, template_body=json.dumps(wanted)
        )
    ).body.to_map()["Stack"]["Resources"]
    actions = {each["LogicalResourceId"]: each["Action"] for each in preview}
    assert actions == {"A": "Modify", "B": "None", "D": "Add", "C": "Remove"}

    assert user.update(stack_id, {"Resources": after}) == "UPDATE_COMPLETE"
    assert set(user.resources(stack_id)) == {"A", "B", "D"}
    assert user.resources(stack_id)["B"]["Status"] == "CREATE_COMPLETE"
    assert user.resources(stack_id)["A"]["Status"] == "UPDATE_COMPLETE"
    same = refused(user.update, stack_id, {"Resources": after})
    assert same[:2] == (400, "NotSupported")
    assert "Update the completely same stack" in same[2]
    assert user.delete(stack_id) == "DELETE_COMPLETE"


def test_replacing_wants_to_be_allowed(user: RosUser) -> None:
    stack_id = user.create("renames", {"Resources": {"A": queue("a")}})
    code = refused(user.update, stack_id, {"Resources": {"A": queue("b")}})[1]
    assert code == "StackValidationFailed"
    given: dict[str, Any] = {"replacement_option": "Enabled"}
    assert user.update(stack_id, {"Resources": {"A": queue("b")}}, **given) == "UPDATE_COMPLETE"
    assert user.resources(stack_id)["A"]["PhysicalResourceId"] == "b"


def test_a_failing_update_returns_to_what_was(user: RosUser) -> None:
    before = {"A": queue("a", DelaySeconds=1)}
    stack_id = user.create("returns", {"Resources": before})
    after = {"A": queue("a", DelaySeconds=2), "B": queue("b", DelaySeconds=-1)}
    assert user.update(stack_id, {"Resources": after}) == "ROLLBACK_COMPLETE"
    assert set(user.resources(stack_id)) == {"A"}
    template = user.client.get_template(
        models.GetTemplateRequest(region_id=REGION, stack_id=stack_id)
    ).body.template_body
    assert json.loads(template)["Resources"] == before
    assert user.update(stack_id, {"Resources": {"A": queue("a")}}) == "UPDATE_COMPLETE"


def test_parameters_of_before_are_used_when_told_so(user: RosUser) -> None:
    stack_id = user.create("small", SMALL, parameters={"Name": "letters"})
    code = refused(user.update, stack_id, SMALL, parameters={"Seconds": 50})[1]
    assert code == "UserParameterMissing"
    given: dict[str, Any] = {"use_previous_parameters": True}
    status = user.update(stack_id, SMALL, parameters={"Seconds": 50}, **given)
    assert status == "UPDATE_COMPLETE"
    shown = {p["ParameterKey"]: p["ParameterValue"] for p in user.get(stack_id)["Parameters"]}
    assert (shown["Name"], shown["Seconds"]) == ("letters", "50")


def test_the_same_token_begins_a_stack_once(user: RosUser) -> None:
    template = {"Resources": {"A": queue("a")}}
    one = user.create("once", template, client_token="t-1")
    two = user.create("once", template, client_token="t-1")
    assert one == two
    other = {"Resources": {"A": queue("b")}}
    code = refused(user.create, "once", other, client_token="t-1")[1]
    assert code == "IdempotentParameterMismatch"


@pytest.mark.parametrize(
    ("template", "parameters", "code"),
    [
        ({"Resources": {"A": queue("a")}}, {"Nothing": "1"}, "UnknownUserParameter"),
        ({"Resources": {"A": {"Type": "ALIYUN::ECS::Instance"}}}, {}, "StackValidationFailed"),
        ({"Resources": {"A": queue("a", Colour="red")}}, {}, "StackValidationFailed"),
        ({"Resources": {"A": {"Type": "ALIYUN::MNS::Queue"}}}, {}, "StackValidationFailed"),
        ({"Resources": {"A": queue("a", Tags={"Ref": "B"})}}, {}, "InvalidTemplateReference"),
        (
            {"Resources": {"A": queue("a"), "B": queue({"Fn::GetAtt": ["A", "Colour"]})}},  # type: ignore[arg-type]
            {},
            "InvalidTemplateAttribute",
        ),
        (
            {
                "Resources": {
                    "A": {**queue("a"), "DependsOn": "B"},
                    "B": {**queue("b"), "DependsOn": "A"},
                }
            },
            {},
            "CircularDependency",
        ),
        ({"Resources": {"A": queue("a")}, "Sauces": {}}, {}, "InvalidTemplateSection"),
        (
            {"Resources": {"A": queue("a")}, "Outputs": {"O": {"Value": {"Ref": "Z"}}}},
            {},
            "InvalidTemplateReference",
        ),
        (SMALL, {"Name": "LOUD"}, "StackValidationFailed"),
        (SMALL, {}, "UserParameterMissing"),
    ],
)
def test_what_cannot_be_made_is_refused_at_once(
    user: RosUser, template: dict[str, Any], parameters: dict[str, str], code: str
) -> None:
    found = refused(user.create, "bad", template, parameters=parameters)
    assert found[:2] == (400, code)
    listed = user.client.list_stacks(models.ListStacksRequest(region_id=REGION)).body
    assert listed.total_count == 0


def test_what_is_not_there_is_said_in_the_vendors_words(user: RosUser) -> None:
    status, code, text = refused(user.get, "nothing")
    assert (status, code) == (404, "StackNotFound")
    assert "The Stack (nothing) could not be found." in text
    stack_id = user.create("one", {"Resources": {"A": queue("a")}})
    assert refused(user.create, "one", {"Resources": {"B": queue("b")}})[:2] == (409, "StackExists")
    request = models.GetStackResourceRequest(
        region_id=REGION, stack_id=stack_id, logical_resource_id="Z"
    )
    assert refused(user.client.get_stack_resource, request)[:2] == (404, "ResourceNotFound")
    protect = models.SetDeletionProtectionRequest(
        region_id=REGION, stack_id=stack_id, deletion_protection="Enabled"
    )
    user.client.set_deletion_protection(protect)
    code = refused(user.delete, stack_id)[1]
    assert code == "InvalidOperation.DeletionProtection"
    unknown = models.ListChangeSetsRequest(region_id=REGION, stack_id=stack_id)
    assert refused(user.client.list_change_sets, unknown)[:2] == (404, "InvalidAction.NotFound")


def test_stacks_are_listed_by_page_name_and_state(user: RosUser) -> None:
    ids = [user.create(f"s-{n}", {"Resources": {"A": queue(f"q-{n}")}}) for n in range(3)]
    user.delete(ids[0])

    def listed(**asked: Any) -> list[str]:
        request = models.ListStacksRequest(region_id=REGION, **asked)
        return [each.stack_name for each in user.client.list_stacks(request).body.stacks]

    assert listed() == ["s-2", "s-1"]
    assert listed(stack_name=["s-1"]) == ["s-1"]
    assert listed(status=["DELETE_COMPLETE"]) == ["s-0"]
    assert listed(page_size=1, page_number=2) == ["s-1"]


def test_a_function_is_made_with_its_code_and_runs(user: RosUser, cloud: Cloud) -> None:
    resources: dict[str, Any] = {
        "Role": {
            "Type": "ALIYUN::RAM::Role",
            "Properties": {
                "RoleName": "Runner",
                "AssumeRolePolicyDocument": {
                    "Version": "1",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "sts:AssumeRole",
                            "Principal": {"Service": ["fc.aliyuncs.com"]},
                        }
                    ],
                },
            },
        },
        "Service": {
            "Type": "ALIYUN::FC::Service",
            "Properties": {"ServiceName": "svc", "Role": {"Fn::GetAtt": ["Role", "Arn"]}},
        },
        "Function": {
            "Type": "ALIYUN::FC::Function",
            "Properties": {
                "ServiceName": {"Fn::GetAtt": ["Service", "ServiceName"]},
                "FunctionName": "hello",
                "Runtime": "python3.10",
                "Handler": "index.handler",
                "Code": {"ZipFile": package(1)},
                "AsyncConfiguration": {"MaxAsyncRetryAttempts": 1},
            },
        },
        "Tick": {
            "Type": "ALIYUN::FC::Trigger",
            "DependsOn": "Function",
            "Properties": {
                "ServiceName": "svc",
                "FunctionName": "hello",
                "TriggerName": "tick",
                "TriggerType": "timer",
                "TriggerConfig": {"CronExpression": "@every 60m", "Enable": True, "Payload": ""},
            },
        },
    }
    stack_id = user.create("runs", {"Resources": resources})
    assert user.get(stack_id)["Status"] == "CREATE_COMPLETE", user.get(stack_id)["StatusReason"]
    client = client_of(cloud)
    assert client.invoke_function("svc", "hello").data == b"version 1"
    config = client.get_function_async_invoke_config("svc", "LATEST", "hello").data
    assert config["maxAsyncRetryAttempts"] == 1

    resources["Function"]["Properties"]["Code"] = {"ZipFile": package(2)}
    del resources["Function"]["Properties"]["AsyncConfiguration"]
    del resources["Tick"]
    assert user.update(stack_id, {"Resources": resources}) == "UPDATE_COMPLETE"
    assert client.invoke_function("svc", "hello").data == b"version 2"
    assert client.list_triggers("svc", "hello").data["triggers"] == []
    assert user.delete(stack_id) == "DELETE_COMPLETE"
    assert client.list_services().data["services"] == []
