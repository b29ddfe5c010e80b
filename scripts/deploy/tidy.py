"""What a year of deployments would leave behind: versions that nobody goes back to, old packages.

Function Compute keeps the code of its versions; a package in the bucket is needed only while the
stack names it.
"""

from __future__ import annotations

from scripts.deploy.versions import former
from scripts.deploy.wanted import LIVE, Wanted
from shared.bootstrap.administration import Administration
from shared.ports.errors import ConflictError, RejectedError


def tidy(cloud: Administration, wanted: Wanted) -> str:
    """Delete versions older than those remembered, and packages of former deployments."""
    versions, packages = _versions(cloud), _packages(cloud, wanted)
    told = (
        f"deleted {', '.join(versions)}" if versions else "",
        f"deleted {packages} former packages" if packages else "",
    )
    return "; ".join(filter(None, told))


def _versions(cloud: Administration) -> list[str]:
    alias = cloud.functions.alias(LIVE)
    kept = {alias.version, *former(alias)} if alias else set()
    old = [version for version in cloud.functions.versions() if version not in kept]
    return [version for version in old if _deleted(cloud, version)]


def _deleted(cloud: Administration, version: str) -> bool:
    """Not where another alias has it."""
    try:
        cloud.functions.delete_version(version)
    except (ConflictError, RejectedError):
        return False
    return True


def _packages(cloud: Administration, wanted: Wanted) -> int:
    kept = {wanted.key(code) for code in wanted.codes}
    prefix = f"{wanted.service}/"
    gone = [key for key in cloud.buckets.keys(wanted.code_bucket, prefix) if key not in kept]
    for start in range(0, len(gone), 1000):
        cloud.buckets.delete(wanted.code_bucket, gone[start : start + 1000])
    return len(gone)
