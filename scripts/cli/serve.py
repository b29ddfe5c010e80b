"""`maskline engine serve`: it joins the engine's own commands here, as it needs the wire too."""

from __future__ import annotations

import json
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from scripts.cli.errors import CommandError
from scripts.cli.options import AsJson
from scripts.cli.output import say

KEYS = "MASKLINE_ENGINE_API_KEY"
LOCALHOST = "127.0.0.1"


class OverLimit(str, Enum):
    """What becomes of a submission while all slots run."""

    queue = "queue"
    reject = "reject"


def engine_commands() -> typer.Typer:
    """The engine's commands and `serve`."""
    from scripts.engine.cli import app

    commands = typer.Typer(
        help=app.info.help,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    commands.registered_commands.extend(app.registered_commands)
    commands.command("serve")(serve)
    return commands


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = LOCALHOST,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8765,
    api_key: Annotated[
        list[str] | None,
        typer.Option(
            envvar=KEYS, help="A key that opens; repeatable. Off the command line it stays secret."
        ),
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="How clients reach it, through the TLS proxy.")
    ] = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Tasks and results; one server at a time.")
    ] = Path("~/.maskline-engine"),
    engine: Annotated[
        str, typer.Option(help="composite, average, opencv, or onnx:PATH[:LAYOUT].")
    ] = "composite",
    concurrency: Annotated[int, typer.Option(min=1, help="Tasks at a time, per model.")] = 1,
    submit_qps: Annotated[int, typer.Option(min=1, help="Submissions a second, per model.")] = 2,
    query_qps: Annotated[int, typer.Option(min=1, help="Queries a second, of each kind.")] = 20,
    queue: Annotated[int, typer.Option(min=0, help="Tasks that may wait, per model.")] = 1000,
    over_limit: Annotated[
        OverLimit, typer.Option(help="While all slots run: queue, or reject with 429.")
    ] = OverLimit.queue,
    quota: Annotated[
        int | None, typer.Option(min=0, help="Results per model in all [default: no end].")
    ] = None,
    keep_hours: Annotated[
        float, typer.Option(min=0.1, help="How long tasks, results and their URLs hold.")
    ] = 24.0,
    max_gb: Annotated[
        float, typer.Option(min=0.1, help="Once the folder holds so much, submissions get 503.")
    ] = 20.0,
    allow_address: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="Fetch pictures from this private network too."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """DashScope's API over the engine, for clients of the hosted model; Ctrl-C stops it."""
    from scripts.serve.options import Limits, Options
    from shared.transport.addresses import parse_networks

    try:
        allowed = parse_networks(allow_address or ())
    except ValueError as error:
        raise CommandError(f"--allow-address: {error}", "such as 10.0.0.0/8") from error
    limits = Limits(
        concurrency=concurrency,
        submit_qps=submit_qps,
        query_qps=query_qps,
        queue=queue,
        over_limit=over_limit.value,
        quota=quota,
    )
    options = Options(
        data=data.expanduser().absolute(),
        host=LOCALHOST if host == "localhost" else host,
        port=port,
        keys=tuple(api_key or ()),
        public_url=public_url,
        engine=_absolute(engine),
        keep_hours=keep_hours,
        most_gigabytes=max_gb,
        allowed=allowed,
        limits=limits,
    )
    _serve(options, as_json=as_json)


def _serve(options: Any, *, as_json: bool) -> None:
    from scripts.cli.weights import bring_weights
    from scripts.serve.app import StartError, run
    from scripts.serve.options import OptionError

    try:
        options.checked()
    except OptionError as error:
        raise CommandError(str(error), "") from error
    if not options.engine.startswith("onnx:"):
        bring_weights("the engine cannot run without them")
    try:
        run(options, _print_json if as_json else _print_words)
    except StartError as error:
        raise CommandError(str(error), "") from error


def _absolute(engine: str) -> str:
    """The worker runs in another folder, so that a model's path must not depend on it."""
    kind, colon, path = engine.partition(":")
    return f"{kind}:{Path(path).expanduser().absolute()}" if colon else engine


def _print_json(description: dict[str, Any]) -> None:
    print(json.dumps(description), flush=True)


def _print_words(description: dict[str, Any]) -> None:
    key = description["dashscope_api_key"] or "one of the keys that you gave"
    sys.stdout.write(
        "The engine answers; point the pipeline, or any DashScope client, at it:\n"
        f"  DASHSCOPE_BASE_URL={description['dashscope_base_url']}\n"
        f"  DASHSCOPE_API_KEY={key}\n"
        f"  DASHSCOPE_RESULT_HOSTS={description['dashscope_result_hosts']}\n"
    )
    sys.stdout.flush()
    say(f"listening on {description['listening']}; Ctrl-C stops it, and what waits is kept")
