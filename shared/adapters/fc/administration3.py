"""`FunctionService` on FC 3.0, where each function has versions and aliases of its own.

A version of them all is named by the numbers of all, in the order of the functions' names:
`2.2.3`, or `2` where they are the same. An alias is switched function by function; what it is on
its way to stands in the description of each, so that a switch that was broken off is seen, and
which version it was to.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from shared.adapters.fc.documents3 import Documents3
from shared.ports.administration import Alias, Facts
from shared.ports.clock import Clock
from shared.ports.errors import ConflictError, RejectedError, UnavailableError

LATEST: Final = "LATEST"
COMPARED: Final = (
    *("codeChecksum", "codeSize", "cpu", "description", "diskSize", "environmentVariables"),
    *("handler", "instanceLifecycleConfig", "internetAccess", "logConfig", "memorySize"),
    *("role", "runtime", "timeout"),
)
"""What the template says of a function; the rest of a function's document may change by itself."""
OF_ASYNC: Final = (
    *("asyncTask", "destinationConfig", "maxAsyncEventAgeInSeconds", "maxAsyncRetryAttempts"),
)
CHANGING: Final = "InProgress"
PATIENCE: Final = 60.0
"""Seconds that a change of a function may take to be done."""
_THEN: Final = "; "
"""Between the version that an alias is on its way to, and its description."""


