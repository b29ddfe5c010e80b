"""The policy of who deploys: all that the commands ask for stands in it, and nothing else."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mns.account import Account

from scripts.cli import deploy
from scripts.cli.deploy import Target
from scripts.deploy.apply import apply
from scripts.deploy.destroy import destroy, inventory
from scripts.deploy.errors import DeployError
from scripts.deploy.plan import plan
from scripts.deploy.policy import asked, made
from scripts.deploy.rollback import rollback
from scripts.deploy.wanted import Wanted
from scripts.localcloud.core.context import Cloud, assemble
from scripts.localcloud.core.identity import load_identity
from shared.bootstrap.administration import Administration
from shared.bootstrap.administration import build as administration_of
from shared.settings import Credentials
from tests.e2e.cloud_process import CloudProcess, cloud_up
from tests.e2e.deploying import changed
from tests.e2e.permissions import Grant, Judgement, taken_out_in_turn
from tests.integration.localcloud.mns_client import close_client, make_queue
from tests.integration.localcloud.ros_client import RosUser
from tests.unit.deploy.account import Silent

ROLE = "deployer"
EVERYBODY = {"Version": "1", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}
]}  # fmt: skip
pytestmark = [
    pytest.mark.timeout(400),
    # A command ends with its process, so the vendors' clients are closed by nobody.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Deployer:
    """Somebody who deploys in a role that may do what a policy says, and no more."""

    def __init__(self, running: CloudProcess, surroundings: Cloud) -> None:
        self.running = running
        self._surroundings = surroundings
        self.target = Target(data=Path(running.description["data_dir"]), profile=None)
        self._settings = deploy._cloud(self.target)[1]

    def wanted(self, codes: Any = ()) -> Wanted:
        return deploy._wanted(self.target, self._settings, codes)

    def allowed(self, statements: list[dict[str, Any]]) -> Administration:
        """The account, through the keys of a role with these statements."""
        policies = [
            {"PolicyName": ROLE, "PolicyDocument": {"Version": "1", "Statement": statements}}
        ]
        properties = {
            "RoleName": ROLE,
            "AssumeRolePolicyDocument": EVERYBODY,
            "Policies": policies,
        }
        template = {"Resources": {"Role": {"Type": "ALIYUN::RAM::Role", "Properties": properties}}}
        RosUser(self._surroundings).create("who-deploys", template)
        key_id, secret, token, _ = self._surroundings.credentials.issue(
            3600, self._surroundings.clock.now(), ROLE
        )
        return administration_of(
            self._settings,
            Credentials(access_key_id=key_id, access_key_secret=secret, security_token=token),
            ros_endpoint=self.running.description["ros_endpoint"],
            functions=self.wanted().functions,
        )


@pytest.fixture(params=["2.0", "3.0"])
def fc_api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def deployer(tmp_path: Path, fc_api: str) -> Iterator[Deployer]:
    with cloud_up(tmp_path / "data", "--empty", "--fc-api", fc_api) as running:
        surroundings = assemble(tmp_path / "data", load_identity(tmp_path / "data"))
        yield Deployer(running, surroundings)
        surroundings.close()
        gc.collect()  # their sockets end here, and not in somebody else's test


def everything(cloud: Administration, deployer: Deployer, folder: Path) -> None:
    """Each command, and a stack that could not be made at first."""
    codes = deploy._built(folder, "", local=True)
    first, second = (deployer.wanted(changed(codes, mark, folder)) for mark in "ab")
    told = deployer.running.description
    messages = Account(told["mns_endpoint"], told["access_key_id"], told["access_key_secret"], "")
    queue = make_queue(messages, "maskline-dlq")
    with pytest.raises(DeployError, match="FailureQueue"):
        apply(cloud, first, Silent())
    queue.delete()
    close_client(messages)
    for wanted in (first, second):
        plan(cloud, wanted)
        apply(cloud, wanted, Silent())
    plan(cloud, second)
    rollback(cloud.functions, None)
    for mark in "cdefgh":  # until versions are deleted
        apply(cloud, deployer.wanted(changed(codes, mark, folder)), Silent())
    for folder_of_bucket in second.folders:
        deployer.running.bucket.put_object(f"{folder_of_bucket}a.jpg", b"photograph")
    inventory(cloud, second, with_data=True)
    destroy(cloud, second, Silent(), with_data=True)


def test_the_policy_grants_what_deploying_asks_for_and_no_more(
    deployer: Deployer, fc_api: str, tmp_path: Path
) -> None:
    cloud = deployer.allowed(asked(deployer.wanted(), fc_api))

    everything(cloud, deployer, tmp_path)

    judgement = Judgement.of(deployer.running.control("/_control/permissions"), role=ROLE)
    assert (judgement.missing(), judgement.unused()) == ([], [])
    assert taken_out_in_turn(judgement) == []
    useless = Grant(ROLE, "ros:DeleteStackGroup", "acs:ros:*:*:stack/*")
    assert judgement.having(useless).unused() == [str(useless)]


def test_without_a_permission_the_message_names_what_was_refused(
    deployer: Deployer, fc_api: str, tmp_path: Path
) -> None:
    lacking = [s for s in asked(deployer.wanted(), fc_api) if "ros:CreateStack" in s["Action"]]
    refused = deployer.allowed(lacking)
    codes = deploy._built(tmp_path, "", local=True)

    with pytest.raises(Exception, match="PutBucket maskline-local-code: AccessDenied") as caught:
        apply(refused, deployer.wanted(codes), Silent())

    assert type(caught.value).__name__ == "ForbiddenError"


def test_what_ros_makes_is_bounded_by_names(deployer: Deployer) -> None:
    wanted = deployer.wanted()
    told = {s["Action"][0].partition(":")[0]: s["Resource"] for s in made(wanted)}

    kinds = {
        line.split("::")[1]
        for line in wanted.template.text.split()
        if "ALIYUN::" in line and line.count("::") == 2 and line.startswith("ALIYUN::")
    }
    spelled = {"SLS": "log", "FC3": "fc"}
    services = {spelled.get(kind, kind.lower()) for kind in kinds if kind != "ROS"}
    assert services == set(told)
    assert not [r for resources in told.values() for r in resources if r.endswith(":*")]


def test_the_command_prints_it_for_this_deployment(deployer: Deployer, fc_api: str) -> None:
    told = deployer.running.maskline("deploy", "policy")

    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    wanted = deployer.wanted()
    assert document["Statement"] == asked(wanted, fc_api) + made(wanted)
