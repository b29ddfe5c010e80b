"""What an examination compares with: the same of both templates, but for the runtime."""

from __future__ import annotations

from scripts.doctor.template import declared


def test_both_templates_declare_the_same_but_for_the_runtime() -> None:
    old, new = declared("2.0"), declared("3.0")

    assert (new.tables, new.upload_events) == (old.tables, old.upload_events)
    assert len(new.upload_events) == 4
    for before, after in zip(old.functions, new.functions, strict=True):
        assert after.name == before.name
        assert after.measures == {**before.measures, "runtime": "python3.12"}
        assert {"retries", "age", "stateful"} == set(before.tries)
        assert (after.tries, after.variables) == (before.tries, before.variables)
