"""The words of `aliyun-fc2` into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from fc2.fc_exceptions import FcError

from shared.adapters.fc.patience import word_for
from shared.ports.errors import UnavailableError


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Errors of the SDK and of `requests` below it become `PortError`s."""
    try:
        yield
    except FcError as error:
        raise word_for(int(error.status_code))(_sentence(what, error)) from error
    except (requests.RequestException, OSError, ValueError) as error:
        # ValueError: the SDK reads an error's body as JSON before it looks whether it is.
        raise UnavailableError(f"Function Compute {what}: {type(error).__name__}") from error


def _sentence(what: str, error: FcError) -> str:
    code = error.err_code or f"HTTP {error.status_code}"
    return f"Function Compute {what}: {code} (request {error.request_id})"
