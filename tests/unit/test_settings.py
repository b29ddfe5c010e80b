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
    assert [sink.name for sink in settings.sinks] == ["mns", "log"]
    assert settings.sink_networks == ()
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
            "DASHSCOPE_ERASE_MODEL": "eraser",
            "DASHSCOPE_RESULT_HOSTS": "127.0.0.1, .aliyuncs.com",
            "MASKLINE_SINKS": "log",
            "MASKLINE_REUSE": "off",
            "MASKLINE_POLLER_SECONDS": "60",
        }
    )

    assert settings.prefixes.uploads == "in/"
    assert settings.oss_is_cname is True
    assert settings.dashscope_model == "other"
    assert settings.dashscope_erase_model == "eraser"
    assert settings.dashscope_result_hosts == ("127.0.0.1", ".aliyuncs.com")
    assert [sink.name for sink in settings.sinks] == ["log"]
    assert settings.reuse is False
    assert settings.poller_seconds == 60


def test_one_model_does_not_do_both() -> None:
    """Both stages would share a gate and a budget, and take each other's tasks for their own."""
    (problem,) = refused(DASHSCOPE_ERASE_MODEL="image-instance-segmentation")

    assert problem.startswith("DASHSCOPE_ERASE_MODEL ")


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
    assert any("pigeon" in problem and "eventbridge, log, mns" in problem for problem in problems)


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


class TestSinks:
    def test_a_sink_that_is_not_named_needs_nothing(self) -> None:
        settings = Settings.from_env({**ENV, "MASKLINE_WEBHOOK_URL": "https://h/x"})

        assert {sink.kind for sink in settings.sinks} == {"mns", "log"}

    def test_what_a_named_sink_needs_must_be_there(self) -> None:
        problems = refused(MASKLINE_SINKS="webhook,dingtalk.ops,eventbridge,mns.second")

        assert [p.split()[0] for p in problems] == [
            "MASKLINE_WEBHOOK_URL",
            "MASKLINE_WEBHOOK_SECRET",
            "MASKLINE_DINGTALK_OPS_URL",
            "MASKLINE_DINGTALK_OPS_SECRET",
            "MASKLINE_EVENTBRIDGE_ENDPOINT",
            "MASKLINE_EVENTBRIDGE_BUS",
            "MASKLINE_MNS_SECOND_TOPIC",
        ]
        assert all("MASKLINE_SINKS names" in problem for problem in problems)

    def test_several_of_a_kind_each_with_its_types_and_secrets(self) -> None:
        settings = Settings.from_env(
            {
                **ENV,
                "MASKLINE_SINKS": "mns, webhook:job.done|maskline.job.lost,webhook.b:pipeline.*",
                "MASKLINE_WEBHOOK_URL": "https://a.example.com/s3cret",
                "MASKLINE_WEBHOOK_SECRET": "whsec_s3cretnew  whsec_s3cretold",
                "MASKLINE_WEBHOOK_B_URL": "https://b.example.com",
                "MASKLINE_WEBHOOK_B_SECRET": "whsec_s3cretb",
            }
        )

        topic, one, two = settings.sinks
        assert topic.values == {"TOPIC": "maskline-events"}
        assert one.secrets == ("whsec_s3cretnew", "whsec_s3cretold")
        assert (two.name, two.values["URL"]) == ("webhook.b", "https://b.example.com")
        takes = one.subscription.takes
        assert takes("maskline.job.done")
        assert takes("maskline.job.lost")
        assert not takes("maskline.job.failed")
        assert two.subscription.takes("maskline.pipeline.stopped")
        assert not two.subscription.takes("maskline.job.done")
        assert "s3cret" not in repr(settings)
        assert "s3cret" not in repr([sink.subscription for sink in settings.sinks])

    @pytest.mark.parametrize(
        ("sinks", "said"),
        [
            ("log:job.dnoe", "job.dnoe"),
            ("log:*.done", "*.done"),
            ("log.a b", "log.a b"),
            ("log:job.done,log:job.lost", "twice"),
            (",".join(f"log.n{number}" for number in range(17)), "17 sinks"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_with_a_remedy(self, sinks: str, said: str) -> None:
        (problem,) = refused(MASKLINE_SINKS=sinks)

        assert problem.startswith("MASKLINE_SINKS ")
        assert said in problem
        assert ": " in problem

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("MASKLINE_WEBHOOK_URL", "ftp://h/s3cret"),
            ("MASKLINE_WEBHOOK_URL", "https://u:s3cret@h/"),
            ("MASKLINE_WEBHOOK_SECRET", "s3cret 人"),
            ("MASKLINE_WEBHOOK_SECRET", "a b c d s3cret"),
            ("MASKLINE_SINK_NETWORKS", "10.0.0.1/8"),
        ],
    )
    def test_a_wrong_value_is_refused_and_no_secret_repeated(self, name: str, value: str) -> None:
        fine = {"MASKLINE_WEBHOOK_URL": "https://h/x", "MASKLINE_WEBHOOK_SECRET": "whsec_a"}
        (problem,) = refused(MASKLINE_SINKS="webhook", **{**fine, name: value})

        assert problem.startswith(f"{name} ")
        assert "s3cret" not in problem

    def test_another_secret_or_address_is_another_fingerprint_and_other_types_are_not(self) -> None:
        def fingerprint(types: str = "", **changes: str) -> str:
            fine = {"MASKLINE_WEBHOOK_URL": "https://h/x", "MASKLINE_WEBHOOK_SECRET": "whsec_a"}
            env = {**ENV, **fine, "MASKLINE_SINKS": f"webhook{types}", **changes}
            (sink,) = Settings.from_env(env).sinks
            return sink.subscription.fingerprint

        assert fingerprint() == fingerprint(":job.done")
        assert fingerprint() != fingerprint(MASKLINE_WEBHOOK_URL="https://h/y")
        assert fingerprint() != fingerprint(MASKLINE_WEBHOOK_SECRET="whsec_b")
