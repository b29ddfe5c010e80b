"""What credentials of a role may do, by the vendors' clients: allowed, refused, noted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import fc2
import oss2
import pytest
from mns.mns_exception import MNSServerException
from mns.topic import TopicMessage

from scripts.localcloud.core.access import ALLOW, DENY, IMPLICIT, Access, Role
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.fc.permissions import Permissions
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.fc.specification import FunctionSpecification
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.tablestore.service import TablestoreService
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.fc_client import allowing, client_of, trusting
from tests.integration.localcloud.mns_client import close_client, code, open_client
from tests.integration.localcloud.tablestore_client import code_of, make_client, sdk

TRUST = trusting("fc.aliyuncs.com")


@pytest.fixture
def access(tmp_path: Any) -> Any:
    made = Access(Database(tmp_path / "ram.sqlite3"))
    yield made
    made.close()


def role(*permissions: tuple[str, str], name: str = "r", **more: Any) -> Role:
    return Role(name=name, trust=TRUST, policies={"p": allowing(*permissions)} | more)


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("oss:GetObject", "acs:oss:cn-beijing:1:photos/a/b", ALLOW),
        ("OSS:getobject", "acs:oss:cn-beijing:1:photos/a/b", ALLOW),
        ("oss:GetObject", "acs:oss:cn-beijing:1:photos", IMPLICIT),
        ("oss:GetObject", "acs:oss:cn-beijing:1:Photos/a", IMPLICIT),
        ("oss:GetObject", "acs:oss:cn-beijing:1:photos/secret/x", DENY),
        ("oss:PutObject", "acs:oss:cn-beijing:1:photos/a", IMPLICIT),
        ("ots:GetRow", "acs:ots:cn-beijing:1:instance/i/table/[jobs]", ALLOW),
        ("ots:GetRow", "acs:ots:cn-beijing:1:instance/i/table/j", IMPLICIT),
        ("mns:SendMessage", "anything", ALLOW),
    ],
)
def test_statements_decide(access: Access, action: str, resource: str, expected: str) -> None:
    denying = allowing(("oss:*", "acs:oss:*:*:photos/secret/*"), effect="Deny")
    permissions = (
        ("oss:GetObject", "acs:oss:*:*:photos/*"),
        ("ots:Get*", "acs:ots:*:*:instance/i/table/[jobs]"),
        ("mns:Send?essage", "*"),
    )
    access.put(role(*permissions, denying=denying))
    assert access.decide("R", action, resource) == expected
    assert access.decide("", action, resource) == ALLOW
    assert access.decide("nobody", action, resource) == IMPLICIT


def test_what_was_used_and_what_was_refused_is_told(access: Access) -> None:
    access.put(role(("a:Use", "x"), ("a:Leave", "x")))
    for _ in range(2):
        access.decide("r", "a:Use", "x")
    access.decide("r", "a:Other", "x")
    report = access.report()
    assert {p["action"]: p["used"] for p in report["permissions"]} == {"a:Use": 2, "a:Leave": 0}
    assert report["asked"] == [
        {"role": "r", "action": "a:Use", "resource": "x", "count": 2, "allowed_by": [0]}
    ]
    assert report["refused"] == [{"role": "r", "action": "a:Other", "resource": "x", "count": 1}]


def test_roles_outlive_a_restart(access: Access, tmp_path: Any) -> None:
    access.put(role(("a:Use", "x"), name="Kept"))
    access.put(role(("a:Use", "x"), name="Gone"))
    access.remove("gone")
    again = Access(Database(tmp_path / "ram.sqlite3"))
    assert [each.name for each in again.roles()] == ["Kept"]
    assert again.decide("kept", "a:Use", "x") == ALLOW
    again.close()


# --- in the services --------------------------------------------------------------------------

Lend = Callable[..., tuple[str, str, str]]


@pytest.fixture
def lend(cloud: Cloud) -> Lend:
    """Temporary credentials of a role that allows (action, resource) pairs."""

    def issue(*permissions: tuple[str, str]) -> tuple[str, str, str]:
        cloud.access.put(role(*permissions, name="lent"))
        return cloud.credentials.issue(3600, cloud.clock.now(), "lent")[:3]

    return issue


def oss_refusal(call: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        call()
    return caught.value.status, caught.value.code


def test_objects(cloud: Cloud, serve_in_thread: Serve, lend: Lend) -> None:
    endpoint = serve_in_thread(OssService(cloud))
    name = cloud.identity.bucket
    place = f"acs:oss:*:*:{name}"
    owner = oss2.Bucket(
        oss2.Auth(cloud.identity.access_key_id, cloud.identity.access_key_secret), endpoint, name
    )
    owner.put_object("in/photo", b"1")
    owner.put_object("private/photo", b"2")
    auth = oss2.StsAuth(
        *lend(("oss:GetObject", f"{place}/in/*"), ("oss:PutObject", f"{place}/out/*"))
    )
    theirs = oss2.Bucket(auth, endpoint, name)

    assert theirs.get_object("in/photo").read() == b"1"
    assert theirs.head_object("in/photo").content_length == 1
    theirs.copy_object(name, "in/photo", "out/photo")
    denied = (403, "AccessDenied")
    assert oss_refusal(lambda: theirs.get_object("out/photo")) == denied
    assert oss_refusal(lambda: theirs.put_object("in/photo", b"3")) == denied
    assert oss_refusal(lambda: theirs.copy_object(name, "private/photo", "out/p")) == denied
    assert oss_refusal(lambda: theirs.delete_object("out/photo")) == denied
    assert oss_refusal(theirs.list_objects) == denied
    assert oss_refusal(lambda: theirs.init_multipart_upload("in/photo")) == denied
    url = theirs.sign_url("GET", "private/photo", 60)
    assert oss2.Session().do_request(oss2.http.Request("GET", url), 5).status == 403
    assert oss_refusal(lambda: theirs.get_object("in/absent")) == denied


def test_who_may_list_is_told_that_an_object_is_missing(
    cloud: Cloud, serve_in_thread: Serve, lend: Lend
) -> None:
    endpoint = serve_in_thread(OssService(cloud))
    name = cloud.identity.bucket
    place = f"acs:oss:*:*:{name}"
    auth = oss2.StsAuth(*lend(("oss:GetObject", f"{place}/*"), ("oss:ListObjects", place)))
    theirs = oss2.Bucket(auth, endpoint, name)
    assert oss_refusal(lambda: theirs.get_object("absent")) == (404, "NoSuchKey")
    assert theirs.list_objects().object_list == []


def test_every_key_of_a_batch_must_be_allowed(
    cloud: Cloud, serve_in_thread: Serve, lend: Lend
) -> None:
    endpoint = serve_in_thread(OssService(cloud))
    name = cloud.identity.bucket
    owner = oss2.Bucket(
        oss2.Auth(cloud.identity.access_key_id, cloud.identity.access_key_secret), endpoint, name
    )
    for key in ("in/1", "in/2", "private/1"):
        owner.put_object(key, b"1")
    theirs = oss2.Bucket(
        oss2.StsAuth(*lend(("oss:DeleteObject", f"acs:oss:*:*:{name}/in/*"))), endpoint, name
    )

    denied = (403, "AccessDenied")
    assert oss_refusal(lambda: theirs.batch_delete_objects(["in/1", "private/1"])) == denied
    assert owner.object_exists("in/1")
    theirs.batch_delete_objects(["in/1", "in/2"])
    assert [found.key for found in owner.list_objects().object_list] == ["private/1"]


def test_who_reads_through_a_symlink_may_read_its_target(
    cloud: Cloud, serve_in_thread: Serve, lend: Lend
) -> None:
    endpoint = serve_in_thread(OssService(cloud))
    name = cloud.identity.bucket
    owner = oss2.Bucket(
        oss2.Auth(cloud.identity.access_key_id, cloud.identity.access_key_secret), endpoint, name
    )
    owner.put_object("private/photo", b"1")
    owner.put_object("in/photo", b"2")
    owner.put_symlink("private/photo", "in/leads-out")
    owner.put_symlink("in/photo", "in/stays")
    theirs = oss2.Bucket(
        oss2.StsAuth(*lend(("oss:GetObject", f"acs:oss:*:*:{name}/in/*"))), endpoint, name
    )

    assert oss_refusal(lambda: theirs.get_object("in/leads-out")) == (403, "AccessDenied")
    assert theirs.get_object("in/stays").read() == b"2"


def test_rows(cloud: Cloud, serve_in_thread: Serve, lend: Lend) -> None:
    service = TablestoreService(cloud)
    endpoint, instance = serve_in_thread(service), cloud.identity.tablestore_instance
    kind = service.resource_types()["ALIYUN::OTS::Table"]
    for table in ("jobs", "gates"):
        key = [{"Name": "id", "Type": "STRING"}]
        kind.create({"InstanceName": instance, "TableName": table, "PrimaryKey": key})
    place = f"acs:ots:*:*:instance/{instance}/table"
    key_id, secret, token = lend(
        ("ots:PutRow", f"{place}/jobs"), ("ots:BatchGetRow", f"{place}/*s")
    )
    theirs = make_client(
        endpoint, cloud, access_key_id=key_id, access_key_secret=secret, sts_token=token
    )
    row = sdk.Row([("id", "1")], [("a", 1)])

    theirs.put_row("jobs", row)
    request = sdk.BatchGetRowRequest()
    request.add(sdk.TableInBatchGetRowItem("jobs", [[("id", "1")]], max_version=1))
    request.add(sdk.TableInBatchGetRowItem("gates", [[("id", "1")]], max_version=1))
    assert theirs.batch_get_row(request).is_all_succeed()
    for call in (
        lambda: theirs.put_row("gates", row),
        lambda: theirs.get_row("jobs", [("id", "1")]),
        theirs.list_table,
    ):
        with pytest.raises(sdk.OTSServiceError) as caught:
            call()
        assert code_of(caught)[:2] == (403, "OTSNoPermissionAccess")


def test_messages(cloud: Cloud, serve_in_thread: Serve, lend: Lend) -> None:
    serve_in_thread(MnsService(cloud))
    topic = cloud.identity.mns_topic
    key_id, secret, token = lend(
        ("mns:PublishMessage", f"acs:mns:*:*:/topics/{topic}/messages"),
        ("mns:ReceiveMessage", "acs:mns:*:*:/queues/maskline-dlq/messages"),
    )
    theirs = open_client(cloud, key_id=key_id, secret=secret, token=token)
    theirs.get_topic(topic).publish_message(TopicMessage("hello"))
    with pytest.raises(MNSServerException) as caught:
        theirs.get_queue("maskline-dlq").receive_message(0)
    assert code(caught) == "MessageNotExist"
    with pytest.raises(MNSServerException) as caught:
        theirs.get_topic(topic).get_attributes()
    assert code(caught) == "AccessDenied"
    close_client(theirs)


def test_functions(cloud: Cloud, serve_in_thread: Serve, lend: Lend) -> None:
    serve_in_thread(FcService(cloud))
    owner = client_of(cloud)
    owner.create_service("s")
    key_id, secret, token = lend(("fc:GetService", "acs:fc:*:*:services/s"))
    theirs = client_of(cloud, accessKeyID=key_id, accessKeySecret=secret, securityToken=token)
    assert theirs.get_service("s").data["serviceName"] == "s"
    with pytest.raises(fc2.FcError) as caught:
        theirs.invoke_function("s", "f")
    assert (caught.value.status_code, caught.value.err_code) == (403, "AccessDenied")
    told = json.dumps(caught.value.message)
    assert "fc:InvokeFunction" in told
    assert "services/s.LATEST/functions/f" in told


def test_an_event_starts_what_the_triggers_role_may_start(cloud: Cloud) -> None:
    permissions = Permissions(cloud)
    arn = f"acs:ram::{cloud.identity.account_id}:role/trigger"
    policies = {"p": allowing(("fc:InvokeFunction", "acs:fc:*:*:services/s.*/functions/f"))}
    cloud.access.put(Role(name="trigger", trust=trusting("oss.aliyuncs.com"), policies=policies))
    assert permissions.may_deliver(arn, ("s", "f", "LATEST"))
    assert not permissions.may_deliver(arn, ("s", "g", "LATEST"))
    cloud.access.put(Role(name="trigger", trust=TRUST, policies=policies))
    assert not permissions.may_deliver(arn, ("s", "f", "LATEST"))


def test_a_report_goes_where_the_services_role_may_send_it(cloud: Cloud, tmp_path: Path) -> None:
    permissions = Permissions(cloud)
    place = f"acs:mns:cn-beijing:{cloud.identity.account_id}:/queues"
    granted = ("mns:SendMessage", "acs:mns:*:*:/queues/failed/messages")
    cloud.access.put(role(granted, ("log:PostLogStoreLogs", "acs:log:*:*:project/p/*")))
    function = FunctionSpecification(
        service="s",
        function="f",
        qualifier="LATEST",
        version_id="LATEST",
        runtime="python3.10",
        handler="index.handler",
        initializer="",
        memory=128,
        timeout=1,
        initialization_timeout=1,
        environment={},
        code_dir=tmp_path,
        role="acs:ram::1:role/r",
        logs="project/p/logstore/l",
    )
    assert permissions.may_report(function, f"{place}/failed/messages")
    assert not permissions.may_report(function, f"{place}/other/messages")
    assert permissions.may_log(function)
    assert not permissions.may_log(replace(function, logs="project/q/logstore/l"))
