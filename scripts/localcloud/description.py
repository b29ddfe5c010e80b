"""What a running local cloud says of itself: the JSON of `maskline up --json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.localcloud.core.context import Cloud

UPLOAD_PREFIX, RESULTS_PREFIX = "MASKLINE_UPLOAD_PREFIX", "MASKLINE_RESULTS_PREFIX"


def described(cloud: Cloud, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The account's names, keys and endpoints; `variables` are the functions' environment."""
    identity, endpoints = cloud.identity, cloud.endpoints
    return {
        "account_id": identity.account_id,
        "region": identity.region,
        "access_key_id": identity.access_key_id,
        "access_key_secret": identity.access_key_secret,
        "oss_endpoint": endpoints["oss"],
        "bucket": identity.bucket,
        "upload_prefix": variables.get(UPLOAD_PREFIX, "uploads/"),
        "results_prefix": variables.get(RESULTS_PREFIX, "results/"),
        "fc_endpoint": endpoints["fc"],
        "fc_service": identity.fc_service,
        "tablestore_endpoint": endpoints["tablestore"],
        "tablestore_instance": identity.tablestore_instance,
        "mns_endpoint": endpoints["mns"],
        "mns_topic": identity.mns_topic,
        "eventbridge_endpoint": endpoints["eventbridge"],
        "dashscope_base_url": endpoints["dashscope"] + "/api/v1",
        "dashscope_api_key": identity.dashscope_api_key,
        "ros_endpoint": endpoints["ros"],
        "control_url": endpoints["control"],
        "data_dir": str(cloud.data_dir),
        "empty": not cloud.stocked,
        "clock_offset_file": str(cloud.clock.offset_path),
        "environment": dict(variables),
    }
