"""A profile's settings become the template's parameters; what is missing or misspelt is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.cli.endpoints import with_endpoints
from scripts.cli.profiles import deploy_table, given_by
from scripts.deploy.errors import DeployError
from scripts.deploy.example import EXAMPLE
from scripts.deploy.template import TemplateFacts, read_template
from scripts.deploy.wanted import Code, Wanted, parameters_given
from shared.settings import Settings, SettingsError

TEMPLATE = (Path(__file__).parents[3] / "template.yml").read_text(encoding="utf-8")
VARIABLES = {
    "MASKLINE_BUCKET": "photos",
    "MASKLINE_ACCOUNT_ID": "1234567890123456",
    "MASKLINE_REGION": "cn-beijing",
    "MASKLINE_QUOTA": "20",
    "TABLESTORE_INSTANCE": "maskline",
    "FC_SERVICE": "maskline",
    "DASHSCOPE_API_KEY": "sk-secret",
    "OSS_ENDPOINT": "https://oss.example.com",
}


@pytest.fixture(scope="module")
def template() -> TemplateFacts:
    return read_template(TEMPLATE)


def wanted(template: TemplateFacts, tmp_path: Path, sha256: str = "0" * 64, **given: str) -> Wanted:
    package = tmp_path / "submit.zip"
    package.write_bytes(b"zip")
    return Wanted(
        stack="maskline",
        service="maskline",
        bucket="photos",
        folders=("uploads/",),
        template=template,
        given={"BucketName": "photos", **given},
        codes=(Code(function="submit", sha256=sha256, path=package),),
    )


def test_settings_give_the_parameters_that_the_template_makes_them_of(
    template: TemplateFacts,
) -> None:
    given = parameters_given(template, VARIABLES, {"LogDays": "7"})

    assert given["BucketName"] == "photos"
    assert given["Quota"] == "20"
    assert given["OssEndpoint"] == "https://oss.example.com"
    assert given["DashScopeApiKey"] == "sk-secret"
    assert given["LogDays"] == "7"
    assert not {"Deployment", "Qualifier", "CodeBucket", "SubmitCode"} & given.keys()


def test_the_template_is_read_for_what_deploying_needs(template: TemplateFacts) -> None:
    assert template.packages == {
        "submit": "SubmitCode",
        "poller": "PollerCode",
        "finalizer": "FinalizerCode",
    }
    assert set(template.tables) == {"jobs", "archive", "gates", "claims", "flows"}
    assert {"DashScopeApiKey", "WebhookSecret"} <= template.secret
    assert {"Bucket", "Jobs", "Tables"} <= template.retained


def test_what_is_missing_is_named_by_its_setting(template: TemplateFacts) -> None:
    with pytest.raises(DeployError, match=r"DashScopeApiKey: missing; set DASHSCOPE_API_KEY"):
        parameters_given(template, {"MASKLINE_BUCKET": "photos"}, {})


@pytest.mark.parametrize(
    ("name", "text"),
    [("LogDay", "no parameter of the template"), ("Deployment", "set by deploying")],
)
def test_a_parameter_that_is_none_or_not_to_be_given_is_refused(
    template: TemplateFacts, name: str, text: str
) -> None:
    with pytest.raises(DeployError, match=f"{name}: {text}"):
        parameters_given(template, VARIABLES, {name: "7"})


@pytest.mark.parametrize("text", ["", "a: [", "Parameters: {}", "Resources: 1"])
def test_another_document_is_no_template(text: str) -> None:
    with pytest.raises(DeployError, match="the template cannot be read"):
        read_template(text)


def test_a_deployment_is_new_where_code_or_an_open_parameter_is_and_tells_no_secret(
    template: TemplateFacts, tmp_path: Path
) -> None:
    plain = wanted(template, tmp_path)

    assert plain.deployment == wanted(template, tmp_path).deployment
    assert plain.deployment != wanted(template, tmp_path, "1" * 64).deployment
    assert plain.deployment != wanted(template, tmp_path, LogDays="3").deployment
    assert plain.deployment == wanted(template, tmp_path, DashScopeApiKey="sk-x").deployment
    assert "sk-x" not in repr(wanted(template, tmp_path, DashScopeApiKey="sk-x"))


def test_packages_lie_under_the_hash_of_their_contents(
    template: TemplateFacts, tmp_path: Path
) -> None:
    made = wanted(template, tmp_path)

    assert made.parameters["SubmitCode"] == "maskline/submit-0000000000000000.zip"
    assert made.parameters["CodeBucket"] == "photos-code"
    assert made.parameters["Qualifier"] == "live"


def test_endpoints_follow_from_region_and_account_as_the_template_says() -> None:
    found = with_endpoints({n: v for n, v in VARIABLES.items() if n != "OSS_ENDPOINT"})
    said = re.findall(r"https://[^\s']*\$\{[^\s']+\.aliyuncs\.com", TEMPLATE)
    names = {
        "ALIYUN::Region": "cn-beijing",
        "ALIYUN::TenantId": VARIABLES["MASKLINE_ACCOUNT_ID"],
        "TablestoreInstance": "maskline",
    }
    expected = {re.sub(r"\$\{([^}]+)\}", lambda m: names[m.group(1)], text) for text in said}

    assert len(expected) == 5
    assert expected <= set(found.values())


def test_an_endpoint_that_is_given_stays_and_one_that_follows_from_nothing_is_missing() -> None:
    assert with_endpoints(VARIABLES)["OSS_ENDPOINT"] == "https://oss.example.com"
    assert "OSS_ENDPOINT" not in with_endpoints({"TABLESTORE_INSTANCE": "x"})


def test_the_example_is_read_and_lacks_just_what_has_to_be_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "maskline.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    found = given_by("production", {"DASHSCOPE_API_KEY": "sk-1"}, tmp_path, tmp_path)
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(found.variables)
    named = {problem.split(":")[0].split()[0] for problem in caught.value.problems}
    empty = {name.upper() for name in re.findall(r'^(\w+) = ""', EXAMPLE, re.MULTILINE)}
    assert empty <= named

    filled = EXAMPLE.replace('account_id = ""', 'account_id = "1234567890123456"')
    filled = filled.replace('= ""', '= "photos"').replace("# LogDays", "LogDays")
    path.write_text(filled, encoding="utf-8")
    found = given_by("production", {"DASHSCOPE_API_KEY": "sk-1"}, tmp_path, tmp_path)
    settings = Settings.from_env(found.variables)

    assert (settings.bucket, settings.quota, settings.fc_qualifier) == ("photos", 500, "live")
    assert deploy_table("production", {}, tmp_path) == {"LogDays": "30"}
    chosen = deploy_table("production", {}, tmp_path)
    assert parameters_given(read_template(TEMPLATE), found.variables, chosen)["LogDays"] == "30"
