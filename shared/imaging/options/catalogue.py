"""Every recipe's options, by the name that users write. Whoever reads settings needs no more."""

from __future__ import annotations

from typing import Final

from shared.imaging.options.annotations import AnnotationsOptions
from shared.imaging.options.backdrop import BackdropOptions
from shared.imaging.options.bokeh import BokehOptions
from shared.imaging.options.erase import EraseOptions
from shared.imaging.options.erase_mask import EraseMaskOptions
from shared.imaging.options.id_photo import IdPhotoOptions
from shared.imaging.options.people import PeopleOptions
from shared.imaging.options.recipe_options import RecipeOptions
from shared.imaging.options.vis import VisOptions

OPTIONS: Final[dict[str, type[RecipeOptions]]] = {
    kind.recipe: kind
    for kind in (
        PeopleOptions,
        VisOptions,
        BokehOptions,
        IdPhotoOptions,
        BackdropOptions,
        EraseMaskOptions,
        EraseOptions,
        AnnotationsOptions,
    )
}
