"""`maskline events` over the simulated world: what it lists, what it sends again, and what not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.events import enable_sink, replay_events, show_events, wanted_of
from scripts.cli.look import show_job, show_status
from shared.adapters.memory.messages import MemorySink
from shared.domain.outbox import Disabled
from shared.usecases.event_log import Wanted
from tests.unit.cli.scene import Scene, jpeg

NOTHING = Wanted()


@pytest.fixture
def scene() -> Scene:
    """Two photos are done, a third was rejected; all were announced to the sink `memory`."""
    scene = Scene()
    for name, data in (("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)), ("c.jpg", b"no picture")):
        scene.shop.put(f"uploads/{name}", data, media_type="image/jpeg")
    scene.world.run(scene.functions)
    return scene


def sink(scene: Scene) -> MemorySink:
    return scene.world.sink


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def chosen(scene: Scene, **choices: Any) -> Wanted:
    everything = dict.fromkeys(("job", "since", "until", "types", "sink", "verdict"))
    return wanted_of(scene.operator, **{**everything, **choices})


def listed(
    scene: Scene, capsys: pytest.CaptureFixture[str], limit: int = 50, **choices: Any
) -> list[Any]:
    show_events(scene.operator, chosen(scene, **choices), limit=limit, as_json=True)
    found: list[Any] = told(capsys)["events"]
    return found


def test_the_list_tells_every_event_with_its_log(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    events = listed(scene, capsys)

    assert sorted((e["subject"], e["type"]) for e in events) == [
        ("uploads/a.jpg", "maskline.job.done"),
        ("uploads/b.jpg", "maskline.job.done"),
        ("uploads/c.jpg", "maskline.job.rejected"),
    ]
    (line,) = events[0]["deliveries"]
    assert (line["sink"], line["verdict"], line["tries"], line["outcome"]) == (
        "memory",
        "delivered",
        1,
        "kept",
    )
    assert line["first_at"] == line["last_at"]


def test_it_is_narrowed_by_job_type_time_sink_and_verdict(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    def subjects(**choices: Any) -> list[str]:
        return sorted(e["subject"][-5:-4] for e in listed(scene, capsys, **choices))

    scene.world.clock.advance(7200.0)
    assert subjects(job="a.jpg") == ["a"]
    assert subjects(types=["job.done"]) == ["a", "b"]
    assert subjects(types=["job.*"]) == ["a", "b", "c"]
    assert subjects(since="1h") == []
    assert subjects(since="3h", until="1h") == ["a", "b", "c"]
    assert subjects(until="2001-01-01T00:00Z") == []
    assert subjects(sink="memory", verdict="delivered") == ["a", "b", "c"]
    assert subjects(verdict="given-up") == []


@pytest.mark.parametrize(
    "choice", [{"since": "soon"}, {"sink": "pigeon"}, {"verdict": "lost"}, {"job": "nobody.jpg"}]
)
def test_what_cannot_be_meant_is_said(scene: Scene, choice: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        chosen(scene, **choice)


def test_a_replay_sends_the_same_event_again(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    before = next(e for e in sink(scene).published if e.subject == "uploads/a.jpg")
    count = len(sink(scene).published)

    code = replay_events(
        scene.operator, chosen(scene, job="a.jpg"), limit=10, dry_run=False, as_json=True
    )
    assert code == ExitCode.DONE
    assert [e["id"] for e in told(capsys)["replayed"]] == [before.id]
    scene.world.run(scene.functions)

    assert sink(scene).published[count:] == [before]
    (line,) = listed(scene, capsys, job="a.jpg")[0]["deliveries"]
    assert (line["verdict"], line["tries"]) == ("delivered", 2)


def test_a_dry_run_sends_nothing_and_a_limit_is_kept(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    count = len(sink(scene).published)
    everything = chosen(scene, types=["job.*"])

    replay_events(scene.operator, everything, limit=10, dry_run=True, as_json=True)
    assert len(told(capsys)["replayed"]) == 3
    replay_events(scene.operator, everything, limit=2, dry_run=False, as_json=True)
    report = told(capsys)
    scene.world.run(scene.functions)

    assert (len(report["replayed"]), report["complete"]) == (2, False)
    assert len(sink(scene).published) == count + 2


def test_without_a_choice_nothing_is_replayed(scene: Scene) -> None:
    with pytest.raises(CommandError, match="nothing is chosen"):
        replay_events(scene.operator, NOTHING, limit=10, dry_run=False, as_json=True)


def test_a_job_under_way_again_is_left(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    from shared.domain.state import JobState

    (job,) = (j for j in scene.world.jobs._rows.values() if j.source.key == "uploads/a.jpg")
    scene.world.jobs._rows[job.id] = replace(job, state=JobState.QUEUED)

    wanted = chosen(scene, types=["job.done"])
    code = replay_events(scene.operator, wanted, limit=10, dry_run=False, as_json=True)

    report = told(capsys)
    assert code == ExitCode.UNFINISHED
    assert [e["subject"] for e in report["left"]] == ["uploads/a.jpg"]
    assert [e["subject"] for e in report["replayed"]] == ["uploads/b.jpg"]


def test_account_events_are_listed_and_replayed_too(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.operator.operate.pause("lunch")
    scene.world.run(scene.functions)
    (stopped,) = listed(scene, capsys, types=["pipeline.*"])
    assert stopped["gate"] == stopped["subject"]
    count = len(sink(scene).published)

    wanted = chosen(scene, types=["pipeline.*"])
    replay_events(scene.operator, wanted, limit=10, dry_run=False, as_json=True)
    scene.world.run(scene.functions)

    assert [e.id for e in sink(scene).published[count:]] == [stopped["id"]]


def test_a_disabled_sink_is_shown_and_enabled(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    shut = Disabled(name="memory", fingerprint="", at=1.0, why="shop: HTTP 410")
    keeper = scene.functions.pipeline.gatekeeper
    keeper.change(lambda gate: replace(gate, disabled=(shut,)))

    show_status(scene.operator, as_json=True)
    assert [each["sink"] for each in told(capsys)["disabled_sinks"]] == ["memory"]
    show_status(scene.operator, as_json=False)
    assert "sink memory is disabled: shop: HTTP 410" in capsys.readouterr().out
    enable_sink(scene.operator, "memory", as_json=True)
    assert told(capsys) == {"sink": "memory", "was_disabled": True}
    assert keeper.load().disabled == ()


def test_show_tells_of_a_jobs_events(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    show_job(scene.operator, "a.jpg", as_json=True)
    (event,) = told(capsys)["events"]
    assert event["deliveries"][0]["verdict"] == "delivered"

    show_job(scene.operator, "a.jpg", as_json=False)
    assert "memory delivered: kept" in capsys.readouterr().out


def test_for_people(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    show_events(scene.operator, NOTHING, limit=2, as_json=False)
    said = capsys.readouterr()

    assert "job.done" in said.out
    assert "delivered" in said.out
    assert "there may be more" in said.err
