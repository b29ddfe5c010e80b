"""Where a region's services are, unless a profile says so; the same that `template.yml` says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

ROS: Final = "ROS_ENDPOINT"
"""Of the command line only: the functions never speak to ROS."""
_PLACES: Final = {
    "OSS_ENDPOINT": "https://oss-{MASKLINE_REGION}.aliyuncs.com",
    "TABLESTORE_ENDPOINT": "https://{TABLESTORE_INSTANCE}.{MASKLINE_REGION}.ots.aliyuncs.com",
    "FC_ENDPOINT": "https://{MASKLINE_ACCOUNT_ID}.{MASKLINE_REGION}.fc.aliyuncs.com",
    "MNS_ENDPOINT": "https://{MASKLINE_ACCOUNT_ID}.mns.{MASKLINE_REGION}.aliyuncs.com",
    "MASKLINE_EVENTBRIDGE_ENDPOINT": (
        "https://{MASKLINE_ACCOUNT_ID}.eventbridge.{MASKLINE_REGION}.aliyuncs.com"
    ),
    "DASHSCOPE_BASE_URL": "https://dashscope.aliyuncs.com/api/v1",
    ROS: "https://ros.aliyuncs.com",
}
_OF_API: Final[Mapping[str, Mapping[str, str]]] = {
    "3.0": {"FC_ENDPOINT": "https://fcv3.{MASKLINE_REGION}.aliyuncs.com"},
}


def with_endpoints(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables, and every endpoint that follows from region, account and instance."""
    found = {name: value for name, value in variables.items() if value}
    for name, place in {**_PLACES, **_OF_API.get(found.get("FC_API", ""), {})}.items():
        asked = re.findall(r"{(\w+)}", place)
        if all(part in found for part in asked):  # what is missing is named by who needs it
            found.setdefault(name, place.format_map(found))
    return {**variables, **found}
