"""What the tests of Function Compute 3.0 share: the vendor's client, and a function to look at."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

from alibabacloud_fc20230330 import models
from alibabacloud_fc20230330.client import Client
from alibabacloud_tea_openapi.utils_models import Config

from scripts.localcloud.core.context import Cloud

HANDLER = "def handler(event, context):\n    return '%s'\n"


def fc3_client(endpoint: str, key_id: str, secret: str) -> Client:
    """The vendor's client of an account."""
    return Client(
        Config(
            access_key_id=key_id,
            access_key_secret=secret,
            endpoint=endpoint.partition("://")[2],
            protocol="http",
            region_id="cn-beijing",
        )
    )


def client_of(cloud: Cloud, *, secret: str = "") -> Client:
    """The vendor's client with the account's own key."""
    identity = cloud.identity
    return fc3_client(
        cloud.endpoints["fc"], identity.access_key_id, secret or identity.access_key_secret
    )


def code(text: str) -> models.InputCodeLocation:
    """A package whose handler returns the text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), HANDLER % text)
    return models.InputCodeLocation(zip_file=base64.b64encode(buffer.getvalue()).decode())


def create_function(client: Client, name: str, text: str = "first", **given: Any) -> Any:
    """A function that returns the text; what the service says of it."""
    facts: dict[str, Any] = {
        "runtime": "python3.12",
        "handler": "index.handler",
        "code": code(text),
        "timeout": 20,
        "memory_size": 256,
        "cpu": 0.2,
        "disk_size": 512,
    }
    body = models.CreateFunctionInput(function_name=name, **{**facts, **given})
    return client.create_function(models.CreateFunctionRequest(body=body)).body


def answer_of(client: Client, name: str, qualifier: str = "") -> str:
    """What a run at a qualifier returns."""
    request = models.InvokeFunctionRequest(qualifier=qualifier or None)
    return str(client.invoke_function(name, request).body.read().decode())
