"""`maskline deploy`: what is wanted out of a profile, and what becomes of it, told."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import typer
from rich.table import Table

from scripts.cli.connection import checked, notice, unusable, variables_of
from scripts.cli.endpoints import ROS
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.folder import data_folder
from scripts.cli.output import print_json, say, to_people
from scripts.cli.package import runtime_of
from scripts.cli.profiles import IN_THIS_FOLDER, deploy_table
from scripts.deploy.apply import apply
from scripts.deploy.destroy import Inventory, destroy, inventory
from scripts.deploy.errors import DeployError
from scripts.deploy.example import EXAMPLE
from scripts.deploy.plan import Plan, plan
from scripts.deploy.policy import policy
from scripts.deploy.rollback import rollback
from scripts.deploy.template import TEMPLATES, TemplateFacts, read_template
from scripts.deploy.versions import former
from scripts.deploy.wanted import LIVE, Code, Wanted, parameters_given
from scripts.package.build import build, build_for_cloud
from scripts.package.closure import PackagingError, source_root
from shared.bootstrap.administration import Administration
from shared.bootstrap.administration import build as administration_of
from shared.ports.errors import ForbiddenError, RetryableError
from shared.settings import Settings, SettingsError

REFUSED: Final = "this account needs what `maskline deploy policy` prints; then repeat the command"
BROKEN_OFF: Final = "repeat the command: it goes on where this one ended"
LOCAL: Final = "local"
"""The section `[deploy.local]` is for the local cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to deploy, and with what."""

    data: Path | None
    profile: str | None


class Told:
    """Steps as they happen, on stderr."""

    def begins(self, step: str) -> None:
        """Say so."""
        say(f"{step} ...")

    def ended(self, step: str, what: str) -> None:
        """Say what it did."""
        say(f"{step}: {what or 'nothing to do'}")


def write_example(folder: Path) -> int:
    """Put the file to fill in into a folder. Raises CommandError where there is one."""
    path = folder / IN_THIS_FOLDER
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(EXAMPLE)
    except FileExistsError as error:
        raise CommandError(f"{path} is there already", "edit it, or move it away") from error
    say(f"Fill in {path}; then: maskline deploy plan --profile production")
    return ExitCode.DONE


def show_plan(target: Target, *, as_json: bool) -> int:
    """What `apply` would change."""
    with _opened(target) as (cloud, wanted):
        found = plan(cloud, wanted)
        if as_json:
            print_json({"stack": wanted.stack, "changes": [asdict(c) for c in found.changes]})
        else:
            _show_changes(found)
    return ExitCode.DONE


def show_policy(target: Target) -> int:
    """What the account that deploys must be allowed, as RAM takes it."""
    with _telling_errors():
        settings, _ = checked(variables_of(target.data, target.profile))
        print_json(policy(_wanted(target, settings, ()), settings.fc_api))
    return ExitCode.DONE


def run_apply(target: Target, *, as_json: bool) -> int:
    """Bring it about."""
    with _opened(target) as (cloud, wanted):
        done = apply(cloud, wanted, Told())
        alias = cloud.functions.alias(LIVE)
        live = alias.version if alias else ""
        if as_json:
            before = former(alias)
            print_json({"stack": wanted.stack, "steps": done, "live": live, "former": before})
        else:
            to_people().print(f"version {live} of {wanted.service} is {LIVE}")
    return ExitCode.DONE


def run_rollback(target: Target, to: str | None, *, as_json: bool) -> int:
    """Make the former version live."""
    with _telling_errors():
        cloud, _ = _cloud(target)
        switched = rollback(cloud.functions, to)
    if as_json:
        print_json(asdict(switched))
    else:
        to_people().print(f"version {switched.now} is {LIVE}, was {switched.before}")
    return ExitCode.DONE


def run_destroy(target: Target, *, with_data: bool, yes: bool, as_json: bool) -> int:
    """Take it down, once that was agreed to."""
    with _telling_errors():
        cloud, settings = _cloud(target)
        wanted = _wanted(target, settings, ())
        found = inventory(cloud, wanted, with_data=with_data)
        if not as_json:
            _show_inventory(found)
        if not yes:
            _agreed(wanted.stack, as_json=as_json)
        done = destroy(cloud, wanted, Told(), with_data=with_data)
    if as_json:
        print_json({**asdict(found), "steps": done})
    return ExitCode.DONE


@contextmanager
def _opened(target: Target) -> Iterator[tuple[Administration, Wanted]]:
    """The account and what is wanted of it, packages built; errors become the command's."""
    with _telling_errors(), TemporaryDirectory() as folder:
        cloud, settings = _cloud(target)
        runtime = _template(settings).runtime
        codes = _built(Path(folder), runtime, local=target.profile is None)
        yield cloud, _wanted(target, settings, codes)


