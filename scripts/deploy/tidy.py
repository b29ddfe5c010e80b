"""What a year of deployments would leave behind: versions that nobody goes back to, old packages.

Function Compute keeps the code of its versions; a package in the bucket is needed only while the
stack names it.
"""

from __future__ import annotations

from scripts.deploy.versions import former
from scripts.deploy.wanted import LIVE, Wanted
from shared.bootstrap.administration import Administration


def tidy(cloud: Administration, wanted: Wanted) -> str:
    """Delete versions older than those remembered, and packages of former deployments."""
    alias = cloud.functions.alias(LIVE)
    kept = {alias.version, *former(alias)} if alias else set()
    versions, packages = cloud.functions.forget_versions(kept), _packages(cloud, wanted)
    told = (
        f"deleted {', '.join(versions)}" if versions else "",
        f"deleted {packages} former packages" if packages else "",
    )
    return "; ".join(filter(None, told))


def _packages(cloud: Administration, wanted: Wanted) -> int:
    kept = {wanted.key(code) for code in wanted.codes}
    prefix = f"{wanted.service}/"
    gone = [key for key in cloud.buckets.keys(wanted.code_bucket, prefix) if key not in kept]
    for start in range(0, len(gone), 1000):
        cloud.buckets.delete(wanted.code_bucket, gone[start : start + 1000])
    return len(gone)
