"""What Function Compute offers to templates (`ALIYUN::FC::*`, `ALIYUN::FC3::*`)."""

from __future__ import annotations

from scripts.localcloud.core.resources import ResourceType
from scripts.localcloud.services.fc.function_resources import FunctionType, TriggerType
from scripts.localcloud.services.fc.making import Maker
from scripts.localcloud.services.fc.resources3 import (
    AsyncInvokeConfigType,
    Function3Type,
    Trigger3Type,
)
from scripts.localcloud.services.fc.service_resources import AliasType, ServiceType


def resource_types(maker: Maker) -> dict[str, ResourceType]:
    """By the names of ROS."""
    return {
        "ALIYUN::FC::Service": ServiceType(maker),
        "ALIYUN::FC::Function": FunctionType(maker),
        "ALIYUN::FC::Trigger": TriggerType(maker),
        "ALIYUN::FC::Alias": AliasType(maker),
        "ALIYUN::FC3::Function": Function3Type(maker),
        "ALIYUN::FC3::AsyncInvokeConfig": AsyncInvokeConfigType(maker),
        "ALIYUN::FC3::Trigger": Trigger3Type(maker),
    }
