"""DashScope's error codes into what to do about them (contracts/dashscope.md, 8).

Codes are compared without case, underscores and spaces, by the longest dotted prefix; a rule may
ask for words in the message. The HTTP status decides only where there is no code: the same code
comes with different ones (`Arrearage` with 400, `PrepaidBillOverdue` with 429).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shared.adapters.dashscope.remedies import REMEDIES, Advice
from shared.domain.failure import Failure, FailureKind
from shared.transport.redaction import redacted

RETRY, TERMINAL = FailureKind.RETRY, FailureKind.TERMINAL
STOP, ADJUST = FailureKind.STOP, FailureKind.ADJUST

_LONGEST_MESSAGE: Final = 400
_SUCCESS: Final = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. `advice` names the remedy; `words` narrows it by the message."""

    code: str
    kind: FailureKind
    advice: str = ""
    words: str = ""
    throttles: bool = False


RULES: Final = (
    Rule("InvalidApiKey", STOP, "key"),
    Rule("NotAuthorized", STOP, "permission"),
    Rule("AccessDenied", STOP, "denied"),
    Rule("AccessDenied", ADJUST, "policy", words="policy expired"),
    Rule("AccessDenied.Unpurchased", STOP, "activate"),
    Rule("Model.AccessDenied", STOP, "permission"),
    Rule("Workspace.AccessDenied", STOP, "permission"),
    Rule("App.AccessDenied", STOP, "permission"),
    Rule("AllocationQuota.FreeTierOnly", STOP, "quota"),
    Rule("Arrearage", STOP, "arrears"),
    Rule("CommodityNotPurchased", STOP, "activate"),
    Rule("PrepaidBillOverdue", STOP, "arrears"),
    Rule("PostpaidBillOverdue", STOP, "arrears"),
    Rule("ModelNotFound", STOP, "model"),
    Rule("WorkSpaceNotFound", STOP, "workspace"),
    Rule("InvalidParameter", STOP, "model", words="model not exist"),
    Rule("Throttling", RETRY, "rate", throttles=True),
    Rule("Throttling.AllocationQuota", STOP, "quota", words="free allocated quota exceeded"),
    Rule("InsufficientQuota", RETRY, "rate", throttles=True),
    Rule("InsufficientQuota", STOP, "quota", words="free allocated quota exceeded"),
    Rule("LimitRequests", RETRY, "rate", throttles=True),
    Rule("LimitBurstRate", RETRY, "rate", throttles=True),
    Rule("ModelServingError", RETRY, "busy", throttles=True),
    Rule("ModelUnavailable", RETRY, "busy"),
    Rule("ServiceUnavailable", RETRY, "busy"),
    Rule("GatewayTimeout", RETRY, "busy"),
    Rule("RequestTimeOut", RETRY, "busy"),
    Rule("ResponseTimeout", RETRY, "busy"),
    Rule("InternalError", RETRY, "internal"),
    Rule("InternalError.Timeout", RETRY, "slow"),
    Rule("SystemError", RETRY, "internal"),
    Rule("ModelServiceFailed", RETRY, "internal"),
    Rule("InvalidParameter", TERMINAL, "parameter"),
    Rule("InvalidParameter.JsonPhrase", TERMINAL, "parameter"),
    Rule("InvalidParameter.FileDownload", RETRY, "download"),
    Rule("InvalidParameter.ImageFormat", TERMINAL, "format"),
    Rule("InvalidParameter.ImageContent", TERMINAL, "content"),
    Rule("InvalidParameter.ImageResolution", TERMINAL, "size"),
    Rule("InvalidParameter.DataInspection", TERMINAL, "format"),
    Rule("InvalidParameter.DataInspection", RETRY, "download", words="download"),
    Rule("InvalidURL", TERMINAL, "url"),
    Rule("InvalidURL.ConnectionRefused", RETRY, "download"),
    Rule("InvalidURL.Timeout", RETRY, "download"),
    Rule("InvalidImageUrl", TERMINAL, "url"),
    Rule("InvalidImageResolution", TERMINAL, "size"),
    Rule("InvalidImageFormat", TERMINAL, "format"),
    Rule("InvalidImage", TERMINAL, "format"),
    Rule("InvalidFile", TERMINAL, "format"),
    Rule("BadRequest", TERMINAL, "parameter"),
    Rule("BadRequest.InputDownloadFailed", RETRY, "download"),
    Rule("BadRequest.TooLarge", TERMINAL, "size"),
    Rule("DataInspectionFailed", TERMINAL, "content"),
    Rule("IPInfringementSuspect", TERMINAL, "content"),
    Rule("CustomRoleBlocked", TERMINAL, "content"),
    Rule("FaqRuleBlocked", TERMINAL, "content"),
    Rule("UnsupportedOperation", TERMINAL),
    Rule("NotFound", TERMINAL),
)

