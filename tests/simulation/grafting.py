"""Use-cases with one part exchanged: the tree is built anew with every use of the part grafted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

Tree = TypeVar("Tree")


def grafted(tree: Tree, parts: Mapping[type, type]) -> Tree:
    """*tree* with every use-case of a type in *parts* made as the type given for it.

    Use-cases that are shared stay shared. What is no dataclass of `shared.usecases` is left as it
    is, but for the tree's own root: a clock that two hold stays one clock.
    """
    made: dict[int, Any] = {}
    root: Any = type(tree)

    def build(node: Any) -> Any:
        kind: Any = type(node)
        names = _branches(kind, root)
        if names is None:
            return node
        if id(node) not in made:
            kind = parts.get(kind, kind)
            made[id(node)] = kind(**{name: build(getattr(node, name)) for name in names})
        return made[id(node)]

    grown: Tree = build(tree)
    return grown


@cache
def _branches(kind: type, root: type) -> tuple[str, ...] | None:
    """The fields of a use-case, by its type: an instance is made for every invocation."""
    ours = kind is root or kind.__module__.startswith(("shared.usecases", "shared.bootstrap"))
    if not ours or not is_dataclass(kind):
        return None
    return tuple(f.name for f in fields(kind))
