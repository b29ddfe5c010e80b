"""What an operator may ask of the engine server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.serve.options import OptionError, Options

KEY = "k" * 20


def options(**more: Any) -> Options:
    return Options(data=Path("unused"), **more)


def test_loopback_needs_nothing() -> None:
    assert options().checked().reached_at() == "http://127.0.0.1:8765"
    assert options(host="::1").checked().reached_at() == "http://[::1]:8765"
    assert options(keys=("short",)).checked().keys == ("short",)


def test_clients_are_sent_to_the_public_url() -> None:
    asked = options(host="0.0.0.0", keys=(KEY,), public_url="https://engine.example/ai/")

    assert asked.checked().reached_at() == "https://engine.example/ai"
    assert asked.origin() == "http://0.0.0.0:8765"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"host": "10.0.0.1"}, "lets strangers in"),
        ({"host": "10.0.0.1", "keys": (KEY, "short")}, "at least 20 characters"),
        ({"host": "0.0.0.0", "keys": (KEY,)}, "--public-url"),
        ({"host": "engine.example", "keys": (KEY,)}, "must be an IP address"),
        ({"keys": ("with space",)}, "printable ASCII"),
        ({"keys": ("",)}, "printable ASCII"),
        ({"port": 0}, "--port 0"),
        ({"public_url": "engine.example"}, "--public-url engine.example"),
        ({"public_url": "https://a/?b=c"}, "must be like"),
        ({"public_url": "https://user@a/"}, "must be like"),
    ],
)
def test_what_cannot_be_served_under_is_refused_with_the_remedy(
    more: dict[str, Any], told: str
) -> None:
    with pytest.raises(OptionError, match=told):
        options(**more).checked()
