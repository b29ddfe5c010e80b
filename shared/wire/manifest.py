"""`manifest.json`: the manifest as readers outside of this code see it.

The JSON Schema beside this module (`manifest.schema.json`) is made from these models. Fields
that they do not know are kept, so that two versions of the code can run side by side.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime, timezone
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.domain.manifest import (
    SCHEMA_VERSION,
    Manifest,
    ManifestFile,
    ManifestPerson,
    ManifestProblem,
    ManifestRepair,
    ManifestSource,
)

Pixels = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ManifestError(ValueError):
    """The bytes are no manifest that this code can read."""


class _Document(BaseModel):
    """Unknown fields are allowed and kept; numbers are not taken from strings."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)


class SourceDocument(_Document):
    """The upload that was segmented; sides are those of the upright picture."""

    bucket: str
    key: str
    etag: str
    size: Pixels = Field(description="bytes")
    sha256: Sha256
    format: str
    width: Positive
    height: Positive


class RepairDocument(_Document):
    """What was done to the picture before the provider saw it, and the size that it saw."""

    process: str = Field(description="OSS image processing; empty for none")
    converted: bool = Field(description="whether HEIC was turned into JPEG first")
    sent_width: Positive
    sent_height: Positive


class PersonDocument(_Document):
    """One person, in pixels of the upright original."""

    id: Annotated[int, Field(ge=1, le=255)] = Field(description="grey value in mask.png")
    provider_id: Annotated[int, Field(ge=1, le=255)] = Field(
        description="grey value in the provider's own mask"
    )
    box: Annotated[list[Pixels], Field(min_length=4, max_length=4)] = Field(
        description="x, y, width, height"
    )
    area: Positive
    share: Annotated[float, Field(ge=0, le=1)] = Field(description="of the picture's area")
    centroid: Annotated[list[float], Field(min_length=2, max_length=2)] = Field(
        description="mean x, y of the person's pixels"
    )
    touches_edge: bool
    neighbours: list[Annotated[int, Field(ge=1, le=255)]] = Field(
        default=[], description="ids of those whose masks touch"
    )
    dominant: bool = Field(default=False, description="covers most of the picture")


class FileDocument(_Document):
    """One file of the set."""

    name: str = Field(description="what it is: mask.png, people/1/cutout.png ...")
    key: str = Field(description="the object it lies in")
    size: Pixels = Field(description="bytes")
    sha256: Sha256
    media_type: str


class ProblemDocument(_Document):
    """A recipe that could not be followed."""

    recipe: str
    code: str
    message: str
    message_zh: str = ""
    remedy: str = Field(default="", description="what to do about it")
    remedy_zh: str = ""


class ManifestDocument(_Document):
    """A complete result set of one picture. It is written after all files it names."""

    schema_version: Annotated[int, Field(ge=1, le=SCHEMA_VERSION)]
    job_id: str
    attempt: Positive
    version: Positive = Field(description="derivation: 1, more after each re-derivation")
    created_at: AwareDatetime = Field(strict=False)
    source: SourceDocument
    repair: RepairDocument
    model: str
    task_id: str | None = Field(description="the provider's task that was paid for")
    content_id: str
    reused_from: str | None = Field(description="the job that paid for the mask, if another")
    recipes: list[str] = Field(description="as they were asked for")
    people: list[PersonDocument]
    files: list[FileDocument]
    problems: list[ProblemDocument] = Field(
        default_factory=list, description="recipes that gave nothing, and why"
    )


def encode_manifest(manifest: Manifest) -> bytes:
    """The manifest as UTF-8 JSON, indented for people; the same manifest, the same bytes."""
    created_at = datetime.fromtimestamp(manifest.created_at, timezone.utc)
    document = {"schema_version": manifest.schema_version, **_plain(manifest)}
    document["created_at"] = created_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _plain(record: Any) -> Any:
    """Dataclasses as dictionaries, their `extra` fields beside the known ones."""
    if isinstance(record, tuple):
        return [_plain(item) for item in record]
    if not hasattr(record, "__dataclass_fields__"):
        return record
    names = (field.name for field in fields(record) if field.name != "extra")
    return {**record.extra, **{name: _plain(getattr(record, name)) for name in names}}


def parse_manifest(data: bytes) -> Manifest:
    """The manifest in *data*.

    Raises:
        ManifestError: no JSON, a field missing or of the wrong kind, or a newer schema version.
    """
    try:
        document = ManifestDocument.model_validate_json(data)
    except ValidationError as error:
        raise ManifestError(_explained(error)) from error
    return _manifest(document)


def _explained(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the document"
    return f"not a manifest: {place}: {first['msg']}"


Record = TypeVar("Record")


def _record(kind: type[Record], document: _Document, **replaced: Any) -> Record:
    """The dataclass *kind* from a document whose fields have the same names."""
    values = {name: getattr(document, name) for name in type(document).model_fields}
    values["extra"] = dict(document.model_extra or {})
    return kind(**{**values, **replaced})


def _person(document: PersonDocument) -> ManifestPerson:
    box, centroid = tuple(document.box), tuple(document.centroid)
    neighbours = tuple(document.neighbours)
    return _record(ManifestPerson, document, box=box, centroid=centroid, neighbours=neighbours)


def _manifest(document: ManifestDocument) -> Manifest:
    return _record(
        Manifest,
        document,
        created_at=document.created_at.timestamp(),
        source=_record(ManifestSource, document.source),
        repair=_record(ManifestRepair, document.repair),
        recipes=tuple(document.recipes),
        people=tuple(_person(person) for person in document.people),
        files=tuple(_record(ManifestFile, file) for file in document.files),
        problems=tuple(_record(ManifestProblem, problem) for problem in document.problems),
    )


def manifest_schema() -> str:
    """The JSON Schema of `manifest.json`, as it is committed beside this module."""
    schema = ManifestDocument.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Maskline result manifest"
    return json.dumps(schema, indent=2) + "\n"
