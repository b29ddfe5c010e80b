"""What must never be written down, taken out of text: keys, tokens, and what signs a URL."""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "[hidden]"

_RULES: Final = (
    # A URL's query string: signatures, tokens and expiry of OSS and of result files.
    (re.compile(r"(?i)\b(https?://[^\s?\"'<>\\]+)\?[^\s\"'<>\\]*"), rf"\1?{HIDDEN}"),
    # Credentials in a URL.
    (re.compile(r"(?i)\b(https?://)[^\s/@\"'<>]+@"), rf"\1{HIDDEN}@"),
    # Header lines, dumped dictionaries, JSON: the name stays, the value goes.
    (
        re.compile(
            r"(?i)([\"']?\b(?:proxy-)?authorization[\"']?\s*[:=]\s*)"
            r"(?:\"[^\"]*\"|'[^']*'|(?:(?:bearer|basic|fc|ots|mns|oss|oss4-hmac-sha256)\s+)?[^\s,;}\]]+)"
        ),
        rf"\1{HIDDEN}",
    ),
    (
        re.compile(
            r"(?i)([\"']?\b[\w-]{0,40}(?:security[-_]?token|ststoken|sts_token|access_?key_?secret"
            r"|signature\w*|api[-_]?key)[\"']?\s*[:=]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;&}\]]+)"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?i)\bbearer\s+[\w.~+/=-]+"), f"Bearer {HIDDEN}"),
    # DashScope's keys: sk-…, sk-ws-…, temporary st-….
    (re.compile(r"\b(?:sk|st)-[A-Za-z0-9_-]{6,}"), HIDDEN),
)


def redacted(text: str) -> str:
    """The text without secrets; names, hosts and paths stay readable."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
