"""The control plane through the vendor's own SDK: create, read, change, list, delete."""

from __future__ import annotations

import base64
import io
import json
import time
import urllib.request
import zipfile
from email.utils import formatdate
from pathlib import Path
from typing import Any

import fc2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.resources import ResourceError
from scripts.localcloud.services.fc.service import FcService
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.fc_client import client_of, create_function, invoke


@pytest.fixture
def client(cloud: Cloud, serve_in_thread: Serve) -> fc2.Client:
    serve_in_thread(FcService(cloud))
    return client_of(cloud)


def refused(call: object, *arguments: object, **named: object) -> tuple[int, str]:
    assert callable(call)
    with pytest.raises(fc2.FcError) as caught:
        call(*arguments, **named)
    assert caught.value.request_id != "unknown"
    return caught.value.status_code, caught.value.err_code


def test_service_is_created_changed_and_deleted_by_its_etag(client: fc2.Client) -> None:
    made = client.create_service("photos", description="照片")
    etag = made.headers["etag"]
    assert made.data["serviceName"] == "photos"
    assert {"createdTime", "lastModifiedTime", "logConfig", "role", "serviceId"} <= set(made.data)
    assert client.get_service("photos").data["description"] == "照片"
    assert refused(client.create_service, "photos") == (409, "ServiceAlreadyExists")
    changed = client.update_service("photos", "another", headers={"if-match": etag})
    assert changed.data["description"] == "another"
    stale = {"headers": {"if-match": etag}}
    assert refused(client.update_service, "photos", "x", **stale) == (412, "PreconditionFailed")
    assert refused(client.delete_service, "photos", **stale) == (412, "PreconditionFailed")
    client.delete_service("photos", headers={"if-match": changed.headers["etag"]})
    assert refused(client.get_service, "photos") == (404, "ServiceNotFound")


def test_listing_pages_by_token_prefix_and_start(client: fc2.Client) -> None:
    for name in ("abc", "abd", "ade", "bcd", "bde", "zzz"):
        client.create_service(f"t_{name}")

    def names(**query: object) -> list[str]:
        return [s["serviceName"] for s in client.list_services(**query).data["services"]]

    page = client.list_services(limit=2, startKey="t_b").data
    assert [s["serviceName"] for s in page["services"]] == ["t_bcd", "t_bde"]
    assert names(limit=1, nextToken=page["nextToken"]) == ["t_zzz"]
    assert names(prefix="t_x", nextToken=page["nextToken"]) == []
    assert names(prefix="t_ab", startKey="t_abd") == ["t_abd"]
    assert client.list_services().data["nextToken"] == ""


def test_function_keeps_what_it_was_given(client: fc2.Client, tmp_path: Path) -> None:
    client.create_service("s")
    create_function(client, tmp_path, environmentVariables={"A": "1"}, description="说明")
    found = client.get_function("s", "f").data
    assert found["description"] == "说明"
    assert (found["memorySize"], found["timeout"], found["instanceType"]) == (256, 20, "e1")
    assert found["environmentVariables"] == {"A": "1"}
    assert {"functionId", "codeChecksum", "codeSize", "lastModifiedTime"} <= set(found)
    assert "packageSha256" not in found
    code = client.get_function_code("s", "f").data
    assert code["checksum"] == found["codeChecksum"]
    with urllib.request.urlopen(code["url"]) as answer:  # noqa: S310 - it is http on loopback
        assert len(answer.read()) == found["codeSize"]
    changed = client.update_function("s", "f", environmentVariables={}, timeout=30).data
    assert (changed["environmentVariables"], changed["timeout"]) == ({}, 30)
    assert refused(client.delete_service, "s") == (409, "ServiceNotEmpty")
    client.delete_function("s", "f")
    assert refused(client.get_function, "s", "f") == (404, "FunctionNotFound")
    assert client.list_functions("s").data == {"functions": [], "nextToken": ""}


@pytest.mark.parametrize(
    "settings",
    [
        {"runtime": "10"},
        {"memorySize": 64},
        {"timeout": 86401},
        {"initializationTimeout": 301},
        {"environmentVariables": {"A": 1}},
    ],
)
def test_bad_settings_are_refused(
    client: fc2.Client, tmp_path: Path, settings: dict[str, Any]
) -> None:
    client.create_service("s")
    with pytest.raises(fc2.FcError) as caught:
        create_function(client, tmp_path, **settings)
    assert (caught.value.status_code, caught.value.err_code) == (400, "InvalidArgument")
    assert next(iter(settings)).lower() in caught.value.message.lower()


