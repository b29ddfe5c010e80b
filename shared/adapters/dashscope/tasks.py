"""`TaskService` on DashScope's HTTP API. One POST is one POST: nothing here sends it again."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from shared.adapters.dashscope import wire
from shared.adapters.dashscope.download import Downloader
from shared.adapters.dashscope.errors import judge, may_have_been_performed
from shared.domain.failure import Failure, FailureKind
from shared.ports.errors import (
    ForbiddenError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    RejectedError,
    RetryableError,
    ThrottledError,
    UnavailableError,
)
from shared.ports.tasks import Accepted, ListedTask, Submission, TaskPage, TaskReport, TaskStatus
from shared.transport.http import (
    Answer,
    HttpClient,
    InterruptedExchangeError,
    NotConnectedError,
    TransportError,
)

SUBMIT_PATH: Final = "/services/aigc/image2image/image-synthesis"
WINDOW: Final = 1.0
"""Seconds over which the provider counts requests: a long list takes more than one."""

LIST_TRIES: Final = 3
"""How often a page of the list is asked for, all within the one time limit: a list is worth nothing
without each of its pages, and an account's day has dozens."""

PAGE_SIZE: Final = 10
"""The documented default; a larger page may be refused (contracts/dashscope.md, 5)."""

LONGEST_WINDOW: Final = 15.5 * 3600
"""The list takes 24 hours at most, and its bounds are widened by eight (`wire.bounds_of`)."""

_OK: Final = 200
_Body = TypeVar("_Body", bound=BaseModel)


