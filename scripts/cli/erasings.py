"""The second stage of a photo: which jobs its recipes had made, and how they stand."""

from __future__ import annotations

from scripts.cli.describe import reason_of
from shared.domain.effects import AcceptErasure
from shared.domain.erasure import erasing_job_id
from shared.domain.job import Job
from shared.domain.manifest import Manifest
from shared.domain.recipes import RecipeTextError
from shared.domain.state import JobState
from shared.imaging.options.erase import EraseOptions
from shared.ports.stores import JobReader
from shared.usecases.plan_erasures import in_full
from shared.wire.recipes import read_recipes


def erasing_ids(parent_id: str, attempt: int, line: str) -> tuple[str, ...]:
    """The jobs that the recipes of *line* have made for a parent, if anybody was to be erased."""
    try:
        options = read_recipes(line)
    except RecipeTextError:
        return ()  # a set of another version of the code, which knew more
    asked = (in_full(one) for one in options if isinstance(one, EraseOptions))
    return tuple(erasing_job_id(parent_id, attempt, text) for text in asked)


def erasings_of(jobs: JobReader, manifest: Manifest) -> tuple[Job, ...] | None:
    """The set's erasings; None as long as one has yet to become a job.

    The parent is read first: what it no longer has to ask for is there, or never was to be.
    """
    parent = jobs.get(manifest.job_id)
    waits = parent is not None and any(isinstance(e, AcceptErasure) for e in parent.pending)
    ids = erasing_ids(manifest.job_id, manifest.attempt, ",".join(manifest.recipes))
    found = [jobs.get(one) for one in ids]
    if waits and None in found:
        return None
    return tuple(job for job in found if job is not None)


def trouble_with(erasings: tuple[Job, ...]) -> str | None:
    """Why an erasing gave nothing, in a line; None where all are well or still under way."""
    bad = [job for job in erasings if job.state.is_final and job.state is not JobState.DONE]
    if not bad:
        return None
    why = reason_of(bad[0])
    said = f": {why['message']} {why['remedy'] or ''}".rstrip() if why else ""
    return f"its erasing is {bad[0].state}{said} (`maskline show {bad[0].id[:12]}`)"
