"""The template against what the code needs, and against what a person has to be told."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import pytest

from scripts.cli.variables import settings_asked
from scripts.localcloud.templates.resolution import Resource
from shared.domain.metrics import METRICS
from shared.settings import Settings
from tests.unit.template.described import PROJECT, TEMPLATE, document, resolved

FUNCTIONS = ("Submit", "Poller", "Finalizer")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def environment(**changes: Any) -> dict[str, str]:
    variables = resolved(**changes)["Submit"].properties["EnvironmentVariables"]
    return {name: str(value) for name, value in variables.items()}


def test_the_environment_is_what_the_settings_read_and_no_more() -> None:
    assert set(environment()) == settings_asked()


def test_the_least_that_must_be_filled_in_makes_good_settings() -> None:
    settings = Settings.from_env(environment())
    assert (settings.bucket, settings.quota, settings.fc_api) == ("photos", 500, "2.0")


def test_every_function_has_the_same_environment() -> None:
    resources = document()["Resources"]
    found = [resources[name]["Properties"]["EnvironmentVariables"] for name in FUNCTIONS]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_handlers_exist_and_take_what_function_compute_gives(name: str) -> None:
    properties = resolved()[name].properties
    for field, arguments in (("Handler", ["event", "context"]), ("Initializer", ["context"])):
        module, _, function = properties[field].rpartition(".")
        found = getattr(import_module(module), function)
        assert list(inspect.signature(found).parameters) == arguments


def test_every_parameter_is_said_in_both_languages() -> None:
    for name, declared in document()["Parameters"].items():
        for field in ("Label", "Description", "ConstraintDescription"):
            if field == "ConstraintDescription" and field not in declared:
                continue
            said = declared[field]
            assert set(said) == {"en", "zh-cn"}, name
            assert not CHINESE.search(said["en"]), name
            assert name.endswith("Code") or field == "Label" or CHINESE.search(said["zh-cn"]), name
            assert said["zh-cn"].strip(), name


def test_outputs_and_the_template_itself_are_said_in_both_languages() -> None:
    given = document()
    for said in [given["Description"], *(out["Description"] for out in given["Outputs"].values())]:
        assert set(said) == {"en", "zh-cn"}
        assert CHINESE.search(said["zh-cn"])


def test_every_parameter_stands_in_one_group_of_the_form() -> None:
    given = document()
    groups = given["Metadata"]["ALIYUN::ROS::Interface"]["ParameterGroups"]
    assert all(set(group["Label"]["default"]) == {"en", "zh-cn"} for group in groups)
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(given["Parameters"])


def test_every_parameter_and_condition_is_used() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    for name in document()["Parameters"]:
        assert re.search(rf"Ref: {name}$|\$\{{{name}\}}", text, re.MULTILINE), name
    for name in document()["Conditions"]:
        assert re.search(rf"(- |Condition: ){name}$", text, re.MULTILINE), name


def test_every_statement_of_a_policy_says_what_for() -> None:
    lines = TEMPLATE.read_text(encoding="utf-8").splitlines()
    statements = [at for at, line in enumerate(lines) if line.strip().startswith("- Effect:")]
    assert len(statements) > 10
    for at in statements:
        assert lines[at - 1].strip().startswith("# "), f"line {at + 1}"


def test_defaults_are_allowed_by_their_own_patterns() -> None:
    for name, declared in document()["Parameters"].items():
        if "Default" in declared and "AllowedPattern" in declared:
            assert re.search(declared["AllowedPattern"], str(declared["Default"])), name


def test_what_is_there_already_is_not_made() -> None:
    made, there = resolved(), resolved(MakeBucket="false", MakeTablestore="false")
    assert set(made) - set(there) == {"Bucket", "Tables"}
    for name in ("Jobs", "Archive", "Gates", "Claims", "Flows"):
        assert there[name].properties["InstanceName"] == "maskline"
    assert there["OnUpload"].properties["TriggerConfig"]["BucketName"] == "photos"


def test_data_outlives_the_stack() -> None:
    kept = {
        name for name, declared in document()["Resources"].items() if "DeletionPolicy" in declared
    }
    assert kept == {"Bucket", "Tables", "Jobs", "Archive", "Gates", "Claims", "Flows"}


def statements(resources: Mapping[str, Resource]) -> Iterator[Mapping[str, Any]]:
    for resource in resources.values():
        if resource.type == "ALIYUN::RAM::Role":
            for policy in resource.properties["Policies"]:
                yield from policy["PolicyDocument"]["Statement"]


def test_lines_go_to_the_logstore_that_the_role_may_write() -> None:
    resources = resolved()
    log = resources["Service"].properties["LogConfig"]
    assert log["Project"] == "maskline-1234567890123456"
    resource = f"acs:log:*:*:project/{log['Project']}/logstore/{log['Logstore']}"
    assert [
        s["Resource"] for s in statements(resources) if "log:PostLogStoreLogs" in s["Action"]
    ] == [[resource]]


def test_every_alarm_has_a_chapter_in_the_runbook() -> None:
    for name in ("docs/runbook.md", "docs/runbook.zh-CN.md"):
        headings = re.findall(
            r"^### (.+)$", (PROJECT / name).read_text(encoding="utf-8"), re.MULTILINE
        )
        for resource in resolved().values():
            if resource.type == "ALIYUN::SLS::Alert":
                told = {
                    a["Key"]: a["Value"]
                    for a in resource.properties["Detail"]["Configuration"]["Annotations"]
                }
                assert told["runbook"].partition("#")[2] in headings


@pytest.mark.parametrize("name", ["docs/runbook.md", "docs/runbook.zh-CN.md"])
def test_the_runbook_tells_of_every_metric(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \| .+ \|$", text, re.MULTILINE) == [m.name for m in METRICS]
