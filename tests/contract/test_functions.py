"""Deploying's functions over both APIs of Function Compute, as the local cloud speaks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.service import FcService
from shared.adapters.fc.acs3 import Signer
from shared.adapters.fc.administration import FcAdministration
from shared.adapters.fc.administration3 import Fc3Administration
from shared.adapters.fc.api3 import Api3
from shared.adapters.fc.documents3 import Documents3
from shared.adapters.memory.clock import ManualClock
from shared.adapters.system.clock import SystemClock
from shared.adapters.system.ids import RandomIds
from shared.ports.administration import Alias, FunctionService
from shared.transport.http import HttpClient
from tests.contract.functions_suite import (
    BUCKET,
    LIVE,
    NAMES,
    FunctionServiceSuite,
    published,
    read_object,
)
from tests.integration.localcloud.conftest import Serve

SOURCE = {"SourceCode": "def handler(event, context):\n    return 'as the template has it'\n"}
TIMER = {"TriggerName": "tick", "TriggerType": "timer"}
EVERY_MINUTE = {"cronExpression": "@every 1m", "enable": True, "payload": "tick"}
TRIES = {"MaxAsyncRetryAttempts": 2, "MaxAsyncEventAgeInSeconds": 60}
ON_FAILURE = "acs:mns:cn-beijing:1:/queues/dlq/messages"


@pytest.fixture
def compute(cloud: Cloud, serve_in_thread: Serve) -> FcService:
    service = FcService(cloud, read_object=read_object)
    serve_in_thread(service)
    return service


class TestFcAdministration(FunctionServiceSuite):
    @pytest.fixture
    def functions(self, compute: FcService, cloud: Cloud) -> FunctionService:
        types = compute.resource_types()
        types["ALIYUN::FC::Service"].create({"ServiceName": "maskline"})
        for name in NAMES:
            place = {"ServiceName": "maskline", "FunctionName": name}
            tries = {**TRIES, "StatefulInvocation": True, "Destination": {"OnFailure": ON_FAILURE}}
            facts = {"Handler": "index.handler", "Runtime": "python3.10", "Code": SOURCE}
            types["ALIYUN::FC::Function"].create({**place, **facts, "AsyncConfiguration": tries})
        on = {"ServiceName": "maskline", "FunctionName": "poller", "TriggerConfig": EVERY_MINUTE}
        types["ALIYUN::FC::Trigger"].create({**TIMER, **on})
        return self.of(cloud, "maskline")

    @pytest.fixture
    def nothing(self, compute: FcService, cloud: Cloud) -> FunctionService:
        assert compute.name == "fc"
        return self.of(cloud, "other")

    def of(self, cloud: Cloud, service: str) -> FunctionService:
        return FcAdministration(
            endpoint=cloud.endpoints["fc"],
            service=service,
            functions=NAMES,
            access_key_id=cloud.identity.access_key_id,
            access_key_secret=cloud.identity.access_key_secret,
        )


Of = Callable[[str, Sequence[str]], FunctionService]


class TestFc3Administration(FunctionServiceSuite):
    @pytest.fixture
    def of(self, compute: FcService, cloud: Cloud) -> Iterator[Of]:
        assert compute.name == "fc"
        http = HttpClient()
        identity = cloud.identity

        def made(service: str, names: Sequence[str] = NAMES) -> FunctionService:
            api = Api3(
                endpoint=cloud.endpoints["fc"],
                service=service,
                signer=Signer(identity.access_key_id, identity.access_key_secret),
                http=http,
                signing=SystemClock(),
                ids=RandomIds(),
            )
            documents = Documents3(api, ManualClock())
            return Fc3Administration(documents, functions=names, clock=ManualClock())

        yield made
        http.close()

    @pytest.fixture
    def functions(self, compute: FcService, of: Of) -> FunctionService:
        types = compute.resource_types()
        for name in NAMES:
            function = {"FunctionName": f"maskline-{name}"}
            facts = {"Handler": "index.handler", "Runtime": "python3.12", "Code": SOURCE}
            types["ALIYUN::FC3::Function"].create({**function, **facts})
            where = {"DestinationConfig": {"OnFailure": {"Destination": ON_FAILURE}}}
            types["ALIYUN::FC3::AsyncInvokeConfig"].create(
                {**function, **TRIES, **where, "AsyncTask": True}
            )
        on = {"FunctionName": "maskline-poller", "TriggerConfig": EVERY_MINUTE}
        types["ALIYUN::FC3::Trigger"].create({**TIMER, **on})
        return of("maskline", NAMES)

    @pytest.fixture
    def nothing(self, of: Of) -> FunctionService:
        return of("other", NAMES)

    def test_a_version_is_named_by_the_numbers_of_all(self, functions: FunctionService) -> None:
        assert published(functions, "first") == "1"
        assert published(functions, "second", "submit") == "1.2"
        assert published(functions, "second", "poller") == "2"
        assert functions.has("1.2")
        for unknown in ("1.3", "1.2.3", "1.x", "first"):
            assert not functions.has(unknown)
            assert functions.state(unknown) is None

    def test_what_a_kept_version_needs_stays(self, functions: FunctionService) -> None:
        published(functions, "first")
        published(functions, "second", "submit")
        published(functions, "the third")

        assert functions.forget_versions({"1.2"}) == ["poller 2", "submit 3", "submit 1"]
        assert functions.has("1.2")

    def test_publishing_that_was_broken_off_goes_on(
        self, functions: FunctionService, of: Of
    ) -> None:
        published(functions, "first")
        published(of("maskline", ["poller"]), "second", "poller")
        functions.set_code("submit", BUCKET, "second.zip", "second")

        assert functions.publish("with second") == "2"

    def test_an_alias_that_was_switched_in_part_says_what_it_is_on_its_way_to(
        self, functions: FunctionService, of: Of
    ) -> None:
        functions.set_alias(LIVE, Alias(version=published(functions, "first"), description="f"))
        published(functions, "second")
        of("maskline", ["poller"]).set_alias(LIVE, Alias(version="2", description="f 1"))

        assert functions.alias(LIVE) == Alias(version="2", description="f 1", whole=False)
        functions.set_alias(LIVE, Alias(version="2", description="f 1"))
        assert functions.alias(LIVE) == Alias(version="2", description="f 1")

    @pytest.mark.parametrize("name", NAMES)
    def test_an_alias_that_one_function_lacks_is_not_whole(
        self, functions: FunctionService, of: Of, name: str
    ) -> None:
        functions.set_alias(LIVE, Alias(version=published(functions, "first"), description="f"))
        of("maskline", [name]).delete_alias(LIVE)

        assert functions.alias(LIVE) == Alias(version="1", description="f", whole=False)

    def test_an_alias_of_another_description_is_taken_as_it_points(
        self, functions: FunctionService, of: Of
    ) -> None:
        published(functions, "first")
        for name in NAMES:
            of("maskline", [name])._documents.change(  # type: ignore[attr-defined]  # as somebody would by hand
                "CreateAlias",
                "POST",
                f"{name}/aliases",
                {"aliasName": LIVE, "versionId": "1", "description": "mine"},
            )

        assert functions.alias(LIVE) == Alias(version="1")
