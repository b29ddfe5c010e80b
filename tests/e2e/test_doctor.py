"""`maskline doctor` on a running local cloud, through the vendors' own clients: nothing is found
where nothing is wrong, and everything that their clients then make wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fc2
import oss2
import pytest
import yaml
from alibabacloud_fc20230330 import models
from mns.account import Account

from scripts.localcloud.app import TEMPLATE, LocalCloud
from shared.adapters.tablestore.sdk import connect
from tests.e2e.cloud_process import ROOT, CloudProcess, cloud_up
from tests.integration.localcloud.conftest import LoopThread
from tests.integration.localcloud.fc3_client import fc3_client


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudProcess]:
    with cloud_up(tmp_path_factory.mktemp("doctor") / "cloud") as running:
        yield running


def examined(cloud: CloudProcess, profile: str | None = None, **variables: str) -> tuple[int, Any]:
    where = ["--profile", profile] if profile else ["--data", cloud.description["data_dir"]]
    return doctor(*where, **variables)


def doctor(*where: str, **variables: str) -> tuple[int, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "scripts", "doctor", "--json", *where],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
    return ended.returncode, json.loads(ended.stdout)


def profile_of(cloud: CloudProcess, path: Path, **changes: str) -> str:
    """A profile of the real commands that leads to the local cloud."""
    told = cloud.description
    variables = {
        **told["environment"],
        "ALIBABA_CLOUD_ACCESS_KEY_ID": told["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": told["access_key_secret"],
        **changes,
    }
    lines = [f"{name} = {json.dumps(str(value))}" for name, value in variables.items()]
    path.write_text("\n".join(["[profiles.here]", *lines, ""]), encoding="utf-8")
    return str(path)


def test_a_fresh_cloud_is_healthy_by_folder_and_by_profile(
    cloud: CloudProcess, tmp_path: Path
) -> None:
    path = profile_of(cloud, tmp_path / "maskline.toml")

    assert examined(cloud)[1]["findings"] == []
    code, told = examined(cloud, "here", MASKLINE_PROFILES=path)

    assert (code, told["findings"], told["healthy"]) == (0, [], True)


def test_refused_keys_are_said_for_each_service_without_being_shown(
    cloud: CloudProcess, tmp_path: Path
) -> None:
    wrong = {
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "not-the-secret-of-it",
        "DASHSCOPE_API_KEY": "sk-not-the-key-of-it",
    }
    path = profile_of(cloud, tmp_path / "maskline.toml", **wrong)

    code, told = examined(cloud, "here", MASKLINE_PROFILES=path)

    codes = [finding["code"] for finding in told["findings"]]
    assert code == 1
    assert codes.count("refused") >= 4
    assert "key_refused" in codes
    assert [secret for secret in wrong.values() if secret in json.dumps(told)] == []


def test_what_the_vendors_clients_make_wrong_is_found(cloud: CloudProcess) -> None:
    told = cloud.description
    keys = (told["access_key_id"], told["access_key_secret"])
    service = told["fc_service"]
    functions = fc2.Client(
        endpoint=told["fc_endpoint"], accessKeyID=keys[0], accessKeySecret=keys[1]
    )
    cloud.bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    functions.delete_trigger(service, "submit", "on-upload")
    functions.update_trigger(
        service, "poller", "tick", {"cronExpression": "@every 1h", "enable": True, "payload": "x"}
    )
    functions.update_function(
        service, "finalizer", environmentVariables={"MASKLINE_BUCKET": "other"}, memorySize=256
    )
    rows = connect(
        told["tablestore_endpoint"],
        told["tablestore_instance"],
        region=told["region"],
        access_key_id=keys[0],
        access_key_secret=keys[1],
    )
    rows.delete_secondary_index("jobs", "jobs_due")
    rows.delete_table("flows")
    rows.connection.pool.clear()
    account = Account(told["mns_endpoint"], *keys)
    account.get_topic(told["mns_topic"]).delete()
    account.get_queue("maskline-dlq").delete()
    account.mns_client.http.conn.close()
    cloud.maskline("pause")

    code, found = examined(cloud)

    assert code == 1
    assert {finding["code"] for finding in found["findings"]} == {
        "open_bucket",
        "no_trigger",
        "timer_slow",
        "function_differs",
        "variable_missing",
        "variable_differs",
        "variable_wrong",
        "no_index",
        "no_table",
        "no_topic",
        "no_queue",
        "paused",
    }
    assert all(finding["remedy"] and finding["remedy_zh"] for finding in found["findings"])


NOT_TRIED = {
    "eventbridge:PutEvents": "an event cannot be refused harmlessly; a bus is rare",
    "log:PostLogStoreLogs": "Function Compute does it; lines that are missing are seen",
}


def test_all_that_a_role_needs_is_tried(tmp_path: Path) -> None:
    with cloud_up(tmp_path / "cloud") as fresh:
        assert examined(fresh)[1]["findings"] == []
        report = fresh.control("/_control/permissions")
        told = fresh.events()

    own = [p for p in report["permissions"] if p["role"].endswith("-functions")]
    untried = {p["action"] for p in own if not p["used"]}
    assert untried <= set(NOT_TRIED)
    assert (report["refused"], told) == ([], [])


def without(template: Any, *actions: str) -> Any:
    """The template, whose functions' role may not do these."""
    (policy,) = template["Resources"]["FunctionRole"]["Properties"]["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        left = [action for action in statement["Action"] if action not in actions]
        statement["Action"] = left or ["oss:GetBucketTagging"]
    return template


LACKING = {
    "oss:DeleteObject": ["oss:DeleteObject pins/"],
    "oss:PutObject": [f"oss:PutObject {folder}/" for folder in ("pins", "raw", "results")],
    "ots:GetRange": ["ots:GetRange jobs"],
    "ots:PutRow": [f"ots:PutRow {table}" for table in ("jobs", "gates", "claims", "flows")],
    "ots:UpdateRow": [f"ots:UpdateRow {table}" for table in ("jobs", "gates", "claims", "flows")],
    "mns:PublishMessage": ["mns:PublishMessage maskline-events"],
    "mns:SendMessage": ["mns:SendMessage maskline-dlq"],
    "mns:BatchReceiveMessage": ["mns:BatchReceiveMessage maskline-dlq"],
    "mns:DeleteMessage": ["mns:DeleteMessage maskline-dlq"],
    "fc:InvokeFunction": ["fc:InvokeFunction poller", "fc:InvokeFunction finalizer"],
}


def test_what_the_functions_role_lacks_is_named_by_the_function_itself(tmp_path: Path) -> None:
    template = tmp_path / "template.yml"
    document = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    weak = without(document, *LACKING)
    template.write_text(yaml.safe_dump(weak, allow_unicode=True), encoding="utf-8")
    cloud = LocalCloud(tmp_path / "cloud", template=template)
    thread = LoopThread()
    try:
        thread.run(cloud.start())
        code, told = doctor("--data", str(tmp_path / "cloud"))
    finally:
        thread.run(cloud.stop())
        thread.close()

    lacking = [finding for finding in told["findings"] if finding["code"] == "role_lacks"]
    assert (code, lacking) == (1, told["findings"])
    said = [finding["problem"] for finding in lacking]
    expected = [permission for each in LACKING.values() for permission in each]
    assert [p for p in expected if not any(p in problem for problem in said)] == []
    assert len(lacking) == len(expected)


def test_functions_of_3_0_are_looked_at_too(tmp_path: Path) -> None:
    with cloud_up(tmp_path / "data", "--fc-api", "3.0") as cloud:
        code, healthy = examined(cloud)
        assert (code, healthy["findings"]) == (0, [])

        told = cloud.description
        client = fc3_client(told["fc_endpoint"], told["access_key_id"], told["access_key_secret"])
        client.delete_trigger("maskline-submit", "on-upload")
        hourly = json.dumps({"cronExpression": "@every 1h", "enable": True, "payload": "tick"})
        timer = models.UpdateTriggerInput(trigger_config=hourly)
        client.update_trigger("maskline-poller", "tick", models.UpdateTriggerRequest(body=timer))
        changes = models.UpdateFunctionInput(
            environment_variables={"MASKLINE_BUCKET": "other"}, memory_size=256
        )
        client.update_function("maskline-finalizer", models.UpdateFunctionRequest(body=changes))
        client.delete_async_invoke_config(
            "maskline-poller", models.DeleteAsyncInvokeConfigRequest()
        )
        code, found = examined(cloud)

        for name in ("submit", "poller", "finalizer"):
            client.delete_function(f"maskline-{name}")
        _, nothing = examined(cloud)

    differing = [f["problem"] for f in found["findings"] if f["code"] == "function_differs"]
    assert code == 1
    assert {finding["code"] for finding in found["findings"]} == {
        "no_trigger",
        "timer_slow",
        "function_differs",
        "variable_missing",
        "variable_differs",
        "variable_wrong",
    }
    assert len(differing) == 4  # a memory, and the three that say how a poller is retried
    assert [finding["code"] for finding in nothing["findings"]] == ["no_functions"]
