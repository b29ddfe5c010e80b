"""`maskline deploy` in an empty account: from nothing to a result, changed, taken back, removed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fc2
import pytest
from mns.account import Account

from tests.e2e.cloud_process import ROOT, CloudProcess, cloud_up
from tests.integration.localcloud.fc3_client import fc3_client
from tests.integration.localcloud.mns_client import close_client, make_queue

PHOTO = ROOT / "scripts" / "samples" / "hopper.jpg"


@pytest.fixture(params=["2.0", "3.0"])
def fc_api(request: pytest.FixtureRequest) -> str:
    """The API of Function Compute; the program above it is one."""
    return str(request.param)


@pytest.fixture
def account(tmp_path: Path, fc_api: str) -> Iterator[CloudProcess]:
    with cloud_up(tmp_path / "data", "--empty", "--fc-api", fc_api) as cloud:
        yield cloud


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the code, to be changed."""
    folder = tmp_path / "project"
    for name in ("shared", "functions", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("template.yml", "template.fc3.yml", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def told(cloud: CloudProcess, *arguments: str, project: Path = ROOT) -> Any:
    done = cloud.maskline("deploy", *arguments, "--json", project=project)
    assert done.returncode == 0, done.stderr
    for name in ("dashscope_api_key", "access_key_secret"):
        assert cloud.description[name] not in done.stdout + done.stderr
    return json.loads(done.stdout)


def test_from_nothing_to_a_result_changed_taken_back_and_taken_down(
    account: CloudProcess, project: Path, fc_api: str
) -> None:
    assert {"stack", "code", "alias"} <= {c["kind"] for c in told(account, "plan")["changes"]}

    first = told(account, "apply", project=project)
    assert (first["live"], first["former"]) == ("1", [])
    assert told(account, "plan", project=project)["changes"] == []
    again = told(account, "apply", project=project)
    assert set(again["steps"].values()) == {""}

    key = account.put("hopper.jpg", PHOTO.read_bytes())
    assert account.wait_for([key], 60)[key]["type"] == "maskline.job.done"
    submit = "submit" if fc_api == "2.0" else "maskline-submit"
    log = Path(account.description["data_dir"]) / "logs" / f"{submit}.log"

    handler = project / "functions" / "submit" / "handler.py"
    text = handler.read_text()
    handler.write_text(text.replace("def initialize", "print('the new code')\n\n\ndef initialize"))
    kinds = {c["kind"]: c for c in told(account, "plan", project=project)["changes"]}
    assert (kinds["code"]["name"], kinds["alias"]["before"]) == ("submit", "1")

    second = told(account, "apply", project=project)
    assert (second["live"], second["former"]) == ("2", ["1"])
    assert second["steps"]["packages"] == "uploaded submit"
    other = account.put("again.jpg", PHOTO.read_bytes())
    assert account.wait_for([other], 60)[other]["type"] == "maskline.job.done"
    assert log.read_text().count("the new code") == 1

    assert told(account, "rollback") == {"before": "2", "now": "1"}
    third = account.put("third.jpg", PHOTO.read_bytes())
    assert account.wait_for([third], 60)[third]["type"] == "maskline.job.done"
    assert log.read_text().count("the new code") == 1
    assert account.maskline("deploy", "rollback").returncode == 2

    refused = account.maskline("deploy", "destroy", "--json")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    gone = told(account, "destroy", "--yes")
    assert any("3 objects in" in line for line in gone["stays"])
    assert account.bucket.get_object(key).read() == PHOTO.read_bytes()

    assert told(account, "apply", project=project)["steps"]["stack"] == "created"
    assert json.loads(account.maskline("show", key, "--json").stdout)["state"] == "DONE"
    everything = told(account, "destroy", "--yes", "--with-data")
    assert "deleted the bucket" in everything["steps"]["objects"]


def versions(fc_api: str, *numbers: str) -> list[str]:
    """As they are told of: 2.0 has them of the service, 3.0 of each function."""
    names = ("finalizer ", "poller ", "submit ") if fc_api == "3.0" else ("",)
    return [f"{name}{number}" for name in names for number in numbers]


def test_killed_at_every_step_and_anywhere_it_ends_well(
    account: CloudProcess, tmp_path: Path, fc_api: str
) -> None:
    data = account.description["data_dir"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.deploying", data, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout)
    one, other = "a" * 64, "b" * 64

    for deed in ("create", "destroy"):
        assert set(story[deed]["boundaries"]) == {signal.SIGKILL}
        assert story[deed]["last"] == 0
    created = {"stack": "CREATE_COMPLETE", "live": "1", "code": [one], "triggers": ["live"]}
    assert created.items() <= story["created"].items()
    assert story["created"]["versions"] == versions(fc_api, "1")

    assert all(seen in ([one], [other]) for seen in story["seen"])
    assert (story["seen"][0], story["seen"][-1]) == ([one], [other])
    updated = {"stack": "UPDATE_COMPLETE", "live": "2", "code": [other], "triggers": ["live"]}
    assert updated.items() <= story["updated"].items()
    assert story["updated"]["versions"] == versions(fc_api, "2", "1")

    assert [story[when]["packages"] for when in ("created", "updated", "later")] == [3, 3, 3]
    assert story["later"]["versions"] == versions(fc_api, *"876543")

    left: dict[str, Any] = {
        "stack": None,
        "versions": [],
        "packages": 0,
        "objects": 0,
        "tables": [],
    }
    assert left.items() <= story["destroyed"].items()


def test_a_cloud_that_deploys_itself_is_left_alone(tmp_path: Path) -> None:
    with cloud_up(tmp_path / "data") as cloud:
        refused = cloud.maskline("deploy", "plan")
    assert refused.returncode == 2
    assert "maskline up --empty" in refused.stderr


def test_what_the_account_refuses_is_told_and_a_repetition_mends_it(
    account: CloudProcess,
) -> None:
    """A queue of that name is there already, which no stack may take over."""
    d = account.description
    messages = Account(d["mns_endpoint"], d["access_key_id"], d["access_key_secret"], "")
    queue = make_queue(messages, "maskline-dlq")

    failed = account.maskline("deploy", "apply")
    assert failed.returncode == 2
    assert "FailureQueue" in failed.stderr
    assert "repeat the command" in failed.stderr

    queue.delete()
    close_client(messages)
    mended = told(account, "apply")
    assert mended["steps"]["stack"].startswith("removed a stack that was CREATE_")
    assert mended["live"] == "1"


def broken_by_hand(cloud: CloudProcess, fc_api: str, *, version: bool) -> None:
    """Somebody deletes the version that is live, of one function where versions are of one; or
    else the function `submit`.
    """
    told = cloud.description
    keys = (told["access_key_id"], told["access_key_secret"])
    if fc_api == "3.0":
        client = fc3_client(told["fc_endpoint"], *keys)
        if version:
            client.delete_function_version("maskline-submit", "1")
        else:
            client.delete_function("maskline-submit")
        return
    old = fc2.Client(endpoint=told["fc_endpoint"], accessKeyID=keys[0], accessKeySecret=keys[1])
    if version:
        old.delete_version("maskline", "1")
    else:
        old.delete_function("maskline", "submit")


def test_what_was_broken_by_hand_is_mended_or_told_with_a_way_out(
    account: CloudProcess, fc_api: str
) -> None:
    account.control(
        "/_control/faults",
        {"service": "fc", "operation": "*", "fault": "drop-before", "probability": 1},
    )
    cut = account.maskline("deploy", "apply")
    assert (cut.returncode, "goes on where this one ended" in cut.stderr) == (2, True)
    account.control("/_control/faults", method="DELETE")
    assert told(account, "apply")["live"] == "1"

    broken_by_hand(account, fc_api, version=True)
    assert [c["kind"] for c in told(account, "plan")["changes"]] == ["alias"]
    mended = told(account, "apply")["live"]
    assert mended == ("2" if fc_api == "2.0" else "1.1.2")
    assert set(told(account, "apply")["steps"].values()) == {""}

    broken_by_hand(account, fc_api, version=False)
    refused = account.maskline("deploy", "apply")
    assert refused.returncode == 2
    assert "submit of maskline is not there" in refused.stderr
    assert "`maskline deploy destroy` takes the rest down" in refused.stderr
    told(account, "destroy", "--yes")
    assert told(account, "apply")["live"] == "1"
