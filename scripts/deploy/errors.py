"""What keeps a deployment from going on."""

from __future__ import annotations


class DeployError(Exception):
    """What is wrong, and what to do about it."""
