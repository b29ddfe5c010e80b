"""The law of `FunctionService`: what deploying relies on, whichever API is below."""

from __future__ import annotations

import io
import zipfile
from typing import Final

import pytest

from shared.ports.administration import Alias, FunctionService
from shared.ports.errors import ConflictError, NotFoundError

NAMES: Final = ("poller", "submit")
LIVE: Final = "live"
BUCKET: Final = "photos-code"


def package(text: str) -> bytes:
    """A zip whose size differs with the text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), f"def handler(e, c):\n    return {text!r}\n")
    return buffer.getvalue()


PACKAGES: Final = {f"{name}.zip": package(name) for name in ("first", "second", "the third")}


def read_object(bucket: str, key: str) -> bytes:
    """The bucket that packages are taken from."""
    assert bucket == BUCKET
    return PACKAGES[key]


def published(functions: FunctionService, code: str, *names: str) -> str:
    """A version with this code in the functions named, else in all."""
    for name in names or NAMES:
        functions.set_code(name, BUCKET, f"{code}.zip", code)
    return functions.publish(f"with {code}")


class FunctionServiceSuite:
    """The functions `poller` and `submit` are there, the timer `tick` starts the first."""

    @pytest.fixture
    def functions(self) -> FunctionService:
        raise NotImplementedError

    @pytest.fixture
    def nothing(self) -> FunctionService:
        """A deployment that was never made, in the same account."""
        raise NotImplementedError

    def test_of_nothing_there_is_nothing(self, nothing: FunctionService) -> None:
        assert not nothing.there()
        assert nothing.function("poller") is None
        assert (nothing.newest(), nothing.state(), nothing.alias(LIVE)) == (None, None, None)
        assert list(nothing.versions()) == []
        assert not nothing.has("1")
        assert list(nothing.forget_versions(())) == []
        nothing.delete_alias(LIVE)
        nothing.forget_async_config("poller", LIVE)
        with pytest.raises(NotFoundError):
            nothing.set_code("poller", BUCKET, "first.zip", "first")

    def test_code_comes_from_a_bucket_with_its_description(
        self, functions: FunctionService
    ) -> None:
        assert functions.there()
        functions.set_code("submit", BUCKET, "second.zip", "the second")
        found = functions.function("submit") or {}
        assert (found["description"], found["codeSize"]) == (
            "the second",
            len(PACKAGES["second.zip"]),
        )
        assert (functions.function("poller") or {})["description"] != "the second"

    def test_a_version_is_what_was_there_until_something_changes(
        self, functions: FunctionService
    ) -> None:
        assert functions.newest() is None
        first = published(functions, "first")
        assert (functions.newest(), functions.has(first)) == (first, True)
        assert functions.state(first) == functions.state()

        functions.set_code("submit", BUCKET, "second.zip", "second")
        assert functions.state(first) != functions.state()
        second = functions.publish("with second")
        assert second != first
        assert functions.state(second) == functions.state()
        assert functions.state(first) != functions.state()
        assert functions.state("99") is None

    def test_publishing_what_has_not_changed_makes_no_other_version(
        self, functions: FunctionService
    ) -> None:
        first = published(functions, "first")
        try:
            again = functions.publish("again")
        except ConflictError:
            again = functions.newest() or ""
        assert again == first

    def test_an_alias_is_pointed_and_its_description_kept(self, functions: FunctionService) -> None:
        first = published(functions, "first")
        assert functions.alias(LIVE) is None
        functions.set_alias(LIVE, Alias(version=first, description="formerly"))
        second = published(functions, "second")
        assert functions.alias(LIVE) == Alias(version=first, description="formerly")
        assert (functions.function("submit", LIVE) or {})["description"] == "first"

        functions.set_alias(LIVE, Alias(version=second, description=f"formerly {first}"))
        assert functions.alias(LIVE) == Alias(version=second, description=f"formerly {first}")
        assert (functions.function("submit", LIVE) or {})["description"] == "second"
        functions.delete_alias(LIVE)
        assert functions.alias(LIVE) is None
        functions.delete_alias(LIVE)

    def test_versions_are_forgotten_but_for_those_that_are_kept(
        self, functions: FunctionService
    ) -> None:
        first, second, third = (published(functions, n) for n in ("first", "second", "the third"))
        gone = functions.forget_versions({first, third})
        assert gone
        assert (functions.has(first), functions.has(second), functions.has(third)) == (
            True,
            False,
            True,
        )
        assert functions.newest() == third
        assert not set(gone) & set(functions.versions())
        functions.forget_versions(())
        assert list(functions.versions()) == []

    def test_asynchronous_configuration_is_of_a_qualifier(self, functions: FunctionService) -> None:
        functions.set_alias(LIVE, Alias(version=published(functions, "first"), description="x"))
        given = functions.async_config("poller", "LATEST")
        assert given is not None
        assert functions.async_config("poller", LIVE) is None
        functions.set_async_config("poller", LIVE, given)
        assert functions.async_config("poller", LIVE) == given
        functions.forget_async_config("poller", LIVE)
        assert functions.async_config("poller", LIVE) is None

    def test_a_trigger_is_pointed_to_an_alias_and_back(self, functions: FunctionService) -> None:
        functions.set_alias(LIVE, Alias(version=published(functions, "first"), description="x"))
        assert dict(functions.triggers("poller")) == {"tick": ""}
        functions.point_trigger("poller", "tick", LIVE)
        assert dict(functions.triggers("poller")) == {"tick": LIVE}
        functions.point_trigger("poller", "tick", "LATEST")
        assert functions.triggers("poller")["tick"] in ("", "LATEST")
        assert dict(functions.triggers("submit")) == {}
