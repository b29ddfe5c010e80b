"""Buckets as resources of a template (`ALIYUN::OSS::Bucket`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.resources import Made, Properties, ResourceError, ResourceType
from scripts.localcloud.services.oss.exceptions import OssError
from scripts.localcloud.services.oss.lifecycle import checked_rules
from scripts.localcloud.services.oss.models import Bucket, ObjectStore

BATCH = 1000


class BucketType:
    """A bucket with its access control and the rules of its objects' lives."""

    required = frozenset({"BucketName"})
    optional = frozenset(
        {
            *("AccessControl", "BlockPublicAccess", "DeletionForce", "LifecycleConfiguration"),
            *("RedundancyType", "ResourceGroupId", "StorageClass", "Tags"),
        }
    )
    fixed = frozenset({"BucketName", "RedundancyType", "StorageClass"})
    attributes = frozenset({"Arn", "DomainName", "InternalDomainName", "Name"})

    def __init__(self, store: ObjectStore, cloud: Cloud) -> None:
        self._store = store
        self._cloud = cloud

    def find(self, properties: Properties) -> Made | None:
        """The bucket of this name."""
        name = str(properties["BucketName"])
        known = {bucket.name for bucket in self._store.buckets()}
        return self._made(name) if name in known else None

    def create(self, properties: Properties) -> Made:
        """Make the bucket."""
        bucket = Bucket(
            name=str(properties["BucketName"]),
            created=self._store.now(),
            acl=str(properties.get("AccessControl", "private")),
            storage_class=str(properties.get("StorageClass", "Standard")),
            redundancy=str(properties.get("RedundancyType", "LRS")),
        )
        with _translated(), self._store.database.transaction():
            self._store.put_bucket(bucket)
            self._keep_rules(bucket.name, properties)
        return self._made(bucket.name)

    def update(self, before: Properties, after: Properties) -> Made:
        """Change access control and rules; the rest cannot be changed."""
        del before  # they are set to what they are to be, whatever they were
        return self.create(after)

    def delete(self, properties: Properties) -> None:
        """Remove the bucket, which must be empty unless `DeletionForce` says otherwise."""
        name = str(properties["BucketName"])
        if self.find(properties) is None:
            return
        if str(properties.get("DeletionForce", False)).lower() == "true":
            self._empty(name)
        with _translated():
            self._store.delete_bucket(name)

    def _keep_rules(self, name: str, properties: Properties) -> None:
        given: Any = properties.get("LifecycleConfiguration")
        rules = given.get("Rule") if isinstance(given, Mapping) else None
        self._store.lifecycle.keep(name, checked_rules(rules or []))

    def _empty(self, name: str) -> None:
        query = "SELECT key FROM object WHERE bucket = ? LIMIT ?"
        while rows := self._store.database.query(query, (name, BATCH)):
            for row in rows:
                self._store.delete(name, bytes(row[0]).decode())

    def _made(self, name: str) -> Made:
        host = self._cloud.endpoints.get("oss", "").partition("://")[2]
        identity = self._cloud.identity
        attributes = {
            "Name": name,
            "Arn": f"acs:oss:{identity.region}:{identity.account_id}:{name}",
            "DomainName": f"{name}.{host}",
            "InternalDomainName": f"{name}.{host}",
        }
        return Made(identifier=name, attributes=attributes)


def resource_types(store: ObjectStore, cloud: Cloud) -> dict[str, ResourceType]:
    """What OSS offers to templates."""
    return {"ALIYUN::OSS::Bucket": BucketType(store, cloud)}


def read_object(store: ObjectStore, bucket: str, key: str) -> bytes:
    """The bytes of an object.

    Raises:
        ResourceError: NoSuchBucket, NoSuchKey.
    """
    with _translated():
        store.bucket(bucket)
        return store.contents.path(store.get(bucket, key).content).read_bytes()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OssError as error:
        raise ResourceError(error.code, error.message) from error