@contextmanager
def _telling_errors() -> Iterator[None]:
    try:
        yield
    except (DeployError, PackagingError) as error:
        raise CommandError(str(error), "") from error
    except ForbiddenError as error:
        raise CommandError(str(error), REFUSED) from error
    except RetryableError as error:
        raise CommandError(str(error), BROKEN_OFF) from error
    except SettingsError as error:
        raise unusable(error.problems) from error


def _cloud(target: Target) -> tuple[Administration, Settings]:
    found = variables_of(target.data, target.profile)
    settings, credentials = checked(found)
    if target.profile is None:
        place = _empty_cloud(data_folder(target.data, os.environ))["ros_endpoint"]
    else:
        place = found.variables[ROS]
    names = tuple(_template(settings).packages)
    return administration_of(settings, credentials, ros_endpoint=place, functions=names), settings


def _template(settings: Settings) -> TemplateFacts:
    """The template of the API that the settings choose."""
    path = source_root() / TEMPLATES[settings.fc_api]
    return read_template(path.read_text(encoding="utf-8"))


def _empty_cloud(folder: Path) -> dict[str, Any]:
    """What the local cloud on *folder* says of itself; one that deploys itself is refused."""
    told = notice(folder)
    if not told.get("empty"):
        raise CommandError(
            f"the local cloud on {folder} deploys itself whenever it starts",
            "start one on another folder with `maskline up --empty`, or name the real cloud with "
            "--profile",
        )
    return told


def _built(folder: Path, runtime: str, *, local: bool) -> tuple[Code, ...]:
    """The packages; the local cloud has third-party packages from its environment."""
    if local:
        zips = build(folder)
        sums = {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in zips.items()}
        return tuple(Code(function=n, sha256=sums[n], path=path) for n, path in zips.items())
    say("building the packages ...")
    built = build_for_cloud(folder, runtime_of(runtime))
    return tuple(Code(function=p.function, sha256=p.sha256, path=p.path) for p in built)


def _wanted(target: Target, settings: Settings, codes: tuple[Code, ...]) -> Wanted:
    template = _template(settings)
    variables = variables_of(target.data, target.profile).variables
    chosen = deploy_table(target.profile or LOCAL, os.environ, Path.cwd())
    folders = settings.prefixes
    return Wanted(
        stack=settings.fc_service,
        service=settings.fc_service,
        bucket=settings.bucket,
        folders=(folders.uploads, folders.results, folders.pins, folders.raw),
        template=template,
        given=parameters_given(template, variables, chosen),
        codes=codes,
    )


def _agreed(stack: str, *, as_json: bool) -> None:
    if as_json or not sys.stdin.isatty():
        raise CommandError("nothing was deleted", "add --yes to delete what is listed")
    if typer.prompt(f"Type {stack} to delete this", default="") != stack:
        raise CommandError("nothing was deleted", "")


def _show_changes(found: Plan) -> None:
    if not found.changes:
        to_people().print("everything is as it is wanted")
        return
    table = Table("what", "name", "is", "will be", box=None, header_style="bold")
    for change in found.changes:
        table.add_row(change.kind, change.name, _short(change.before), _short(change.after))
    to_people().print(table)


def _short(value: str) -> str:
    """The beginning of a hash; anything else whole."""
    return value[:12] if re.fullmatch(r"[0-9a-f]{64}", value) else value


def _show_inventory(found: Inventory) -> None:
    console: Any = to_people()
    for line in found.goes:
        console.print(f"[red]goes[/red]   {line}")
    for line in found.stays:
        console.print(f"[green]stays[/green]  {line}")
    if not found.goes:
        console.print("nothing is there to be deleted")
