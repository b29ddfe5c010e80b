"""The bucket and the tables: there, of the right shape, and keeping what must be kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scripts.doctor.finding import Finding, found
from scripts.doctor.patient import Patient
from scripts.doctor.template import DeclaredTable
from shared.ports.inspection import BucketFacts, LifecycleRule, TableFacts
from shared.settings import Settings

KEPT = {"uploads": "uploads", "results": "results", "raw": "raw results that were paid for"}
"""What no rule may delete: acceptance and re-derivation read it (protocol 8 and 9)."""


def bucket(patient: Patient) -> Iterator[Finding]:
    """The bucket itself."""
    settings = patient.settings
    facts = patient.inspection.buckets.bucket()
    if facts is None:
        yield found("no_bucket", bucket=settings.bucket)
        return
    yield from _openness(facts, settings)
    if facts.lifecycle is not None:
        yield from _lifecycle(facts.lifecycle, settings)


def _openness(facts: BucketFacts, settings: Settings) -> Iterator[Finding]:
    if facts.region != settings.region:
        yield found("bucket_region", region=facts.region, wanted=settings.region)
    if facts.acl != "private":
        yield found("open_bucket", acl=facts.acl)
    if facts.versioning:
        yield found("versions_kept", versioning=facts.versioning)


def _lifecycle(rules: Sequence[LifecycleRule], settings: Settings) -> Iterator[Finding]:
    prefixes = settings.prefixes
    deleting = [rule.prefix for rule in rules if rule.deletes]
    if not any(prefixes.pins.startswith(prefix) for prefix in deleting):
        yield found("no_pin_rule", prefix=prefixes.pins)
    for name, what in KEPT.items():
        kept: str = getattr(prefixes, name)
        for prefix in deleting:
            if kept.startswith(prefix) or prefix.startswith(kept):
                shown = prefix or "everything"
                yield found("rule_deletes", rule=shown, prefix=kept, what=what, pins=prefixes.pins)


def tables(patient: Patient) -> Iterator[Finding]:
    """Each table that the template declares, with its shape."""
    for wanted in patient.declared.tables:
        facts = patient.inspection.tables.table(wanted.name)
        if facts is None:
            yield found("no_table", table=wanted.name)
        else:
            yield from _shape(wanted, facts)


def _shape(wanted: DeclaredTable, facts: TableFacts) -> Iterator[Finding]:
    table = wanted.name
    if tuple(facts.key) != wanted.key:
        yield found("table_key", table=table, found=_key(facts.key), wanted=_key(wanted.key))
    if missing := wanted.columns - set(facts.columns):
        yield found("table_columns", table=table, columns=", ".join(sorted(missing)))
    for index, columns in wanted.indexes.items():
        # The service appends the table's own key to an index's, and may tell it or not.
        if facts.indexes.get(index, ())[: len(columns)] != columns:
            yield found("no_index", table=table, index=index, wanted=", ".join(columns))
    yield from _life(wanted, facts)


def _life(wanted: DeclaredTable, facts: TableFacts) -> Iterator[Finding]:
    if facts.max_versions != wanted.max_versions:
        yield found("table_versions", table=wanted.name, versions=facts.max_versions)
    lasts = facts.time_to_live == -1 or facts.time_to_live >= wanted.time_to_live > 0
    if not lasts:
        seconds = facts.time_to_live
        yield found("table_life", table=wanted.name, seconds=seconds, wanted=wanted.time_to_live)


def _key(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns)
