"""The completion event of a task, as EventBridge hands it to a function (contracts: dashscope 13).

Off by default, as it needs a rule in the cloud; `announce` names the function that it goes to. The
times are texts in UTC+8; nothing of the result is in it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.dashscope.scheduler import End
from scripts.localcloud.services.dashscope.settings import Settings
from scripts.localcloud.services.dashscope.times import text_of

TYPE = "dashscope:System:AsyncTaskFinish"


class Announcer:
    """Sends the event to the function that the settings name, after `told` has heard of the end."""

    def __init__(
        self, cloud: Cloud, settings: Callable[[], Settings], told: Callable[[End], None]
    ) -> None:
        self._cloud = cloud
        self._settings = settings
        self._told = told
        self._under_way: set[asyncio.Task[None]] = set()

    def __call__(self, end: End) -> None:
        """Tell of a task that has ended, if anybody is to be told."""
        self._told(end)
        function = self._settings().announce
        if function is None:
            return
        identity = self._cloud.identity
        place = f"services/{identity.fc_service}/functions/{function}"
        arn = f"acs:fc:{identity.region}:{identity.account_id}:{place}"
        message = {"arn": arn, "message": self._event(end)}
        task = asyncio.get_running_loop().create_task(
            self._cloud.bus.publish("fc.destination", message)
        )
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _event(self, end: End) -> dict[str, Any]:
        identity, task = self._cloud.identity, end.task
        moment = datetime.fromtimestamp(end.done, timezone.utc).isoformat(timespec="milliseconds")
        time = moment.replace("+00:00", "Z")
        return {
            "datacontenttype": "application/json;charset=utf-8",
            "aliyunaccountid": identity.account_id,
            "aliyunpublishtime": time,
            "data": {
                "start_time": text_of(end.began)[:19],
                "user_api_unique_key": task.unique_key,
                "task_status": "FAILED" if end.code else "SUCCEEDED",
                "contain_result": False,
                "end_time": text_of(end.done)[:19],
                "task_id": task.task_id,
                "region": identity.region,
                "request_id": task.submit_request_id,
                "api_key_id": identity.dashscope_api_key_id,
            },
            "aliyunoriginalaccountid": identity.account_id,
            "specversion": "1.0",
            "aliyuneventbusname": "default",
            "id": str(uuid.uuid4()),
            "source": "acs.dashscope",
            "time": time,
            "aliyunregionid": identity.region,
            "type": TYPE,
        }