class DashScopeTasks:
    """Submits, asks after, lists and cancels tasks, and brings their files.

    *result_hosts* are the hosts that files may come from: an exact name, or a suffix that begins
    with a dot. *pause* sleeps while the provider asks for it in the middle of a list.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        http: HttpClient,
        result_hosts: tuple[str, ...] = (".aliyuncs.com",),
        timeout: float = 10.0,
        pause: Callable[[float], None] = lambda _: None,
        submit_path: str = SUBMIT_PATH,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Accept": "application/json",
        }
        self._http = http
        self._timeout = timeout
        self._pause = pause
        self._submit_path = submit_path
        self._downloader = Downloader(http, result_hosts, timeout=3 * timeout)

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        """One POST within *timeout* seconds in all.

        Raises NotSentError, OutcomeUnknownError, RefusedError, and nothing else.
        """
        headers = {
            **self._headers,
            "Content-Type": "application/json",
            "X-DashScope-Async": "enable",
        }
        body = wire.request_body(
            submission.model, dict(submission.inputs), dict(submission.parameters)
        )
        try:
            answer = self._http.exchange(
                "POST",
                self._base + self._submit_path,
                headers=headers,
                content=body,
                timeout=timeout,
            )
        except NotConnectedError as error:
            raise NotSentError(f"DashScope was not reached: {error}") from error
        except InterruptedExchangeError as error:
            request_id = wire.error_of(error.partial).request_id
            raise OutcomeUnknownError(f"DashScope: {error}", request_id=request_id) from error
        except TransportError as error:
            raise OutcomeUnknownError(f"DashScope: {error}") from error
        return _accepted(answer)

    def fetch(self, task_id: str) -> TaskReport:
        """How the task stands; one that is not there is `UNKNOWN`."""
        body = self._get(f"/tasks/{_checked(task_id)}", wire.TaskBody)
        output = body.output
        status = wire.status_of(output.task_status)
        failure: Failure | None = None
        if status is TaskStatus.FAILED:
            code = output.code or "TaskFailed"
            verdict = judge(code, output.message, status=_OK, request_id=body.request_id)
            failure = verdict.failure
        ends = [end for end in map(wire.expiry_of, output.urls.values()) if end is not None]
        return TaskReport(
            task_id=task_id,
            status=status,
            submitted_at=wire.epoch_of(output.submit_time),
            scheduled_at=wire.epoch_of(output.scheduled_time),
            ended_at=wire.epoch_of(output.end_time),
            outputs=output.urls,
            expires_at=min(ends, default=None),
            failure=failure,
        )

    def list(self, *, since: float, until: float, page: int) -> TaskPage:
        """One page of the account's tasks around the window, which the caller filters again.

        The window is asked for wider than given (`wire.bounds_of`); one that is too long for that
        is left out, and the provider answers with its last 24 hours.
        """
        query: dict[str, str | int] = {"page_no": page, "page_size": PAGE_SIZE}
        if until - since <= LONGEST_WINDOW:
            query["start_time"], query["end_time"] = wire.bounds_of(since, until)
        body = self._page(f"/tasks/?{urlencode(query)}")
        tasks = [_listed(item) for item in body.data]
        return TaskPage(total=body.total, page=body.page_no, pages=body.total_page, tasks=tasks)

    def _page(self, path: str) -> wire.ListBody:
        for _ in range(LIST_TRIES - 1):
            try:
                return self._get(path, wire.ListBody, tries=LIST_TRIES)
            except RetryableError as error:  # noqa: PERF203 - a few tries
                if isinstance(error, ThrottledError):
                    self._pause(WINDOW)
        return self._get(path, wire.ListBody, tries=LIST_TRIES)

    def cancel(self, task_id: str) -> bool:
        """Cancel a waiting task; False where it was no longer PENDING."""
        answer = self._ask("POST", f"/tasks/{_checked(task_id)}/cancel")
        said = wire.error_of(answer.body)
        if said.code == "UnsupportedOperation":
            return False
        _raise_for(answer, said)
        return True

    def download(self, url: str, *, limit: int) -> bytes:
        """The bytes of a result file (`Downloader`)."""
        return self._downloader(url, limit=limit)

    def _get(self, path: str, model: type[_Body], *, tries: int = 1) -> _Body:
        answer = self._ask("GET", path, timeout=self._timeout / tries)
        said = wire.error_of(answer.body)
        if answer.status != _OK or (said.code and b'"output"' not in answer.body):
            _raise_for(answer, said)
        try:
            return model.model_validate_json(answer.body)
        except ValidationError as error:
            fields = sorted({".".join(map(str, e["loc"])) or "body" for e in error.errors()})
            text = f"DashScope's answer lacks what is documented: {', '.join(fields)}"
            raise UnavailableError(text) from error

    def _ask(self, method: str, path: str, *, timeout: float | None = None) -> Answer:
        try:
            return self._http.exchange(
                method,
                self._base + path,
                headers=self._headers,
                content=b"" if method == "POST" else None,
                timeout=timeout or self._timeout,
            )
        except TransportError as error:
            raise UnavailableError(f"DashScope: {error}") from error


def _checked(task_id: str) -> str:
    if not wire.TASK_ID.fullmatch(task_id):
        raise RejectedError("that is no task id: letters, digits, dots, dashes, underscores")
    return task_id


def _accepted(answer: Answer) -> Accepted:
    said = wire.error_of(answer.body)
    if answer.status == _OK and not said.code:
        task_id = _task_id_of(answer.body)
        if task_id is None:
            text = "DashScope answered 200 without a task id that can be read"
            raise OutcomeUnknownError(text, request_id=said.request_id)
        return Accepted(
            task_id=task_id, request_id=said.request_id, server_time=_server_time(answer)
        )
    if may_have_been_performed(said.code, answer.status):
        text = f"DashScope answered HTTP {answer.status} {said.code or 'without a code'}"
        raise OutcomeUnknownError(text, request_id=said.request_id)
    verdict = judge(said.code, said.message, status=answer.status, request_id=said.request_id)
    raise RefusedError(
        verdict.failure,
        throttled=verdict.throttled,
        retry_after=wire.retry_after_of(answer.headers),
    )


def _task_id_of(body: bytes) -> str | None:
    try:
        output = wire.SubmitBody.model_validate_json(body).output
    except ValidationError:
        return None
    task_id = output.task_id if output is not None else None
    return task_id if task_id and wire.TASK_ID.fullmatch(task_id) else None


def _server_time(answer: Answer) -> float | None:
    try:
        return parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return None


def _raise_for(answer: Answer, said: wire.ErrorBody) -> None:
    """Nothing for a success without a code; otherwise the port's word for the refusal."""
    if answer.status == _OK and not said.code:
        return
    verdict = judge(said.code, said.message, status=answer.status, request_id=said.request_id)
    failure = verdict.failure
    text = f"DashScope: {failure.code}: {failure.message} (request {failure.request_id})"
    if failure.kind is FailureKind.STOP:
        raise ForbiddenError(text, failure=failure)
    if failure.kind is FailureKind.RETRY:
        word = ThrottledError if verdict.throttled else UnavailableError
        raise word(text, retry_after=wire.retry_after_of(answer.headers))
    raise RejectedError(text)


def _listed(item: wire.ListedItem) -> ListedTask:
    return ListedTask(
        task_id=item.task_id,
        model=item.model_name,
        status=wire.status_of(item.status),
        created_at=item.gmt_create / 1000,
        request_id=item.request_id,
        api_key_id=item.api_key_id,
    )
