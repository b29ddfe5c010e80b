"""XML as OSS writes it, and a lenient reader for what clients send.

Clients put control characters and references into bodies that XML 1.0 forbids, so a strict parser
would refuse what OSS takes.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from xml.sax.saxutils import escape

from scripts.localcloud.services.oss.exceptions import malformed_xml

Element = tuple[str, "str | int | bool | list[Element]"]
REFERENCE = re.compile(r"&(?:#([0-9]+)|#x([0-9A-Fa-f]+)|(amp|lt|gt|quot|apos));")
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def render(root: Element) -> bytes:
    """A document of nested (name, text or children) pairs."""
    written = '<?xml version="1.0" encoding="UTF-8"?>\n' + _render(root)
    return written.encode("utf-8", "replace")  # an error repeats what it refuses: any bytes


def _render(element: Element) -> str:
    name, content = element
    if isinstance(content, list):
        text = "".join(_render(child) for child in content)
    elif isinstance(content, bool):
        text = "true" if content else "false"
    else:
        text = escape(str(content))
    return f"<{name}>{text}</{name}>"


def texts(body: str, name: str) -> list[str]:
    """The contents of every element `name`, as they stand.

    Every character is passed once: what never closes cannot keep the reader busy.
    """
    opening, closing = re.compile(rf"<{name}(?=[\s/>])"), re.compile(rf"</{name}\s*>")
    found, begin, closes = [], opening.search(body), True
    while begin and (end := body.find(">", begin.end())) >= 0:
        after = end + 1
        match = closing.search(body, after) if closes and body[end - 1] != "/" else None
        if match:
            found.append(body[after : match.start()])
            after = match.end()
        elif body[end - 1] == "/":
            found.append("")
        else:
            closes = False  # nor does anything that follows
        begin = opening.search(body, after)
    return found


def text(body: str, name: str) -> str | None:
    """The text of the first element `name`, references resolved; None without one."""
    found = texts(body, name)
    return unescape(found[0]) if found else None


def unescape(written: str) -> str:
    """Resolve character references, those that XML 1.0 forbids included."""
    return REFERENCE.sub(_resolve, written)


def _resolve(match: re.Match[str]) -> str:
    decimal, hexadecimal, named = match.groups()
    if named:
        return NAMED[named]
    try:
        return chr(int(decimal) if decimal else int(hexadecimal, 16))
    except (ValueError, OverflowError):
        raise malformed_xml() from None


def document(body: bytes, root: str) -> str:
    """The text inside the root element.

    Raises:
        OssError: MalformedXML, when the body is not UTF-8 or has another root.
    """
    try:
        found = texts(body.decode("utf-8"), root)
    except UnicodeDecodeError:
        raise malformed_xml() from None
    if not found:
        raise malformed_xml()
    return found[0]


def iso_time(moment: float) -> str:
    """Epoch seconds as OSS writes them in documents: UTC, and the milliseconds always 000."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
