from __future__ import annotations

from types import SimpleNamespace

import pytest

from shared.settings import Credentials, Settings, SettingsError, credentials_from

ENV = {
    "MASKLINE_BUCKET": "photos",
    "MASKLINE_REGION": "cn-beijing",
    "MASKLINE_ACCOUNT_ID": "1649015465570000",
    "OSS_ENDPOINT": "https://oss-cn-beijing-internal.aliyuncs.com",
    "OSS_PUBLIC_ENDPOINT": "https://oss-cn-beijing.aliyuncs.com",
    "TABLESTORE_ENDPOINT": "https://maskline.cn-beijing.ots.aliyuncs.com",
    "TABLESTORE_INSTANCE": "maskline",
    "FC_ENDPOINT": "https://1649015465570000.cn-beijing.fc.aliyuncs.com",
    "FC_SERVICE": "maskline",
    "MNS_ENDPOINT": "https://1649015465570000.mns.cn-beijing.aliyuncs.com/",
    "MNS_TOPIC": "maskline-events",
    "MNS_FAILURE_QUEUE": "maskline-dlq",
    "DASHSCOPE_BASE_URL": "https://dashscope.aliyuncs.com/api/v1",
    "DASHSCOPE_API_KEY": "sk-0123456789abcdef",
}


def refused(**changes: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({**ENV, **changes})
    return caught.value.problems


def test_a_plain_environment_gives_the_defaults() -> None:
    settings = Settings.from_env(ENV)

    prefixes = settings.prefixes
    assert (prefixes.uploads, prefixes.results) == ("uploads/", "results/")
    assert (prefixes.pins, prefixes.raw) == ("pins/", "raw/")
    assert settings.dashscope_model == "image-instance-segmentation"
    assert settings.dashscope_result_hosts == (".aliyuncs.com",)
    assert settings.quota is None
    assert settings.poller_seconds == 600
    assert settings.sinks == ("mns", "log")
    assert settings.reuse is True
    assert settings.oss_is_cname is False
    assert settings.mns_endpoint == "https://1649015465570000.mns.cn-beijing.aliyuncs.com"


@pytest.mark.parametrize(
    ("text", "budget"), [("", None), ("Unlimited", None), ("0", 0), ("500", 500)]
)
def test_the_budget(text: str, budget: int | None) -> None:
    assert Settings.from_env({**ENV, "MASKLINE_QUOTA": text}).quota == budget
    assert Settings.from_env({**ENV, "MASKLINE_ERASE_QUOTA": text}).erase_quota == budget


def test_everything_can_be_chosen() -> None:
    settings = Settings.from_env(
        {
            **ENV,
            "MASKLINE_UPLOAD_PREFIX": "in/",
            "OSS_IS_CNAME": "true",
            "OSS_ENDPOINT": "oss-cn-beijing.aliyuncs.com",
            "DASHSCOPE_MODEL": "other",
            "DASHSCOPE_RESULT_HOSTS": "127.0.0.1, .aliyuncs.com",
            "MASKLINE_SINKS": "log",
            "MASKLINE_REUSE": "off",
            "MASKLINE_POLLER_SECONDS": "60",
        }
    )

    assert settings.prefixes.uploads == "in/"
    assert settings.oss_is_cname is True
    assert settings.dashscope_model == "other"
    assert settings.dashscope_result_hosts == ("127.0.0.1", ".aliyuncs.com")
    assert settings.sinks == ("log",)
    assert settings.reuse is False
    assert settings.poller_seconds == 60


def test_all_problems_at_once_each_with_its_variable_and_a_remedy() -> None:
    problems = refused(
        MASKLINE_BUCKET="",
        FC_ENDPOINT="fc.example.com",
        MASKLINE_QUOTA="many",
        MASKLINE_POLLER_SECONDS="5",
        OSS_IS_CNAME="perhaps",
        MASKLINE_SINKS="mns,pigeon",
        MASKLINE_PINS_PREFIX="pins",
    )

    names = [problem.split()[0] for problem in problems]
    assert sorted(names) == [
        "FC_ENDPOINT",
        "MASKLINE_BUCKET",
        "MASKLINE_PINS_PREFIX",
        "MASKLINE_POLLER_SECONDS",
        "MASKLINE_QUOTA",
        "MASKLINE_SINKS",
        "OSS_IS_CNAME",
    ]
    assert all(": " in problem for problem in problems)
    assert any("pigeon" in problem and "log, mns" in problem for problem in problems)


@pytest.mark.parametrize("name", sorted(ENV.keys() - {"OSS_PUBLIC_ENDPOINT"}))
def test_what_has_no_default_must_be_there(name: str) -> None:
    problems = refused(**{name: " "})

    assert [problem for problem in problems if problem.startswith(f"{name} is missing")]


@pytest.mark.parametrize(
    ("uploads", "results"), [("a/", "a/b/"), ("a/b/", "a/"), ("a/", "a/"), ("pins/x/", "r/")]
)
def test_folders_inside_each_other_are_refused(uploads: str, results: str) -> None:
    problems = refused(MASKLINE_UPLOAD_PREFIX=uploads, MASKLINE_RESULTS_PREFIX=results)

    assert len(problems) == 1
    assert "lies inside" in problems[0]


def test_folders_that_only_begin_alike_are_fine() -> None:
    Settings.from_env({**ENV, "MASKLINE_UPLOAD_PREFIX": "a/", "MASKLINE_RESULTS_PREFIX": "ab/"})


def test_no_secret_is_ever_shown() -> None:
    problems = refused(DASHSCOPE_API_KEY="sk-very secret", FC_ENDPOINT="https://u:pw@host")

    assert len(problems) == 2
    for text in (*problems, repr(Settings.from_env(ENV))):
        for secret in ("very", "pw", "0123456789abcdef"):
            assert secret not in text


class TestCredentials:
    def test_the_context_comes_first(self) -> None:
        given = SimpleNamespace(access_key_id="a", access_key_secret="b", security_token="c")
        env = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "x", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "y"}

        assert credentials_from(SimpleNamespace(credentials=given), env) == Credentials(
            "a", "b", "c"
        )

    @pytest.mark.parametrize(
        "context", [None, SimpleNamespace(), SimpleNamespace(credentials=None)]
    )
    def test_then_the_environment(self, context: object) -> None:
        env = {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "x",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "y",
            "ALIBABA_CLOUD_SECURITY_TOKEN": "z",
        }

        assert credentials_from(context, env) == Credentials("x", "y", "z")
        assert credentials_from(context, env | {"ALIBABA_CLOUD_SECURITY_TOKEN": ""}) == Credentials(
            "x", "y"
        )

    def test_none_anywhere_is_said(self) -> None:
        with pytest.raises(SettingsError, match="ALIBABA_CLOUD_ACCESS_KEY_ID"):
            credentials_from(None, {"ALIBABA_CLOUD_ACCESS_KEY_ID": "x"})

    def test_they_do_not_show_themselves(self) -> None:
        assert repr(Credentials("a", "hidden1", "hidden2")) == "Credentials(access_key_id='a')"


class TestWebhook:
    def test_without_the_sink_there_is_none(self) -> None:
        assert Settings.from_env({**ENV, "MASKLINE_WEBHOOK_URL": "https://h/x"}).webhook is None

    def test_with_the_sink_address_and_secret_must_be_there(self) -> None:
        problems = refused(MASKLINE_SINKS="webhook")

        assert [p.split()[0] for p in problems] == [
            "MASKLINE_WEBHOOK_URL",
            "MASKLINE_WEBHOOK_SECRET",
        ]

    def test_neither_address_nor_secret_is_shown(self) -> None:
        settings = Settings.from_env(
            {
                **ENV,
                "MASKLINE_SINKS": "log,webhook",
                "MASKLINE_WEBHOOK_URL": "https://hooks.example.com/s3cret",
                "MASKLINE_WEBHOOK_SECRET": "whsec_s3cret",
            }
        )

        assert settings.webhook is not None
        assert settings.webhook.url == "https://hooks.example.com/s3cret"
        assert "s3cret" not in repr(settings)
