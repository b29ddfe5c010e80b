"""The XML of requests and answers, as nested dictionaries, lists and texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias
from xml.etree import ElementTree as ET

from scripts.localcloud.services.mns.exceptions import MalformedXmlError

NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"

Content: TypeAlias = "str | int | Mapping[str, Content] | Sequence[Mapping[str, Content]]"
"""A text, a number, an element's children by name, or several children of the same name."""


def _fill(element: ET.Element, content: Content) -> None:
    if not isinstance(content, Mapping):
        element.text = str(content)
        return
    for name, part in content.items():
        for child in part if isinstance(part, (list, tuple)) else (part,):
            _fill(ET.SubElement(element, name), child)


def write_document(root: str, content: Content) -> bytes:
    """Write an answer with its declaration and namespace."""
    element = ET.Element(root, xmlns=NAMESPACE)
    _fill(element, content)
    document: bytes = ET.tostring(element, encoding="utf-8", xml_declaration=True)
    return document


def read_document(body: bytes) -> ET.Element:
    """Read a request, its namespace taken off.

    Raises:
        MalformedXmlError: it is no XML.
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - a loopback client's own few kilobytes
    except ET.ParseError as exc:
        raise MalformedXmlError from exc
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def text_of(element: ET.Element, name: str) -> str | None:
    """The text of a child; None where there is no such child."""
    child = element.find(name)
    return None if child is None else child.text or ""


def named_values(parts: Iterable[ET.Element]) -> list[dict[str, str]]:
    """Properties as they came: name, value and type of each."""
    return [
        {name: text_of(part, name) or "" for name in ("Name", "Value", "Type")} for part in parts
    ]
