"""The engine's weights, brought before something that needs them starts."""

from __future__ import annotations

from scripts.cli.output import say


def bring_weights(otherwise: str) -> None:
    """Fetch the weights where one is missing; on a failure say why, and what follows."""
    from scripts.engine import weights
    from scripts.engine.errors import EngineError

    try:
        if not all(weights.is_there(file) for file in weights.FILES):
            say("maskline: fetching the engine's weights (once)")
            weights.fetch()
    except EngineError as error:
        say(f"maskline: {error}\nmaskline: {otherwise}")
