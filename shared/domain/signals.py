"""What can happen to a job: small frozen facts, in the past tense. Times are epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.effects import Effect
from shared.domain.erasure import Erasure
from shared.domain.failure import Failure
from shared.domain.job import Picture, Pin, RawResult, Source, Task
from shared.domain.outbox import Subscription, Tried


@dataclass(frozen=True, slots=True)
class Prepared:
    """The upload was pinned, read and found fit; equal bytes share `content_id`. `recipes` is
    what its metadata asks for, if it does, and `trace` what its traces go by, where they are on.
    """

    pin: Pin
    picture: Picture
    content_id: str
    recipes: str | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class InputRefused:
    """The upload breaks a rule that nobody can mend, or is no longer what its event said."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class LeaderFound:
    """Another job already works on the same bytes; look again at `look_at`."""

    leader_id: str
    look_at: float


@dataclass(frozen=True, slots=True)
class LeadTaken:
    """The one that this job waited for ended without a result: this one leads now."""


@dataclass(frozen=True, slots=True)
class ResultReused:
    """The same bytes were segmented before; their raw result serves this job as well."""

    raw: RawResult
    from_job: str


@dataclass(frozen=True, slots=True)
class PermitGranted:
    """The gate wrote the intent of this attempt: it may be posted until `post_not_after`."""

    post_not_after: float
    key_fingerprint: str


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    """The provider answered with a task id, or the task was found in its list."""

    task: Task


@dataclass(frozen=True, slots=True)
class SubmitPutOff:
    """Nothing reached the provider, or it asked us to come again; `refused` where it was for an
    error that counts against this job.
    """

    retry_at: float
    note: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class SubmitRefused:
    """The provider will never take this submission."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """The POST may have been performed; the provider's list must tell."""

    look_at: float
    request_id: str | None


@dataclass(frozen=True, slots=True)
class AbsenceProved:
    """The POST did not make a task, and can no longer make one."""

    retry_at: float


@dataclass(frozen=True, slots=True)
class ProofGaveOut:
    """The list can prove nothing any more; only a person may decide to pay again."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class TaskSucceeded:
    """The provider has a result, and keeps it until `deadline`."""

    ended_at: float
    deadline: float


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """The provider's task failed for good."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class TaskFailedForNow:
    """The provider's task failed in a way that a new attempt may mend."""

    failure: Failure
    retry_at: float


@dataclass(frozen=True, slots=True)
class TaskVanished:
    """The task, or its result, is gone before it could be saved."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class FinalizeDue:
    """The finalizer that was asked did not come back in time: ask again."""


@dataclass(frozen=True, slots=True)
class RawSaved:
    """The provider's files lie in our bucket; nothing that fails later can lose them."""

    raw: RawResult


@dataclass(frozen=True, slots=True)
class ResultStored:
    """Every file and, last, the manifest are in the bucket; `erasures` begin now."""

    manifest_key: str
    people: int
    erasures: tuple[Erasure, ...] = ()


@dataclass(frozen=True, slots=True)
class ResultUnusable:
    """The provider's files cannot be what they should be."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class ResultNotOurs:
    """The adopted task's result was made from another picture; ours may have been paid for."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class RetryAsked:
    """Somebody, a person or a new upload (`request_id`), wants a failed job tried again."""

    note: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class FinalizeAgain:
    """Somebody wants a failed job's stored raw result finalized once more; nothing is paid."""

    note: str


@dataclass(frozen=True, slots=True)
class AnnounceAsked:
    """The same picture was uploaded again: its result is announced once more."""

    request_id: str


@dataclass(frozen=True, slots=True)
class DerivationBegun:
    """Somebody makes another set of a stored result, by the recipes of `line`."""

    line: str
    until: float


@dataclass(frozen=True, slots=True)
class DerivationEnded:
    """That set is whole, or was given up; `erasures` begin now."""

    version: int
    note: str
    erasures: tuple[Erasure, ...] = ()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A person wanted the upload forgotten, and everything made of it is deleted."""


@dataclass(frozen=True, slots=True)
class UploadedAnew:
    """What was forgotten is uploaded once more: it is a new upload to everybody."""

    source: Source


@dataclass(frozen=True, slots=True)
class PutOff:
    """Nothing new; look again later. `absent_since`: when the list first showed nothing;
    `pin`: where the pinned copy lies from now on, its old name being dropped;
    `place`: where the job stands in the line from now on; `held_by`: the upload prefix whose
    quota it waits for.
    """

    until: float
    absent_since: float | None = None
    pin: Pin | None = None
    place: int | None = None
    held_by: str | None = None


@dataclass(frozen=True, slots=True)
class EffectsPerformed:
    """These effects were seen done."""

    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class DeliveryTried:
    """What tries to deliver events came to; `subscriptions` are all the sinks that there are."""

    tries: tuple[Tried, ...]
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class ReplayAsked:
    """A person wants events of a job that has ended sent to these sinks once more."""

    event_ids: tuple[str, ...]
    sinks: tuple[str, ...]
    note: str


Signal = (
    Prepared
    | InputRefused
    | LeaderFound
    | LeadTaken
    | ResultReused
    | PermitGranted
    | TaskAccepted
    | SubmitPutOff
    | SubmitRefused
    | OutcomeUnknown
    | AbsenceProved
    | ProofGaveOut
    | TaskSucceeded
    | TaskFailed
    | TaskFailedForNow
    | TaskVanished
    | FinalizeDue
    | RawSaved
    | ResultStored
    | ResultUnusable
    | ResultNotOurs
    | RetryAsked
    | FinalizeAgain
    | AnnounceAsked
    | DerivationBegun
    | DerivationEnded
    | Forgotten
    | UploadedAnew
    | PutOff
    | EffectsPerformed
    | DeliveryTried
    | ReplayAsked
)
