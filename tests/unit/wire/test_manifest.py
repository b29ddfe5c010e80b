from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.manifest import (
    Manifest,
    ManifestFile,
    ManifestPerson,
    ManifestRepair,
    ManifestSource,
)
from shared.wire import manifest as wire
from shared.wire.manifest import ManifestError, encode_manifest, manifest_schema, parse_manifest

SOURCE = ManifestSource(
    bucket="photos",
    key="uploads/合影 照片.jpg",
    etag="5B3C1A2E053D763E1B002CC607C5A0FE",
    size=48_211,
    sha256="a" * 64,
    format="jpeg",
    width=640,
    height=512,
)
REPAIR = ManifestRepair(
    process="image/auto-orient,1", converted=False, sent_width=640, sent_height=512
)
PERSON = ManifestPerson(
    id=1,
    provider_id=7,
    box=(3, 4, 50, 60),
    area=2000,
    share=0.0061,
    centroid=(28.25, 34.0),
    touches_edge=False,
    neighbours=(2, 5),
    dominant=True,
)
FILE = ManifestFile(
    name="people/1/cutout.png",
    key="results/x/1.png",
    size=99,
    sha256="b" * 64,
    media_type="image/png",
)
MANIFEST = Manifest(
    job_id="0" * 32,
    attempt=1,
    version=1,
    created_at=1_764_000_000.25,
    source=SOURCE,
    repair=REPAIR,
    model="image-instance-segmentation",
    task_id="53950fb7-281a-4e60-b543-818c4100ac9e",
    content_id="c" * 64,
    reused_from=None,
    recipes=("people",),
    people=(PERSON,),
    files=(FILE,),
)


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(encode_manifest(MANIFEST))
    return loaded


def test_what_was_encoded_is_parsed_again() -> None:
    assert parse_manifest(encode_manifest(MANIFEST)) == MANIFEST


def test_the_document_is_made_for_other_peoples_programs() -> None:
    told = document()

    assert next(iter(told)) == "schema_version"
    assert told["created_at"] == "2025-11-24T16:00:00.250000Z"
    assert told["people"][0]["box"] == [3, 4, 50, 60]
    assert "合影 照片.jpg" in encode_manifest(MANIFEST).decode()
    assert "extra" not in told


def test_unknown_fields_travel_along_untouched_at_every_level() -> None:
    told = document()
    told["from_the_future"] = {"a": [1]}
    told["source"]["lens"] = "50 mm"
    told["people"][0]["pose"] = "standing"
    told["files"][0]["crc64"] = "1"
    told["repair"]["dpi"] = 300

    again = json.loads(encode_manifest(parse_manifest(json.dumps(told).encode())))

    assert again == told


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("schema_version",), 2, "schema_version"),
        (("job_id",), None, "job_id"),
        (("source", "sha256"), "short", "source.sha256"),
        (("people", 0, "box"), [1, 2, 3], "people.0.box"),
        (("people", 0, "id"), 0, "people.0.id"),
        (("files", 0, "size"), "99", "files.0.size"),
    ],
)
def test_what_is_no_manifest_is_refused_and_the_place_is_named(
    path: tuple[str | int, ...], value: object, place: str
) -> None:
    told: Any = document()
    inner = told
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value

    with pytest.raises(ManifestError, match=place):
        parse_manifest(json.dumps(told).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema_version": 1}'])
def test_bytes_that_are_no_manifest_are_refused(data: bytes) -> None:
    with pytest.raises(ManifestError, match="not a manifest"):
        parse_manifest(data)


def test_the_committed_schema_is_in_step_with_the_models() -> None:
    committed = Path(wire.__file__).with_name("manifest.schema.json").read_text()

    assert committed == manifest_schema(), "write manifest_schema() to manifest.schema.json"


def test_the_schema_names_every_field_that_is_written() -> None:
    schema = json.loads(manifest_schema())
    told = document()

    assert set(schema["properties"]) == set(told)
    assert set(schema["required"]) == set(told) - {"problems"}, "what older sets do not have"
    assert set(schema["$defs"]["PersonDocument"]["properties"]) == set(told["people"][0])
    assert set(schema["$defs"]["FileDocument"]["properties"]) == set(told["files"][0])
