"""The recipes by name: their options at once, their picture code only when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Final

from shared.imaging.options.id_photo import IdPhotoOptions
from shared.imaging.options.people import PeopleOptions
from shared.imaging.options.recipe_options import OptionError, RecipeOptions
from shared.imaging.options.vis import VisOptions

if TYPE_CHECKING:
    from shared.imaging.files import RenderedFile
    from shared.imaging.scene import Scene

OPTIONS: Final[dict[str, type[RecipeOptions]]] = {
    kind.recipe: kind for kind in (PeopleOptions, VisOptions, IdPhotoOptions)
}
"""Every recipe's options, by the name that users write; `erase-mask` lives in `erase_mask.py`."""

DEFAULT: Final[tuple[RecipeOptions, ...]] = (PeopleOptions(),)
"""What is made where nobody asked for anything (`mask.png` and `vis.png` always are)."""


def options_of(name: str) -> type[RecipeOptions]:
    """The class of *name*'s options.

    Raises:
        OptionError: no recipe is called so.
    """
    kind = OPTIONS.get(name)
    if kind is None:
        raise OptionError(name, "name", "no such recipe", f"Give one of {', '.join(OPTIONS)}.")
    return kind


def render_recipe(scene: Scene, options: RecipeOptions) -> Iterator[RenderedFile]:
    """The files of the recipe that *options* belong to, one at a time."""
    module = import_module(f"shared.imaging.recipes.{options.recipe.replace('-', '_')}")
    render: Callable[[Scene, RecipeOptions], Iterator[RenderedFile]] = module.render
    yield from render(scene, options)
