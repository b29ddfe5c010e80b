"""The recipes' picture code by name, loaded only when it is needed; `erase-mask` is in
`erase_mask.py`. What can be asked of them is in `shared.imaging.options.catalogue`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Final

from shared.imaging.options.people import PeopleOptions

if TYPE_CHECKING:
    from shared.imaging.files import RenderedFile
    from shared.imaging.options.recipe_options import RecipeOptions
    from shared.imaging.scene import Scene

DEFAULT: Final[tuple[RecipeOptions, ...]] = (PeopleOptions(),)
"""What is made where nobody asked for anything (`mask.png` and `vis.png` always are)."""


def render_recipe(scene: Scene, options: RecipeOptions) -> Iterator[RenderedFile]:
    """The files of the recipe that *options* belong to, one at a time."""
    module = import_module(f"shared.imaging.recipes.{options.recipe.replace('-', '_')}")
    render: Callable[[Scene, RecipeOptions], Iterator[RenderedFile]] = module.render
    yield from render(scene, options)
