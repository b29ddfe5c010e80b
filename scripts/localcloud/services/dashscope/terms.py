"""What a provider on a laptop and one in service do differently; the defaults are the laptop's."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under what conditions the service stands.

    Attributes:
        keys: the API keys of the one account; None takes the one that the data folder keeps.
        models: the models that exist; None takes any name, as a test bench needs.
        endpoint: where clients reach it, for result URLs; None takes the loopback address.
        lifetime: seconds for which a finished task, its files and their URLs hold.
        forgets: whether rows go with their files; else they stay, for the ledger.
        streams: whether files are streamed, in ranges if asked, and HEAD is answered; else they
            are sent whole and HEAD is refused, as at the vendor's.
        most_bytes: how much the folder may hold before submissions are put off; None for no end.
        most_worker_memory: bytes that a worker may keep between tasks before it is replaced.
        patience: seconds that a submission's body may take to arrive.
    """

    keys: tuple[str, ...] | None = None
    models: frozenset[str] | None = None
    endpoint: str | None = None
    lifetime: float = DAY
    forgets: bool = False
    streams: bool = False
    most_bytes: int | None = None
    most_worker_memory: int | None = None
    patience: float = 120.0
