"""What clients give to be told again in a header: refused where no header can hold it.

A form and a query may carry line breaks, which a header cannot: an object that kept one could not
be read any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scripts.localcloud.services.oss.exceptions import invalid_argument

NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-zA-Z-]+")
"""A header's name, as HTTP has it."""
CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_told(headers: Mapping[str, str]) -> None:
    """Check headers to be.

    Raises:
        OssError: InvalidArgument.
    """
    for name, value in headers.items():
        if not NAME.fullmatch(name) or CONTROL.search(value):
            raise invalid_argument("No header can hold this.", name, value)