STATUSES: Final = {
    401: Rule("", STOP, "key"),
    402: Rule("", STOP, "arrears"),
    403: Rule("", STOP, "denied"),
    404: Rule("", STOP, "address"),
    405: Rule("", STOP, "address"),
    408: Rule("", RETRY, "busy"),
    413: Rule("", TERMINAL, "size"),
    429: Rule("", RETRY, "rate", throttles=True),
}
"""Where there is no code, or one that nobody documented."""

MAY_HAVE_BEEN_PERFORMED: Final = (
    "requesttimeout",
    "responsetimeout",
    "gatewaytimeout",
    "internalerror",
    "systemerror",
    "modelservicefailed",
)
"""Codes that say how the provider's work went, not that it refused to begin. After one of these a
task may exist, so a POST that was answered so is uncertain (protocol 2 and 3: even an error's
`request_id` finds its task); SDKs that simply send again can pay twice."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A failure, and whether the provider asked us to slow down."""

    failure: Failure
    throttled: bool


def judge(
    code: str | None, message: str | None, *, status: int, request_id: str | None = None
) -> Verdict:
    """What an error means. *status* is 200 where a finished task reports it."""
    rule = _rule_for(code or "", (message or "").lower(), status)
    advice = REMEDIES.get(rule.advice, Advice())
    failure = Failure(
        kind=rule.kind,
        code=code or f"HTTP {status}",
        message=redacted(message or "the provider gave no reason")[:_LONGEST_MESSAGE],
        request_id=request_id,
        remedy=advice.remedy,
        message_zh=advice.message_zh,
        remedy_zh=advice.remedy_zh,
    )
    return Verdict(failure=failure, throttled=rule.throttles)


def may_have_been_performed(code: str | None, status: int) -> bool:
    """Whether a POST that was answered so may have made a task.

    Without a code: every answer that is not the provider's plain no (4xx but 408). With one: 502
    and 504, which speak for somebody behind them, and the codes above.
    """
    if not code:
        return not 400 <= status < 500 or status == 408  # noqa: PLR2004 - HTTP's own classes
    if status in {502, 504}:
        return True
    return _plain(code).startswith(MAY_HAVE_BEEN_PERFORMED)


def _rule_for(code: str, message: str, status: int) -> Rule:
    plain = _plain(code)
    fitting = [
        rule for rule in RULES if _covers(_plain(rule.code), plain) and rule.words in message
    ]
    if fitting:
        return max(fitting, key=lambda rule: (len(rule.code), len(rule.words)))
    if status in STATUSES:
        return STATUSES[status]
    refused = 400 <= status < 500 or (status == _SUCCESS and plain.startswith("invalid"))  # noqa: PLR2004 - HTTP's own classes
    return Rule("", TERMINAL, "parameter") if refused else Rule("", RETRY, "internal")


def _covers(rule: str, code: str) -> bool:
    return bool(code) and (code == rule or code.startswith(f"{rule}."))


def _plain(code: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", code.lower())
