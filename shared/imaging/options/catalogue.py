"""Every recipe's options, by the name that users write. Whoever reads settings needs no more.

The options of `id-photo` are the class `IdPhotoOptions` of `id_photo.py`, and so with the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from shared.imaging.options.recipe_options import RecipeOptions

NAMES: Final = (
    "people",
    "vis",
    "bokeh",
    "id-photo",
    "backdrop",
    "erase-mask",
    "erase",
    "annotations",
)


class _Catalogue(Mapping[str, type[RecipeOptions]]):
    """Loads a recipe's options when they are asked for: most functions need one recipe's, and a
    cold start shows it.
    """

    def __getitem__(self, name: str) -> type[RecipeOptions]:
        if name not in NAMES:
            raise KeyError(name)
        module = import_module(f"shared.imaging.options.{name.replace('-', '_')}")
        kind: type[RecipeOptions] = getattr(module, f"{name.title().replace('-', '')}Options")
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


OPTIONS: Final[Mapping[str, type[RecipeOptions]]] = _Catalogue()
