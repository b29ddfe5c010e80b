"""Where the local cloud keeps its state. Apart from `connection`, which brings every vendor's SDK:
`up` needs none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

DATA: Final = "MASKLINE_DATA"


def data_folder(given: Path | None, env: Mapping[str, str]) -> Path:
    """The local cloud's folder: `--data`, else MASKLINE_DATA, else `~/.maskline`."""
    return (given or Path(env.get(DATA) or Path.home() / ".maskline")).expanduser().absolute()
