"""Before anything is spent: pin the upload, read the copy, judge it, find its equals."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from shared.domain.archiving import is_newcomer
from shared.domain.erasure import erasure_content_id
from shared.domain.failure import Failure, FailureKind
from shared.domain.input_rules import Refused, Repair, judge
from shared.domain.job import Job, Picture, Pin
from shared.domain.keys import Prefixes, content_id_of, pin_key
from shared.domain.reasons import Reason, reason
from shared.domain.recipes import METADATA, RecipeTextError
from shared.domain.signals import InputRefused, Prepared, Signal
from shared.imaging.convert import heic_to_jpeg
from shared.imaging.errors import PictureError
from shared.imaging.probe import probe
from shared.ports.errors import ConflictError, NotFoundError, RejectedError
from shared.ports.objects import ObjectInfo, ObjectStore
from shared.usecases.contents import Contents
from shared.usecases.journal import Journal
from shared.usecases.recall import Recall

READ_LIMIT: Final = 20 * 1024 * 1024
"""The largest source that OSS processing takes (contracts/alibaba-cloud.md, 7.3)."""

_EXTENSIONS: Final = frozenset({"jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "heic"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareJob:
    """Makes a QUEUED job ready for the gate, or gives it its end.

    `read_recipes` judges what an upload's metadata asks for (RecipeTextError): a wish that cannot
    be granted is refused before anything is paid. `trace_of` makes the trace of a job's id and the
    upload's metadata; None: there are no traces.
    """

    journal: Journal
    recall: Recall
    objects: ObjectStore
    contents: Contents
    prefixes: Prefixes
    model: str
    read_recipes: Callable[[str], object]
    reuse: bool = True
    trace_of: Callable[[str, Mapping[str, str]], str] | None = None

    def __call__(self, job: Job) -> Job:
        """The job with pin, picture and content id; or REJECTED, waiting, or reusing a result; or
        as it was in the archive. A newcomer is looked for there: no POST is without a pin.

        Raises ConflictError (somebody else has it), RetryableError.
        """
        if is_newcomer(job):
            job = self.recall.met(job)
        if job.pin is None and not job.state.is_final:
            job = self.journal.apply(job, self._examined(job))
        if job.state.is_final or job.content_id is None or not self.reuse:
            return job
        signal = self.contents.join(job, job.content_id)
        return job if signal is None else self.journal.apply(job, signal)

    def _examined(self, job: Job) -> Signal:
        try:
            info = self.objects.head(job.source.key)
            refused = _unreadable(job, info)
            if refused is not None:
                return _refusal(refused)
            recipes = None if job.erasure else self._asked_for(info)
            trace = None if job.erasure else self._trace(job, info)
            pinned = self._pinned(job)
            data = self.objects.read(pinned.key, limit=READ_LIMIT)
        except NotFoundError:
            return _refusal(reason("deleted", key=job.source.key))
        except ConflictError:
            return _refusal(reason("superseded", key=job.source.key))
        except RejectedError:
            return _refusal(reason("too_large", size=job.source.size, limit=READ_LIMIT))
        except RecipeTextError as error:
            return _refusal(reason("recipes_invalid", problem=str(error)))
        pin = Pin(key=pinned.key, etag=pinned.etag, attempt=job.attempt)
        signal = self._judged(job, pin, data, recipes)
        return replace(signal, trace=trace) if isinstance(signal, Prepared) else signal

    def _asked_for(self, info: ObjectInfo) -> str | None:
        """The upload's own recipes. Raises RecipeTextError."""
        line = info.metadata.get(METADATA, "").strip()
        if line:
            self.read_recipes(line)
        return line or None

    def _trace(self, job: Job, info: ObjectInfo) -> str | None:
        return None if self.trace_of is None else self.trace_of(job.id, info.metadata)

    def _pinned(self, job: Job) -> ObjectInfo:
        extension = job.source.key.rpartition(".")[2].lower()
        extension = extension if extension in _EXTENSIONS else "bin"
        target = pin_key(self.prefixes.pins, job.id, job.attempt, extension)
        return self.objects.copy(job.source.key, target, if_match=job.source.etag)

    def _judged(self, job: Job, pin: Pin, data: bytes, recipes: str | None) -> Signal:
        try:
            facts = probe(data)
            verdict = judge(facts, len(data))
            if isinstance(verdict, Refused):
                return self._unpinned(pin, verdict.reason)
            if verdict.repair.convert:
                pin, data = self._converted(job, pin, data)
        except PictureError as error:
            return self._unpinned(pin, reason(error.code))
        picture = _picture(facts.format, facts.orientation, data, verdict.repair)
        content_id = content_id_of(picture.sha256, picture.process, self.model)
        if job.erasure is not None:
            content_id = erasure_content_id(content_id, job.erasure)
        return Prepared(pin, picture, content_id, recipes)

    def _converted(self, job: Job, pin: Pin, data: bytes) -> tuple[Pin, bytes]:
        """HEIC, which OSS processing is not known to read, becomes a JPEG in the pin's place."""
        jpeg = heic_to_jpeg(data)
        key = pin_key(self.prefixes.pins, job.id, job.attempt, "jpg")
        info = self.objects.put(key, jpeg, media_type="image/jpeg")
        if key != pin.key:
            self.objects.delete(pin.key)
        return Pin(key=key, etag=info.etag, attempt=job.attempt), jpeg

    def _unpinned(self, pin: Pin, why: Reason) -> Signal:
        self.objects.delete(pin.key)
        return _refusal(why)


def _unreadable(job: Job, info: ObjectInfo) -> Reason | None:
    """What the object's head alone tells against it."""
    if info.kind in {"Symlink", "Appendable"}:
        return reason(info.kind.lower(), key=job.source.key)
    if info.etag.strip('"').upper() != job.source.etag.strip('"').upper():
        return reason("superseded", key=job.source.key)
    if info.size == 0:
        return reason("empty", key=job.source.key)
    if info.size > READ_LIMIT:
        return reason("too_large", size=info.size, limit=READ_LIMIT)
    return None


def _picture(picture_format: str, orientation: int, data: bytes, repair: Repair) -> Picture:
    return Picture(
        format=picture_format,
        width=repair.width,
        height=repair.height,
        orientation=orientation,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        process=repair.process,
        sent_width=repair.sent_width,
        sent_height=repair.sent_height,
    )


def _refusal(why: Reason) -> InputRefused:
    return InputRefused(
        Failure(
            kind=FailureKind.TERMINAL,
            code=why.code,
            message=why.text_en,
            message_zh=why.text_zh,
            remedy=why.remedy_en,
            remedy_zh=why.remedy_zh,
        )
    )
