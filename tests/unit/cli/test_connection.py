"""Which cloud a command finds, and what it says where there is none."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from scripts.cli.connection import connect, notice
from scripts.cli.errors import CommandError
from scripts.cli.folder import data_folder


def test_the_data_folder_is_named_by_option_then_variable_then_home(tmp_path: Path) -> None:
    env = {"MASKLINE_DATA": str(tmp_path / "by-variable")}

    assert data_folder(tmp_path / "given", env) == tmp_path / "given"
    assert data_folder(None, env) == tmp_path / "by-variable"
    assert data_folder(None, {}) == Path.home() / ".maskline"


@pytest.mark.parametrize("text", [None, "", "{", '{"pid": 2147483646}', '{"pid": 0}'])
def test_where_no_cloud_runs_the_remedy_is_up(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "endpoints.json").write_text(text)

    with pytest.raises(CommandError, match="maskline up"):
        notice(tmp_path)


def test_a_running_cloud_is_found(tmp_path: Path) -> None:
    (tmp_path / "endpoints.json").write_text(json.dumps({"pid": os.getpid(), "bucket": "b"}))

    assert notice(tmp_path)["bucket"] == "b"


SECTION = """[shop]
maskline_bucket = photos
maskline_region = cn-beijing
maskline_account_id = 1234567890123456
oss_endpoint = https://oss-cn-beijing.aliyuncs.com
tablestore_endpoint = https://shop.cn-beijing.ots.aliyuncs.com
tablestore_instance = shop
fc_endpoint = https://1234567890123456.cn-beijing.fc.aliyuncs.com
fc_service = maskline
mns_endpoint = https://1234567890123456.mns.cn-beijing.aliyuncs.com
mns_topic = maskline-events
mns_failure_queue = maskline-dlq
dashscope_base_url = https://dashscope.aliyuncs.com/api/v1
dashscope_api_key = sk-0123456789%abcdef
alibaba_cloud_access_key_id = LTAI-someone
alibaba_cloud_access_key_secret = something
"""


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "profiles.ini"
    monkeypatch.setenv("MASKLINE_PROFILES", str(path))
    return path


def test_a_profile_describes_the_real_cloud(profiles: Path) -> None:
    profiles.write_text(SECTION)

    operator = connect(None, "shop")

    assert operator.bucket == "photos"
    for gate_id in operator.overview.gate_ids.values():
        assert gate_id.startswith("dashscope:1234567890123456:")


def test_a_profile_that_is_not_there_is_said_with_those_that_are(profiles: Path) -> None:
    with pytest.raises(CommandError, match="there: none"):
        connect(None, "shop")
    profiles.write_text(SECTION)
    with pytest.raises(CommandError, match="there: shop"):
        connect(None, "studio")


def test_all_that_is_wrong_with_a_profile_is_said_at_once_and_no_secret(profiles: Path) -> None:
    broken = SECTION.replace("maskline_bucket = photos\n", "").replace("mns_topic", "mns_tropic")
    profiles.write_text(broken)

    with pytest.raises(CommandError) as raised:
        connect(None, "shop")

    assert "MASKLINE_BUCKET" in str(raised.value)
    assert "MNS_TOPIC" in str(raised.value)
    assert "sk-0123" not in str(raised.value)


def test_a_misspelt_setting_of_a_profile_is_refused_with_the_nearest(profiles: Path) -> None:
    profiles.write_text(SECTION + "maskline_qouta = 5\n")

    with pytest.raises(CommandError, match="MASKLINE_QOUTA is no setting: did you mean MASKLINE_Q"):
        connect(None, "shop")
