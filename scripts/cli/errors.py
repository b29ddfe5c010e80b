"""What a command tells its user instead of a traceback."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a program can tell from the end of a command (README, exit codes)."""

    DONE = 0
    WRONG = 1
    USAGE = 2
    UNFINISHED = 3


class CommandError(Exception):
    """What is wrong, and what to do about it; the command ends with *code*."""

    def __init__(self, problem: str, remedy: str, code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(f"{problem}: {remedy}" if remedy else problem)
        self.code = code
