"""Vendors' errors into our words, each table row by row, and what their sentences may say."""

from __future__ import annotations

from typing import Any

import oss2.exceptions
import pytest
import requests
import urllib3.exceptions
from fc2.fc_exceptions import FcError
from mns.mns_exception import MNSClientNetworkException, MNSServerException

from shared.adapters.fc import errors as fc
from shared.adapters.mns import errors as smq
from shared.adapters.oss import errors as oss
from shared.adapters.tablestore import errors as tablestore
from shared.adapters.tablestore.sdk import BoundedRetryPolicy, OTSClientError, OTSServiceError
from shared.ports.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PortError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)


def word(module: Any, error: Exception) -> type[PortError]:
    """What the module's context manager makes of an error; its cause must be kept."""
    with pytest.raises(PortError) as caught, module.translated("Act on thing"):
        raise error
    assert caught.value.__cause__ is error
    assert "Act on thing" in str(caught.value)
    return type(caught.value)


@pytest.mark.parametrize(
    ("http", "code", "expected"),
    [
        (403, "OTSConditionCheckFail", ConflictError),
        (409, "OTSObjectAlreadyExist", ConflictError),
        (404, "OTSObjectNotExist", NotFoundError),
        (403, "OTSAuthFailed", ForbiddenError),
        (503, "OTSServerBusy", ThrottledError),
        (403, "OTSQuotaExhausted", ThrottledError),
        (403, "OTSCapacityUnitExhausted", ThrottledError),
        (409, "OTSRowOperationConflict", UnavailableError),
        (503, "OTSPartitionUnavailable", UnavailableError),
        (503, "OTSTimeout", UnavailableError),
        (500, "OTSInternalServerError", UnavailableError),
        (404, "OTSTableNotReady", UnavailableError),
        (400, "OTSParameterInvalid", RejectedError),
        (413, "OTSRequestBodyTooLarge", RejectedError),
        (502, "Novelty", UnavailableError),
        (400, "Novelty", RejectedError),
    ],
)
def test_tablestore(http: int, code: str, expected: type[PortError]) -> None:
    assert word(tablestore, OTSServiceError(http, code, "text", "r-1")) is expected


@pytest.mark.parametrize(
    "error",
    [
        OTSClientError("Invalid signature"),
        urllib3.exceptions.ProtocolError("cut"),
        ConnectionResetError(),
    ],
)
def test_tablestore_without_an_answer(error: Exception) -> None:
    assert word(tablestore, error) is UnavailableError


@pytest.mark.parametrize(
    ("code", "http", "api", "again"),
    [
        ("OTSServerBusy", 503, "UpdateRow", True),
        ("OTSRowOperationConflict", 409, "PutRow", True),
        ("OTSInternalServerError", 500, "UpdateRow", False),
        ("OTSTimeout", 503, "PutRow", False),
        ("OTSTimeout", 503, "GetRow", True),
        ("OTSConditionCheckFail", 403, "UpdateRow", False),
        ("OTSAuthFailed", 403, "GetRow", False),
    ],
)
def test_a_write_is_sent_again_only_where_nothing_was_written(
    code: str, http: int, api: str, again: bool
) -> None:
    policy = BoundedRetryPolicy()
    error = OTSServiceError(http, code, "text", "r-1")

    assert policy.should_retry(0, error, api) is again
    assert policy.should_retry(3, error, api) is False
    assert sum(policy.get_retry_delay(n, error, api) for n in range(3)) < 1


def oss_error(status: int, code: str) -> oss2.exceptions.OssError:
    details = {"Code": code, "Message": "text", "StringToSign": "s3cret"}
    return oss2.exceptions.ServerError(status, {"x-oss-request-id": "r-1"}, b"s3cret", details)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "NoSuchKey", NotFoundError),
        (404, "", NotFoundError),
        (404, "NoSuchBucket", UnavailableError),
        (412, "PreconditionFailed", ConflictError),
        (304, "", ConflictError),
        (409, "FileAlreadyExists", ConflictError),
        (403, "AccessDenied", ForbiddenError),
        (403, "SignatureDoesNotMatch", ForbiddenError),
        (403, "SecurityTokenExpired", ForbiddenError),
        (403, "InvalidObjectState", RejectedError),
        (400, "InvalidObjectName", RejectedError),
        (400, "RequestTimeout", UnavailableError),
        (503, "ServiceUnavailable", ThrottledError),
        (429, "", ThrottledError),
        (500, "InternalError", UnavailableError),
        (502, "", UnavailableError),
    ],
)
def test_oss(status: int, code: str, expected: type[PortError]) -> None:
    error = oss_error(status, code)

    assert word(oss, error) is expected
    with pytest.raises(PortError) as caught, oss.translated("x"):
        raise error
    assert "s3cret" not in str(caught.value)
    assert "r-1" in str(caught.value)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            oss2.exceptions.RequestError(requests.ConnectTimeout("http://h/?sig=s3cret")),
            oss.SilenceError,
        ),
        (oss2.exceptions.InconsistentError("crc"), UnavailableError),
        (oss2.exceptions.ClientError("bad key"), RejectedError),
        (urllib3.exceptions.IncompleteRead(1, 2), UnavailableError),
        (requests.exceptions.ChunkedEncodingError("http://h/?sig=s3cret"), UnavailableError),
    ],
)
def test_oss_without_an_answer(error: Exception, expected: type[PortError]) -> None:
    assert word(oss, error) is expected
    with pytest.raises(PortError) as caught, oss.translated("x"):
        raise error
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FcError("{}", 404, "FunctionNotFound", "r-1"), NotFoundError),
        (FcError("{}", 409, "StatefulAsyncInvocationAlreadyExists", "r-1"), ConflictError),
        (FcError("{}", 403, "AccessDenied", "r-1"), ForbiddenError),
        (FcError("{}", 429, "ResourceExhausted", "r-1"), ThrottledError),
        (FcError("{}", 503, "ServiceUnavailable", "r-1"), ThrottledError),
        (FcError("{}", 500, "InternalServerError", "r-1"), UnavailableError),
        (FcError("{}", 400, "InvalidArgument", "r-1"), RejectedError),
        (FcError("{}", 200, "", "r-1"), UnavailableError),
        (requests.exceptions.JSONDecodeError("no", "<html>", 0), UnavailableError),
        (requests.ReadTimeout(), UnavailableError),
        (requests.exceptions.RetryError(), UnavailableError),
    ],
)
def test_function_compute(error: Exception, expected: type[PortError]) -> None:
    assert word(fc, error) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccessDenied", ForbiddenError),
        ("SignatureDoesNotMatch", ForbiddenError),
        ("TopicNotExist", NotFoundError),
        ("QueueNotExist", NotFoundError),
        ("QpsLimitExceeded", ThrottledError),
        ("InvalidArgument", RejectedError),
        ("InternalError", UnavailableError),
        ("Novelty", UnavailableError),
    ],
)
def test_smq(code: str, expected: type[PortError]) -> None:
    assert word(smq, MNSServerException(code, "text", "r-1", "host")) is expected


def test_smq_without_an_answer() -> None:
    error = MNSClientNetworkException("NetWorkException", "s3cret <xml>", "r-1")

    assert word(smq, error) is UnavailableError
    with pytest.raises(PortError) as caught, smq.translated("x"):
        raise error
    assert "s3cret" not in str(caught.value)
