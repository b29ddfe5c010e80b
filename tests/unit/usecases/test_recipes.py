"""What an upload asks for is what comes out, first and again later; and nothing is paid twice."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from PIL import Image

from shared.domain.job import Derivation, Job, RawResult
from shared.domain.manifest import Manifest
from shared.domain.recipes import RecipePlan, RecipeTextError
from shared.domain.signals import DerivationBegun
from shared.domain.state import JobState
from shared.imaging.files import RenderedFile
from shared.imaging.landmarks import Landmarks
from shared.imaging.rendering import Rendering
from shared.usecases.accept_upload import Upload
from shared.usecases.draw_result import DrawResult
from shared.usecases.rederive import NotDerivedError, Rederive
from shared.wire.manifest import parse_manifest
from tests.simulation.operators import archiving
from tests.simulation.world import World


def jpeg(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 512), (shade, 90, 80)).save(out, "JPEG", comment=str(shade))
    return out.getvalue()


class Stumbling(Rendering):
    """One of its recipes fails in the middle."""

    def parts(self) -> Iterator[tuple[str, Iterator[RenderedFile]]]:
        yield "troubled", _troubled()
        yield from Rendering.parts(self)


class House:
    """A world, its functions, and whoever derives again."""

    def __init__(self) -> None:
        self.world = World()
        self.functions = self.world.functions()
        finalize = self.functions.finalize
        self.rederive = Rederive(
            journal=self.functions.pipeline.journal,
            recall=self.functions.pipeline.recall,
            draw=finalize.draw,
            plan=finalize.plan,
            perform=finalize.perform,
            wake=self.functions.pipeline.wake,
            write=finalize.write,
            parse=parse_manifest,
        )

    def done(self, name: str, data: bytes, recipes: str | None = None) -> Job:
        job = self.taken_in(self.world.upload(name, data, recipes=recipes))
        assert job.state is JobState.DONE
        return job

    def taken_in(self, upload: Upload) -> Job:
        self.functions.pipeline.take_in([upload])
        self.world.run(self.functions)
        return self.world.job(upload)

    def manifest(self, key: str | None) -> Manifest:
        assert key is not None
        return parse_manifest(self.world.objects.read(key, limit=10**7))

    def paid(self) -> int:
        gate = self.functions.pipeline.gatekeeper.load()
        return gate.quota.spent


def names(manifest: Manifest) -> set[str]:
    return {file.name for file in manifest.files}


def test_an_upload_that_asks_for_nothing_gets_the_plans_recipes() -> None:
    house = House()
    plan = RecipePlan(by_prefix=(("uploads/plain/", "vis"),))
    finalize = house.functions.finalize
    draw = replace(finalize.draw, plan=plan)
    house.functions = replace(house.functions, finalize=replace(finalize, draw=draw))

    plain = house.manifest(house.done("plain/a.jpg", jpeg(1)).manifest_key)
    other = house.manifest(house.done("a.jpg", jpeg(2)).manifest_key)

    assert plain.recipes == ("vis",)
    assert names(plain) == {"mask.png", "vis.png"}
    assert other.recipes == ("people",)
    assert "people/1/cutout.png" in names(other)


def test_an_upload_gets_what_its_metadata_asks_for() -> None:
    house = House()

    job = house.done("a.jpg", jpeg(1), recipes="vis")

    assert job.recipes == "vis"
    assert names(house.manifest(job.manifest_key)) == {"mask.png", "vis.png"}


def test_a_wish_that_cannot_be_granted_is_refused_before_anything_is_paid() -> None:
    house = House()

    job = house.taken_in(house.world.upload("a.jpg", jpeg(1), recipes="people,portrait"))

    assert job.state is JobState.REJECTED
    assert job.failure is not None
    assert job.failure.code == "recipes_invalid"
    assert "'portrait' is no recipe; choose from people" in job.failure.message
    assert "x-oss-meta-maskline-recipes" in (job.failure.remedy or "")
    assert house.paid() == 0
    assert not house.functions.pipeline.gatekeeper.load().posts
    assert not house.world.objects.page("pins/", after=None, limit=9)[0]


def test_equal_bytes_with_another_wish_share_the_mask_and_not_the_pictures() -> None:
    house = House()

    first = house.done("a.jpg", jpeg(1), recipes="vis")
    second = house.done("b.jpg", jpeg(1), recipes="people")

    assert second.reused_from == first.id
    assert "people/1/cutout.png" in names(house.manifest(second.manifest_key))
    assert house.paid() == 1


def test_a_recipe_that_fails_takes_no_other_along() -> None:
    house = House()
    job = house.done("a.jpg", jpeg(1))
    assert job.raw is not None
    rendering = house.rederive.draw(job, job.raw, "people")

    written = house.rederive.write(
        job,
        Stumbling(scene=rendering.scene, own=rendering.scene, recipes=rendering.recipes),
        recipes="troubled,people",
        check=lambda: None,
        version=2,
    )

    manifest = house.manifest(written.manifest_key)
    (problem,) = manifest.problems
    assert (problem.recipe, problem.code, problem.message) == (
        "troubled",
        "RecipeFailed",
        "ArithmeticError",
    )
    assert names(manifest) >= {"mask.png", "vis.png", "people/1/cutout.png"}
    assert "half.png" not in names(manifest)


def _troubled() -> Iterator[RenderedFile]:
    yield RenderedFile(name="half.png", media_type="image/png", data=b"half")
    raise ArithmeticError("signed?Signature=secret")


def test_deriving_again_keeps_every_version_and_pays_nothing() -> None:
    house = House()
    job = house.done("a.jpg", jpeg(1), recipes="vis")

    derived = house.rederive(job, "people")

    assert (derived.version, house.paid()) == (2, 1)
    root = house.manifest(job.manifest_key)
    folder = str(job.manifest_key).removesuffix("manifest.json")
    assert root == house.manifest(f"{folder}v2/manifest.json")
    assert (root.version, root.recipes) == (2, ("people",))
    assert {file.key for file in root.files} == {f"{folder}v2/{name}" for name in names(root)}
    first = house.manifest(f"{folder}v1/manifest.json")
    assert (first.version, first.recipes) == (1, ("vis",))
    for file in (*root.files, *first.files):
        assert house.world.objects.head(file.key).size == file.size
    assert derived.job.derivation is None
    assert house.rederive(derived.job, "vis").version == 3
    assert house.manifest(f"{folder}v1/manifest.json").version == 1


def test_what_is_not_done_cannot_be_derived_again() -> None:
    house = House()
    job = house.taken_in(house.world.upload("a.jpg", b"no picture"))

    with pytest.raises(NotDerivedError, match="REJECTED; only what is DONE"):
        house.rederive(job, "people")


def test_a_wrong_line_changes_nothing() -> None:
    house = House()
    job = house.done("a.jpg", jpeg(1))

    with pytest.raises(RecipeTextError):
        house.rederive(job, "portrait")

    assert house.world.jobs.get(job.id) == job


def test_two_at_once_make_two_sets_or_one_waits() -> None:
    house = House()
    job = house.done("a.jpg", jpeg(1))
    journal = house.functions.pipeline.journal
    begun = journal.apply(job, DerivationBegun("vis", house.world.clock.now() + 60))

    with pytest.raises(NotDerivedError, match="set v2 is being made; wait for it, 60 s at most"):
        house.rederive(begun, "people")
    with pytest.raises(NotDerivedError, match="changed by another"):
        house.rederive(job, "people")
    house.world.clock.sleep(61)

    assert house.rederive(begun, "people").version == 3


def test_what_was_archived_comes_back_and_is_derived_again() -> None:
    house = House()
    job = house.done("a.jpg", jpeg(1))
    assert archiving(house.functions)(job)

    assert house.rederive(job, "people").version == 2
    assert house.world.archive.get(job.id) is None


def test_one_who_was_overtaken_leaves_the_newer_set_alone() -> None:
    house = House()
    job = house.done("a.jpg", jpeg(1))
    newer = Derivation(version=3, until=house.world.clock.now() + 900)

    def overtaken(_: Job, *parts: object) -> None:
        found = house.world.jobs.get(job.id)
        assert found is not None
        taken = replace(found, derivations=3, derivation=newer, version=found.version + 1)
        house.world.jobs.replace(taken, expected_version=found.version)

    before = house.world.objects.read(str(job.manifest_key), limit=10**7)
    original = house.rederive.draw

    class Slow(type(original)):  # type: ignore[misc]  # the class of a dataclass instance
        __slots__ = ()

        def __call__(self, job: Job, *parts: object) -> Rendering:
            overtaken(job)
            return original(job, *parts)  # type: ignore[arg-type]  # as they came

    slow = Slow(
        objects=original.objects,
        prefixes=original.prefixes,
        plan=original.plan,
        read_recipes=original.read_recipes,
    )
    with pytest.raises(NotDerivedError, match="taken over"):
        replace(house.rederive, draw=slow)(job, "vis")

    assert house.world.objects.read(str(job.manifest_key), limit=10**7) == before
    found = house.world.jobs.get(job.id)
    assert found is not None
    assert found.derivation == newer


def test_a_photograph_that_is_gone_is_said() -> None:
    house = House()
    job = house.done("a.jpg", jpeg(1))
    house.world.objects.delete(job.source.key)

    with pytest.raises(NotDerivedError, match="maskline derive"):
        house.rederive(job, "vis")

    found = house.world.jobs.get(job.id)
    assert found is not None
    assert found.derivation is None


def faces(x: float) -> bytes:
    """Of person 1, whose head is around that column."""
    points = {"left_eye": [x + 20, 100], "right_eye": [x - 20, 100]}
    mouth = {"mouth_left": [x + 15, 140], "mouth_right": [x - 15, 140]}
    people = [{"id": 1, "landmarks": {**points, **mouth}}]
    return json.dumps({"width": 640, "height": 512, "people": people}).encode()


def seen_by(house: House) -> list[Mapping[int, Landmarks]]:
    """What each drawing from now on is told of faces."""
    seen: list[Mapping[int, Landmarks]] = []
    draw = house.rederive.draw

    class Watching(DrawResult):
        def __call__(self, job: Job, raw: RawResult, line: str) -> Rendering:
            rendering = DrawResult.__call__(self, job, raw, line)
            seen.append(rendering.scene.landmarks)
            return rendering

    watching = Watching(
        objects=draw.objects,
        prefixes=draw.prefixes,
        plan=draw.plan,
        read_recipes=draw.read_recipes,
    )
    house.rederive = replace(house.rederive, draw=watching)
    finalize = replace(house.functions.finalize, draw=watching)
    house.functions = replace(house.functions, finalize=finalize)
    return seen


def test_faces_that_an_engine_tells_are_kept_for_every_set() -> None:
    house = House()
    house.world.tasks.landmarks = faces(200)
    seen = seen_by(house)

    job = house.done("a.jpg", jpeg(1))
    house.world.tasks.landmarks = None
    house.rederive(job, "vis")
    again = house.done("b.jpg", jpeg(1))

    assert again.reused_from == job.id
    assert [found[1].mouth for found in seen] == [(200, 140)] * 3


@pytest.mark.parametrize("told", [None, b"", b"no JSON", b"[]", b"x" * (1024 * 1024 + 1)])
def test_a_result_without_usable_faces_is_whole_all_the_same(told: bytes | None) -> None:
    house = House()
    house.world.tasks.landmarks = told
    seen = seen_by(house)

    house.done("a.jpg", jpeg(1), recipes="id-photo")

    assert seen == [{}]
