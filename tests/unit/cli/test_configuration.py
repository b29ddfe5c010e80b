"""Where settings come from, what of them is shown, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from scripts.cli.app import app
from scripts.cli.configuration import check, problems_of, show
from scripts.cli.errors import CommandError
from scripts.cli.profiles import Given, given_by
from scripts.cli.variables import masked, settings_asked, shown, unknown_names
from tests.unit.test_settings import ENV

SECRETS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI-someone",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "the-key-of-keys",
}
GOOD = {**ENV, **SECRETS}


def toml(text: str, folder: Path) -> Path:
    path = folder / "maskline.toml"
    path.write_text(text, encoding="utf-8")
    return path


def given(profile: str, folder: Path, **env: str) -> Given:
    return given_by(profile, env, folder, folder / "home")


def test_a_profile_of_the_working_folder_stands_over_the_environment(tmp_path: Path) -> None:
    path = toml(
        "[profiles.shop]\nmaskline_bucket = 'photos'\nMASKLINE_QUOTA = 500\n"
        "maskline_reuse = false\nmaskline_sinks = ['mns', 'log']\n",
        tmp_path,
    )

    found = given("shop", tmp_path, MASKLINE_BUCKET="other", MASKLINE_REGION="cn-beijing")

    assert found.variables["MASKLINE_BUCKET"] == "photos"
    assert found.variables["MASKLINE_QUOTA"] == "500"
    assert found.variables["MASKLINE_REUSE"] == "false"
    assert found.variables["MASKLINE_SINKS"] == "mns,log"
    assert found.origin("MASKLINE_BUCKET") == str(path)
    assert found.origin("MASKLINE_REGION") == "environment"
    assert found.origin("MNS_TOPIC") == ""


def test_the_named_file_is_the_only_one_that_counts(tmp_path: Path) -> None:
    toml("[profiles.shop]\nmaskline_bucket = 'here'\n", tmp_path)
    named = tmp_path / "named.ini"
    named.write_text("[studio]\nmaskline_bucket = there\n")

    found = given("studio", tmp_path, MASKLINE_PROFILES=str(named))

    assert found.variables["MASKLINE_BUCKET"] == "there"
    with pytest.raises(CommandError, match="there: studio in"):
        given("shop", tmp_path, MASKLINE_PROFILES=str(named))


def test_the_home_folder_is_looked_at_after_the_working_folder(tmp_path: Path) -> None:
    toml("[profiles.shop]\nmaskline_bucket = 'here'\n[deploy]\nstack = 'x'\n", tmp_path)
    ini = tmp_path / "home" / ".config" / "maskline" / "profiles.ini"
    ini.parent.mkdir(parents=True)
    ini.write_text("[shop]\nmaskline_bucket = home\n[studio]\nmaskline_bucket = studio\n")

    assert given("shop", tmp_path).variables["MASKLINE_BUCKET"] == "here"
    assert given("studio", tmp_path).variables["MASKLINE_BUCKET"] == "studio"


@pytest.mark.parametrize(
    "text",
    [
        "[profiles\n",
        "profiles = 1\n",
        "[profiles.shop]\nx = 1.5\n",
        "[profiles.shop.deep]\nx = 1\n",
    ],
)
def test_a_file_that_cannot_be_understood_is_said(text: str, tmp_path: Path) -> None:
    toml(text, tmp_path)

    with pytest.raises(CommandError, match=r"maskline\.toml cannot be read"):
        given("shop", tmp_path)


def test_a_file_that_is_no_ini_is_said(tmp_path: Path) -> None:
    path = tmp_path / "profiles.ini"
    path.write_text("bucket = photos\n")

    with pytest.raises(CommandError, match="cannot be read"):
        given("shop", tmp_path, MASKLINE_PROFILES=str(path))


def test_good_settings_have_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert problems_of(Given(variables=GOOD)) == []
    assert check(Given(variables=GOOD), as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "problems": [], "file": None}


def test_every_problem_is_named_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {**GOOD, "MASKLINE_QUOTA": "many", "MASKLINE_QOUTA": "5", "MASKLINE_SINK": "mns"}
    del wrong["MASKLINE_BUCKET"], wrong["ALIBABA_CLOUD_ACCESS_KEY_ID"]
    found = Given(variables=wrong, in_file=frozenset({"MASKLINE_QOUTA"}), path=Path("x.toml"))

    assert check(found, as_json=True) == 2

    told = "\n".join(json.loads(capsys.readouterr().out)["problems"])
    assert "MASKLINE_QUOTA is 'many'" in told
    assert "MASKLINE_BUCKET is missing" in told
    assert "neither the context nor the environment has credentials" in told
    assert "MASKLINE_QOUTA is no setting: did you mean MASKLINE_QUOTA?" in told
    assert "MASKLINE_SINK is no setting: did you mean MASKLINE_SINKS?" in told


def test_a_sinks_label_is_no_misspelling_and_its_secret_stays_one() -> None:
    named = {"MASKLINE_WEBHOOK_SHOP_URL": "https://h/s3cret", "MASKLINE_DINGTALK_A1_SECRET": "S"}

    assert unknown_names({**named, "MASKLINE_WEBHOOK_SHOP_BUS": "x"}, all_are_ours=True) == [
        ("MASKLINE_WEBHOOK_SHOP_BUS", "MASKLINE_WEBHOOK_SHOP_URL")
    ]
    assert shown(named) == {
        "MASKLINE_DINGTALK_A1_SECRET": "(set, not shown)",
        "MASKLINE_WEBHOOK_SHOP_URL": "https://h/…",
    }


def test_what_is_foreign_to_us_is_no_misspelling() -> None:
    foreign = {"PATH": "", "OSS_BUCKET_OF_MINE": "", "FC_REGION": "", "MASKLINE_DATA": ""}

    assert unknown_names(foreign, all_are_ours=False) == []
    assert unknown_names({"COLOUR": ""}, all_are_ours=True) == [("COLOUR", "")]


def test_no_secret_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    webhook = {
        "MASKLINE_WEBHOOK_URL": "https://hooks.example.com/secret-path",
        "MASKLINE_WEBHOOK_SECRET": "whsec_abcdef",
    }
    found = Given(variables={**GOOD, **webhook})

    show(found, as_json=True)
    as_json = capsys.readouterr().out
    show(found, as_json=False)
    told = as_json + capsys.readouterr().out

    secrets = [*SECRETS.values(), ENV["DASHSCOPE_API_KEY"], "secret-path", "whsec_abcdef"]
    assert [secret for secret in secrets if secret in told] == []
    settings: dict[str, Any] = json.loads(as_json)["settings"]
    assert settings["MASKLINE_BUCKET"] == {"value": "photos", "from": "environment"}
    assert settings["MASKLINE_WEBHOOK_URL"]["value"] == "https://hooks.example.com/…"
    assert settings["DASHSCOPE_BASE_URL"]["value"] == ENV["DASHSCOPE_BASE_URL"]


@pytest.mark.parametrize("name", sorted(n for n in settings_asked() if "SECRET" in n or "KEY" in n))
def test_every_setting_that_sounds_like_a_secret_is_masked(name: str) -> None:
    assert masked(name, "value-of-it") == "(set, not shown)"


def test_the_commands_end_as_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = toml("[profiles.shop]\n" + "".join(f"{n} = {v!r}\n" for n, v in GOOD.items()), tmp_path)
    monkeypatch.setenv("MASKLINE_PROFILES", str(path))

    checked = CliRunner().invoke(app, ["config", "check", "--profile", "shop"])
    shown = CliRunner().invoke(app, ["config", "show", "--profile", "shop", "--json"])

    assert (checked.exit_code, shown.exit_code) == (0, 0)
    assert json.loads(shown.stdout)["file"] == str(path)
