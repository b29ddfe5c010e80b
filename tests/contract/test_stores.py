"""The stores' suites over memory, and over Tablestore's client against the local cloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.tablestore.service import TablestoreService
from shared.adapters.memory.stores import (
    MemoryArchiveStore,
    MemoryClaimStore,
    MemoryFlowStore,
    MemoryGateStore,
    MemoryJobStore,
)
from shared.adapters.tablestore.archive import TablestoreArchiveStore
from shared.adapters.tablestore.claims import TablestoreClaimStore
from shared.adapters.tablestore.flows import TablestoreFlowStore
from shared.adapters.tablestore.gates import TablestoreGateStore
from shared.adapters.tablestore.jobs import TablestoreJobStore
from shared.adapters.tablestore.schema import create_tables
from shared.adapters.tablestore.sdk import connect
from tests.contract.archive_suite import ArchiveStoreSuite, PassingJobSuite
from tests.contract.stores_suite import (
    ClaimStoreSuite,
    FlowStoreSuite,
    GateStoreSuite,
    JobStoreSuite,
)
from tests.integration.localcloud.conftest import Serve


@pytest.fixture
def client(cloud: Cloud, serve_in_thread: Serve) -> Iterator[Any]:
    identity = cloud.identity
    endpoint = serve_in_thread(TablestoreService(cloud))
    made = connect(
        endpoint,
        identity.tablestore_instance,
        region=identity.region,
        access_key_id=identity.access_key_id,
        access_key_secret=identity.access_key_secret,
    )
    create_tables(made)
    yield made
    made.connection.pool.clear()


class TestMemoryJobs(JobStoreSuite):
    @pytest.fixture
    def store(self) -> MemoryJobStore:
        return MemoryJobStore()


class TestTablestoreJobs(JobStoreSuite):
    @pytest.fixture
    def store(self, client: Any) -> TablestoreJobStore:
        return TablestoreJobStore(client)


class TestMemoryPassingJobs(PassingJobSuite):
    @pytest.fixture
    def jobs(self) -> MemoryJobStore:
        return MemoryJobStore()


class TestTablestorePassingJobs(PassingJobSuite):
    @pytest.fixture
    def jobs(self, client: Any) -> TablestoreJobStore:
        return TablestoreJobStore(client)


class TestMemoryArchive(ArchiveStoreSuite):
    @pytest.fixture
    def archive(self) -> MemoryArchiveStore:
        return MemoryArchiveStore()


class TestTablestoreArchive(ArchiveStoreSuite):
    @pytest.fixture
    def archive(self, client: Any) -> TablestoreArchiveStore:
        return TablestoreArchiveStore(client)


class TestMemoryGates(GateStoreSuite):
    @pytest.fixture
    def store(self) -> MemoryGateStore:
        return MemoryGateStore()


class TestTablestoreGates(GateStoreSuite):
    @pytest.fixture
    def store(self, client: Any) -> TablestoreGateStore:
        return TablestoreGateStore(client)


class TestMemoryClaims(ClaimStoreSuite):
    @pytest.fixture
    def store(self) -> MemoryClaimStore:
        return MemoryClaimStore()


class TestTablestoreClaims(ClaimStoreSuite):
    @pytest.fixture
    def store(self, client: Any) -> TablestoreClaimStore:
        return TablestoreClaimStore(client)


class TestMemoryFlows(FlowStoreSuite):
    @pytest.fixture
    def store(self) -> MemoryFlowStore:
        return MemoryFlowStore()


class TestTablestoreFlows(FlowStoreSuite):
    @pytest.fixture
    def store(self, client: Any) -> TablestoreFlowStore:
        return TablestoreFlowStore(client)


def test_creating_the_tables_again_changes_nothing(client: Any) -> None:
    store = TablestoreClaimStore(client)
    create_tables(client)

    assert store.get("task#t-1") is None
