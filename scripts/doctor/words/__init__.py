"""What is said of each finding, by its code. Codes are part of the interface (`--json`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scripts.doctor.texts import Texts
from scripts.doctor.words.functions import FUNCTIONS
from scripts.doctor.words.places import PLACES
from scripts.doctor.words.stores import STORES
from scripts.doctor.words.surroundings import SURROUNDINGS

WORDS: Final[Mapping[str, Texts]] = {**PLACES, **STORES, **FUNCTIONS, **SURROUNDINGS}
