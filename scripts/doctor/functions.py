"""The functions against `template.yml` and against these settings: drift, triggers, the loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scripts.doctor.finding import Finding, found
from scripts.doctor.patient import Patient
from scripts.doctor.template import DeclaredFunction
from shared.ports.inspection import FunctionFacts, TriggerFacts
from shared.settings import DEFAULT_MODEL, FC_API_3, PREFIXES, Settings, SettingsError
from shared.wire import checkup

STARTED_BY: Final = {"submit": "oss", "poller": "timer"}
EVERY_MINUTE: Final = frozenset({"@every 1m", "0 * * * * *"})
_DEFAULTS: Final[Mapping[str, str]] = {**PREFIXES, "DASHSCOPE_MODEL": DEFAULT_MODEL}

TRIES: Final = "submit"
"""The function that knows how to try its permissions."""

OLD_RUNTIMES: Final = frozenset({"python2.7", "python3", "python3.6", "python3.9"})
SHARED_VARIABLES: Final = (
    "MASKLINE_BUCKET",
    "MASKLINE_UPLOAD_PREFIX",
    "MASKLINE_RESULTS_PREFIX",
    "MASKLINE_PINS_PREFIX",
    "MASKLINE_RAW_PREFIX",
    "MASKLINE_ACCOUNT_ID",
    "MASKLINE_REGION",
    "TABLESTORE_INSTANCE",
    "FC_SERVICE",
    "MNS_TOPIC",
    "MNS_FAILURE_QUEUE",
    "DASHSCOPE_API_KEY",
    "DASHSCOPE_MODEL",
    "DASHSCOPE_ERASE_MODEL",
)
"""What the command line and the functions must agree on; endpoints may well differ."""


def functions(patient: Patient) -> Iterator[Finding]:
    """The service, which 3.0 does not have, and each function that the template declares."""
    of_3 = patient.settings.fc_api == FC_API_3
    role, service = patient.inspection.functions.role(), patient.settings.fc_service
    if role is None:
        yield found("no_functions" if of_3 else "no_service", service=service)
        return
    if not role:
        yield found("function_without_role" if of_3 else "no_role", service=service)
    for wanted in patient.declared.functions:
        facts = patient.inspection.functions.function(wanted.name)
        if facts is None:
            yield found("no_function", function=wanted.name)
            continue
        yield from _drift(wanted, facts)
        yield from _variables(wanted, facts, patient)
        yield from _triggers(wanted.name, facts, patient)


def role(patient: Patient) -> Iterator[Finding]:
    """What the functions' role lacks, as a function itself tries it."""
    answer = patient.inspection.functions.answer_of(TRIES, checkup.PAYLOAD)
    told = None if answer is None else checkup.permissions(answer)
    for permission, said in (told or {}).items():
        if said:
            yield found("role_lacks", permission=permission, said=said)


def _drift(wanted: DeclaredFunction, facts: FunctionFacts) -> Iterator[Finding]:
    if facts.runtime in OLD_RUNTIMES:
        yield found("old_runtime", function=wanted.name, runtime=facts.runtime)
    tried = facts.asynchronous
    pairs = [(what, getattr(facts, what), value) for what, value in wanted.measures.items()]
    pairs += [(what, getattr(tried, what, None), value) for what, value in wanted.tries.items()]
    for what, is_there, value in pairs:
        if is_there != value and not (what == "runtime" and is_there in OLD_RUNTIMES):
            yield found(
                "function_differs", function=wanted.name, what=what, found=is_there, wanted=value
            )


def _variables(
    wanted: DeclaredFunction, facts: FunctionFacts, patient: Patient
) -> Iterator[Finding]:
    names = set(facts.environment)
    if missing := wanted.variables - names:
        yield found("variable_missing", function=wanted.name, names=", ".join(sorted(missing)))
    if extra := {n for n in names - wanted.variables if n.startswith("MASKLINE_")}:
        yield found("variable_unknown", function=wanted.name, names=", ".join(sorted(extra)))
    for name in SHARED_VARIABLES:
        theirs = facts.environment.get(name)
        ours = patient.variables.get(name) or _DEFAULTS.get(name)
        if theirs and ours and theirs != ours:
            yield found("variable_differs", function=wanted.name, name=name)
    yield from _unusable(wanted.name, facts.environment)


def _unusable(function: str, environment: Mapping[str, str]) -> Iterator[Finding]:
    """What its own start would say."""
    try:
        Settings.from_env(environment)
    except SettingsError as error:
        for problem in error.problems:
            yield found("variable_wrong", function=function, problem=problem)


def _triggers(name: str, facts: FunctionFacts, patient: Patient) -> Iterator[Finding]:
    kind = STARTED_BY.get(name)
    if kind is None:
        return
    mine = [trigger for trigger in facts.triggers if trigger.kind == kind]
    if not mine:
        yield found("no_trigger", function=name, kind=kind)
    judged = _timer if kind == "timer" else _upload
    for trigger in mine:
        yield from judged(trigger, patient)


def _timer(trigger: TriggerFacts, _: Patient) -> Iterator[Finding]:
    config = trigger.config
    if not config.get("enable", False):
        yield found("timer_off")
    cron = str(config.get("cronExpression", ""))
    if cron not in EVERY_MINUTE:
        yield found("timer_slow", cron=cron)


def _upload(trigger: TriggerFacts, patient: Patient) -> Iterator[Finding]:
    settings = patient.settings
    listens = str(trigger.config.get("bucketName") or settings.bucket)
    if listens != settings.bucket:
        yield found("trigger_bucket", found=listens, wanted=settings.bucket)
    yield from _prefix(trigger.config, settings)
    events = set(trigger.config.get("events") or ())
    if parts := {e for e in events if e.endswith(":*") or "Part" in e or "Initiate" in e}:
        yield found("trigger_parts", events=", ".join(sorted(parts)))
    elif missing := patient.declared.upload_events - events:
        yield found("trigger_misses", events=", ".join(sorted(missing)))


def _prefix(config: Mapping[str, Any], settings: Settings) -> Iterator[Finding]:
    key = (config.get("filter") or {}).get("key") or {}
    prefix, uploads = str(key.get("prefix") or ""), settings.prefixes.uploads
    own = (settings.prefixes.results, settings.prefixes.pins, settings.prefixes.raw)
    looping = [ours for ours in own if ours.startswith(prefix)]
    if looping:
        yield found("trigger_loop", prefix=prefix, ours=", ".join(looping), wanted=uploads)
    elif prefix != uploads:
        yield found("trigger_elsewhere", prefix=prefix, wanted=uploads)
