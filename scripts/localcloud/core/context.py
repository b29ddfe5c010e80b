"""What every service of the local cloud is constructed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from scripts.localcloud.core.access import Access
from scripts.localcloud.core.bus import Bus
from scripts.localcloud.core.calls import CallCounter
from scripts.localcloud.core.clock import CloudClock
from scripts.localcloud.core.faults import FaultPlan
from scripts.localcloud.core.identity import Credentials, Identity
from scripts.localcloud.core.metrics import Metrics
from scripts.localcloud.core.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """The one account's surroundings. `endpoints` maps a service to its `http://127.0.0.1:PORT`."""

    data_dir: Path
    identity: Identity
    credentials: Credentials
    access: Access
    clock: CloudClock
    faults: FaultPlan
    calls: CallCounter
    bus: Bus
    endpoints: dict[str, str]
    metrics: Metrics = field(default_factory=Metrics)
    stocked: bool = True
    """Whether bucket, topic and queue of the account are there from the start."""

    def database(self, name: str) -> Database:
        """Open the SQLite file of a service (`name.sqlite3` in the data folder); it closes it."""
        return Database(self.data_dir / f"{name}.sqlite3")

    def close(self) -> None:
        """Write what is still in memory and close the files of the surroundings."""
        self.calls.flush()
        self.credentials.close()
        self.access.close()


def assemble(data_dir: Path, identity: Identity, *, stocked: bool = True) -> Cloud:
    """Build the surroundings in `data_dir`; `endpoints` follow from the identity's ports."""
    return Cloud(
        data_dir=data_dir,
        identity=identity,
        credentials=Credentials(identity, Database(data_dir / "sts.sqlite3")),
        access=Access(Database(data_dir / "ram.sqlite3")),
        clock=CloudClock(data_dir),
        faults=FaultPlan(),
        calls=CallCounter(data_dir / "calls.json"),
        bus=Bus(),
        stocked=stocked,
        endpoints={name: f"http://127.0.0.1:{port}" for name, port in identity.ports.items()},
    )
