"""The local cloud, one of each test's own."""

from __future__ import annotations

from tests.integration.localcloud.conftest import (  # noqa: F401 - fixtures are found by name
    cloud,
    loop_thread,
    serve_in_thread,
)
