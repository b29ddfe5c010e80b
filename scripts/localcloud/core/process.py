"""What the cloud's own process is given by the system, and takes care of."""

from __future__ import annotations

import contextlib
import os
import resource
from typing import Final

PRIVATE: Final = 0o077
MOST_FILES: Final = 65_536
OWN_FILES: Final = 256
"""Databases, logs, pipes of function instances, objects being read."""
FEWEST: Final = 16


def keep_files_private() -> None:
    """Whatever is written from now on only its owner reads: keys and photographs lie in it."""
    os.umask(PRIVATE)


def connections_each(servers: int) -> int:
    """How many connections each server may have, with as many open files as the system allows.

    Shells often allow 1024, or 256, though the system would allow more. Half is for those that are
    taken in one go, before a server can close others.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has a limit of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    allowed = MOST_FILES if soft == resource.RLIM_INFINITY else soft
    return max(FEWEST, (allowed - OWN_FILES) // (2 * servers))
