"""What deploying does in states that a working account seldom comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.deploy.destroy import destroy, inventory
from scripts.deploy.errors import DeployError
from scripts.deploy.plan import plan
from scripts.deploy.rollback import rollback
from scripts.deploy.stack import bring_about, parameters_for, settled
from scripts.deploy.tidy import tidy
from scripts.deploy.versions import former, made_live
from shared.ports.administration import Alias, StackPart, StackState
from shared.ports.errors import RejectedError
from tests.unit.deploy.account import FACTS, Account, Silent, wanted

DONE = StackState(id="id", status="CREATE_COMPLETE", parameters={"MakeBucket": "true"})
BUSY = StackState(id="id", status="UPDATE_IN_PROGRESS")
BROKEN = StackState(id="id", status="CREATE_ROLLBACK_COMPLETE", reason="it failed")


def account_with(versions: list[str], live: str, *before: str) -> Account:
    account = Account()
    account.functions.numbers = versions
    made_live(account.functions, live, before)
    return account


def test_rollback_goes_back_one_by_one_and_says_when_there_is_no_more() -> None:
    account = account_with(["1", "2", "3"], "3", "2", "1")

    went = [rollback(account.functions, None).now for _ in range(2)]

    assert went == ["2", "1"]
    with pytest.raises(DeployError, match="no version was live before 1"):
        rollback(account.functions, None)


def test_rollback_passes_over_a_version_that_is_gone_and_takes_one_by_name() -> None:
    account = account_with(["1", "3", "4"], "4", "2", "1")

    assert rollback(account.functions, None).now == "1"
    assert rollback(account.functions, "3").now == "3"
    with pytest.raises(DeployError, match=r"no version 2 \(there: 4, 3, 1\)"):
        rollback(account.functions, "2")


def test_a_rollback_that_was_broken_off_goes_on_and_does_not_go_further() -> None:
    account = account_with(["1", "2", "3"], "3", "2", "1")
    assert rollback(account.functions, None).now == "2"
    half = account.functions.live
    assert half is not None
    account.functions.live = replace(half, whole=False)

    assert rollback(account.functions, None).now == "2"
    assert account.functions.live == half
    assert rollback(account.functions, None).now == "1"


def test_a_rollback_of_what_came_to_some_functions_only_goes_back() -> None:
    account = account_with(["1", "2"], "2", "1")
    assert account.functions.live is not None
    account.functions.live = replace(account.functions.live, whole=False)

    assert rollback(account.functions, None).now == "1"
    assert account.functions.live.whole


def test_a_plan_shows_an_alias_that_has_not_come_to_every_function() -> None:
    account = account_with(["1"], "1")
    done = StackState(id="id", status="CREATE_COMPLETE", template=FACTS.text)
    account.stacks.states = [done]
    assert account.functions.live is not None
    account.functions.live = replace(account.functions.live, whole=False)

    (alias,) = plan(account.cloud, wanted()).of("alias")

    assert alias.before == "1, not of every function yet"


def test_rollback_of_nothing_says_so() -> None:
    with pytest.raises(DeployError, match="nothing is deployed"):
        rollback(Account().functions, None)


def test_the_alias_remembers_five_and_no_foreign_description_is_taken_for_them() -> None:
    account = account_with([], "7", "6", "7", "5", "4", "3", "2", "1")

    assert former(account.functions.live) == ["6", "5", "4", "3", "2"]
    assert former(Alias(version="1", description="the 3 I like")) == []
    assert former(None) == []


def test_a_stack_that_never_came_to_be_is_removed_and_made_anew() -> None:
    account = Account()
    account.stacks.states = [BROKEN, BROKEN, None, DONE]

    assert bring_about(account.cloud, wanted()).startswith("removed a stack that was CREATE_")
    assert (account.stacks.deleted, len(account.stacks.created)) == (1, 1)


def test_what_ros_said_is_told_with_what_to_do() -> None:
    account = Account()
    account.stacks.states = [None, BUSY, BROKEN]

    with pytest.raises(DeployError, match="FailureQueue: it exists already; mend that, and repeat"):
        bring_about(account.cloud, wanted())


def test_a_stack_that_is_there_after_all_was_begun_by_a_lost_try() -> None:
    account = Account()
    account.stacks.taken = True
    account.stacks.states = [None, BUSY, BUSY, DONE]

    assert bring_about(account.cloud, wanted()) == "created"


def test_a_stack_that_is_being_worked_on_is_waited_for() -> None:
    account = Account()
    account.stacks.states = [BUSY, BUSY, DONE]

    assert bring_about(account.cloud, wanted()) == ""


def test_a_stack_that_failed_to_go_back_and_takes_no_change_is_told_with_a_way_out() -> None:
    account = Account()
    account.stacks.states = [
        StackState(id="id", status="ROLLBACK_FAILED", reason="Topic: it is in use")
    ]
    account.stacks.refuses = "StackInvalid"

    with pytest.raises(DeployError, match=r"is ROLLBACK_FAILED .*StackInvalid; .*deploy destroy"):
        bring_about(account.cloud, wanted())


def test_a_stack_in_good_state_that_takes_no_change_is_told_in_the_services_words() -> None:
    account = Account()
    account.stacks.states = [DONE]
    account.stacks.refuses = "StackValidationFailed"

    with pytest.raises(RejectedError, match="StackValidationFailed"):
        bring_about(account.cloud, wanted())


def test_patience_with_a_busy_stack_ends() -> None:
    account = Account()
    account.stacks.states = [BUSY]

    with pytest.raises(DeployError, match="still UPDATE_IN_PROGRESS"):
        settled(account.cloud, "maskline")
    assert account.clock.monotonic() > 1000


def test_what_is_there_is_not_made_and_what_a_stack_made_stays_its_own() -> None:
    account = Account()
    fresh = parameters_for(account.cloud, wanted(), None)
    account.buckets.make("photos")
    account.tables.found = []
    beside = parameters_for(account.cloud, wanted(), None)
    account.tables.found = ["jobs", "archive", "gates", "claims", "flows"]
    again = parameters_for(account.cloud, wanted(), None)

    names = ("MakeBucket", "MakeTablestore", "MakeTables")
    assert [fresh[name] for name in names] == ["true", "true", "true"]
    assert [beside[name] for name in names] == ["false", "false", "true"]
    assert [again[name] for name in names] == ["false", "false", "false"]
    assert parameters_for(account.cloud, wanted(), DONE)["MakeBucket"] == "true"
    chosen = wanted(MakeBucket="false")
    assert parameters_for(account.cloud, chosen, DONE)["MakeBucket"] == "false"


def test_the_archive_is_made_beside_the_tables_of_an_earlier_version() -> None:
    account = Account()
    account.tables.found = ["jobs", "gates", "claims", "flows"]
    earlier = parameters_for(account.cloud, wanted(), None)
    updated = parameters_for(account.cloud, wanted(), DONE)
    account.tables.found += ["archive"]
    again = parameters_for(account.cloud, wanted(), DONE)

    made = [(each.get("MakeTables"), each["MakeArchive"]) for each in (earlier, updated, again)]
    assert made == [("false", "true"), (None, "true"), (None, "false")]


def test_half_of_the_tables_is_not_deployed_over() -> None:
    account = Account()
    account.tables.found = ["jobs", "other"]

    with pytest.raises(DeployError, match="has jobs and lacks claims, flows, gates"):
        parameters_for(account.cloud, wanted(), None)


def test_a_plan_tells_no_secret_and_asks_no_preview_of_what_is_not_there() -> None:
    account = Account()

    changes = plan(account.cloud, wanted()).changes

    assert "sk-secret" not in repr(changes)
    assert {"stack", "parameter", "code", "alias"} == {change.kind for change in changes}


def test_a_secret_that_changes_shows_where_it_is_used_and_makes_a_version() -> None:
    account = account_with(["1"], "1")
    done = StackState(id="id", status="CREATE_COMPLETE", template=FACTS.text)
    account.stacks.states = [done]
    account.stacks.previewed = [
        StackPart(name="Submit", type="ALIYUN::FC::Function", action="Modify"),
        StackPart(name="Topic", type="ALIYUN::MNS::Topic", action="None"),
    ]

    found = plan(account.cloud, wanted())

    assert [change.name for change in found.of("resource")] == ["Submit"]
    assert [(c.before, c.after) for c in found.of("alias")] == [("1", "a new version")]


def test_code_that_somebody_set_by_hand_shows_as_unknown() -> None:
    account = account_with(["1"], "1")
    account.stacks.states = [DONE]

    code = plan(account.cloud, wanted()).of("code")

    assert [(change.name, change.before) for change in code] == [("submit", "unknown")]


def test_destroying_lists_first_and_keeps_the_data() -> None:
    account = account_with(["1"], "1")
    account.stacks.states = [DONE]
    account.buckets.found = {"photos": {"uploads/a.jpg"}, "photos-code": {"maskline/x.zip"}}
    account.tables.found = ["jobs"]

    found = inventory(account.cloud, wanted(), with_data=False)

    assert found.goes == (
        "ALIYUN::FC::Function Submit (submit)",
        "version 1 of maskline",
        "alias live of maskline",
        "package oss://photos-code/maskline/x.zip",
    )
    assert "1 objects in oss://photos/uploads/" in found.stays
    assert "table jobs with its rows" in found.stays
    account.stacks.states = [DONE, None]
    destroy(account.cloud, wanted(), Silent(), with_data=False)
    assert account.buckets.found == {"photos": {"uploads/a.jpg"}}
    assert account.tables.found == ["jobs"]


def test_with_the_data_a_bucket_that_holds_something_else_stays() -> None:
    account = Account()
    account.buckets.found = {"photos": {"uploads/a.jpg", "holiday.jpg"}}
    account.tables.found = ["jobs", "others"]

    done = destroy(account.cloud, wanted(), Silent(), with_data=True)

    assert "stays, as it holds what is not Maskline's: holiday.jpg" in done["objects"]
    assert account.buckets.found == {"photos": {"holiday.jpg"}}
    assert account.tables.found == ["others"]
    stays = inventory(account.cloud, wanted(), with_data=True).stays
    assert not any("uploads" in line for line in stays)


def test_tidying_keeps_the_versions_that_rollback_may_go_to() -> None:
    account = account_with([str(n) for n in range(1, 10)], "9", "8", "7", "6", "5", "4", "3")
    account.buckets.found = {"photos-code": {"maskline/old.zip", wanted().key(wanted().codes[0])}}

    assert tidy(account.cloud, wanted()) == "deleted 3, 2, 1; deleted 1 former packages"
    assert account.functions.versions() == ["9", "8", "7", "6", "5", "4"]
    assert len(account.buckets.found["photos-code"]) == 1
