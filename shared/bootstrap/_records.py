"""From the border's records to the use-cases' uploads."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence

from shared.usecases.accept_upload import Upload
from shared.wire import oss_event
from shared.wire.errors import WireError

_log = logging.getLogger("maskline")


def undelivered_uploads(message: Mapping[str, object]) -> Sequence[Upload]:
    """The uploads of an event that Function Compute gave up on; none where it holds none."""
    try:
        return uploads_of(oss_event.parse(json.dumps(message).encode()))
    except WireError as error:
        _log.error("a message of the failure queue holds no uploads: %s", error)
        return ()


def uploads_of(parsed: oss_event.UploadRecords) -> Sequence[Upload]:
    """The border's records as the use-cases' uploads."""
    return [Upload(source=r.source, event_name=r.event_name) for r in parsed.records]
