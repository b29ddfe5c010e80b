"""From a photograph and the provider's mask to every file that the recipes yield."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.imaging.files import PNG, RenderedFile
from shared.imaging.landmarks import LandmarkSheet
from shared.imaging.metadata import exif_for
from shared.imaging.options.recipe_options import RecipeOptions
from shared.imaging.options.vis import VisOptions
from shared.imaging.png import encode_png
from shared.imaging.profiles import in_srgb
from shared.imaging.recipes.catalogue import DEFAULT, render_recipe
from shared.imaging.scene import Person, Scene, read_scene


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rendering:
    """A scene and what is to be made of it; the recipes' options in the order of their files.

    `own` is the scene in the photograph's own colours, for those who keep them.
    """

    scene: Scene
    own: Scene
    recipes: tuple[RecipeOptions, ...]

    @property
    def people(self) -> tuple[Person, ...]:
        """Who is in the picture, from left to right."""
        return self.scene.people

    def mask(self) -> RenderedFile:
        """`mask.png`, which every other file is made from."""
        label_map = encode_png(self.scene.label_map)
        return RenderedFile(name="mask.png", media_type=PNG, data=label_map)

    def parts(self) -> Iterator[tuple[str, Iterator[RenderedFile]]]:
        """The recipes by name with their files, `vis` first; nothing is drawn before it is read."""
        for options in _with_vis(self.recipes):
            scene = self.own if options.keeps_profile else self.scene
            yield options.recipe, render_recipe(scene, options)

    def files(self) -> Iterator[RenderedFile]:
        """The files, one at a time, so that only one is in memory; the cheap ones first."""
        yield self.mask()
        for _, files in self.parts():
            yield from files


def _with_vis(recipes: Sequence[RecipeOptions]) -> tuple[RecipeOptions, ...]:
    """`vis` always comes, and first; with options of its own where it was asked for."""
    asked = tuple(options for options in recipes if isinstance(options, VisOptions))
    others = tuple(options for options in recipes if not isinstance(options, VisOptions))
    return (*(asked[-1:] or (VisOptions(),)), *others)


def render(
    photo: bytes,
    mask: bytes,
    recipes: Sequence[RecipeOptions] = DEFAULT,
    *,
    name: str = "photo",
    materials: Mapping[str, bytes] | None = None,
    landmarks: LandmarkSheet | None = None,
) -> Rendering:
    """What *recipes* make of *photo* and *mask*; see `read_scene` for both and for the errors."""
    kept = any(options.keeps_profile for options in recipes)
    own = read_scene(
        photo, mask, name=name, materials=materials, keep_profile=kept, landmarks=landmarks
    )
    own = replace(own, exif={each: exif_for(photo, each) for each in _policies(recipes)})
    scene = replace(own, photo=in_srgb(own.photo))
    return Rendering(scene=scene, own=own, recipes=tuple(recipes))


def _policies(recipes: Sequence[RecipeOptions]) -> set[str]:
    return {options.kept_metadata for options in recipes}
