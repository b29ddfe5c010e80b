"""The house's numbers: no handler over 25 lines, no function over 40, no module over 300."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("shared", "functions", "scripts")
FUNCTION_LINES = 40
MODULE_LINES = 300
HANDLER_LINES = 25
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "base", "common", "misc"}


def modules() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def too_long(source: str) -> list[str]:
    """Functions over the limit, counted without decorators and docstring."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0].lineno
        if ast.get_docstring(node) is not None and len(node.body) > 1:
            first = node.body[1].lineno
        lines = (node.end_lineno or first) - first + 1
        if lines > FUNCTION_LINES:
            found.append(f"{node.name}: {lines} lines")
    return found


def test_no_function_is_too_long() -> None:
    long = {str(p.relative_to(ROOT)): too_long(p.read_text()) for p in modules()}

    assert {path: names for path, names in long.items() if names} == {}


def test_no_module_is_too_long() -> None:
    sizes = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in modules()}

    assert {path: size for path, size in sizes.items() if size > MODULE_LINES} == {}


@pytest.mark.parametrize("function", ["submit", "poller", "finalizer"])
def test_a_handler_is_read_at_one_glance(function: str) -> None:
    lines = (ROOT / "functions" / function / "handler.py").read_text().splitlines()

    assert len(lines) <= HANDLER_LINES


def test_no_module_is_named_after_nothing() -> None:
    assert [str(p) for p in modules() if p.stem in FORBIDDEN_NAMES] == []


def test_the_count_sees_a_long_function() -> None:
    body = "\n".join("    pass" for _ in range(FUNCTION_LINES + 1))

    assert too_long(f"def long():\n{body}\n") == [f"long: {FUNCTION_LINES + 1} lines"]
