"""What can go wrong in the engine.

EngineError
├── WeightsError              a file of weights is missing, altered, or could not be fetched
├── EngineNameError           no engine has that name
├── RuntimeMissingError       the engine needs another runtime than the one installed
├── ModelLayoutError          a model file is not of a layout that the engine can read
└── TaskError                 the task itself is at fault; carries the provider's code
    └── UnreadablePictureError
"""

from __future__ import annotations

REPAIR = "maskline engine fetch"


class EngineError(Exception):
    """Anything that the engine says to its user."""


class WeightsError(EngineError):
    """A file of weights is missing, altered, or could not be fetched."""


class EngineNameError(EngineError):
    """No engine has that name."""


class RuntimeMissingError(EngineError):
    """The engine needs another runtime than the one that is installed."""


class ModelLayoutError(EngineError):
    """The model file is not of a layout that the engine can read."""


class TaskError(EngineError):
    """A task that cannot be done, in the provider's own words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class UnreadablePictureError(TaskError):
    """The bytes are no picture that the engine can decode."""

    def __init__(self) -> None:
        super().__init__("InvalidParameter.ImageFormat", "read image error")
