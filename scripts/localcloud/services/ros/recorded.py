"""Resource types that are kept and shown, and do nothing here: logs, alarms, contacts.

What they need and tell follows ros-cdk 1.15.0 (the vendor's resource specification).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scripts.localcloud.core.resources import Made, Properties
from scripts.localcloud.core.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`names`: the properties that together name one. `attributes`: attribute to property."""

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
    "ALIYUN::SLS::Alert": Shape(names=("Project",), required=("Detail",), attributes={}),
    "ALIYUN::SLS::SavedSearch": Shape(names=("ProjectName",), required=("Detail",), attributes={}),
    "ALIYUN::SLS::Dashboard": Shape(
        names=("ProjectName", "DashboardName"),
        optional=("Charts", "DisplayName", "Description", "Attribute"),
        attributes={"DashboardName": "DashboardName"},
    ),
    "ALIYUN::CMS::EventRule": Shape(
        names=("RuleName",),
        required=("EventPattern",),
        optional=("Description", "EventType", "GroupId", "SilenceTime", "State"),
        attributes={"Data": "RuleName"},
    ),
    "ALIYUN::CMS::MetricRuleTargets": Shape(
        names=("RuleId",), required=("Targets",), attributes={}
    ),
    "ALIYUN::CMS::AlarmRule": Shape(
        names=("RuleId",),
        required=("RuleName", "Namespace", "MetricName", "Resources", "ContactGroups"),
        optional=(
            *("Escalations", "EffectiveInterval", "EmailSubject", "Enable", "Interval", "Labels"),
            *("NoEffectiveInterval", "Period", "SilenceTime", "Webhook"),
        ),
        attributes={"RuleId": "RuleId"},
    ),
    "ALIYUN::CMS::ContactGroup": Shape(
        names=("ContactGroupName",),
        optional=("ContactNames", "Describe", "EnableSubscribed"),
        attributes={"ContactGroupName": "ContactGroupName"},
    ),
    "ALIYUN::CMS::Contact": Shape(
        names=("ContactName",),
        optional=(
            "Describe",
            "ChannelsMail",
            "ChannelsSMS",
            "ChannelsAliIM",
            "ChannelsDingWebHook",
        ),
        attributes={"ContactName": "ContactName"},
    ),
}


class RecordedType:
    """One of them; a row stands for each resource."""

    def __init__(self, name: str, shape: Shape, database: Database) -> None:
        self._name, self._shape, self._database = name, shape, database
        self.required = frozenset({*shape.names, *shape.required})
        self.optional = frozenset(shape.optional)
        self.fixed = frozenset(shape.names)
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
        """Nothing is kept but its name."""
        del before  # the names are the same
        return self.create(after)

    def delete(self, properties: Properties) -> None:
        """Forget it."""
        self._database.execute(
            "DELETE FROM recorded WHERE type = ? AND identifier = ?",
            (self._name, self._made(properties).identifier),
        )

    def _made(self, properties: Properties) -> Made:
        names = [str(properties[name]) for name in self._shape.names]
        detail = properties.get("Detail")
        if isinstance(detail, Mapping):  # alerts and searches are named inside
            names.append(str(detail.get("Name") or detail.get("SearchName") or ""))
        attributes = {name: properties[source] for name, source in self._shape.attributes.items()}
        return Made(identifier="/".join(names), attributes=attributes)


def recorded_types(database: Database) -> dict[str, RecordedType]:
    """All of them, by name."""
    return {name: RecordedType(name, shape, database) for name, shape in SHAPES.items()}
