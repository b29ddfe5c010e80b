"""The trace of an upload: one `traceparent` (W3C Trace Context) for all that happens to it.

Imported only where traces are on. An upload that brings a `traceparent` in its metadata goes on
with its uploader's trace; any other begins one, whose id is the job's own, so that either leads to
the other. The span is the job's, for good: whoever goes on from an event or a log line does so
under the same one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

METADATA: Final = "traceparent"
"""An upload's metadata `x-oss-meta-traceparent`."""

SAMPLED: Final = "01"
_GIVEN: Final = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


def trace_of(job_id: str, metadata: Mapping[str, str]) -> str:
    """The job's own `traceparent`, within the uploader's trace where it tells of a valid one.

    *job_id* is 32 hexadecimal digits, as long as a trace's id.
    """
    span = hashlib.sha256(f"span {job_id}".encode()).hexdigest()[:16]
    found = _GIVEN.fullmatch(metadata.get(METADATA, "").strip())
    if found is None or not (int(found[1], 16) and int(found[2], 16)):
        return f"00-{job_id}-{span}-{SAMPLED}"
    return f"00-{found[1]}-{span}-{found[3]}"
