"""The table of codes: what the documentation's class is, the code gets."""

from __future__ import annotations

import pytest

from shared.adapters.dashscope.errors import RULES, judge, may_have_been_performed
from shared.adapters.dashscope.remedies import REMEDIES
from shared.domain.failure import FailureKind

R, T = FailureKind.RETRY, FailureKind.TERMINAL
S, A = FailureKind.STOP, FailureKind.ADJUST

DOCUMENTED = [
    (400, "InvalidParameter", "Required parameter(s) missing or invalid", T),
    (400, "InvalidParameter", "Model not exist.", S),
    (400, "InvalidParameter.DataInspection", "Unable to download the media resource", R),
    (400, "InvalidParameter.DataInspection", "The media format is not supported", T),
    (400, "InvalidURL", "URL invalid", T),
    (400, "InvalidURL.ConnectionRefused", "refused", R),
    (400, "InvalidURL.Timeout", "Download xxx timeout", R),
    (400, "BadRequest.EmptyInput", "", T),
    (400, "BadRequest.InputDownloadFailed", "Failed to download the input file", R),
    (413, "BadRequest.TooLarge", "Payload Too Large", T),
    (400, "DataInspectionFailed", "may contain inappropriate content", T),
    (400, "data_inspection_failed", "may contain inappropriate content", T),
    (400, "IPInfringementSuspect", "", T),
    (400, "Arrearage", "Access denied", S),
    (400, "InvalidImageResolution", "", T),
    (400, "InvalidImage.Anything", "", T),
    (400, "InvalidFile.Format", "", T),
    (401, "InvalidApiKey", "Invalid API-key provided.", S),
    (401, "invalid_api_key", "", S),
    (401, "NOT AUTHORIZED", "", S),
    (403, "AccessDenied", "Access denied.", S),
    (403, "AccessDenied", "current user api does not support synchronous calls.", S),
    (403, "AccessDenied", "Invalid according to Policy: Policy expired.", A),
    (403, "AccessDenied.Unpurchased", "", S),
    (403, "Model.AccessDenied", "", S),
    (403, "Workspace.AccessDenied", "", S),
    (403, "AllocationQuota.FreeTierOnly", "The free tier of the model has been exhausted", S),
    (400, "AllocationQuota.FreeTierOnly", "The free tier of the model has been exhausted", S),
    (404, "ModelNotFound", "", S),
    (404, "model_not_found", "", S),
    (404, "WorkSpaceNotFound", "", S),
    (404, "NotFound", "Not found!", T),
    (408, "RequestTimeOut", "Request timed out", R),
    (500, "RequestTimeOut", "Request timed out", R),
    (429, "Throttling", "Requests throttling triggered.", R),
    (429, "Throttling.RateQuota", "", R),
    (429, "limit_requests", "", R),
    (429, "Throttling.BurstRate", "", R),
    (429, "Throttling.AllocationQuota", "Allocated quota exceeded", R),
    (429, "Throttling.AllocationQuota", "Free allocated quota exceeded.", S),
    (429, "insufficient_quota", "Free allocated quota exceeded.", S),
    (429, "insufficient_quota", "You exceeded your current quota", R),
    (429, "CommodityNotPurchased", "", S),
    (429, "PrepaidBillOverdue", "", S),
    (429, "PostpaidBillOverdue", "", S),
    (500, "InternalError", "", R),
    (500, "internal_error", "", R),
    (500, "InternalError.Algo", "algorithm process error", R),
    (500, "InternalError.FileUpload", "oss upload error", R),
    (500, "InternalError.Timeout", "An internal timeout error has occured", R),
    (500, "SystemError", "", R),
    (503, "ModelServingError", "Too many requests", R),
    (503, "ModelUnavailable", "", R),
    (200, "InvalidParameter.JsonPhrase", "input json error", T),
    (200, "InvalidParameter.FileDownload", "download for input_image error", R),
    (200, "InvalidParameter.ImageFormat", "read image error", T),
    (200, "InvalidParameter.ImageContent", "green network verification", T),
    (200, "InvalidParameter.ImageResolution", "too small or too large", T),
    (200, "Invalid Image Url", "", T),
    # What nobody documented goes by its status.
    (401, "Novelty", "", S),
    (403, None, None, S),
    (400, "Novelty", "", T),
    (429, "Novelty", "", R),
    (500, "Novelty", "", R),
    (200, "Novelty", "", R),
    (200, "InvalidNovelty", "", T),
    # A name that only begins alike is another name.
    (500, "NotFoundButOtherwise", "", R),
]


@pytest.mark.parametrize(("status", "code", "message", "kind"), DOCUMENTED)
def test_the_class_of_a_code(
    status: int, code: str | None, message: str | None, kind: FailureKind
) -> None:
    assert judge(code, message, status=status).failure.kind is kind


@pytest.mark.parametrize(
    ("code", "throttled"),
    [
        ("Throttling.RateQuota", True),
        ("limit_burst_rate", True),
        ("ModelServingError", True),
        ("InternalError", False),
        ("PrepaidBillOverdue", False),
    ],
)
def test_only_throttling_asks_to_slow_down(code: str, throttled: bool) -> None:
    assert judge(code, "", status=429).throttled is throttled


@pytest.mark.parametrize(
    ("code", "status", "may"),
    [
        ("InternalError", 500, True),
        ("internal_error", 500, True),
        ("RequestTimeOut", 408, True),
        ("Throttling", 502, True),
        (None, 500, True),
        (None, 200, True),
        (None, 302, True),
        (None, 429, False),
        (None, 401, False),
        ("Throttling", 429, False),
        ("ModelUnavailable", 503, False),
        ("Arrearage", 400, False),
    ],
)
def test_what_may_have_made_a_task(code: str | None, status: int, may: bool) -> None:
    assert may_have_been_performed(code, status) is may


def test_every_rule_but_the_bare_ones_says_what_to_do_in_both_languages() -> None:
    named = {rule.advice for rule in RULES if rule.advice}

    assert named <= REMEDIES.keys()
    for advice in REMEDIES.values():
        assert advice.remedy
        assert advice.message_zh
        assert advice.remedy_zh


def test_a_message_is_short_and_holds_no_secret() -> None:
    message = "no: http://h/p?Signature=f00d sk-0123456789abcdef " + "x" * 1000

    failure = judge("InvalidURL", message, status=400).failure

    assert len(failure.message) == 400
    assert "f00d" not in failure.message
    assert "0123456789abcdef" not in failure.message
