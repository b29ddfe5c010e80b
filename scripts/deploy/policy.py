"""What the account that deploys must be allowed, as a RAM policy for one deployment.

Two kinds of statements. What the commands ask for themselves is listed action by action; a test
runs them all in a role that has just these. What ROS makes, it makes in the name of whoever called
it, and which actions that takes is published in no one place: there the resources are bounded by
their names instead, and whoever may make roles may give them what he has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scripts.deploy.wanted import Wanted

Statement = dict[str, Any]
STACKS: Final = (
    *("CreateStack", "DeleteStack", "GetStack", "GetTemplate", "ListStackEvents"),
    *("ListStackResources", "ListStacks", "PreviewStack", "UpdateStack"),
)
FUNCTIONS: Final[Mapping[str, Sequence[str]]] = {
    "2.0": (
        *("CreateAlias", "DeleteAlias", "DeleteFunctionAsyncInvokeConfig"),
        *("DeleteServiceVersion", "GetAlias", "GetFunction", "GetFunctionAsyncInvokeConfig"),
        *("GetService", "ListServiceVersions", "ListTriggers", "PublishServiceVersion"),
        *("PutFunctionAsyncInvokeConfig", "UpdateAlias", "UpdateFunction", "UpdateTrigger"),
    ),
    "3.0": (
        *("CreateAlias", "DeleteAlias", "DeleteAsyncInvokeConfig", "DeleteFunctionVersion"),
        *("GetAlias", "GetAsyncInvokeConfig", "GetFunction", "ListFunctionVersions"),
        *("ListTriggers", "PublishFunctionVersion", "PutAsyncInvokeConfig", "UpdateAlias"),
        *("UpdateFunction", "UpdateTrigger"),
    ),
}
OF_A_BUCKET: Final = ("DeleteBucket", "GetBucketInfo", "ListObjects")
OF_PACKAGES: Final = ("DeleteObject", "GetObject", "PutObject")


def policy(wanted: Wanted, api: str) -> dict[str, Any]:
    """Everything, as the document of a custom policy; *api* is that of Function Compute."""
    return {"Version": "1", "Statement": [*asked(wanted, api), *made(wanted)]}


def asked(wanted: Wanted, api: str) -> list[Statement]:
    """What the commands ask for themselves; `destroy --with-data` for the last two."""
    photos, code = f"acs:oss:*:*:{wanted.bucket}", f"acs:oss:*:*:{wanted.code_bucket}"
    instance = f"acs:ots:*:*:instance/{_named(wanted, 'TablestoreInstance')}"
    return [
        _allow("ros", STACKS, "acs:ros:*:*:stack/*"),
        *_of_functions(wanted.service, api),
        _allow("oss", OF_A_BUCKET, photos, code),
        _allow("oss", ["PutBucket"], code),
        _allow("oss", OF_PACKAGES, f"{code}/{wanted.service}/*"),
        _allow("ots", ["ListTable"], instance),
        _allow("oss", ["DeleteObject"], *(f"{photos}/{folder}*" for folder in wanted.folders)),
        _allow("ots", ["DeleteTable"], *(f"{instance}/table/{t}" for t in wanted.template.tables)),
    ]


def _of_functions(service: str, api: str) -> list[Statement]:
    if api == "3.0":
        return [_allow("fc", FUNCTIONS[api], f"acs:fc:*:*:functions/{service}-*")]
    whole = [name for name in FUNCTIONS[api] if _is_of_the_service(name)]
    each = [name for name in FUNCTIONS[api] if not _is_of_the_service(name)]
    return [
        _allow("fc", whole, f"acs:fc:*:*:services/{service}"),
        _allow("fc", each, f"acs:fc:*:*:services/{service}.*/functions/*"),
    ]


def _is_of_the_service(action: str) -> bool:
    return "Alias" in action or "Service" in action


def made(wanted: Wanted) -> list[Statement]:
    """What ROS makes of the template in the caller's name."""
    service, bucket = wanted.service, wanted.bucket
    logs = wanted.given.get("LogProject") or f"{service}-*"
    instance = f"instance/{_named(wanted, 'TablestoreInstance')}"
    topic, queue = _named(wanted, "TopicName"), _named(wanted, "FailureQueueName")
    places = {
        "fc": [
            *(f"services/{service}{rest}" for rest in ("", ".*", "/*")),
            f"functions/{service}-*",
        ],
        "log": [f"project/{logs}", f"project/{logs}/*"],
        "mns": [f"/topics/{topic}", f"/queues/{queue}"],
        "oss": [bucket, f"{bucket}/*"],
        "ots": [instance, f"{instance}/*"],
        "ram": [f"role/{service}-*", f"policy/{service}-*"],
    }
    return [
        _allow(name, ["*"], *(f"acs:{name}:*:*:{each}" for each in resources))
        for name, resources in places.items()
    ]


def _named(wanted: Wanted, parameter: str) -> str:
    """What the deployment calls it; anything where only the template's default says."""
    return wanted.given.get(parameter) or "*"


def _allow(service: str, actions: Sequence[str], *resources: str) -> Statement:
    return {
        "Effect": "Allow",
        "Action": [f"{service}:{action}" for action in actions],
        "Resource": list(resources),
    }
