"""Regions and endpoints, and whether a stranger can download through a signed URL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scripts.doctor.finding import Finding, found
from scripts.doctor.patient import Patient, host_of, is_here, is_private
from shared.settings import Settings

BEIJING: Final = "cn-beijing"
"""The only region that serves the model (contracts/dashscope.md, 1)."""

_REGION: Final = re.compile(
    r"(?:^|[.-])((?:cn|ap|eu|us|me|na)-(?:[a-z]+-[0-9]|[a-z]+(?:-finance|-gov)?))(?=[.-]|$)"
)
_VENDOR: Final = ".aliyuncs.com"
_PROBE: Final = "doctor-probe.txt"
_LIFE: Final = 60
_OK: Final = 200


def region_of(host: str) -> str:
    """The region that a vendor's host names; "" where it names none."""
    if not host.endswith(_VENDOR):
        return ""
    text = re.sub(r"-(?:internal|vpc)(?=\.)", "", host)
    regions = _REGION.findall(text)
    return str(regions[0]) if regions else ""


def provider(patient: Patient) -> Iterator[Finding]:
    """The model is served from Beijing alone."""
    address = patient.settings.dashscope_base_url
    host = host_of(address)
    abroad = host.startswith("dashscope-") and host.endswith(_VENDOR)
    elsewhere = ".maas." in f".{host}" and region_of(host) not in {"", BEIJING}
    if abroad or elsewhere:
        yield found("provider_region", host=host)
    if not address.endswith("/api/v1"):
        yield found("provider_path")
    if host.endswith(_VENDOR) and patient.settings.region != BEIJING:
        yield found("far_region", region=patient.settings.region)


def regions(patient: Patient) -> Iterator[Finding]:
    """Every endpoint is of one region, and spoken to with TLS."""
    wanted = patient.settings.region
    for name, address in _endpoints(patient.settings):
        host = host_of(address)
        region = region_of(host)
        if region and region != wanted:
            yield found("other_region", name=name, region=region, wanted=wanted)
        if address.startswith("http://") and not is_here(host):
            yield found("plain_http", name=name)


def _endpoints(settings: Settings) -> tuple[tuple[str, str], ...]:
    return (
        ("OSS_ENDPOINT", settings.oss_endpoint),
        ("OSS_PUBLIC_ENDPOINT", settings.oss_public_endpoint),
        ("TABLESTORE_ENDPOINT", settings.tablestore_endpoint),
        ("FC_ENDPOINT", settings.fc_endpoint),
        ("MNS_ENDPOINT", settings.mns_endpoint),
    )


def public_endpoint(patient: Patient) -> Iterator[Finding]:
    """The provider downloads from it: it must be public, and of the right kind."""
    settings = patient.settings
    host = host_of(settings.oss_public_endpoint)
    ours = host.endswith(_VENDOR)
    if ours and ("-internal." in host or ".vpc" in host):
        yield found("internal_public", host=host)
    if is_private(host) and not is_private(host_of(settings.dashscope_base_url)):
        yield found("private_public", host=host)
    if settings.oss_is_cname and ours:
        yield found("cname_without_domain", host=host)
    if not settings.oss_is_cname and not ours and not is_private(host):
        yield found("domain_without_cname", host=host)


def signed_url(patient: Patient) -> Iterator[Finding]:
    """A small object under the pins' prefix, downloaded as a stranger would, and deleted again.

    The custom-domain rule (contracts/alibaba-cloud.md, 7.1) shows here and nowhere else.
    """
    if patient.inspection.buckets.bucket() is None:  # which is said already
        return
    key = patient.settings.prefixes.pins + _PROBE
    patient.objects.put(key, b"maskline doctor\n", media_type="text/plain")
    try:
        url = patient.objects.sign(key, seconds=_LIFE)
        status, code = patient.inspection.web.fetch(url)
    finally:
        patient.objects.delete(key)
    if status != _OK:
        yield found("url_refused", status=status, said=code)
