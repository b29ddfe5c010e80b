"""What must be true after a night of accidents, told by four witnesses who do not know each other:
the provider's ledger, the bucket, the topic, and the audit.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import oss2

from tests.e2e.cloud_process import CloudProcess, paid_per_upload

DONE: Final = "maskline.job.done"
AUDIT_SECONDS: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What the witnesses say. `puts` counts the tries by which each upload was made."""

    puts: Mapping[str, int]
    ledger: Mapping[str, Any]
    events: list[dict[str, Any]]
    results: Mapping[str, tuple[int, str]]
    manifests: Mapping[str, dict[str, Any]]
    audit: Mapping[str, Any]
    audit_code: int

    @classmethod
    def of(cls, cloud: CloudProcess, puts: Mapping[str, int]) -> Morning:
        """Ask them, the audit first: it waits until nothing is under way."""
        audit = cloud.maskline("audit", "--wait", str(AUDIT_SECONDS), "--deep", "--json")
        results, manifests = _read(cloud.bucket, cloud.description["results_prefix"])
        return cls(
            puts=dict(puts),
            ledger=cloud.ledger(),
            events=cloud.events(),
            results=results,
            manifests=manifests,
            audit=json.loads(audit.stdout or "{}"),
            audit_code=audit.returncode,
        )

    def summary(self) -> str:
        """One line of figures."""
        totals = self.ledger["totals"]
        told = ", ".join(f"{name} {totals[name]}" for name in ("accepted", "billed", "failed"))
        ids = {event["id"] for event in self.events}
        return (
            f"{len(self.puts)} uploads, provider: {told}; {len(self.manifests)} result sets; "
            f"{len(self.events)} messages about {len(ids)} events; audit {self.audit_code}"
        )


def _read(
    bucket: oss2.Bucket, prefix: str
) -> tuple[dict[str, tuple[int, str]], dict[str, dict[str, Any]]]:
    """Size and SHA-256 of every result file, and the manifests."""
    files: dict[str, tuple[int, str]] = {}
    manifests: dict[str, dict[str, Any]] = {}
    for item in oss2.ObjectIteratorV2(bucket, prefix=prefix, max_keys=1000):
        data = bucket.get_object(item.key).read()
        files[item.key] = len(data), hashlib.sha256(data).hexdigest()
        if item.key.endswith("/manifest.json"):
            manifests[item.key] = json.loads(data)
    return files, manifests


def judge(morning: Morning) -> list[str]:
    """What is wrong; nothing where every law held."""
    return [*_fates(morning), *_money(morning), *_results(morning), *_audit(morning)]


def _fates(morning: Morning) -> Iterator[str]:
    """One `done` for each upload, and no other end."""
    ids: dict[str, set[str]] = {}
    for event in morning.events:
        if event["type"] != DONE:
            yield f"an event that nobody expects: {event['type']} about {event['subject']}"
            continue
        ids.setdefault(event["subject"], set()).add(event["id"])
    for key in sorted(set(morning.puts) - set(ids)):
        yield f"{key} has no done event"
    for key, mine in sorted(ids.items()):
        tries = morning.puts.get(key, 0)
        if len(mine) > tries:
            yield f"{key} was put {tries} times and announced as {sorted(mine)}"


def _money(morning: Morning) -> Iterator[str]:
    """Each job billed exactly once, and nobody else's picture."""
    paid = paid_per_upload(morning.ledger)
    wrong = {job: count for job, count in paid.items() if count != 1}
    if wrong:
        yield f"billed other than once: {wrong}"
    if len(paid) != len(morning.puts):
        yield f"{len(paid)} pictures were sent to the provider, not {len(morning.puts)}"
    at_once = morning.ledger["peaks"]["dashscope"].get("submit", 0)
    if at_once > 2:
        yield f"{at_once} submissions within one second"


def _results(morning: Morning) -> Iterator[str]:
    """One whole set for each upload, every file as its manifest says."""
    sets = Counter(manifest["source"]["key"] for manifest in morning.manifests.values())
    if sets != dict.fromkeys(morning.puts, 1):
        odd = {key: sets[key] for key in {*sets, *morning.puts} if sets[key] != 1}
        yield f"uploads with other than one result set: {odd}"
    for key, manifest in morning.manifests.items():
        for file in manifest["files"]:
            if morning.results.get(file["key"]) != (file["size"], file["sha256"]):
                yield f"{file['key']} is not what {key} says"


def _audit(morning: Morning) -> Iterator[str]:
    if morning.audit_code != 0:
        found = [*morning.audit.get("wrong", []), *morning.audit.get("settling", [])]
        yield f"audit ended with {morning.audit_code}: {found[:20]}"
