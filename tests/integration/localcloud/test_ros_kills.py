"""A stack whose cloud is killed between any two steps ends as if nothing had happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.localcloud.core.resources import Made, Properties, ResourceError
from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.ros.models import Stack, StackStore, Wanted
from scripts.localcloud.services.ros.stacks import Options, Stacks
from scripts.localcloud.templates.resolution import Account

ACCOUNT = Account(region="cn-beijing", account_id="1")
TYPE = "ALIYUN::TEST::Thing"


class KilledError(BaseException):
    """The process is gone."""


class World:
    """What exists outside, and a death that is planned for a step of it."""

    def __init__(self) -> None:
        self.things: dict[str, Any] = {}
        self.log: list[str] = []
        self.steps = 0
        self.dies_at = -1
        self.refuses: set[str] = set()

    def step(self, what: str) -> None:
        """Before and after each deed is a moment to die."""
        if self.steps == self.dies_at:
            self.dies_at = -1
            raise KilledError
        self.steps += 1
        self.log.append(what)


class Thing:
    """A resource type over the world."""

    required = frozenset({"Name"})
    optional = frozenset({"Size", "From"})
    fixed = frozenset({"Name"})
    attributes = frozenset({"Id"})

    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, properties: Properties) -> Made | None:
        name = str(properties["Name"])
        return self._made(name) if name in self._world.things else None

    def create(self, properties: Properties) -> Made:
        name = str(properties["Name"])
        self._world.step(f"before create {name}")
        if name in self._world.refuses:
            raise ResourceError("Refused", f"{name} cannot be made")
        assert name not in self._world.things, "made twice"
        self._world.things[name] = properties.get("Size")
        self._world.step(f"after create {name}")
        return self._made(name)

    def update(self, before: Properties, after: Properties) -> Made:
        name = str(after["Name"])
        self._world.step(f"before update {name}")
        assert name in self._world.things, "changed before it was made"
        self._world.things[name] = after.get("Size")
        self._world.step(f"after update {name}")
        return self._made(name)

    def delete(self, properties: Properties) -> None:
        name = str(properties["Name"])
        self._world.step(f"before delete {name}")
        self._world.things.pop(name, None)
        self._world.step(f"after delete {name}")

    @staticmethod
    def _made(name: str) -> Made:
        return Made(identifier=name, attributes={"Id": f"id-{name}"})


def thing(name: str, size: int = 1, **more: Any) -> dict[str, Any]:
    return {"Type": TYPE, "Properties": {"Name": name, "Size": size, **more}}


def wanted(**resources: Any) -> Wanted:
    head = {"ROSTemplateFormatVersion": "2015-09-01", "Resources": resources}
    return Wanted(template=json.dumps(head))


FIRST = wanted(
    A=thing("a"), B=thing("b", From={"Fn::GetAtt": ["A", "Id"]}), C=thing("c", From={"Ref": "B"})
)
SECOND = wanted(A=thing("a", 2), B=thing("renamed", From={"Ref": "A"}), D=thing("d"))


class Account1:
    """An account whose cloud is started anew after each death."""

    def __init__(self, path: Path, world: World) -> None:
        self._path, self._world = path, world
        self.start()

    def start(self) -> None:
        self.database = Database(self._path)
        store = StackStore(self.database)
        self.stacks = Stacks(store, {TYPE: Thing(self._world)}, lambda: 0.0, ACCOUNT)

    def until_done(self, begin: Callable[[Stacks], Stack]) -> Stack:
        """Begin something and work it off, however often the process dies meanwhile."""
        stack = begin(self.stacks)
        while not self._survives():
            self.database.close()
            self.start()
        return self.stacks.get(stack.id)

    def _survives(self) -> bool:
        try:
            for each in self.stacks.interrupted():
                self.stacks.engine.advance(each.id)
        except KilledError:
            return False
        return True


def story(tmp_path: Path, dies_at: int, refuses: set[str]) -> tuple[World, list[str]]:
    """Create, update, delete; answers the world afterwards and the stack's statuses."""
    world = World()
    world.dies_at = dies_at
    account = Account1(tmp_path / f"{dies_at}-{len(refuses)}.sqlite3", world)
    made = account.until_done(lambda stacks: stacks.create("s", FIRST, Options()))
    states = [made.status]
    assert world.things == {"a": 1, "b": 1, "c": 1}
    world.refuses = refuses
    options = Options(replace=True)
    changed = account.until_done(lambda stacks: stacks.update(made.id, SECOND, options))
    states.append(changed.status)
    expected = {"a": 1, "b": 1, "c": 1} if refuses else {"a": 2, "renamed": 1, "d": 1}
    assert world.things == expected
    ended = account.until_done(lambda stacks: stacks.delete(made.id, []))
    states.append(ended.status)
    account.database.close()
    return world, states


@pytest.mark.parametrize(
    ("refuses", "expected"), [(set(), "UPDATE_COMPLETE"), ({"d"}, "ROLLBACK_COMPLETE")]
)
def test_a_death_at_any_step_changes_nothing_in_the_end(
    tmp_path: Path, refuses: set[str], expected: str
) -> None:
    undisturbed, states = story(tmp_path, -1, refuses)
    assert states == ["CREATE_COMPLETE", expected, "DELETE_COMPLETE"]
    assert undisturbed.steps > 20
    for dies_at in range(undisturbed.steps):
        world, states = story(tmp_path, dies_at, refuses)
        assert states == ["CREATE_COMPLETE", expected, "DELETE_COMPLETE"], dies_at
        assert world.things == {}, dies_at


def test_a_death_in_a_failing_creation_leaves_nothing_behind(tmp_path: Path) -> None:
    for dies_at in range(-1, 12):
        world = World()
        world.dies_at, world.refuses = dies_at, {"c"}
        account = Account1(tmp_path / f"{dies_at}.sqlite3", world)
        failed = account.until_done(lambda stacks: stacks.create("s", FIRST, Options()))
        assert failed.status == "CREATE_ROLLBACK_COMPLETE"
        assert world.things == {}
        account.database.close()


def test_what_was_there_before_a_death_is_not_taken_for_ones_own(tmp_path: Path) -> None:
    world = World()
    world.things["b"] = "somebody else's"
    account = Account1(tmp_path / "s.sqlite3", world)
    for dies_at in range(4):
        world.dies_at = world.steps + dies_at
        failed = account.until_done(lambda stacks: stacks.create("s", FIRST, Options()))
        assert failed.status == "CREATE_ROLLBACK_COMPLETE"
        assert world.things == {"b": "somebody else's"}
        account.until_done(lambda stacks, dead=failed: stacks.delete(dead.id, []))  # type: ignore[misc]
    account.database.close()


def test_retained_resources_may_outlive_a_rollback_where_the_cloud_is_so_minded(
    tmp_path: Path,
) -> None:
    world = World()
    world.refuses = {"c"}
    kept = wanted(A={**thing("a"), "DeletionPolicy": "Retain"}, C=thing("c", From={"Ref": "A"}))
    for keep, expected in ((False, {}), (True, {"a": 1})):
        database = Database(tmp_path / f"{keep}.sqlite3")
        stacks = Stacks(
            StackStore(database),
            {TYPE: Thing(world)},
            lambda: 0.0,
            ACCOUNT,
            keep_on_rollback=keep,
        )
        stack = stacks.create("s", kept, Options())
        stacks.engine.advance(stack.id)
        assert stacks.get(stack.id).status == "CREATE_ROLLBACK_COMPLETE"
        assert world.things == expected
        database.close()
