"""The table of checks, and what is made of one that cannot look."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from scripts.doctor import addresses, functions, machine, messages, provider, stores
from scripts.doctor.finding import Finding, found
from scripts.doctor.patient import Patient
from shared.ports.errors import ForbiddenError, PortError

Look = Callable[[Patient], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One look. `service` and `needs` are said where it is refused."""

    name: str
    look: Look
    service: str = ""
    needs: str = ""


CHECKS: Final = (
    Check("versions", machine.versions),
    Check("provider address", addresses.provider),
    Check("regions", addresses.regions),
    Check("public endpoint", addresses.public_endpoint),
    Check("clock", machine.clock, "OSS"),
    Check("bucket", stores.bucket, "OSS", "oss:GetBucketInfo, oss:GetBucketLifecycle"),
    Check(
        "signed URL", addresses.signed_url, "OSS", "oss:PutObject, oss:GetObject, oss:DeleteObject"
    ),
    Check("tables", stores.tables, "Tablestore", "ots:DescribeTable"),
    Check(
        "functions",
        functions.functions,
        "Function Compute",
        "fc:GetService, fc:GetFunction, fc:ListTriggers, fc:GetFunctionAsyncInvokeConfig"
        " (in 3.0 fc:GetAsyncInvokeConfig)",
    ),
    Check("role", functions.role, "Function Compute", "fc:InvokeFunction"),
    Check("topic", messages.topic, "SMQ", "mns:GetTopicAttributes, mns:GetQueueAttributes"),
    Check("webhooks", messages.webhooks),
    Check("disabled sinks", messages.disabled, "Tablestore", "ots:GetRow"),
    Check("key", provider.key, "DashScope"),
    Check("budget", provider.budget, "Tablestore", "ots:GetRow"),
)


def examined(patient: Patient, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """Everything that is found; one check that cannot look keeps none of the others from it."""
    return [finding for check in checks for finding in _looked(check, patient)]


def _looked(check: Check, patient: Patient) -> list[Finding]:
    findings = list[Finding]()
    try:
        findings.extend(check.look(patient))
    except ForbiddenError as error:
        findings.append(
            found("refused", service=check.service, said=str(error), needs=check.needs or "-")
        )
    except PortError as error:
        findings.append(found("unreachable", service=check.service, said=str(error)))
    return findings