class Fc3Administration:
    """The functions of one deployment."""

    def __init__(self, documents: Documents3, *, functions: Sequence[str], clock: Clock) -> None:
        self._documents = documents
        self._functions = sorted(functions)
        self._clock = clock

    def there(self) -> bool:
        """Whether any of the functions is there."""
        return any(self.function(name) is not None for name in self._functions)

    def function(self, name: str, qualifier: str = "") -> Facts | None:
        """What a function is, at a version of its own or an alias; None where there is none."""
        return self._documents.find("GetFunction", name, query=_at(qualifier))

    def set_code(self, function: str, bucket: str, key: str, description: str) -> None:
        """Take the package from a bucket, and the description with it; returns once it is done."""
        code = {"ossBucketName": bucket, "ossObjectName": key}
        self._documents.change(
            "UpdateFunction", "PUT", function, {"code": code, "description": description}
        )
        self._settled(function)

    # --- versions -------------------------------------------------------------------------------

    def publish(self, description: str) -> str:
        """Freeze every function that is another than its newest version."""
        for name in self._functions:
            self._settled(name)
            newest = next(iter(self._numbers(name)), None)
            if newest is None or self._state(name, newest) != self._state(name):
                self._publish(name, description)
        version = self.newest()
        if version is None:
            raise UnavailableError("Function Compute: a version that was just made is gone")
        return version

    def _publish(self, function: str, description: str) -> None:
        place = f"{function}/versions"
        with contextlib.suppress(ConflictError):  # the service finds nothing changed
            self._documents.change(
                "PublishFunctionVersion", "POST", place, {"description": description}
            )

    def state(self, version: str = "") -> Facts | None:
        """Every function at a version; None where one of them is not there."""
        parts = self._parts(version) if version else dict.fromkeys(self._functions, "")
        found = {name: self._state(name, number) for name, number in parts.items()}
        return found if found and all(found.values()) else None

    def newest(self) -> str | None:
        """The newest version of each."""
        newest = [next(iter(self._numbers(name)), "") for name in self._functions]
        return _named(newest) if all(newest) else None

    def has(self, version: str) -> bool:
        """Whether every function has its part of it."""
        parts = self._parts(version)
        return bool(parts) and all(n in self._numbers(name) for name, n in parts.items())

    def versions(self) -> Sequence[str]:
        """Every version of every function, by its name."""
        return [f"{name} {n}" for name in self._functions for n in self._numbers(name)]

    def forget_versions(self, kept: Collection[str]) -> Sequence[str]:
        """Delete the versions that are part of none of these."""
        parts = [self._parts(version) for version in kept]
        return [
            f"{name} {number}"
            for name in self._functions
            for number in self._numbers(name)
            if number not in {each.get(name) for each in parts} and self._forgotten(name, number)
        ]

    def _forgotten(self, function: str, number: str) -> bool:
        try:
            self._documents.delete("DeleteFunctionVersion", f"{function}/versions/{number}")
        except (ConflictError, RejectedError):
            return False
        return True

    def _state(self, function: str, qualifier: str = "") -> Facts | None:
        found = self.function(function, qualifier)
        return None if found is None else {key: found.get(key) for key in COMPARED}

    def _numbers(self, function: str) -> list[str]:
        """The function's versions, the newest first."""
        listed = self._documents.list("ListFunctionVersions", f"{function}/versions", "versions")
        return sorted((str(each["versionId"]) for each in listed), key=int, reverse=True)

    def _parts(self, version: str) -> dict[str, str]:
        """The number of each function; nothing where the name is none of ours."""
        numbers = version.split(".")
        if len(numbers) == 1:
            numbers *= len(self._functions)
        if len(numbers) != len(self._functions) or not all(n.isdecimal() for n in numbers):
            return {}
        return dict(zip(self._functions, numbers, strict=True))

    # --- the alias ------------------------------------------------------------------------------

    def alias(self, name: str) -> Alias | None:
        """Where the alias points to, or is on its way to.

        It is switched in the order of names: the first function that has it has the latest word.
        """
        found = {
            f: self._documents.find("GetAlias", f"{f}/aliases/{name}") for f in self._functions
        }
        there = [each for each in found.values() if each is not None]
        if not there:
            return None
        numbers = [str(each["versionId"]) if each else "none" for each in found.values()]
        version, then, description = str(there[0].get("description") or "").partition(_THEN)
        if not then:  # made by hand
            return Alias(version=_named(numbers), whole=len(there) == len(found))
        return Alias(
            version=version,
            description=description,
            whole=numbers == list(self._parts(version).values()),
        )

    def set_alias(self, name: str, alias: Alias) -> None:
        """Make it, or point it elsewhere, for one function after another."""
        for function, number in self._parts(alias.version).items():
            place = f"{function}/aliases"
            body = {
                "versionId": number,
                "description": f"{alias.version}{_THEN}{alias.description}",
            }
            if self._documents.find("GetAlias", f"{place}/{name}") is None:
                self._documents.change("CreateAlias", "POST", place, {"aliasName": name, **body})
            else:
                self._documents.change("UpdateAlias", "PUT", f"{place}/{name}", body)

    def delete_alias(self, name: str) -> None:
        """Forget it for every function."""
        for function in self._functions:
            self._documents.delete("DeleteAlias", f"{function}/aliases/{name}")

    # --- retries and triggers -------------------------------------------------------------------

    def async_config(self, function: str, qualifier: str) -> Facts | None:
        """How asynchronous invocations are retried and where failures go; None by default."""
        place = f"{function}/async-invoke-config"
        found = self._documents.find("GetAsyncInvokeConfig", place, query=_at(qualifier))
        return None if found is None else {key: found.get(key) for key in OF_ASYNC}

    def set_async_config(self, function: str, qualifier: str, config: Facts) -> None:
        """Say so."""
        place = f"{function}/async-invoke-config"
        self._documents.change(
            "PutAsyncInvokeConfig", "PUT", place, dict(config), query=_at(qualifier)
        )

    def forget_async_config(self, function: str, qualifier: str) -> None:
        """Return to the defaults; none is no error."""
        place = f"{function}/async-invoke-config"
        self._documents.delete("DeleteAsyncInvokeConfig", place, query=_at(qualifier))

    def triggers(self, function: str) -> Mapping[str, str]:
        """The qualifier of each trigger, by its name; "" is the latest code."""
        listed = self._documents.list("ListTriggers", f"{function}/triggers", "triggers")
        said = {str(each["triggerName"]): str(each.get("qualifier") or "") for each in listed}
        return {name: "" if at == LATEST else at for name, at in said.items()}

    def point_trigger(self, function: str, trigger: str, qualifier: str) -> None:
        """Have a trigger start a version or an alias."""
        place = f"{function}/triggers/{trigger}"
        self._documents.change("UpdateTrigger", "PUT", place, {"qualifier": qualifier})

    def _settled(self, function: str) -> None:
        """Wait until no change of the function is being made."""
        begun = self._clock.monotonic()
        while (found := self.function(function) or {}).get("lastUpdateStatus") == CHANGING:
            if self._clock.monotonic() - begun > PATIENCE:
                raise UnavailableError(f"Function Compute: {function} is still being changed")
            self._clock.sleep(1)
        if found.get("lastUpdateStatus") == "Failed":
            why = found.get("lastUpdateStatusReason")
            raise RejectedError(f"Function Compute: the change of {function} failed: {why}")


def _at(qualifier: str) -> dict[str, str]:
    return {"qualifier": qualifier} if qualifier else {}


def _named(numbers: Sequence[str]) -> str:
    """What a version of all functions is called."""
    return numbers[0] if len(set(numbers)) == 1 else ".".join(numbers)
