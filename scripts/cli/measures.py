"""`maskline status --openmetrics`: how it stands, for a program that gathers measures."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.cli.connection import OFFSET_FILE, checked, unusable, variables_of
from scripts.localcloud.core.metrics import Metrics
from shared.bootstrap.measuring import measured
from shared.settings import SettingsError


def show_measures(data: Path | None, profile: str | None) -> None:
    """Write them as OpenMetrics text, as `/_control/metrics` does of the local cloud's functions.

    Raises CommandError.
    """
    found = variables_of(data, profile)
    try:
        settings, credentials = checked(found)
    except SettingsError as error:
        raise unusable(error.problems) from error
    measures = measured(settings, credentials, offset_file=found.variables.get(OFFSET_FILE))
    gathered = Metrics()
    for metric, labels, value in measures:
        gathered.add(metric.name, metric.kind.value, value, labels)
    sys.stdout.write(gathered.text())
