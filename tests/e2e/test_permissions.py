"""Every permission of the template is needed, and none is missing: asked of a full local run.

The run has what a year has: an upload, the same bytes again, pictures that need a backdrop, an
erasing, an upload that Function Compute gives up on, and its way back. Each service asks for the
functions' role, and tells which words of a policy allowed what, and what was refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import oss2
import pytest

from tests.e2e.cloud_process import ROOT, CloudProcess, cloud_up, until
from tests.e2e.permissions import Grant, Judgement, taken_out_in_turn

PHOTO: Final = (ROOT / "scripts" / "samples" / "hopper.jpg").read_bytes()
ELSEWHERE: Final = {
    "eventbridge:PutEvents": "the stack of a local cloud has no event bus",
}
"""Permissions that a local run cannot need."""

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Run:
    """What was asked of the roles; and what held the run up, if it did not come to its end."""

    report: Mapping[str, Any]
    trouble: str


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run of everything. One that is held up by a refusal still tells of it."""
    with cloud_up(tmp_path_factory.mktemp("permissions") / "cloud") as cloud:
        trouble = ""
        try:
            everything(cloud)
        except AssertionError as error:
            trouble = str(error)
        yield Run(cloud.control("/_control/permissions"), trouble)


def everything(cloud: CloudProcess) -> None:
    bucket = cloud.bucket
    bucket.put_object("backdrops/wall.jpg", PHOTO)
    wishes = {"x-oss-meta-maskline-recipes": "people,backdrop:image=wall.jpg,erase:people=all"}
    bucket.put_object("uploads/a.jpg", PHOTO, headers=wishes)
    cloud.wait_for(["uploads/a.jpg"], 60)
    cloud.wait_for([cloud.put("again.jpg", PHOTO)], 60)
    given_up(cloud)
    until(lambda: erased(bucket), 60, lambda: "the erasing has no result")
    archived(cloud)
    bucket.put_object("uploads/a.jpg", PHOTO, headers=wishes)
    until(lambda: used(cloud, "ots:DeleteRow"), 60, lambda: "nothing came back from the archive")
    assert {event["type"] for event in cloud.ended().values()} == {"maskline.job.done"}


def archived(cloud: CloudProcess) -> None:
    """The first upload's job leaves for the archive, by the operator's hand."""

    def put_away() -> bool:
        answer = cloud.maskline("archive", "uploads/a.jpg", "--json")
        return answer.returncode == 0 and json.loads(answer.stdout)["archived"] == 1

    until(put_away, 60, lambda: "uploads/a.jpg cannot be archived")


def given_up(cloud: CloudProcess) -> None:
    """An upload that `submit` fails at until Function Compute gives up, and takes in later."""
    fault = {"service": "tablestore", "operation": "*", "fault": "error:403:OTSNoPermissionAccess"}
    cloud.control("/_control/faults", {**fault, "probability": 1})
    key = cloud.put("later.jpg", PHOTO + b"\0")

    def reported() -> bool:
        cloud.control("/_control/clock", {"advance": 120})
        sent = cloud.ledger()["calls"].get("mns", {})
        return used(cloud, "mns:SendMessage") or bool(sent.get("SendMessage"))

    until(reported, 90, lambda: "nothing came to the failure queue")
    cloud.control("/_control/faults", method="DELETE")
    cloud.control("/_control/clock", {"advance": 700})
    cloud.wait_for([key], 90)


def used(cloud: CloudProcess, action: str) -> bool:
    found = cloud.control("/_control/permissions")["permissions"]
    return any(p["used"] for p in found if p["action"] == action)


def erased(bucket: oss2.Bucket) -> bool:
    found = oss2.ObjectIterator(bucket, prefix="results/")
    return any(each.key.endswith("erase.json") for each in found)


def test_nothing_is_missing(run: Run) -> None:
    assert Judgement.of(run.report).missing() == []


def test_the_run_came_to_its_end(run: Run) -> None:
    assert run.trouble == ""


def test_nothing_is_granted_that_is_not_needed(run: Run) -> None:
    assert Judgement.of(run.report).unused(tuple(ELSEWHERE)) == []


def test_each_permission_that_is_taken_away_is_named(run: Run) -> None:
    judgement = Judgement.of(run.report)

    assert len(set(judgement.granted)) == len(judgement.granted) > 20
    assert taken_out_in_turn(judgement, tuple(ELSEWHERE)) == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("oss:DeleteBucket", "acs:oss:*:*:maskline-local"),
        ("oss:GetObject", "acs:oss:*:*:somebody-elses/*"),
        ("ots:DeleteTable", "acs:ots:*:*:instance/maskline/table/jobs"),
    ],
)
def test_an_unused_permission_that_is_added_is_named(run: Run, action: str, resource: str) -> None:
    """One of a service that is used, too, on what nobody asked for."""
    judgement = Judgement.of(run.report)
    for role in {grant.role for grant in judgement.granted}:
        more = judgement.having(Grant(role, action, resource))
        assert more.unused(tuple(ELSEWHERE)) == [f"{action} on {resource}"]


def test_what_the_services_say_of_their_words_is_what_the_judge_finds(run: Run) -> None:
    """Two readings of the same policies agree on which words allowed what."""
    judgement = Judgement.of(run.report)
    for asked in run.report["asked"]:
        mine = Grant(asked["role"], asked["action"], asked["resource"])
        covering = [n for n, grant in enumerate(judgement.granted) if grant.covers(mine)]
        assert covering == asked["allowed_by"]
