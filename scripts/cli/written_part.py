"""A part of a document that is written from the code; what is around it is written by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """What stands between two marks with the part's name in them."""

    name: str

    @property
    def begin(self) -> str:
        """The line before it."""
        return f"<!-- {self.name}: written by `python -m scripts.cli.readme` -->\n"

    @property
    def end(self) -> str:
        """The line after it."""
        return f"<!-- {self.name} end -->"

    def in_step(self, text: str, part: str) -> str:
        """The document's text with *part* in it. Raises ValueError where a mark is missing."""
        before, begin, rest = text.partition(self.begin)
        _, end, after = rest.partition(self.end)
        if not begin or not end:
            raise ValueError(f"the document has no marks for its {self.name}")
        return f"{before}{begin}{part}\n{end}{after}"
