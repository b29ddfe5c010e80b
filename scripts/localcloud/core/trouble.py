"""What a disk does to a cloud, told apart from mistakes of our own: its user can mend it."""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import Final

REMEDIES: Final = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "allow larger files",
    errno.EROFS: "make the folder writable",
    errno.EACCES: "make the folder writable",
    errno.EMFILE: "allow more open files",
    errno.ENFILE: "allow more open files",
    errno.EIO: "look after the disk",
}
SQLITE: Final = {
    "disk is full": errno.ENOSPC,
    "readonly database": errno.EROFS,
    "disk I/O error": errno.EIO,
    "unable to open database file": errno.EMFILE,
}
"""What SQLite calls the same; before Python 3.11 its texts are all that it tells."""


def trouble_of(error: BaseException) -> str:
    """What is wrong with the data folder's disk and the remedy; empty for anything else."""
    number = _number(error)
    if number not in REMEDIES:
        return ""
    return f"the data folder: {os.strerror(number).lower()}; {REMEDIES[number]}"


def _number(error: BaseException) -> int:
    if isinstance(error, sqlite3.OperationalError):
        text = str(error)
        return next((number for words, number in SQLITE.items() if words in text), 0)
    return (error.errno or 0) if isinstance(error, OSError) else 0
