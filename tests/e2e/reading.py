"""Types commands as the documents tell them, one after another, in a process of its own: that is
quicker than a process for each, and what the vendors' clients leave open ends with it.

`python -m tests.e2e.reading` takes a list of commands as JSON on its standard input, and tells the
exit code and the output of each.
"""

from __future__ import annotations

import json
import shlex
import sys

from typer.testing import CliRunner

from scripts.cli.app import app
from scripts.cli.errors import CommandError


def typed(line: str) -> tuple[int, str, str]:
    """The exit code of a command, told after the program's name; its output, and its remarks."""
    ended = CliRunner().invoke(app, shlex.split(line))
    if isinstance(ended.exception, CommandError):
        return int(ended.exception.code), ended.stdout, str(ended.exception)
    return ended.exit_code, ended.stdout, f"{ended.stderr}{ended.exception or ''}"


if __name__ == "__main__":
    json.dump([typed(line) for line in json.load(sys.stdin)], sys.stdout)
