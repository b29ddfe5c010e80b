"""What speaks to FC 3.0; loaded only where that is the chosen API: cold start."""

from __future__ import annotations

from shared.adapters.fc.acs3 import Signer
from shared.adapters.fc.api3 import Api3
from shared.adapters.system.clock import SystemClock
from shared.adapters.system.ids import RandomIds
from shared.settings import Credentials, Settings
from shared.transport.http import HttpClient


def api3_of(settings: Settings, credentials: Credentials, *, timeout: float = 10.0) -> Api3:
    """The functions of the settings' deployment."""
    return Api3(
        endpoint=settings.fc_endpoint,
        service=settings.fc_service,
        signer=Signer(
            credentials.access_key_id, credentials.access_key_secret, credentials.security_token
        ),
        http=HttpClient(),
        signing=SystemClock(),  # signatures are judged by the machine's time, shifted or not
        ids=RandomIds(),
        timeout=timeout,
    )