def test_package_that_leads_outside_is_refused(client: fc2.Client, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../evil.py", "")
    client.create_service("s")
    body = {"functionName": "f", "runtime": "python3", "handler": "a.b"}
    for code, text in (
        (base64.b64encode(buffer.getvalue()).decode(), "leads outside"),
        (base64.b64encode(b"no zip").decode(), "not a zip file"),
        ("***", "not base64"),
    ):
        path = "/2016-08-15/services/s/functions"
        data = json.dumps({**body, "code": {"zipFile": code}}).encode()
        headers = client._build_common_headers("POST", path, {})
        with pytest.raises(fc2.FcError, match=text):
            client._do_request("POST", path, headers, body=data)


def test_a_package_is_fetched_from_its_bucket(cloud: Cloud, serve_in_thread: Serve) -> None:
    def read_object(bucket: str, key: str) -> bytes:
        if (bucket, key) != ("code", "f.zip"):
            raise ResourceError("NoSuchKey", "there is no such object")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("index.py", "def handler(event, context): return 7\n")
        return buffer.getvalue()

    serve_in_thread(FcService(cloud, read_object=read_object))
    client = client_of(cloud)
    client.create_service("s")
    place = {"codeOSSBucket": "code", "codeOSSObject": "f.zip"}

    client.create_function("s", "f", "python3.10", "index.handler", **place)

    assert client.invoke_function("s", "f").data == b"7"
    with pytest.raises(fc2.FcError, match=r"oss://code/g\.zip: there is no such object"):
        client.update_function("s", "f", codeOSSBucket="code", codeOSSObject="g.zip")


def test_new_code_is_run_at_once_and_versions_keep_the_old(
    client: fc2.Client, tmp_path: Path
) -> None:
    client.create_service("s")
    source = "def initialize(context): pass\ndef handler(event, context): return {answer}\n"
    create_function(client, tmp_path, source=source.format(answer="1"))
    assert invoke(client) == 1
    version = client.publish_version("s", "first").data["versionId"]
    client.create_alias("s", "live", version)
    assert refused(client.publish_version, "s") == (409, "VersionPublishError")
    (tmp_path / "f" / "index.py").write_text(source.format(answer="2"))
    client.update_function("s", "f", codeDir=str(tmp_path / "f"))
    assert invoke(client) == 2
    assert client.invoke_function("s", "f", qualifier="live").data == b"1"
    assert client.invoke_function("s", "f", qualifier=version).data == b"1"
    assert client.get_service("s", qualifier="live").data["description"] == "first"
    second = client.publish_version("s", "second").data["versionId"]
    client.update_alias("s", "live", second)
    assert client.invoke_function("s", "f", qualifier="live").data == b"2"
    assert refused(client.get_service, "s", qualifier="9") == (404, "VersionNotFound")
    assert refused(client.invoke_function, "s", "f", qualifier="x") == (404, "AliasNotFound")
    assert [v["versionId"] for v in client.list_versions("s").data["versions"]] == ["1", "2"]
    client.delete_alias("s", "live")
    client.delete_version("s", "1")
    assert client.list_aliases("s").data["aliases"] == []


def test_asynchronous_configuration_takes_both_spellings(
    client: fc2.Client, tmp_path: Path
) -> None:
    client.create_service("s")
    create_function(client, tmp_path)
    given = {
        "DestinationConfig": {"OnFailure": {"Destination": "acs:mns:r:1:/queues/q/messages"}},
        "MaxAsyncEventAgeInSeconds": 100,
        "MaxAsyncRetryAttempts": 1,
    }
    client.put_function_async_invoke_config("s", "LATEST", "f", given)
    found = client.get_function_async_invoke_config("s", "LATEST", "f").data
    assert (found["service"], found["function"], found["qualifier"]) == ("s", "f", "LATEST")
    assert found["destinationConfig"]["onFailure"]["destination"].endswith("/queues/q/messages")
    assert (found["maxAsyncEventAgeInSeconds"], found["maxAsyncRetryAttempts"]) == (100, 1)
    listed = client.list_function_async_invoke_configs("s", "f").data
    assert (len(listed["configs"]), listed["nextToken"]) == (1, "")
    bad = {"maxAsyncRetryAttempts": 9}
    call = client.put_function_async_invoke_config
    assert refused(call, "s", "LATEST", "f", bad) == (400, "InvalidArgument")
    client.delete_function_async_invoke_config("s", "LATEST", "f")
    assert refused(client.get_function_async_invoke_config, "s", "LATEST", "f")[0] == 404


def test_triggers_are_listed_in_pages(client: fc2.Client, tmp_path: Path) -> None:
    client.create_service("s")
    create_function(client, tmp_path)
    for number in range(5):
        key = {"prefix": f"p{number}/", "suffix": f"s{number}"}
        config = {"events": ["oss:ObjectCreated:*"], "filter": {"key": key}}
        client.create_trigger("s", "f", f"t{number}", "oss", config, "acs:oss:r:1:b", "role")
    page = client.list_triggers("s", "f", limit=2).data
    pages = 1
    while page["nextToken"]:
        page = client.list_triggers("s", "f", limit=2, nextToken=page["nextToken"]).data
        pages += 1
    assert pages == 3
    assert client.get_trigger("s", "f", "t1").data["sourceArn"] == "acs:oss:r:1:b"
    assert refused(client.get_trigger, "absent", "f", "t1") == (404, "ServiceNotFound")
    assert refused(client.delete_trigger, "s", "f", "absent") == (404, "TriggerNotFound")


def test_tags_and_account(client: fc2.Client) -> None:
    client.create_service("s")
    arn = "acs:fc:cn-beijing:1:services/s"
    client.tag_resource(arn, {"a": "1", "b": "2"})
    client.untag_resource(arn, ["a"])
    assert client.get_resource_tags(arn).data == {"resourceArn": arn, "tags": {"b": "2"}}
    client.untag_resource(arn, [], True)
    assert client.get_resource_tags(arn).data["tags"] == {}
    assert client.get_account_settings().data["availableAZs"] == ["cn-beijing-h"]


def test_state_survives_a_restart(cloud: Cloud, serve_in_thread: Serve, tmp_path: Path) -> None:
    first = FcService(cloud)
    serve_in_thread(first)
    client = client_of(cloud)
    client.create_service("s")
    create_function(client, tmp_path)
    del cloud.endpoints["fc"]
    serve_in_thread(FcService(cloud))
    assert invoke(client_of(cloud), n=1)["order"] == {"n": 1}


def test_a_request_of_yesterday_is_refused(client: fc2.Client) -> None:
    headers = {"date": formatdate(time.time() - 86400, usegmt=True)}
    assert refused(client.list_services, headers=headers) == (403, "RequestTimeTooSkewed")


def test_unknown_paths_answer_json(client: fc2.Client) -> None:
    assert refused(client.list_instances, "s", "LATEST", "f") == (404, "PathNotSupported")
    assert client.list_reserved_capacities().data == {"reservedCapacities": []}


def test_versions_may_be_published_again_once_deleted(client: fc2.Client) -> None:
    client.create_service("s")
    client.publish_version("s")
    assert refused(client.publish_version, "s") == (409, "VersionPublishError")
    client.delete_version("s", "1")
    assert client.publish_version("s", "again").data["versionId"] == "2"


def test_services_are_found_by_their_tags(client: fc2.Client) -> None:
    for name in ("a", "b"):
        client.create_service(name)
    client.tag_resource("services/a", {"k1": "v1", "k2": "v2"})
    listed = client.list_services(tags={"k1": "v1", "k2": "v2"}).data["services"]
    assert [service["serviceName"] for service in listed] == ["a"]
    assert client.list_services(tags={"absent": "v"}).data["services"] == []


def test_bounds_and_provisioned_instances_are_listed(
    client: fc2.Client, cloud: Cloud, tmp_path: Path
) -> None:
    client.create_service("s")
    for name in ("f", "g"):
        create_function(client, tmp_path, name)
    version = client.publish_version("s").data["versionId"]
    client.create_alias("s", "live", version)
    assert client.list_on_demand_config().data == {}
    for number, name in enumerate(("f", "g"), 1):
        client.put_on_demand_config("s", "live", name, number)
        client.put_provision_config("s", "live", name, number)
    page = client.list_on_demand_config(limit=1).data
    assert page["configs"][0]["resource"] == "services/s.live/functions/f"
    rest = client.list_on_demand_config(nextToken=page["nextToken"]).data
    assert [config["maximumInstanceCount"] for config in rest["configs"]] == [2]
    assert "nextToken" not in rest
    provisioned = client.list_provision_configs("s", "live").data["provisionConfigs"]
    account = cloud.identity.account_id
    assert [p["resource"] for p in provisioned] == [f"{account}#s#live#f", f"{account}#s#live#g"]
    assert client.get_provision_config("s", "live", "g").data["target"] == 2
    client.delete_on_demand_config("s", "live", "g")
    assert len(client.list_on_demand_config().data["configs"]) == 1
    assert refused(client.put_provision_config, "s", "live", "absent", 1)[0] == 404


def test_custom_domains_are_remembered_without_their_keys(client: fc2.Client) -> None:
    certificate = {"certName": "c", "certificate": "C", "privateKey": "K"}
    made = client.create_custom_domain("photos.example.com").data
    assert (made["domainName"], made["protocol"]) == ("photos.example.com", "HTTP")
    changed = client.update_custom_domain(
        "photos.example.com", "HTTP,HTTPS", certConfig=certificate
    ).data
    assert changed["certConfig"] == {**certificate, "privateKey": None}
    assert len(client.list_custom_domains(prefix="photos").data["customDomains"]) == 1
    client.delete_custom_domain("photos.example.com")
    assert refused(client.get_custom_domain, "photos.example.com")[0] == 404
