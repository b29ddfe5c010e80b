"""The variant for Function Compute 3.0: in step with the template, and whole by itself."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.cli.variables import settings_asked
from scripts.localcloud.templates.resolution import Resource
from scripts.template.fc3 import VARIANT, variant
from scripts.template.rules import findings
from shared.settings import Settings
from tests.unit.template.described import EXISTING, document, resolved

FUNCTIONS = ("Submit", "Poller", "Finalizer")


def resources(**changes: Any) -> dict[str, Resource]:
    return resolved(VARIANT, **changes)


def test_it_is_what_the_template_says_now() -> None:
    assert VARIANT.read_text(encoding="utf-8") == variant(), "run python -m scripts.template fc3"


@pytest.mark.parametrize("choice", [{}, EXISTING], ids=["all made", "bucket and rows there"])
def test_ros_would_take_every_property(choice: dict[str, Any]) -> None:
    said = [
        line
        for resource in resources(**choice).values()
        for line in findings(resource.name, resource.type, resource.properties)
    ]
    assert said == []


def test_nothing_of_2_0_is_left_and_nothing_else_is_lost() -> None:
    made, before = resources(), resolved()
    assert not [r.name for r in made.values() if r.type.startswith("ALIYUN::FC::")]
    assert set(before) - set(made) == {"Service"}
    assert set(made) - set(before) == {f"{name}Async" for name in FUNCTIONS}
    others = {
        name for name, r in before.items() if "::FC::" not in r.type and "::RAM::" not in r.type
    }
    assert {name: made[name] for name in others} == {name: before[name] for name in others}


def test_functions_have_what_the_service_had() -> None:
    made, service = resources(), resolved()["Service"].properties
    for name in FUNCTIONS:
        properties = made[name].properties
        assert properties["FunctionName"] == f"maskline-{name.lower()}"
        assert properties["Runtime"] == "python3.12"
        for key in ("Role", "LogConfig", "InternetAccess"):
            assert properties[key] == service[key]
        assert 1 <= properties["MemorySize"] / 1024 / properties["Cpu"] <= 4


def test_asynchronous_configuration_is_the_same() -> None:
    made, before = resources(), resolved()
    for name in FUNCTIONS:
        config = before[name].properties["AsyncConfiguration"]
        found = made[f"{name}Async"].properties
        assert found["FunctionName"] == f"maskline-{name.lower()}"
        for key in ("MaxAsyncRetryAttempts", "MaxAsyncEventAgeInSeconds"):
            assert found[key] == config[key]
        assert found["AsyncTask"] is config["StatefulInvocation"]
    queue = resolved()["Submit"].properties["AsyncConfiguration"]["Destination"]["OnFailure"]
    assert made["SubmitAsync"].properties["DestinationConfig"] == {
        "OnFailure": {"Destination": queue}
    }


def test_triggers_are_configured_as_the_api_spells_it() -> None:
    made = resources()
    assert made["OnUpload"].properties["TriggerConfig"] == {
        "events": resolved()["OnUpload"].properties["TriggerConfig"]["Events"],
        "filter": {"key": {"prefix": "uploads/", "suffix": ""}},
    }
    assert made["OnUpload"].properties["SourceArn"] == "acs:oss:cn-beijing:1234567890123456:photos"
    assert made["Tick"].properties["TriggerConfig"] == {
        "cronExpression": "@every 1m",
        "enable": True,
        "payload": "tick",
    }


def test_the_code_is_told_to_speak_3_0() -> None:
    variables = resources()["Submit"].properties["EnvironmentVariables"]
    assert set(variables) == settings_asked()
    settings = Settings.from_env({name: str(value) for name, value in variables.items()})
    assert (settings.fc_api, settings.fc_service) == ("3.0", "maskline")
    assert settings.fc_endpoint == "https://fcv3.cn-beijing.aliyuncs.com"


def test_policies_name_functions_without_a_service() -> None:
    named = [
        name
        for role in ("FunctionRole", "TriggerRole")
        for policy in resources()[role].properties["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "fc:InvokeFunction" in statement["Action"]
        for name in statement["Resource"]
    ]
    functions = [f"acs:fc:*:*:functions/maskline-{n}" for n in ("poller", "finalizer", "submit")]
    assert named == [text for name in functions for text in (name, f"{name}/*")]


def test_the_form_asks_the_same() -> None:
    assert list(document(VARIANT)["Parameters"]) == list(document()["Parameters"])
