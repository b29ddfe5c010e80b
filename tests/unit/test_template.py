"""template.yml against what it must say, and the reader against what it must refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.localcloud.services.fc.function_resources import async_config
from scripts.localcloud.templates.document import load_template
from scripts.localcloud.templates.exceptions import TemplateError
from scripts.localcloud.templates.local_values import with_locals
from scripts.localcloud.templates.resolution import Account, Resource, resolve_template
from shared.domain import policy
from shared.settings import Settings

TEMPLATE = Path(__file__).parents[2] / "template.yml"
ACCOUNT = Account(region="cn-shanghai", account_id="1234567890123456")
NEEDED = {"BucketName": "photos", "CodeBucket": "code", "DashScopeApiKey": "sk-" + "0" * 32}
FUNCTIONS = ("Submit", "Poller", "Finalizer")


def resolved(**changes: Any) -> dict[str, Resource]:
    return resolve_template(load_template(TEMPLATE), {**NEEDED, **changes}, ACCOUNT)


def test_settings_of_every_function_are_understood() -> None:
    resources = resolved()
    environments = [resources[name].properties["EnvironmentVariables"] for name in FUNCTIONS]
    assert environments[0] == environments[1] == environments[2]
    settings = Settings.from_env({name: str(value) for name, value in environments[0].items()})
    assert settings.quota == 500
    assert settings.poller_seconds == resources["Poller"].properties["Timeout"] == 600
    assert settings.oss_endpoint == "https://oss-cn-shanghai.aliyuncs.com"
    assert settings.tablestore_endpoint == "https://maskline.cn-shanghai.ots.aliyuncs.com"
    assert settings.fc_endpoint == "https://1234567890123456.cn-shanghai.fc.aliyuncs.com"
    assert settings.mns_endpoint == "https://1234567890123456.mns.cn-shanghai.aliyuncs.com"
    assert settings.mns_failure_queue == "maskline-dlq"


def test_an_endpoint_that_is_given_goes_before_the_regions() -> None:
    variables = resolved(OssPublicEndpoint="https://photos.example.com", OssIsCname="true")
    found = variables["Submit"].properties["EnvironmentVariables"]
    assert found["OSS_PUBLIC_ENDPOINT"] == "https://photos.example.com"
    assert found["OSS_ENDPOINT"] == "https://oss-cn-shanghai.aliyuncs.com"
    assert found["OSS_IS_CNAME"] == "true"


def test_retries_and_age_are_always_said() -> None:
    resources = resolved()
    asked = {
        name: async_config(resources[name].properties["AsyncConfiguration"]) for name in FUNCTIONS
    }
    queue = "acs:mns:cn-shanghai:1234567890123456:/queues/maskline-dlq/messages"
    facts = {
        name: (c["MaxAsyncRetryAttempts"], c["MaxAsyncEventAgeInSeconds"], c["StatefulInvocation"])
        for name, c in asked.items()
    }
    assert facts == {
        "Submit": (3, 3600, False),
        "Poller": (0, 60, True),
        "Finalizer": (3, 3600, True),
    }
    assert asked["Submit"]["DestinationConfig"] == {"OnFailure": {"Destination": queue}}


def test_handlers_and_limits() -> None:
    resources = resolved()
    for name in FUNCTIONS:
        properties = resources[name].properties
        folder = name.lower()
        assert properties["Handler"] == f"functions.{folder}.handler.handler"
        assert properties["Initializer"] == f"functions.{folder}.handler.initialize"
        assert properties["Runtime"] == "python3.10"
        assert properties["MemorySize"] % 64 == 0


def test_nothing_of_a_finalizer_comes_after_what_waits_for_its_end_has_begun() -> None:
    limit = resolved()["Finalizer"].properties["Timeout"]

    assert limit + 60 <= policy.FINALIZER_LIFE


def test_results_cannot_trigger_the_pipeline_again() -> None:
    config = resolved()["OnUpload"].properties["TriggerConfig"]
    assert "oss:ObjectCreated:*" not in config["Events"]
    prefix = config["Filter"]["Key"]["Prefix"]
    variables = resolved()["Submit"].properties["EnvironmentVariables"]
    for name in ("MASKLINE_RESULTS_PREFIX", "MASKLINE_PINS_PREFIX", "MASKLINE_RAW_PREFIX"):
        assert not variables[name].startswith(prefix)
        assert not prefix.startswith(variables[name])


def test_every_indexed_column_is_declared() -> None:
    for resource in resolved().values():
        if resource.type == "ALIYUN::OTS::Table":
            declared = {column["Name"] for column in resource.properties.get("Columns", [])}
            for index in resource.properties.get("SecondaryIndices", []):
                assert set(index["PrimaryKeys"]) <= declared


def test_roles_name_what_they_need_and_no_more() -> None:
    statements = [
        statement
        for resource in resolved().values()
        if resource.type == "ALIYUN::RAM::Role"
        for policy in resource.properties["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    actions = {
        a
        for s in statements
        for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    }
    assert not [action for action in actions if "*" in action]
    assert not [s for s in statements if s["Resource"] in ("*", ["*"])]
    deleting = [s["Resource"] for s in statements if "oss:DeleteObject" in s["Action"]]
    assert deleting == [["acs:oss:*:*:photos/pins/*"]]


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"DashScopeApiKey": None}, None),
        ({"Nonsense": "1"}, r"Parameter \(Nonsense\) was not defined"),
        ({"OssIsCname": "perhaps"}, "'OssIsCname': 'perhaps' is not one of"),
        ({"BucketName": "Bad_Name"}, "'BucketName': 'Bad_Name' does not match"),
        ({"LogDays": 0}, "'LogDays': 0 is less than 1"),
        ({"LogDays": "many"}, "'LogDays': 'many' is not a Number"),
    ],
)
def test_wrong_parameters_are_named(parameters: dict[str, Any], text: str | None) -> None:
    if text is None:
        given = {name: value for name, value in NEEDED.items() if name not in parameters}
        with pytest.raises(TemplateError, match="Parameter DashScopeApiKey was not provided"):
            resolve_template(load_template(TEMPLATE), given, ACCOUNT)
    else:
        with pytest.raises(TemplateError, match=text):
            resolved(**parameters)


def document(resources: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"Resources": resources, **rest}


def one(value: Any, **rest: Any) -> dict[str, Any]:
    return document({"R": {"Type": "T", "Properties": {"P": value}}}, **rest)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"Ref": "Absent"}, r'"Absent" \(in R\.P\) is incorrect'),
        ({"Fn::Jq": ["", []]}, r"R\.P: Fn::Jq is not supported"),
        ({"Fn::GetAtt": ["Absent", "Arn"]}, r'"Absent" \(in R\.P\) is incorrect'),
        ({"Fn::GetAtt": "R"}, "takes a resource and an attribute"),
        ({"Fn::Sub": "${Absent}"}, '"Absent"'),
        ({"Fn::If": ["Absent", 1, 2]}, "no condition 'Absent'"),
        ({"Fn::If": ["Absent"]}, "takes a condition and two values"),
        ({"Ref": "R"}, "Circular Dependency Found: R -> R"),
        ({"Ref": "Round"}, "Locals refer to each other: Round -> Round"),
        ({"Ref": "Outside"}, "Locals.Outside: the local cloud has no DATASOURCE::VPC::Vpcs"),
        ({"Fn::Sub": "${Local}"}, '"Local"'),
        ({"Ref": "Unmade"}, '"Unmade"'),
    ],
)
def test_what_cannot_be_resolved_is_named_with_its_place(value: Any, text: str) -> None:
    unmade = {"Type": "T", "Condition": "Never"}
    given = one(
        value,
        Locals={
            "Local": {"Value": 7},
            "Round": {"Value": [{"Ref": "Round"}]},
            "Outside": {"Type": "DATASOURCE::VPC::Vpcs"},
        },
        Conditions={"Never": {"Fn::Equals": [1, 2]}},
    )
    given["Resources"]["Unmade"] = unmade
    with pytest.raises(TemplateError, match=text):
        resolve_template(with_locals(given), {}, ACCOUNT)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "ALIYUN::Region"}, "cn-shanghai"),
        (
            {"Fn::Sub": "${ALIYUN::TenantId}-${!Literal}-${ALIYUN::StackName}"},
            "1234567890123456-${Literal}-maskline",
        ),
        ({"Fn::Sub": ["${x}/${ALIYUN::Region}", {"x": {"Ref": "N"}}]}, "7/cn-shanghai"),
        ({"Fn::If": ["Seven", {"Ref": "N"}, "no"]}, 7),
        ({"Fn::If": ["NotSeven", "yes", ["no"]]}, ["no"]),
        ([1, {"Ref": "ALIYUN::NoValue"}, 2], [1, 2]),
        ({"Ref": "Local"}, {"seven": 7}),
        ({"Fn::If": [{"Fn::And": ["Seven", "NotSeven"]}, "yes", "no"]}, "no"),
        ({"Fn::If": [{"Fn::Or": ["NotSeven", "Seven"]}, "yes", "no"]}, "yes"),
    ],
)
def test_functions_of_the_template_language(value: Any, expected: Any) -> None:
    conditions = {
        "Seven": {"Fn::Equals": [{"Ref": "N"}, 7]},
        "NotSeven": {"Fn::Not": ["Seven"]},
    }
    given = one(
        value,
        Parameters={"N": {"Type": "Number"}},
        Conditions=conditions,
        Locals={"Local": {"Value": {"seven": {"Ref": "N"}}}},
    )
    found = resolve_template(with_locals(given), {"N": 7}, ACCOUNT)
    assert found["R"].properties["P"] == expected


def test_resources_whose_condition_does_not_hold_are_left_out() -> None:
    given = document(
        {"A": {"Type": "T", "Condition": "Yes"}, "B": {"Type": "T", "Condition": "No"}},
        Conditions={"Yes": {"Fn::Equals": [1, 1]}, "No": {"Fn::Not": ["Yes"]}},
    )
    assert list(resolve_template(given, {}, ACCOUNT)) == ["A"]


def test_attributes_and_names_of_resources() -> None:
    given = document(
        {
            "Role": {"Type": "ALIYUN::RAM::Role", "Properties": {"RoleName": "Runner"}},
            "S": {"Type": "ALIYUN::FC::Service", "Properties": {"ServiceName": "svc"}},
            "F": {
                "Type": "ALIYUN::FC::Function",
                "Properties": {
                    "A": {"Fn::GetAtt": ["Role", "Arn"]},
                    "B": {"Fn::Sub": "${S.ServiceName}"},
                    "C": {"Ref": "S"},
                    "D": {"Ref": "ALIYUN::NoValue"},
                },
            },
        }
    )
    found = resolve_template(given, {}, replace(ACCOUNT, account_id="42"))["F"].properties
    assert found == {"A": "acs:ram::42:role/runner", "B": "svc", "C": "svc"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read"),
        ("a: [", "is not YAML"),
        ("Resources: {}", "ROSTemplateFormatVersion 2015-09-01"),
        ("ROSTemplateFormatVersion: '2015-09-01'", "has no Resources"),
    ],
)
def test_files_that_are_no_template(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "t.yml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(TemplateError, match=said):
        load_template(path)


def test_a_secret_is_not_shown_when_it_is_refused() -> None:
    parameters = {"Key": {"NoEcho": True, "AllowedPattern": "sk-[0-9a-f]+", "Type": "String"}}
    with pytest.raises(TemplateError) as caught:
        resolve_template(one(1, Parameters=parameters), {"Key": "hunter2"}, ACCOUNT)
    assert "hunter2" not in str(caught.value)
