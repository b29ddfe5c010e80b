"""`maskline pause`, `resume`, `sweep` and `quota`: what the operator may change."""

from __future__ import annotations

from typing import Any, Final

from rich.markup import escape

from scripts.cli.describe import UNLIMITED, clock_time, iso, quota_facts
from scripts.cli.errors import CommandError
from scripts.cli.output import print_json, to_people
from shared.bootstrap.operator import Operator
from shared.domain.line import LONGEST_PREFIX, MOST_PREFIXES
from shared.domain.quota import Quota, runs_out
from shared.domain.stage import Stage
from shared.usecases.operate import Operate

REASON: Final = "paused by the operator"
"""The reason of a pause for which none was given."""


def stages(operator: Operator) -> dict[Stage, Operate]:
    """The operator's commands for each stage."""
    return {Stage.SEGMENT: operator.operate, Stage.ERASE: operator.erasing}


def pause(operator: Operator, reason: str | None, *, as_json: bool) -> None:
    """Stop posting until `resume`."""
    changed, second = (each.pause(reason or REASON) for each in stages(operator).values())
    stopped = changed.after.breaker
    under_way = len(changed.after.slots) + len(second.after.slots)
    if stopped is None:
        raise CommandError("somebody resumed the pipeline at the same moment", "pause again")
    if as_json:
        told = {"reason": stopped.message, "since": iso(stopped.opened_at)}
        print_json({"paused": True, "changed": changed.anything, **told, "under_way": under_way})
        return
    again = "" if changed.anything else "already "
    console = to_people()
    console.print(f"{again}paused since {clock_time(stopped.opened_at)}: {escape(stopped.message)}")
    console.print(
        f"nothing more is submitted until `maskline resume`; {under_way} at the provider "
        "come home all the same"
    )


def resume(operator: Operator, *, as_json: bool) -> None:
    """Let submissions go on, whatever stopped them."""
    changed, second = (each.resume() for each in stages(operator).values())
    stopped = changed.before.breaker or second.before.breaker
    was = None if stopped is None else {"code": stopped.code, "message": stopped.message}
    if as_json:
        anything = changed.anything or second.anything
        print_json({"paused": False, "changed": anything, "was": was})
    elif stopped is None:
        to_people().print("nothing to resume: the pipeline is not stopped")
    else:
        to_people().print(
            f"resumed; it was stopped: {escape(f'{stopped.code}: {stopped.message}')}"
        )


def sweep(operator: Operator, *, as_json: bool) -> None:
    """Have uploads without a job looked for, and whatever is due done."""
    operator.operate.sweep()
    operator.erasing.wake()
    if as_json:
        print_json({"sweeping": True})
    else:
        to_people().print("uploads without a job are being looked for; see `maskline status`")


def budget_of(text: str) -> int | None:
    """The budget that a person wrote; None: unlimited. Raises CommandError."""
    if text.strip().lower() == UNLIMITED:
        return None
    if not text.isascii() or not text.isdigit():
        remedy = f"write a whole number of pictures, or {UNLIMITED}"
        raise CommandError(f"{text!r} is no budget", remedy)
    return int(text)


def stage_of(operator: Operator, model: str | None) -> Stage:
    """The stage whose budget is meant: by its own name, or its model's. Raises CommandError."""
    models = {operator.model: Stage.SEGMENT, operator.erase_model: Stage.ERASE}
    names = {**models, **{str(stage): stage for stage in Stage}}
    if model is not None and model not in names:
        raise CommandError(f"{model!r} has no budget here", f"choose from {', '.join(Stage)}")
    return Stage.SEGMENT if model is None else names[model]


def quota(
    operator: Operator,
    wanted: str | None,
    *,
    prefix: str | None = None,
    stage: Stage = Stage.SEGMENT,
    as_json: bool,
) -> None:
    """A stage's budget, and what became of it; *wanted* replaces it, or that of *prefix*, first.

    Raises CommandError.
    """
    quota_now = _quota_now(operator, wanted, prefix, stage)
    waiting = operator.overview.waiting_for(stage)
    ends = runs_out(quota_now, operator.clock.now())
    if as_json:
        print_json(_quota_document(quota_now, waiting, ends))
        return
    console = to_people()
    for line in [*_quota_lines(quota_now, waiting), *quota_facts(quota_now, ends)]:
        console.print(line, soft_wrap=True)


def _quota_now(operator: Operator, wanted: str | None, prefix: str | None, stage: Stage) -> Quota:
    if wanted is None:
        gate = operator.overview.gate(stage)
        first = stage is Stage.SEGMENT
        fresh = Quota(budget=operator.budget if first else operator.erase_budget)
        return gate.quota if gate is not None else fresh
    if prefix is None:
        return stages(operator)[stage].set_budget(budget_of(wanted)).after.quota
    if stage is not Stage.SEGMENT:
        raise CommandError("only uploads have quotas by prefix", "leave --prefix or --model out")
    if not 0 < len(prefix) <= LONGEST_PREFIX:
        remedy = f"name a folder such as uploads/vip/, in {LONGEST_PREFIX} characters at most"
        raise CommandError(f"{prefix!r} can have no quota", remedy)
    changed = operator.operate.set_allotment(prefix, budget_of(wanted)).after.quota
    if all(own.prefix != prefix for own in changed.allotments):
        remedy = f"{MOST_PREFIXES} prefixes have one already; change one of those"
        raise CommandError(f"{prefix!r} can have no quota of its own", remedy)
    return changed


def _used(quota_now: Quota) -> int:
    return quota_now.spent + len(quota_now.reserved)


def _quota_document(quota_now: Quota, waiting: int, ends: float | None) -> dict[str, Any]:
    left = quota_now.left
    return {
        "budget": quota_now.budget,
        "spent": quota_now.spent,
        "reserved": len(quota_now.reserved),
        "left": left,
        "warned": quota_now.warned,
        "waiting": waiting,
        "enough": left is None or left >= waiting,
        "exceeded": quota_now.budget is not None and _used(quota_now) > quota_now.budget,
        "runs_out": None if ends is None else iso(ends),
        "prefixes": [
            {
                "prefix": own.prefix,
                "budget": own.budget,
                "spent": own.spent,
                "reserved": len(own.reserved),
                "left": own.left,
                "holds": own.holds,
            }
            for own in quota_now.allotments
        ],
    }


def _quota_lines(quota_now: Quota, waiting: int) -> list[str]:
    budget = UNLIMITED if quota_now.budget is None else str(quota_now.budget)
    lines = [f"budget: {budget}", f"spent: {quota_now.spent}"]
    lines.append(f"reserved: {len(quota_now.reserved)} (at the provider, or not settled)")
    if quota_now.budget is None or quota_now.left is None:
        return lines
    lines.append(f"left: {quota_now.left}{' (running low)' if quota_now.warned else ''}")
    if waiting:
        short = max(0, waiting - quota_now.left)
        lack = f"[yellow]up to {short} more than are left[/yellow]" if short else "enough for them"
        lines.append(f"waiting: {waiting}, {lack}; equal pictures are paid for once")
    if _used(quota_now) > quota_now.budget:
        over = f"{_used(quota_now)} are spent or reserved already, more than the budget"
        lines.append(f"[yellow]{over}[/yellow]: nothing more is submitted until it is raised")
    return lines
