"""Use-cases with one part exchanged: the tree is built anew with every use of the part grafted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

Tree = TypeVar("Tree")


def grafted(tree: Tree, parts: Mapping[type, type]) -> Tree:
    """*tree* with every use-case of a type in *parts* made as the type given for it.

    Use-cases that are shared stay shared. What is no dataclass of `shared.usecases` or of the
    tree's own module is left as it is.
    """
    made: dict[int, Any] = {}

    def build(node: Any) -> Any:
        if not _is_branch(node, tree):
            return node
        if id(node) not in made:
            kind = parts.get(type(node), type(node))
            made[id(node)] = kind(**{f.name: build(getattr(node, f.name)) for f in fields(node)})
        return made[id(node)]

    grown: Tree = build(tree)
    return grown


def _is_branch(node: Any, tree: Any) -> bool:
    homes = ("shared.usecases", "shared.bootstrap", type(tree).__module__)
    return is_dataclass(node) and type(node).__module__.startswith(homes)
