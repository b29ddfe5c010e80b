"""The bucket that a deployment makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import oss2


def make_bucket(options: Mapping[str, Any]) -> None:
    """Create the bucket that the store's options name."""
    auth = oss2.AuthV4(options["access_key_id"], options["access_key_secret"])
    oss2.Bucket(
        auth, options["endpoint"], options["bucket"], region=options["region"]
    ).create_bucket()
