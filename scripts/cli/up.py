"""`maskline up`: the local cloud in the foreground."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.folder import data_folder
from scripts.cli.output import to_people
from scripts.cli.weights import bring_weights
from scripts.deploy.template import TEMPLATES
from scripts.package.closure import source_root
from shared.settings import FC_API_2


def start(
    data: Path | None,
    port_base: int | None,
    *,
    empty: bool = False,
    fc_api: str = FC_API_2,
    as_json: bool,
) -> int:
    """Run the local cloud until SIGINT or SIGTERM.

    Raises:
        CommandError: it cannot start: the folder or a port is in use, or a package cannot be built.
    """
    from scripts.localcloud.app import StartError, run

    if fc_api not in TEMPLATES:
        raise CommandError(f"--fc-api {fc_api}: no such API", f"choose {' or '.join(TEMPLATES)}")
    template = source_root() / TEMPLATES[fc_api]
    folder = data_folder(data, os.environ)
    bring_weights("without weights the local provider fails every task")
    told = _print_json if as_json else _print_panel
    try:
        run(folder, port_base, told, template=template, empty=empty)
    except StartError as error:
        raise CommandError(str(error), "") from error
    except OSError as error:
        problem = f"{error.filename or folder}: {error.strerror or error}"
        raise CommandError(problem, "choose another folder with --data") from error
    return ExitCode.DONE


def _print_json(description: dict[str, Any]) -> None:
    print(json.dumps(description, ensure_ascii=False), flush=True)


def _print_panel(description: dict[str, Any]) -> None:
    from rich.panel import Panel
    from rich.table import Table

    rows = Table.grid(padding=(0, 2))
    for label, name in (
        ("objects (OSS)", "oss_endpoint"),
        ("functions (FC)", "fc_endpoint"),
        ("rows (Tablestore)", "tablestore_endpoint"),
        ("messages (MNS)", "mns_endpoint"),
        ("stacks (ROS)", "ros_endpoint"),
        ("provider (DashScope)", "dashscope_base_url"),
        ("test bench", "control_url"),
    ):
        rows.add_row(label, f"[cyan]{description[name]}[/cyan]")
    rows.add_row("bucket", f"{description['bucket']}/{description['upload_prefix']}")
    rows.add_row("data folder", description["data_dir"])
    to_people().print(Panel(rows, title="the local cloud is up", expand=False))
    sys.stdout.write(
        f"In another terminal:  maskline run PHOTO_OR_FOLDER --data {description['data_dir']}\n"
        "Any OSS client works too: the keys are in endpoints.json in the data folder.\n"
        "Ctrl-C stops it; objects, jobs and tasks are kept for the next start.\n"
    )
    sys.stdout.flush()
