"""What people do with the upload prefix: put, overwrite, delete, put again; and what became of
the events that told of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from shared.domain.job import job_id_of
from shared.usecases.accept_upload import Upload
from tests.simulation import crowd
from tests.simulation.operators import ARCHIVE, OPERATOR
from tests.simulation.pictures import picture
from tests.simulation.world import BUCKET

if TYPE_CHECKING:
    from tests.simulation.storm import Storm


ERASES = "people,erase:people=all"
"""What every upload asks for in a storm that is to have a second stage."""


@dataclass
class Put:
    """One version of one key: whether its event came, and whether it was replaced or deleted."""

    key: str
    etag: str
    data: bytes
    told: bool = False
    undone: bool = False
    again: int = 0

    @property
    def job_id(self) -> str:
        return job_id_of(BUCKET, f"uploads/{self.key}", self.etag)


@dataclass
class Uploading:
    """The uploads of one run, by key in the order in which they came."""

    storm: Storm
    puts: list[Put] = field(default_factory=list)

    def plan(self, count: int) -> None:
        """What will happen in the bucket."""
        weather, random = self.storm.weather, self.storm.random
        for number in range(count):
            key, at = f"{self._folder(number)}{number}.jpg", random.random() * 20
            same = weather.strikes("same bytes") and number > 0
            shown = picture(number - 1 if same else number)
            self._at(at, key, shown)
            if weather.strikes("overwritten"):
                later = weather.between("overwritten", 0.0, 40.0)
                self._at(at + later, key, picture(20 + number))
            if weather.strikes("deleted"):
                later = weather.between("deleted", 0.0, 120.0)
                self.storm.ask("nature", partial(self._delete, key), delay=at + later)
            if weather.strikes("uploaded again"):
                later = weather.between("uploaded again", 1.0, 1500.0)
                self._at(at + later, key, shown)
            if weather.strikes("archived"):
                later = weather.between("archived", 5.0, 800.0)
                self.storm.ask(OPERATOR, ARCHIVE, delay=at + later)
            if weather.strikes("forgotten"):
                later = weather.between("forgotten", 1.0, 1000.0)
                self.storm.ask(OPERATOR, f"uploads/{key}", delay=at + later)

    def _folder(self, number: int) -> str:
        setting = self.storm.setting
        return crowd.folder(setting.seed, number) if setting.crowded else ""

    def _at(self, delay: float, key: str, data: bytes) -> None:
        self.storm.ask("nature", partial(self._put, key, data), delay=delay)

    def _put(self, key: str, data: bytes) -> None:
        recipes = ERASES if self.storm.setting.erases else None
        upload = self.storm.world.upload(key, data, recipes=recipes)
        put = self._version(key, upload.source.etag, data)
        self.storm.laws.uploads[(upload.source.key, put.etag)] = data
        self.storm.say(f"put {key} ({put.job_id[:6]})")
        self._tell(put, upload)

    def _version(self, key: str, etag: str, data: bytes) -> Put:
        self._undo(key, but=etag)
        known = next((p for p in self.puts if (p.key, p.etag) == (key, etag)), None)
        if known is not None:
            known.again += 1
            return known
        made = Put(key, etag, data)
        self.puts.append(made)
        return made

    def gone(self, key: str) -> None:
        """Somebody has deleted an object of the bucket."""
        if key.startswith("uploads/"):
            self._undo(key.removeprefix("uploads/"))

    def _undo(self, key: str, but: str | None = None) -> None:
        for put in self.puts:
            if put.key == key and put.etag != but:
                put.undone = True

    def _tell(self, put: Put, upload: Upload) -> None:
        weather = self.storm.weather
        if weather.strikes("event lost"):
            self.storm.say(f"event of {put.key} lost")
            return
        put.told = True
        for delay in self._deliveries():
            self.storm.ask("submit", [upload], delay=delay)

    def _deliveries(self) -> Iterator[float]:
        weather = self.storm.weather
        yield weather.between("event late", 10.0, 400.0) if weather.strikes("event late") else 0.1
        if weather.strikes("event twice"):
            yield weather.between("event twice", 0.1, 60.0)

    def _delete(self, key: str) -> None:
        self.storm.say(f"delete {key}")
        self.storm.world.objects.delete(f"uploads/{key}")

    def owed(self) -> list[Put]:
        """The versions that must have a job: told of, or still there to be found."""
        there = self.storm.world.objects._objects
        return [p for p in self.puts if p.told or self._stands(p, there)]

    def _stands(self, put: Put, there: object) -> bool:
        found = self.storm.world.objects._objects.get(f"uploads/{put.key}")
        return found is not None and found[0].etag == put.etag

    def all_known(self) -> bool:
        """Whether each of them has one."""
        return all(self.storm.world.row(put.job_id) is not None for put in self.owed())
