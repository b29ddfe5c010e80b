"""DashScope's adapter against a peer that answers with the documented payloads."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.dashscope.tasks import LIST_TRIES, DashScopeTasks
from shared.domain.failure import FailureKind
from shared.ports.errors import (
    ForbiddenError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from shared.ports.tasks import Submission, TaskStatus
from shared.transport.http import HttpClient
from tests.unit.transport.peer import Peer, answers, cuts_short, hangs_up, is_silent, peer

KEY = "sk-0123456789abcdef"
SIGNED = "http://bucket.example/pins/a.jpg?x-oss-signature=f00d&x-oss-security-token=t0ken"
SUBMISSION = Submission(model="image-instance-segmentation", inputs={"image_url": SIGNED})
EVENTS = Path(__file__).parents[2] / "events"

Make = Callable[..., DashScopeTasks]


def recorded(name: str) -> bytes:
    return (EVENTS / f"dashscope_{name}.json").read_bytes()


@pytest.fixture
def make() -> Iterator[Make]:
    with contextlib.closing(HttpClient()) as http:

        def build(other: Peer | str, **options: Any) -> DashScopeTasks:
            base = other if isinstance(other, str) else f"{other.url}/api/v1"
            return DashScopeTasks(base_url=base, api_key=KEY, http=http, **options)

        yield build


class TestSubmit:
    def test_the_request_is_the_documented_one(self, make: Make) -> None:
        with peer(answers(200, recorded("submit_ok"))) as other:
            make(other).submit(SUBMISSION, timeout=5)

        head, _, body = other.requests[0].partition(b"\r\n\r\n")
        lines = [line.lower() for line in head.decode().split("\r\n")]
        assert lines[0] == "post /api/v1/services/aigc/image2image/image-synthesis http/1.1"
        assert "x-dashscope-async: enable" in lines
        assert "content-type: application/json" in lines
        assert f"authorization: bearer {KEY}" in lines
        assert json.loads(body) == {
            "model": "image-instance-segmentation",
            "input": {"image_url": SIGNED},
            "parameters": {},
        }

    def test_an_accepted_task(self, make: Make) -> None:
        date = {"Date": "Thu, 01 Jan 1970 00:01:40 GMT"}
        with peer(answers(200, recorded("submit_ok"), date)) as other:
            accepted = make(other).submit(SUBMISSION, timeout=5)

        assert accepted.task_id == "53950fb7-281a-4e60-b543-818c4100ac9e"
        assert accepted.request_id == "1027557e-8c3f-9db5-8cd2-cfa42ee161dc"
        assert accepted.server_time == 100.0

    def test_a_refusal_tells_why_and_what_to_do(self, make: Make) -> None:
        refuses = answers(401, recorded("submit_error"))
        with peer(refuses) as other, pytest.raises(RefusedError) as caught:
            make(other).submit(SUBMISSION, timeout=5)

        failure = caught.value.failure
        assert (failure.kind, failure.code) == (FailureKind.STOP, "InvalidApiKey")
        assert failure.request_id == "fb53c4ec-1c12-4fc4-a580-cdb7c3261fc1"
        assert "DASHSCOPE_API_KEY" in (failure.remedy or "")
        assert "DASHSCOPE_API_KEY" in (failure.remedy_zh or "")
        assert not caught.value.throttled

    def test_a_throttled_one_says_so(self, make: Make) -> None:
        throttles = answers(429, recorded("throttled"))
        with peer(throttles) as other, pytest.raises(RefusedError) as caught:
            make(other).submit(SUBMISSION, timeout=5)

        assert caught.value.throttled
        assert caught.value.failure.kind is FailureKind.RETRY

    def test_nobody_there_is_not_sent(self, make: Make) -> None:
        with pytest.raises(NotSentError):
            make("http://127.0.0.1:9/api/v1").submit(SUBMISSION, timeout=5)

    @pytest.mark.parametrize(
        "behaviour",
        [
            hangs_up,
            cuts_short(b'{"output":{"task_id":"x"},"request_id":"r-1"'),
            answers(200, b"<html>"),
            answers(200, {"output": {}, "request_id": "r-1"}),
            answers(200, {"output": {"task_id": "../../x"}, "request_id": "r-1"}),
            answers(302, b"", {"Location": "/"}),
            answers(502, b"Bad Gateway"),
            answers(504, {"code": "Whatever", "request_id": "r-1"}),
            answers(500, {"code": "InternalError", "message": "m", "request_id": "r-1"}),
            answers(503, b""),
            answers(408, b""),
            answers(200, bytes(2_000_000)),
        ],
    )
    def test_what_may_have_been_performed_is_unknown_and_sent_once(
        self, make: Make, behaviour: Any
    ) -> None:
        with peer(behaviour) as other, pytest.raises(OutcomeUnknownError):
            make(other).submit(SUBMISSION, timeout=5)

        assert len(other.requests) == 1

    @pytest.mark.parametrize(
        "behaviour",
        [
            cuts_short(b'{"request_id":"r-1","output":{"task'),
            answers(200, b'{"request_id": "r-1", "output": '),
            answers(500, {"code": "InternalError", "request_id": "r-1"}),
        ],
    )
    def test_the_request_id_of_an_unknown_outcome_is_kept(self, make: Make, behaviour: Any) -> None:
        with peer(behaviour) as other, pytest.raises(OutcomeUnknownError) as caught:
            make(other).submit(SUBMISSION, timeout=5)

        assert caught.value.request_id == "r-1"

    def test_silence_is_unknown_at_the_deadline(self, make: Make) -> None:
        end = threading.Event()
        with peer(is_silent(end)) as other, pytest.raises(OutcomeUnknownError):
            make(other).submit(SUBMISSION, timeout=0.2)
        end.set()

    @pytest.mark.parametrize(
        "behaviour",
        [
            answers(400, {"code": "InvalidURL", "message": f"no: {SIGNED} {KEY}"}),
            answers(502, SIGNED.encode()),
            hangs_up,
        ],
    )
    def test_neither_key_nor_url_is_in_a_message(self, make: Make, behaviour: Any) -> None:
        with peer(behaviour) as other, pytest.raises((RefusedError, OutcomeUnknownError)) as caught:
            make(other).submit(SUBMISSION, timeout=5)

        text = f"{caught.value!r} {caught.value} {getattr(caught.value, 'failure', '')}"
        for secret in (KEY, "f00d", "t0ken"):
            assert secret not in text


class TestFetch:
    def fetched(self, make: Make, body: bytes | dict[str, Any]) -> Any:
        with peer(answers(200, body)) as other:
            report = make(other).fetch("task-1")
        assert other.requests[0].startswith(b"GET /api/v1/tasks/task-1 HTTP/1.1")
        return report

    def test_a_running_task(self, make: Make) -> None:
        report = self.fetched(make, recorded("running"))

        assert (report.status, report.outputs, report.failure) == (TaskStatus.RUNNING, {}, None)

    def test_a_finished_task_in_the_providers_time(self, make: Make) -> None:
        report = self.fetched(make, recorded("succeeded"))

        assert report.status is TaskStatus.SUCCEEDED
        assert report.outputs == {
            "output_image_url": "http://xxx/result1.png",
            "output_vis_image_url": "http://xxx/result2.png",
        }
        assert report.submitted_at == 1715838601.247  # 2024-05-16 05:50:01.247 UTC
        assert report.ended_at == 1715838627.795
        assert report.expires_at is None
        assert "result1" not in repr(report)

    def test_the_earliest_expiry_counts(self, make: Make) -> None:
        urls = {
            "output_image_url": "http://h/a.png?Expires=1715925601&Signature=x",
            "output_vis_image_url": "http://h/b.png?x-oss-date=20240517T060000Z&x-oss-expires=100",
        }
        report = self.fetched(make, {"output": {"task_status": "SUCCEEDED", **urls}})

        assert report.expires_at == 1715925601.0

    def test_a_v4_url_expires_after_its_life(self, make: Make) -> None:
        url = "http://h/b.png?x-oss-date=20240517T060000Z&x-oss-expires=100"
        body = {"output": {"task_status": "SUCCEEDED", "output_image_url": url}}

        assert self.fetched(make, body).expires_at == 1715925700.0

    @pytest.mark.parametrize("name", ["failed", "failed_mixed_case"])
    def test_a_failed_task_whatever_its_case(self, make: Make, name: str) -> None:
        report = self.fetched(make, recorded(name))

        assert report.status is TaskStatus.FAILED
        assert report.failure is not None

    def test_a_failed_task_says_why(self, make: Make) -> None:
        failure = self.fetched(make, recorded("failed")).failure

        assert failure.code == "InvalidParameter.FileDownload"
        assert failure.kind is FailureKind.RETRY
        assert failure.request_id == "dccfdf23-b38e-97a6-a07b-f35118c1ada6"

    def test_one_that_is_not_there_is_unknown(self, make: Make) -> None:
        assert self.fetched(make, recorded("unknown")).status is TaskStatus.UNKNOWN

    def test_a_word_nobody_knows_is_strange(self, make: Make) -> None:
        body = {"output": {"task_status": "DREAMING"}}
        assert self.fetched(make, body).status is TaskStatus.STRANGE

    @pytest.mark.parametrize(
        ("status", "body", "word"),
        [
            (401, {"code": "InvalidApiKey"}, ForbiddenError),
            (400, {"code": "Arrearage"}, ForbiddenError),
            (429, {"code": "Throttling.RateQuota"}, ThrottledError),
            (429, {"code": "PrepaidBillOverdue"}, ForbiddenError),
            (500, {"code": "InternalError"}, UnavailableError),
            (502, {}, UnavailableError),
            (400, {"code": "InvalidParameter"}, RejectedError),
            (200, {"code": "InvalidApiKey"}, ForbiddenError),
            (200, {"output": {}}, UnavailableError),
            (200, {}, UnavailableError),
        ],
    )
    def test_trouble_has_a_word(
        self, make: Make, status: int, body: dict[str, Any], word: type[Exception]
    ) -> None:
        with peer(answers(status, body)) as other, pytest.raises(word):
            make(other).fetch("task-1")

    @pytest.mark.parametrize("task_id", ["", "../x", "a/b", "a?b", "a%2Fb", "x" * 129, ".."])
    def test_an_id_that_could_lead_elsewhere_is_never_asked_for(
        self, make: Make, task_id: str
    ) -> None:
        with peer(answers(200)) as other, pytest.raises(RejectedError):
            make(other).fetch(task_id)

        assert other.requests == []


class TestList:
    def test_a_page(self, make: Make) -> None:
        with peer(answers(200, recorded("list"))) as other:
            page = make(other).list(since=0, until=60, page=3)

        assert (page.total, page.page, page.pages, len(page.tasks)) == (2, 1, 1, 2)
        first = page.tasks[0]
        assert first.created_at == 1745568428.109
        assert (first.status, first.api_key_id) == (TaskStatus.RUNNING, "15xxxx")
        assert first.request_id == "1abfc3c8-dd25-98da-ad0b-xxxxxx"
        query = other.requests[0].split(b" ")[1]
        # The bounds are wide enough for either zone: UTC below, UTC+8 above.
        assert b"start_time=19700101000000" in query
        assert b"end_time=19700101080101" in query
        assert b"page_no=3" in query

    def test_a_window_that_is_too_long_is_left_out(self, make: Make) -> None:
        with peer(answers(200, recorded("list"))) as other:
            make(other).list(since=0, until=23 * 3600, page=1)

        assert b"start_time" not in other.requests[0]

    def test_a_page_that_does_not_come_is_asked_for_again(self, make: Make) -> None:
        trouble = answers(500, {"code": "InternalError", "message": "later"})
        with peer(hangs_up, trouble, answers(200, recorded("list"))) as other:
            assert make(other).list(since=0, until=60, page=1).total == 2

    def test_a_list_longer_than_the_provider_allows_in_a_second_takes_another(
        self, make: Make
    ) -> None:
        paused: list[float] = []
        throttled = answers(429, recorded("throttled"))
        with peer(throttled, answers(200, recorded("list"))) as other:
            page = make(other, pause=paused.append).list(since=0, until=60, page=21)

        assert page.total == 2
        assert paused == [1.0]

    def test_a_page_is_not_asked_for_without_end(self, make: Make) -> None:
        with peer(*[hangs_up] * LIST_TRIES, answers(200, recorded("list"))) as other:
            with pytest.raises(UnavailableError):
                make(other).list(since=0, until=60, page=1)
            assert make(other).list(since=0, until=60, page=1).total == 2

    @pytest.mark.parametrize(
        "body",
        [
            {"total": 1, "tasks": [], "total_page": 1, "page_no": 1},
            {"total": 1, "total_page": 1, "page_no": 1},
            {"data": [], "total_page": 1, "page_no": 1},
            {"total": 1, "data": [{"task_id": "x"}], "total_page": 1, "page_no": 1},
        ],
    )
    def test_an_answer_without_the_list_proves_nothing(
        self, make: Make, body: dict[str, Any]
    ) -> None:
        with peer(answers(200, body)) as other, pytest.raises(UnavailableError):
            make(other).list(since=0, until=60, page=1)


class TestCancel:
    def test_a_waiting_task(self, make: Make) -> None:
        with peer(answers(200, recorded("cancel_ok"))) as other:
            assert make(other).cancel("task-1") is True

        assert other.requests[0].startswith(b"POST /api/v1/tasks/task-1/cancel HTTP/1.1")

    def test_one_that_waits_no_more(self, make: Make) -> None:
        with peer(answers(400, recorded("cancel_conflict"))) as other:
            assert make(other).cancel("task-1") is False

    def test_trouble(self, make: Make) -> None:
        with peer(hangs_up) as other, pytest.raises(UnavailableError):
            make(other).cancel("task-1")


class TestDownload:
    HOSTS = ("127.0.0.1", ".aliyuncs.com")

    def test_the_bytes(self, make: Make) -> None:
        with peer(answers(200, b"png")) as other:
            data = make(other, result_hosts=self.HOSTS).download(
                f"{other.url}/a%3Ab/c.png?Expires=1&Signature=s%2B", limit=3
            )

        assert data == b"png"
        assert other.requests[0].startswith(b"GET /a%3Ab/c.png?Expires=1&Signature=s%2B HTTP/1.1")
        assert KEY.encode() not in other.requests[0]

    @pytest.mark.parametrize(
        ("status", "word"),
        [
            (403, NotFoundError),
            (404, NotFoundError),
            (302, RejectedError),
            (400, RejectedError),
            (500, UnavailableError),
            (503, ThrottledError),
        ],
    )
    def test_trouble_has_a_word_and_no_signature(
        self, make: Make, status: int, word: type[Exception]
    ) -> None:
        with peer(answers(status)) as other, pytest.raises(word) as caught:
            make(other, result_hosts=self.HOSTS).download(f"{other.url}/x?Sig=f00d", limit=9)

        assert "f00d" not in str(caught.value)

    def test_too_much_is_refused(self, make: Make) -> None:
        with peer(answers(200, bytes(10))) as other, pytest.raises(RejectedError):
            make(other, result_hosts=self.HOSTS).download(f"{other.url}/x", limit=9)

    def test_half_a_file_is_asked_for_once_more(self, make: Make) -> None:
        with peer(cuts_short(b"half"), answers(200, b"whole")) as other:
            data = make(other, result_hosts=self.HOSTS).download(f"{other.url}/x", limit=9999)

        assert data == b"whole"

    def test_half_a_file_is_unavailable(self, make: Make) -> None:
        with peer(cuts_short(b"half")) as other, pytest.raises(UnavailableError):
            make(other, result_hosts=self.HOSTS).download(f"{other.url}/x", limit=9999)

    @pytest.mark.parametrize(
        "url",
        [
            "http://evil.example/x",
            "http://aliyuncs.com/x",
            "http://evilaliyuncs.com/x",
            "http://aliyuncs.com.evil.example/x",
            "http://user@a.aliyuncs.com/x",
            "http://evil.example\\.aliyuncs.com/x",
            "http://evil.example#.aliyuncs.com/x",
            "http://evil.example\\@a.aliyuncs.com/x",
            "file:///etc/passwd",
            "ftp://a.aliyuncs.com/x",
            "//a.aliyuncs.com/x",
            "http://[::1/x",
            "",
        ],
    )
    def test_other_hosts_are_never_asked(self, make: Make, url: str) -> None:
        with pytest.raises(RejectedError):
            make("http://127.0.0.1:9").download(url, limit=9)

    def test_a_leading_dot_allows_what_ends_so(self, make: Make) -> None:
        with peer(answers(200, b"png")) as other:
            tasks = make(other, result_hosts=(".0.0.1",))

            assert tasks.download(f"{other.url}/x", limit=9) == b"png"
