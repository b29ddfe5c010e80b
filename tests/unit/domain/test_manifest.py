from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields

import pytest

from shared.domain.manifest import SCHEMA_VERSION, Manifest, ManifestFile


def test_a_file_entry_cannot_be_changed_after_its_checksum_was_taken() -> None:
    entry = ManifestFile(name="mask.png", key="k", size=1, sha256="0" * 64, media_type="image/png")

    with pytest.raises(FrozenInstanceError):
        entry.size = 2  # type: ignore[misc]  # that it fails is what is tested


def test_a_new_manifest_states_the_current_schema_version() -> None:
    (declared,) = [field.default for field in fields(Manifest) if field.name == "schema_version"]

    assert declared == SCHEMA_VERSION


def test_the_domains_manifest_needs_the_standard_library_only() -> None:
    program = (
        "import sys; import shared.domain.manifest;"
        "print(sorted({'pydantic', 'numpy', 'PIL'} & set(sys.modules)))"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert answer.stdout.strip() == b"[]"
