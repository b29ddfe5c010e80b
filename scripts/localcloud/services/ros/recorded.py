"""Resource types that are kept and shown, and do nothing here: logs, alarms, queries.

What they need and tell follows ros-cdk 1.15.0 (the vendor's resource specification).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from scripts.localcloud.core.resources import Made, Properties, ResourceError
from scripts.localcloud.core.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`names`: the properties, or parts of them, that together name one.

    `attributes`: attribute to property.
    """

    names: tuple[str, ...]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    attributes: Mapping[str, str]


SHAPES: Final[Mapping[str, Shape]] = {
    "ALIYUN::SLS::Project": Shape(
        names=("Name",),
        optional=("Description", "Tags", "ResourceGroupId", "DataRedundancyType"),
        attributes={"Name": "Name"},
    ),
    "ALIYUN::SLS::Logstore": Shape(
        names=("ProjectName", "LogstoreName"),
        optional=(
            *("AppendMeta", "AutoSplit", "EnableTracking", "EncryptConf", "MaxSplitShard"),
            *("Mode", "PreserveStorage", "ShardCount", "TTL"),
        ),
        attributes={"ProjectName": "ProjectName", "LogstoreName": "LogstoreName"},
    ),
    "ALIYUN::SLS::Index": Shape(
        names=("ProjectName", "LogstoreName"),
        required=("FullTextIndex",),
        optional=("KeyIndices", "LogReduce"),
        attributes={},
    ),
    "ALIYUN::SLS::Alert": Shape(names=("Project", "Detail.Name"), attributes={}),
    "ALIYUN::SLS::Savedsearch": Shape(names=("Project", "Detail.SavedsearchName"), attributes={}),
}


class RecordedType:
    """One of them; a row stands for each resource."""

    def __init__(self, name: str, shape: Shape, database: Database) -> None:
        self._name, self._shape, self._database = name, shape, database
        named = {name.partition(".")[0] for name in shape.names}
        self.required = frozenset({*named, *shape.required})
        self.optional = frozenset(shape.optional)
        self.fixed = frozenset(name for name in shape.names if "." not in name)
        self.attributes = frozenset(shape.attributes)
        database.script(
            "CREATE TABLE IF NOT EXISTS recorded (type TEXT NOT NULL, identifier TEXT NOT NULL,"
            " PRIMARY KEY (type, identifier)) WITHOUT ROWID"
        )

    def find(self, properties: Properties) -> Made | None:
        """The resource of these names."""
        made = self._made(properties)
        row = self._database.query_one(
            "SELECT 1 FROM recorded WHERE type = ? AND identifier = ?",
            (self._name, made.identifier),
        )
        return made if row else None

    def create(self, properties: Properties) -> Made:
        """Keep it."""
        made = self._made(properties)
        row = (self._name, made.identifier)
        self._database.execute("INSERT OR REPLACE INTO recorded VALUES (?, ?)", row)
        return made

    def update(self, before: Properties, after: Properties) -> Made:
        """Keep its name, which a change inside of `Detail` may have made another."""
        self.delete(before)
        return self.create(after)

    def delete(self, properties: Properties) -> None:
        """Forget it."""
        self._database.execute(
            "DELETE FROM recorded WHERE type = ? AND identifier = ?",
            (self._name, self._made(properties).identifier),
        )

    def _made(self, properties: Properties) -> Made:
        names = [_part(properties, name) for name in self._shape.names]
        attributes = {name: properties[source] for name, source in self._shape.attributes.items()}
        return Made(identifier="/".join(names), attributes=attributes)


def _part(properties: Properties, path: str) -> str:
    found: Any = properties
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            raise ResourceError("InvalidParameter", f"{path} is missing")
        found = found[name]
    return str(found)


def recorded_types(database: Database) -> dict[str, RecordedType]:
    """All of them, by name."""
    return {name: RecordedType(name, shape, database) for name, shape in SHAPES.items()}
