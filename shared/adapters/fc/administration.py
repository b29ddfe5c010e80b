"""Code, versions, aliases and triggers through `aliyun-fc2`, its defects contained as in `client`.

`update_*` of the SDK skips what is falsy (row i of contracts, 4), which nothing here needs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

from shared.adapters.fc.client import connect
from shared.adapters.fc.errors import translated
from shared.ports.administration import Alias, Facts
from shared.ports.errors import ConflictError, NotFoundError, RejectedError

VOLATILE: Final = frozenset({"createdTime", "lastModifiedTime", "functionId", "serviceId"})
PAGE: Final = 100
_OF_VERSION: Final = ("description", "versionId")
"""What the service's document at a version says of the version and not of the service."""

T = TypeVar("T")


class FcAdministration:
    """One service."""

    def __init__(
        self,
        *,
        endpoint: str,
        service: str,
        functions: Sequence[str],
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        timeout: float = 60.0,
    ) -> None:
        self._client = connect(
            endpoint=endpoint,
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
            security_token=security_token,
            timeout=timeout,
        )
        self._service = service
        self._functions = sorted(functions)

    def there(self) -> bool:
        """Whether there is such a service."""
        return self._facts_of_service("") is not None

    def function(self, name: str, qualifier: str = "") -> Facts | None:
        """What a function is, at a version or an alias; None where there is none."""
        client, service = self._client, self._service
        return _facts(
            f"GetFunction {name}",
            lambda: client.get_function(service, name, qualifier=qualifier or None).data,
        )

    def set_code(self, function: str, bucket: str, key: str, description: str) -> None:
        """Take the package from a bucket, and the description with it, at once."""
        with translated(f"UpdateFunction {function}"):
            self._client.update_function(
                self._service,
                function,
                codeOSSBucket=bucket,
                codeOSSObject=key,
                description=description,
            )

    def publish(self, description: str) -> str:
        """Freeze what is there as a version; its number."""
        with translated("PublishServiceVersion"):
            answer = self._client.publish_version(self._service, description=description)
            return str(answer.data["versionId"])

    def state(self, version: str = "") -> Facts | None:
        """The service and its functions, at a version; equal where nothing has changed since."""
        service = self._facts_of_service(version)
        if service is None:
            return None
        kept = {key: value for key, value in service.items() if key not in _OF_VERSION}
        return {"": kept, **{name: self.function(name, version) for name in self._functions}}

    def newest(self) -> str | None:
        """The newest version, if there is any."""
        return next(iter(self.versions()), None)

    def has(self, version: str) -> bool:
        """Whether there is such a version."""
        return version in self.versions()

    def versions(self) -> Sequence[str]:
        """Every version, the newest first; none of a service that is not there."""
        found: list[str] = []
        token: str | None = None
        while token != "":
            try:
                with translated("ListServiceVersions"):
                    answer = self._client.list_versions(self._service, limit=PAGE, nextToken=token)
            except NotFoundError:
                return []
            found += [str(version["versionId"]) for version in answer.data.get("versions") or ()]
            token = answer.data.get("nextToken") or ""
        return sorted(found, key=int, reverse=True)

    def forget_versions(self, kept: Collection[str]) -> Sequence[str]:
        """Delete every version but these; what went. One that an alias has stays."""
        return [v for v in self.versions() if v not in kept and self._forgotten(v)]

    def _forgotten(self, version: str) -> bool:
        try:
            _missing_is_fine(
                f"DeleteServiceVersion {version}",
                lambda: self._client.delete_version(self._service, version),
            )
        except (ConflictError, RejectedError):
            return False
        return True

    def alias(self, name: str) -> Alias | None:
        """Where the alias points to."""
        found = _facts(f"GetAlias {name}", lambda: self._client.get_alias(self._service, name).data)
        if found is None:
            return None
        described = str(found.get("description") or "")
        return Alias(version=str(found["versionId"]), description=described)

    def set_alias(self, name: str, alias: Alias) -> None:
        """Make it, or point it elsewhere, at once."""
        change = (
            self._client.create_alias if self.alias(name) is None else self._client.update_alias
        )
        with translated(f"SetAlias {name}"):
            change(self._service, name, alias.version, description=alias.description)

    def delete_alias(self, name: str) -> None:
        """Forget it; a missing one is no error."""
        _missing_is_fine(
            f"DeleteAlias {name}", lambda: self._client.delete_alias(self._service, name)
        )

    def async_config(self, function: str, qualifier: str) -> Facts | None:
        """How asynchronous invocations are retried and where failures go; None by default."""
        client, service = self._client, self._service
        found = _facts(
            f"GetFunctionAsyncInvokeConfig {function}",
            lambda: client.get_function_async_invoke_config(service, qualifier, function).data,
        )
        if found is None:
            return None
        named = ("service", "function", "qualifier")
        return {key: value for key, value in found.items() if key not in named}

    def set_async_config(self, function: str, qualifier: str, config: Facts) -> None:
        """Say so."""
        with translated(f"PutFunctionAsyncInvokeConfig {function}"):
            self._client.put_function_async_invoke_config(
                self._service, qualifier, function, dict(config)
            )

    def forget_async_config(self, function: str, qualifier: str) -> None:
        """Return to the defaults; none is no error."""
        client, service = self._client, self._service
        _missing_is_fine(
            f"DeleteFunctionAsyncInvokeConfig {function}",
            lambda: client.delete_function_async_invoke_config(service, qualifier, function),
        )

    def triggers(self, function: str) -> Mapping[str, str]:
        """The qualifier of each trigger, by its name; "" is the latest code."""
        with translated(f"ListTriggers {function}"):
            answer = self._client.list_triggers(self._service, function, limit=PAGE)
        return {
            str(trigger["triggerName"]): str(trigger.get("qualifier") or "")
            for trigger in answer.data.get("triggers") or ()
        }

    def _facts_of_service(self, qualifier: str) -> Facts | None:
        client, name = self._client, self._service
        return _facts(
            "GetService", lambda: client.get_service(name, qualifier=qualifier or None).data
        )

    def point_trigger(self, function: str, trigger: str, qualifier: str) -> None:
        """Have a trigger start a version or an alias."""
        with translated(f"UpdateTrigger {trigger}"):
            self._client.update_trigger(self._service, function, trigger, qualifier=qualifier)


def _facts(what: str, read: Callable[[], Mapping[str, Any]]) -> Facts | None:
    try:
        with translated(what):
            return {key: value for key, value in read().items() if key not in VOLATILE}
    except NotFoundError:
        return None


def _missing_is_fine(what: str, delete: Callable[[], T]) -> None:
    try:
        with translated(what):
            delete()
    except NotFoundError:
        pass
