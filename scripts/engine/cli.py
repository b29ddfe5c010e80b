"""`maskline engine ...`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from scripts.engine import weights
from scripts.engine.catalogue import DEFAULT
from scripts.engine.errors import EngineError

app = typer.Typer(
    name="engine",
    help="The embedded engine: masks of people without an account.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

EngineName = Annotated[
    str, typer.Option("--engine", help="composite, average, opencv, or onnx:PATH[:LAYOUT].")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


NOT_CARRIED_OUT = 2
"""Exit code of a command that could not be carried out, as everywhere in the command line."""


@contextmanager
def _told() -> Iterator[None]:
    """Tell in one line why the command cannot be carried out, and leave."""
    try:
        yield
    except EngineError as error:
        typer.echo(f"maskline: {error}", err=True)
        raise typer.Exit(NOT_CARRIED_OUT) from error
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        typer.echo(f"maskline: {place}{error.strerror or error}", err=True)
        raise typer.Exit(NOT_CARRIED_OUT) from error


@app.command()
def fetch() -> None:
    """Bring the networks' weights into the cache folder and check them."""
    with _told():
        written = weights.fetch()
    for path in written:
        typer.echo(f"wrote {path}", err=True)
    typer.echo(f"weights ready in {weights.cache_folder()}", err=True)


@app.command()
def info(*, as_json: AsJson = False) -> None:
    """Show the engines and the state of their weights; exit code 1 when something is missing."""
    from scripts.engine.catalogue import NAMES

    folder = weights.cache_folder()
    states = {file.name: weights.is_whole(file) for file in weights.FILES}
    if as_json:
        engines = {"engines": NAMES, "folder": str(folder), "weights": states}
        typer.echo(json.dumps(engines))
    else:
        for name, meaning in NAMES.items():
            typer.echo(f"{name:10} {meaning}")
        for file in weights.FILES:
            state = "ready" if states[file.name] else "missing or altered"
            typer.echo(f"{state:18} {folder / file.name} ({file.purpose})")
    if not all(states.values()):
        typer.echo("run `maskline engine fetch`", err=True)
        raise typer.Exit(1)


@app.command()
def segment(
    photos: Annotated[list[Path], typer.Argument(help="Pictures of people.")],
    *,
    out: Annotated[Path, typer.Option(help="Where the masks go.")] = Path("masks"),
    engine: EngineName = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Write a label map and a visualisation of each photo."""
    from scripts.engine.catalogue import build
    from scripts.engine.photos import results_of

    with _told():
        segmenter = build(engine)
        results = []
        for result in results_of(segmenter, photos, out):
            results.append(result)
            _say(result)
    if as_json:
        json.dump({"results": results}, sys.stdout)
        typer.echo()
    raise typer.Exit(any("error" in result for result in results))


def _say(result: dict[str, object]) -> None:
    if "error" in result:
        typer.echo(f"{result['photo']}: {result['error']}", err=True)
        return
    people = result["people"]
    count = len(people) if isinstance(people, list) else 0
    who = "nobody" if count == 0 else "1 person" if count == 1 else f"{count} people"
    typer.echo(f"{result['photo']}: {who}, {result['seconds']} s, {result['vis']}", err=True)


@app.command("eval")
def evaluate(
    *,
    coco: Annotated[Path, typer.Option(help="A COCO-format folder of pictures and masks.")],
    engine: EngineName = DEFAULT,
    sheet: Annotated[Path, typer.Option(help="Where the contact sheet goes.")] = Path("eval.png"),
    as_json: AsJson = False,
) -> None:
    """Score an engine's label maps against the truth."""
    from scripts.engine.catalogue import build
    from scripts.engine.evaluation.coco import truths
    from scripts.engine.evaluation.run import evaluate as run

    with _told():
        report = run(build(engine), truths(coco), sheet).document()
    _print_figures({"engine": engine, "sheet": str(sheet.resolve()), **report}, as_json=as_json)


@app.command()
def bench(
    photos: Annotated[list[Path], typer.Argument(help="Pictures of people.")],
    *,
    engine: EngineName = DEFAULT,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is segmented.")] = 3,
    threads: Annotated[int, typer.Option(min=1, help="How many work on a crowd.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Time an engine on photos, on one core unless told; ratios are told of one thread only."""
    from scripts.engine.benchmark import benchmark
    from scripts.engine.catalogue import build

    with _told():
        report = benchmark(lambda: build(engine, threads=threads), photos, rounds)
    _print_figures({"engine": engine, **report}, as_json=as_json)


def _print_figures(report: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report))
        return
    for name, value in report.items():
        typer.echo(f"{name:24} {'-' if value is None else value}")
