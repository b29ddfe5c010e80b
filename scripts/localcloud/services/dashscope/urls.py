"""Which path means which operation. A trailing slash never matters, as the vendor's SDK needs."""

from __future__ import annotations

import re

BASE = "/api/v1"
SUBMIT, FETCH, LIST, CANCEL = "submit", "fetch", "list", "cancel"
RESULT, UPLOAD_POLICY, UPLOAD, UNKNOWN_PATH = "result", "upload-policy", "upload", "unknown"

ROUTES = (
    ("POST", re.compile(rf"{BASE}/services/(?P<argument>[^?]+?)/?\Z"), SUBMIT),
    ("GET", re.compile(rf"{BASE}/tasks/?\Z"), LIST),
    ("GET", re.compile(rf"{BASE}/tasks/(?P<argument>[^/?]+)/?\Z"), FETCH),
    ("POST", re.compile(rf"{BASE}/tasks/(?P<argument>[^/?]+)/cancel/?\Z"), CANCEL),
    ("GET", re.compile(rf"{BASE}/uploads/?\Z"), UPLOAD_POLICY),
    ("POST", re.compile(r"/upload/?\Z"), UPLOAD),
    ("GET", re.compile(r"/prod/.+\Z"), RESULT),
    ("HEAD", re.compile(r"/prod/.+\Z"), RESULT),
)
OPERATIONS = frozenset(operation for _, _, operation in ROUTES)


def route(method: str, raw_path: str) -> tuple[str, str]:
    """The operation, and its argument: a task id, or a submission's function path."""
    path = raw_path.partition("?")[0]
    if not raw_path.isascii():
        return UNKNOWN_PATH, ""
    for verb, pattern, operation in ROUTES:
        if verb == method and (match := pattern.match(path)):
            return operation, match.groupdict().get("argument") or ""
    return UNKNOWN_PATH, ""
