"""What an instance keeps between invocations.

Clients live as long as the credentials they were made with (contracts/alibaba-cloud.md, 9): a
token that changed makes new ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from shared.settings import Credentials, Settings, credentials_from

BuiltT = TypeVar("BuiltT")


class Kept(Generic[BuiltT]):
    """What one instance keeps between invocations, made anew when the credentials change."""

    def __init__(self, build: Callable[[Settings, Credentials], BuiltT]) -> None:
        self._build = build
        self._made: tuple[Credentials, BuiltT] | None = None

    def get(self, context: Any) -> BuiltT:
        """The thing for this invocation's credentials. Raises SettingsError."""
        credentials = credentials_from(context, os.environ)
        if self._made is None or self._made[0] != credentials:
            settings = Settings.from_env(os.environ)
            self._made = (credentials, self._build(settings, credentials))
        return self._made[1]
