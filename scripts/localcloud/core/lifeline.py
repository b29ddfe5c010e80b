"""Run a command that dies with its parent. Executed by path, before anything else is imported.

`python lifeline.py PARENT_PID NICENESS COMMAND...` asks the kernel to kill this process when the
parent's thread ends (Linux), lowers its priority, and becomes COMMAND. Doing it here and not
between fork and exec keeps the parent free of code that must not run there.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>; the setting survives exec."""
PARENT_IS_GONE = 3


def lifeline_command(command: Sequence[str], *, niceness: int = 0) -> list[str]:
    """`command`, to be started by this process and to die with it."""
    script = str(Path(__file__).resolve())
    return [sys.executable, "-I", "-S", script, str(os.getpid()), str(niceness), *command]


def _main(parent: int, niceness: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(PARENT_IS_GONE)
    os.nice(niceness)
    os.execvp(command[0], command)  # noqa: S606 - becoming the command is the purpose


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
