"""The commands that the documents name, wherever they name them: in blocks, between backticks, and
in tables whose rows tell a command's subcommands and options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from typer.main import get_command

from scripts.cli.app import app
from scripts.cli.serve import engine_commands
from tests.architecture.documents import blocks, spans, tables

ROW = re.compile(r"`maskline ([^`]+)`")


def command_lines(name: str) -> set[str]:
    """Every command of a document, as words after the program's name."""
    lines = [line.strip() for block in blocks(name) for line in block.splitlines()]
    told = [re.split(r"\s#", line)[0].removeprefix(".venv/bin/") for line in lines] + spans(name)
    whole = {
        line.removeprefix("maskline ").strip() for line in told if line.startswith("maskline ")
    }
    shortened = {span for span in spans(name) if is_command(span.split())}
    return whole | shortened | set(_told_in_rows(name))


def is_command(words: list[str]) -> bool:
    """Whether they are a command without the program's name before it: one word alone is prose."""
    _, left = known_part(words)
    taken = len(words) - len(left)
    return taken > 1 or (taken == 1 and bool(left) and bool(re.match(r"--|[A-Z]", left[0])))


def known_part(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the first words name, and the words that are left."""
    command = programs()["maskline"]
    left = list(words)
    while left and left[0] in getattr(command, "commands", ()):
        named = command.commands[left.pop(0)]
        command = programs().get(named.name, named)
    return command, left


@cache
def programs() -> dict[str, Any]:
    """Ours, and that of the engine behind it."""
    return {"maskline": get_command(app), "engine": get_command(engine_commands())}


def unknown_words(words: list[str]) -> list[str]:
    """What of a command line the program does not have: a command, or options."""
    command, left = known_part(words)
    if hasattr(command, "commands") and left and re.fullmatch(r"[a-z][a-z-]*", left[0]):
        return left[:1]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    options = [re.sub(r"[^a-z-].*$", "", word.strip("[]")) for word in left]
    return [option for option in options if option.startswith("--") and option not in known]


def _told_in_rows(name: str) -> Iterator[str]:
    """A row's command with each option and subcommand that the row speaks of."""
    for row in (row for table in tables(name) for row in table):
        if (head := ROW.fullmatch(row[0])) is None:
            continue
        command, left = known_part(head[1].split())
        for span in re.findall(r"`([^`]+)`", " ".join(row[1:])):
            if span.startswith("--"):
                yield f"{head[1]} {span}"
            elif span.split()[0] in getattr(command, "commands", ()):
                yield " ".join([*head[1].split()[: -len(left) or None], span])
