"""The language of `x-oss-process`: `image/resize,w_100/format,png`, with `|sys/saveas,...` behind.

Source: the vendor's pages on image processing parameters.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from scripts.localcloud.services.oss.exceptions import OssError, invalid_argument, not_implemented

NAMED = re.compile(r"([A-Za-z]+)_(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action with its parameters: `values` by name, `plain` those without one."""

    action: str
    values: dict[str, str]
    plain: tuple[str, ...] = ()

    def number(self, name: str, least: int, most: int, default: int | None = None) -> int | None:
        """A whole number among the parameters.

        Raises:
            OssError: InvalidArgument, when it is none or out of bounds.
        """
        written = self.values.get(name)
        return default if written is None else self.checked(name, written, least, most)

    def checked(self, name: str, written: str, least: int, most: int) -> int:
        """`written` as a number within bounds.

        Raises:
            OssError: InvalidArgument.
        """
        if re.fullmatch(r"-?[0-9]{1,9}", written) and least <= int(written) <= most:
            return int(written)
        raise self.wrong(name, written)

    def wrong(self, name: str, written: str) -> OssError:
        """The error that this parameter deserves."""
        message = f"The value: {written} of parameter: {name} is invalid."
        return invalid_argument(message, f"{self.action},{name}", written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A whole process: its steps, and where the result is to be saved (`sys/saveas`)."""

    steps: tuple[Step, ...]
    save_key: str = ""
    save_bucket: str = ""


def parse_process(text: str) -> Process:
    """Read a value of `x-oss-process`.

    Raises:
        OssError: InvalidArgument, NoSuchStyle, NotImplemented.
    """
    actions, *pipes = text.split("|")
    kind, _, written = actions.partition("/")
    if kind == "style":
        message = "The style you specified does not exist."
        raise OssError(404, "NoSuchStyle", message, StyleName=written)
    if kind != "image":
        raise not_implemented(f"x-oss-process={kind}/...")
    steps = tuple(_parse_step(step) for step in written.split("/") if step)
    if not steps:
        raise invalid_argument("The process has no action.", "x-oss-process", text)
    key, bucket = _parse_save(pipes)
    return Process(steps=steps, save_key=key, save_bucket=bucket)


def _parse_step(text: str) -> Step:
    action, *parameters = text.split(",")
    values: dict[str, str] = {}
    plain: list[str] = []
    for parameter in parameters:
        if named := NAMED.fullmatch(parameter):
            values[named[1]] = named[2]
        else:
            plain.append(parameter)
    return Step(action=action, values=values, plain=tuple(plain))


def _parse_save(pipes: list[str]) -> tuple[str, str]:
    if not pipes:
        return "", ""
    step = _parse_step(pipes[0].partition("/")[2])
    if len(pipes) > 1 or not pipes[0].startswith("sys/") or step.action != "saveas":
        raise not_implemented(f"x-oss-process=...|{pipes[0]}")
    return _decoded(step, "o"), _decoded(step, "b") if "b" in step.values else ""


def _decoded(step: Step, name: str) -> str:
    written = step.values.get(name, "")
    try:
        padded = written + "=" * (-len(written) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise step.wrong(name, written) from None
