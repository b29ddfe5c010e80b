"""Every misconfiguration that is planted is found, alone, with its remedy in two languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from scripts.doctor.examination import examined
from scripts.doctor.finding import Severity, found
from scripts.doctor.patient import Machine
from scripts.doctor.words import WORDS
from shared.adapters.memory.stores import MemoryGateStore
from shared.domain.breaker import paused, tripped
from shared.domain.claim import Claim
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Gate, Intent, Slot
from shared.domain.outbox import Disabled
from shared.domain.quota import Quota
from shared.ports.errors import ForbiddenError, NotFoundError, UnavailableError
from shared.ports.inspection import AsynchronousFacts, LifecycleRule
from shared.settings import Settings
from tests.contract.records import job
from tests.unit.doctor.clinic import EVENTS, FINGERPRINT, Clinic, task

Plant = Callable[[Clinic], None]


def set_to(**variables: str) -> Plant:
    """The settings, and with them those of every function, say something else."""

    def plant(clinic: Clinic) -> None:
        clinic.variables |= variables
        for name, function in clinic.deployed.items():
            there = {n: v for n, v in variables.items() if n in function.environment}
            for variable, value in there.items():
                clinic.variable(name, variable, value)

    return plant


def bucket(**changes: object) -> Plant:
    def plant(clinic: Clinic) -> None:
        assert clinic.facts is not None
        clinic.facts = replace(clinic.facts, **changes)  # type: ignore[arg-type]  # as the test says

    return plant


def rules(*prefixes: str) -> Plant:
    return bucket(lifecycle=tuple(LifecycleRule(prefix=p, deletes=True) for p in prefixes))


def table(name: str, **changes: object) -> Plant:
    def plant(clinic: Clinic) -> None:
        shape = clinic.shapes[name]
        clinic.shapes[name] = replace(shape, **changes)  # type: ignore[arg-type]  # as the test says

    return plant


def attribute(name: str, value: object) -> Plant:
    return lambda clinic: setattr(clinic, name, value)


def gate(**changes: object) -> Plant:
    def plant(clinic: Clinic) -> None:
        clinic.gate = replace(clinic.gate, **changes)  # type: ignore[arg-type]  # as the test says

    return plant


def stopped(clinic: Clinic) -> None:
    failure = Failure(kind=FailureKind.STOP, code="Arrearage", message="unpaid")
    clinic.gate = tripped(clinic.gate, failure, now=clinic.clock.now())


def refused_key(clinic: Clinic) -> None:
    failure = Failure(
        kind=FailureKind.STOP,
        code="InvalidApiKey",
        message="Invalid API-key provided.",
        remedy="Check the key.",
        remedy_zh="检查密钥。",
    )
    clinic.refuses["list"] = ForbiddenError("DashScope: InvalidApiKey", failure=failure)


def gone(clinic: Clinic) -> None:
    (sink, *_) = Settings.from_env(clinic.variables).sinks
    shut = Disabled(
        name=sink.name, fingerprint=sink.subscription.fingerprint, at=1.0, why="410 Gone"
    )
    other = replace(shut, fingerprint="of other settings", why="not of now")
    clinic.gate = replace(clinic.gate, disabled=(shut, other))


def strangers(clinic: Clinic) -> None:
    clinic.listed = [task(clinic.clock.now() - 3600)]


def of_3(**changes: object) -> Plant:
    """The functions are of the other API, and something else is wrong."""

    def plant(clinic: Clinic) -> None:
        set_to(FC_API="3.0")(clinic)
        for name, value in changes.items():
            setattr(clinic, name, value)

    return plant


def exchanged_key(clinic: Clinic) -> None:
    """Two tasks are at the provider, one of them made with the key of before."""
    slots = []
    for name, fingerprint in (("job-1", "of the old key"), ("job-2", FINGERPRINT)):
        clinic.jobs.add(job(name, key_fingerprint=fingerprint))
        slots.append(Slot(job_id=name, attempt=1, taken_at=1.0))
    clinic.gate = replace(clinic.gate, slots=tuple(slots))


def moved_to_hangzhou(clinic: Clinic) -> None:
    """All of it, endpoints and bucket, and the model stays where it is."""
    there = {
        name: value.replace("cn-beijing", "cn-hangzhou")
        for name, value in clinic.variables.items()
        if "cn-beijing" in value
    }
    set_to(**there)(clinic)
    bucket(region="cn-hangzhou")(clinic)


TRIAL: Final = "https://dashscope-intl.aliyuncs.com/api/v1"
PLANTED: Final[dict[str, tuple[str, Plant]]] = {
    "key of another region": ("provider_region", set_to(DASHSCOPE_BASE_URL=TRIAL)),
    "workspace of another region": (
        "provider_region",
        set_to(DASHSCOPE_BASE_URL="https://w1.ap-southeast-1.maas.aliyuncs.com/api/v1"),
    ),
    "base address without its path": (
        "provider_path",
        set_to(DASHSCOPE_BASE_URL="https://dashscope.aliyuncs.com"),
    ),
    "everything far from the model": ("far_region", moved_to_hangzhou),
    "rows in another region": (
        "other_region",
        set_to(TABLESTORE_ENDPOINT="https://maskline.cn-shanghai.ots.aliyuncs.com"),
    ),
    "functions in another region": (
        "other_region",
        set_to(FC_ENDPOINT="https://1649015465570000.cn-hangzhou.fc.aliyuncs.com"),
    ),
    "internal endpoint in signed URLs": (
        "internal_public",
        set_to(OSS_PUBLIC_ENDPOINT="https://oss-cn-beijing-internal.aliyuncs.com"),
    ),
    "endpoint of this network in signed URLs": (
        "private_public",
        set_to(OSS_PUBLIC_ENDPOINT="http://127.0.0.1:9000"),
    ),
    "own domain, not said": (
        "domain_without_cname",
        set_to(OSS_PUBLIC_ENDPOINT="https://photos.example.com"),
    ),
    "said to be an own domain": ("cname_without_domain", set_to(OSS_IS_CNAME="true")),
    "no TLS": ("plain_http", set_to(MNS_ENDPOINT="http://1649.mns.cn-beijing.aliyuncs.com")),
    "default domain closed to strangers": ("url_refused", attribute("answer", (403, "Denied"))),
    "no bucket": ("no_bucket", attribute("facts", None)),
    "bucket in another region": ("bucket_region", bucket(region="cn-shanghai")),
    "public bucket": ("open_bucket", bucket(acl="public-read")),
    "old versions are kept": ("versions_kept", bucket(versioning="Enabled")),
    "pins are never cleared": ("no_pin_rule", bucket(lifecycle=())),
    "results expire": ("rule_deletes", rules("pins/", "results/old/")),
    "no claims table": ("no_table", lambda clinic: void(clinic.shapes.pop("claims"))),
    "table with another key": ("table_key", table("gates", key=[("id", "STRING")])),
    "index column not declared": ("table_columns", table("jobs", columns={"state": "STRING"})),
    "no due index": ("no_index", table("jobs", indexes={"jobs_by_state": ("state", "changed_at")})),
    "index the wrong way round": (
        "no_index",
        table(
            "jobs",
            indexes={"jobs_due": ("due_at", "lane"), "jobs_by_state": ("state", "changed_at")},
        ),
    ),
    "rows expire": ("table_life", table("jobs", time_to_live=86_400)),
    "turns expire too soon": ("table_life", table("flows", time_to_live=3600)),
    "many versions": ("table_versions", table("claims", max_versions=3)),
    "no service": ("no_service", attribute("service_role", None)),
    "no functions of 3.0": ("no_functions", of_3(service_role=None)),
    "service without a role": ("no_role", attribute("service_role", "")),
    "function of 3.0 without a role": ("function_without_role", of_3(service_role="")),
    "role without a permission": (
        "role_lacks",
        attribute("told", b'{"permissions": {"oss:ListObjects": "", "ots:GetRow jobs": "no"}}'),
    ),
    "no finalizer": ("no_function", lambda clinic: void(clinic.deployed.pop("finalizer"))),
    "old runtime": ("old_runtime", lambda clinic: clinic.change("poller", runtime="python3.9")),
    "another handler": (
        "function_differs",
        lambda clinic: clinic.change("submit", handler="index.handler"),
    ),
    "less memory": ("function_differs", lambda clinic: clinic.change("finalizer", memory=128)),
    "retries left to their default": (
        "function_differs",
        lambda clinic: clinic.change(
            "poller", asynchronous=replace(tried(clinic, "poller"), retries=3)
        ),
    ),
    "variable missing": (
        "variable_missing",
        lambda clinic: clinic.variable("submit", "MASKLINE_REUSE", None),
    ),
    "variable misspelt": (
        "variable_unknown",
        lambda clinic: clinic.variable("submit", "MASKLINE_QOUTA", "5"),
    ),
    "another topic in one function": (
        "variable_differs",
        lambda clinic: clinic.variable("poller", "MNS_TOPIC", "others"),
    ),
    "another upload prefix, where the default is meant": (
        "variable_differs",
        lambda clinic: clinic.variable("poller", "MASKLINE_UPLOAD_PREFIX", "in/"),
    ),
    "value that nothing can start with": (
        "variable_wrong",
        lambda clinic: clinic.variable("finalizer", "MASKLINE_QUOTA", "many"),
    ),
    "no upload trigger": ("no_trigger", lambda clinic: clinic.change("submit", triggers=[])),
    "no timer": ("no_trigger", lambda clinic: clinic.change("poller", triggers=[])),
    "trigger on the whole bucket": (
        "trigger_loop",
        lambda clinic: clinic.trigger("submit", filter={"key": {"prefix": "", "suffix": ""}}),
    ),
    "trigger on the results": (
        "trigger_loop",
        lambda clinic: clinic.trigger("submit", filter={"key": {"prefix": "res"}}),
    ),
    "trigger on another folder": (
        "trigger_elsewhere",
        lambda clinic: clinic.trigger("submit", filter={"key": {"prefix": "in/"}}),
    ),
    "trigger on another bucket": (
        "trigger_bucket",
        lambda clinic: clinic.trigger("submit", bucketName="archive"),
    ),
    "trigger on parts": (
        "trigger_parts",
        lambda clinic: clinic.trigger("submit", events=["oss:ObjectCreated:*"]),
    ),
    "trigger without copies": (
        "trigger_misses",
        lambda clinic: clinic.trigger("submit", events=EVENTS[1:]),
    ),
    "timer off": ("timer_off", lambda clinic: clinic.trigger("poller", enable=False)),
    "timer slow": (
        "timer_slow",
        lambda clinic: clinic.trigger("poller", cronExpression="@every 1h"),
    ),
    "refused key": ("key_refused", refused_key),
    "key of another form": ("key_form", set_to(DASHSCOPE_API_KEY="LTAI0123456789")),
    "key exchanged under way": ("key_changed", exchanged_key),
    "shared key": ("key_shared", strangers),
    "stopped": ("stopped", stopped),
    "paused": ("paused", lambda c: setattr(c, "gate", paused(c.gate, "a while", now=1.0))),
    "quota gone": ("quota_gone", gate(quota=Quota(budget=20, spent=20))),
    "quota low": ("quota_low", gate(quota=Quota(budget=500, spent=460))),
    "no budget": ("no_budget", gate(quota=Quota(budget=None))),
    "no topic": ("no_topic", attribute("topics", set())),
    "no failure queue": ("no_queue", attribute("queues", {})),
    "uploads given up on": ("queue_filled", attribute("queues", {"maskline-dlq": 3})),
    "open webhook": (
        "webhook_plain",
        set_to(
            MASKLINE_WEBHOOK_URL="http://example.com/hook",
            MASKLINE_WEBHOOK_SECRET="whsec_" + "QUFB" * 8,
        ),
    ),
    "weak webhook secret": ("webhook_weak", set_to(MASKLINE_WEBHOOK_SECRET="hunter2")),
    "sink switched off": ("sink_disabled", gone),
    "clock off": ("clock", attribute("ahead", 1200.0)),
    "old Python": ("python", attribute("machine", Machine(python=(3, 9), packages={}))),
    "old SDK": (
        "package",
        attribute("machine", Machine(python=(3, 11), packages={"oss2": ("2.18.0", ">=2.19.1")})),
    ),
}


class MissingTable(MemoryGateStore):
    """Gates of an account that has no such table yet."""

    def get(self, row_id: str) -> Gate | None:
        raise NotFoundError("OTSObjectNotExist")


def void(_: object) -> None:
    """Nothing."""


def tried(clinic: Clinic, name: str) -> AsynchronousFacts:
    asynchronous = clinic.deployed[name].asynchronous
    assert asynchronous is not None
    return asynchronous


def codes(clinic: Clinic) -> set[str]:
    return {finding.code for finding in examined(clinic.patient())}


def test_a_clean_deployment_has_no_finding() -> None:
    assert examined(Clinic().patient()) == []


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found_and_nothing_else(name: str) -> None:
    code, plant = PLANTED[name]
    clinic = Clinic()

    plant(clinic)

    findings = examined(clinic.patient())
    assert {finding.code for finding in findings} == {code}
    for finding in findings:
        assert finding.remedy
        assert re.search(r"[\u4e00-\u9fff]", finding.remedy_zh)
        assert "{" not in finding.problem + finding.remedy + finding.problem_zh + finding.remedy_zh


def test_the_probe_of_the_signed_url_leaves_nothing() -> None:
    clinic = Clinic(refuses={"fetch": UnavailableError("silence")})

    assert codes(clinic) == {"unreachable"}
    assert clinic.objects.page("", after=None, limit=10) == ([], None)


@pytest.mark.parametrize("what", ["bucket", "table", "role", "topic"])
def test_refused_credentials_are_one_finding_and_keep_nothing_else_from_being_looked_at(
    what: str,
) -> None:
    clinic = Clinic(refuses={what: ForbiddenError("AccessDenied")}, ahead=1200.0)

    findings = examined(clinic.patient())

    assert {finding.code for finding in findings} == {"refused", "clock"}
    assert next(f for f in findings if f.code == "refused").remedy.count(":") >= 1


def test_in_an_empty_account_what_is_missing_is_said_once() -> None:
    clinic = Clinic(facts=None, shapes={}, service_role=None, topics=set(), queues={}, told=None)
    missing = MissingTable()

    findings = examined(replace(clinic.patient(), gates=missing))

    said = [finding.code for finding in findings]
    assert sorted(set(said)) == ["no_bucket", "no_queue", "no_service", "no_table", "no_topic"]
    assert said.count("no_table") == 5


def test_what_cannot_be_asked_is_unknown_and_not_wrong() -> None:
    findings = examined(Clinic(refuses={"list": UnavailableError("no answer")}).patient())

    assert {(f.code, f.severity) for f in findings} == {("unreachable", Severity.UNKNOWN)}


@pytest.mark.parametrize("told", [None, b"", b"[]", b'{"accepted": []}', b'{"permissions": 1}'])
def test_functions_of_before_that_know_no_such_question_prove_nothing(told: bytes | None) -> None:
    assert codes(Clinic(told=told)) == set()


def test_a_clock_that_is_off_a_little_is_advice() -> None:
    findings = examined(Clinic(ahead=-120.0).patient())

    assert {(f.code, f.severity) for f in findings} == {("clock", Severity.WARNING)}


def test_tasks_of_our_own_and_of_other_keys_share_nothing() -> None:
    clinic = Clinic()
    then = clinic.clock.now() - 3600
    clinic.listed = [task(then, task_id="ours"), task(then, task_id="other", key="16")]
    clinic.claims.add(
        Claim(id="task#ours", job_id="j", attempt=1, claimed_at=0.0, version=1, nonce="n")
    )

    assert codes(clinic) == set()


def test_a_task_that_may_be_the_open_intents_is_not_called_strange() -> None:
    clinic = Clinic()
    strangers(clinic)
    clinic.gate = replace(
        clinic.gate,
        intent=Intent(job_id="j", attempt=1, nonce="n", opened_at=0.0, post_not_after=1.0),
    )

    assert codes(clinic) == set()


def test_at_least_fifteen_things_are_known_and_each_is_planted() -> None:
    never = {"setting", "refused", "unreachable"}

    assert {code for code, _ in PLANTED.values()} | never == set(WORDS)
    assert len(PLANTED) >= 15


def test_a_refused_key_carries_the_providers_own_remedy() -> None:
    clinic = Clinic()
    refused_key(clinic)

    (finding,) = examined(clinic.patient())

    assert (finding.remedy, finding.remedy_zh) == ("Check the key.", "检查密钥。")


def test_both_languages_name_the_same_details() -> None:
    for code, words in WORDS.items():
        names = set(re.findall(r"\{(\w+)", " ".join(words[1:])))
        details: dict[str, Any] = dict.fromkeys(names, "x")
        shown = found(code, **details)
        assert shown.severity.value == words.severity
        english = set(re.findall(r"\{(\w+)", words.problem + words.remedy))
        chinese = set(re.findall(r"\{(\w+)", words.problem_zh + words.remedy_zh))
        assert {n.removesuffix("_zh") for n in chinese} == english, code
