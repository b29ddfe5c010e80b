"""A filter for what `aliyun-fc2` tells the root logger about failed requests.

Its ERROR records hold the request's headers, Authorization and security token included, and its
DEBUG records what it signs, the token again; nothing of that is needed, as the error that is raised
says what happened.
"""

from __future__ import annotations

import logging
import re
from typing import Final

_DUMP: Final = re.compile(r"(?s)\.? *\b(?:Request headers|Response headers|Headers): .*")
_SIGNED: Final = "string to sign"
_ASKED_BEFORE: Final = "StatefulAsyncInvocationAlreadyExists"
"""An answer that invocations with an id are meant to get, and no error."""
_NOT_THERE: Final = "Client error: 404."
"""An answer like any other to who looks; who does not expect it raises an error that says more."""
_STARTS: Final = (
    "Client error: ",
    "Server error: ",
    "Function execution error",
    "Perform http request. ",
    "Do http request. ",
    "Http status code: ",
)


class HideHeaders(logging.Filter):
    """Cuts headers off the SDK's records; every other logger's and program's pass untouched."""

    @classmethod
    def install(cls, logger: logging.Logger) -> None:
        """Add the filter once to the logger that the SDK writes to, the root logger."""
        if not any(isinstance(present, cls) for present in logger.filters):
            logger.addFilter(cls())

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record in place, or drop it: what was signed, and what is no error."""
        message = record.getMessage()
        if message.startswith((_SIGNED, _NOT_THERE)) or _ASKED_BEFORE in message:
            return False
        if message.startswith(_STARTS):
            record.msg = _DUMP.sub("", message)
            record.args = ()
        return True
