"""Are all settings written down, and are unsafe ones refused, all at once?"""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.settings import Settings, is_loopback

EXAMPLE = Path(__file__).parents[2] / ".env.example"
LINE = re.compile(r"^# ([A-Z_]+)=(.*)$")
SAFE = {
    "BALM_ENV": "production",
    "BALM_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "PUBLIC_BASE_URL": "https://balm.example.org",
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is set, and there is no .env."""
    monkeypatch.chdir(tmp_path)
    for name in _names():
        monkeypatch.delenv(name, raising=False)


def _names() -> list[str]:
    return [str(field.validation_alias) for field in Settings.model_fields.values()]


def lines() -> list[str]:
    return EXAMPLE.read_text(encoding="utf-8").splitlines()


def settings(**changes: str) -> Settings:
    return Settings(**changes)  # type: ignore[arg-type]  # by the names of the environment


def problems(**changes: str) -> str:
    with pytest.raises(ValidationError) as refused:
        settings(**changes)
    return str(refused.value)


def test_the_example_names_every_setting_once_and_no_other() -> None:
    listed = [found[1] for line in lines() if (found := LINE.match(line))]
    assert sorted(listed) == sorted(_names())


def test_every_setting_has_one_line_that_explains_it_and_is_commented_out() -> None:
    for number, line in enumerate(lines()):
        assert not line or line.startswith("# "), line
        if LINE.match(line):
            above = lines()[number - 1]
            assert above.startswith("# "), line
            assert not LINE.match(above), line


def test_the_example_shows_the_defaults() -> None:
    shown = {found[1]: found[2] for line in lines() if (found := LINE.match(line))}
    for field in Settings.model_fields.values():
        if field.default is not None:
            assert shown[str(field.validation_alias)] == str(field.default)


def test_the_example_uncommented_is_accepted(tmp_path: Path) -> None:
    uncommented = [found[0][2:] for line in lines() if (found := LINE.match(line))]
    (tmp_path / ".env").write_text("\n".join(uncommented), encoding="utf-8")
    read = settings()
    assert read.public_base_url == "https://balm.example.org"
    assert read.twilio_from == "+12025550100"
    assert read.secret_key is None


def test_without_any_setting_it_is_a_demonstration_that_reaches_nobody() -> None:
    read = settings()
    assert (read.env, read.engine) == ("demo", "local")
    assert not read.has_telegram
    assert not read.has_sms
    assert not read.leaves_machine
    assert read.may_move_clock
    assert read.base_url == "http://127.0.0.1:8080"
    assert read.webhook_url == "http://127.0.0.1:8080/telegram"


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("HTTP_PORT=8001\nHTTP_HOST=127.0.0.2\n", encoding="utf-8")
    monkeypatch.setenv("HTTP_PORT", "8002")
    monkeypatch.setenv("TELEGRAM_MODE", "")
    read = settings()
    assert (read.http_port, read.http_host, read.telegram_mode) == (8002, "127.0.0.2", "polling")


def test_a_safe_production_is_accepted() -> None:
    read = settings(**SAFE, TELEGRAM_BOT_TOKEN="1:a", TELEGRAM_WEBHOOK_URL="https://t.example.org")
    assert read.env == "production"
    assert read.leaves_machine
    assert not read.may_move_clock
    assert read.webhook_url == "https://t.example.org"


SHARED = "postgresql://balm@127.0.0.1/balm"
UNSAFE: list[tuple[str, dict[str, Any], str]] = [
    ("a public address without https", {"PUBLIC_BASE_URL": "http://balm.example.org"}, "https://"),
    (
        "a simulated Telegram",
        {"TELEGRAM_BOT_TOKEN": "1:a", "TELEGRAM_API_BASE": "http://127.0.0.1:9100/bot"},
        "TELEGRAM_API_BASE",
    ),
    (
        "a simulated Twilio",
        {
            "TWILIO_ACCOUNT_SID": "AC1",
            "TWILIO_AUTH_TOKEN": "t",
            "TWILIO_FROM": "+12025550100",
            "TWILIO_API_BASE": "http://localhost:9200",
        },
        "TWILIO_API_BASE",
    ),
    (
        "a webhook without a secret",
        {"TELEGRAM_BOT_TOKEN": "1:a", "TELEGRAM_MODE": "webhook"},
        "SECRET",
    ),
    ("half an account", {"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_AUTH_TOKEN belong together"),
    ("half a mail server", {"SMTP_HOST": "mail.example.org"}, "SMTP_HOST and SMTP_FROM"),
    (
        "a password in the clear",
        {
            "SMTP_HOST": "mail.example.org",
            "SMTP_FROM": "balm@example.org",
            "SMTP_PASSWORD": "p",
            "SMTP_SECURITY": "none",
        },
        "SMTP_SECURITY",
    ),
    ("a cluster on SQLite", {"BALM_ENGINE": "cluster"}, "needs PostgreSQL"),
    (
        "a cluster that polls",
        {"BALM_ENGINE": "cluster", "BALM_DATABASE_URL": SHARED, "TELEGRAM_BOT_TOKEN": "1:a"},
        "TELEGRAM_MODE=webhook",
    ),
    ("a port that is none", {"HTTP_PORT": "70000"}, "HTTP_PORT"),
    ("a mode that is none", {"TELEGRAM_MODE": "pigeon"}, "TELEGRAM_MODE"),
]


@pytest.mark.parametrize(
    ("changes", "named"), [case[1:] for case in UNSAFE], ids=[case[0] for case in UNSAFE]
)
def test_an_unsafe_production_is_refused(changes: dict[str, str], named: str) -> None:
    assert named in problems(**{**SAFE, **changes})


@pytest.mark.parametrize("missing", ["BALM_SECRET_KEY", "PUBLIC_BASE_URL"])
def test_production_needs_a_secret_and_a_public_address(missing: str) -> None:
    assert missing in problems(**{key: value for key, value in SAFE.items() if key != missing})


def test_an_empty_secret_in_the_environment_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SAFE, "BALM_SECRET_KEY": ""}.items():
        monkeypatch.setenv(name, value)
    assert "BALM_SECRET_KEY" in problems()


def test_all_problems_are_named_at_once() -> None:
    told = problems(
        BALM_ENV="production",
        BALM_ENGINE="cluster",
        TELEGRAM_BOT_TOKEN="1:a",
        TELEGRAM_MODE="webhook",
        TELEGRAM_API_BASE="http://127.0.0.1:9100/bot",
        TWILIO_AUTH_TOKEN="t",
    )
    for name in ("SECRET_KEY", "PUBLIC_BASE_URL", "TELEGRAM_API_BASE", "WEBHOOK_SECRET", "TWILIO"):
        assert name in told


def test_a_cluster_on_postgresql_with_webhooks_is_accepted() -> None:
    read = settings(
        **SAFE,
        BALM_ENGINE="cluster",
        BALM_DATABASE_URL=SHARED,
        TELEGRAM_BOT_TOKEN="1:a",
        TELEGRAM_MODE="webhook",
        TELEGRAM_WEBHOOK_SECRET="s",
    )
    assert read.engine == "cluster"
    assert not read.may_move_clock


def test_a_secret_is_not_shown() -> None:
    read = settings(**SAFE, TELEGRAM_BOT_TOKEN="1:very-secret")
    assert isinstance(read.telegram_bot_token, SecretStr)
    assert "very-secret" not in repr(read)
    assert SAFE["BALM_SECRET_KEY"] not in repr(read)


def test_a_refusal_shows_no_secret() -> None:
    assert "very-secret" not in problems(
        **{**SAFE, "PUBLIC_BASE_URL": "http://x"}, TELEGRAM_BOT_TOKEN="1:very-secret"
    )


MOVABLE: list[tuple[str, dict[str, str], bool]] = [
    ("a page that others can reach", {"HTTP_HOST": "0.0.0.0"}, False),  # noqa: S104  # refused
    ("a real bot", {"TELEGRAM_BOT_TOKEN": "1:a"}, False),
    (
        "a simulated bot",
        {"TELEGRAM_BOT_TOKEN": "1:a", "TELEGRAM_API_BASE": "http://127.0.0.1:9100/bot"},
        True,
    ),
    (
        "a real number",
        {"TWILIO_ACCOUNT_SID": "AC", "TWILIO_AUTH_TOKEN": "t", "TWILIO_FROM": "+1"},
        False,
    ),
    ("a mail server", {"SMTP_HOST": "mail.example.org", "SMTP_FROM": "b@example.org"}, False),
    ("a mail server here", {"SMTP_HOST": "localhost", "SMTP_FROM": "b@example.org"}, True),
    ("a program of the clinic", {"STAFF_WEBHOOK_SECRET": "s"}, False),
    ("an account without a number", {"TWILIO_ACCOUNT_SID": "AC", "TWILIO_AUTH_TOKEN": "t"}, True),
]


@pytest.mark.parametrize(
    ("changes", "movable"), [case[1:] for case in MOVABLE], ids=[case[0] for case in MOVABLE]
)
def test_the_clock_moves_only_where_nobody_is_reached(
    changes: dict[str, str], movable: bool
) -> None:
    assert settings(**changes).may_move_clock is movable


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:9100/bot", True),
        ("http://127.8.8.8", True),
        ("http://localhost/x", True),
        ("http://[::1]:80", True),
        ("https://api.telegram.org/bot", False),
        ("http://localhost.example.org", False),
        ("http://0.0.0.0:80", False),
        ("nonsense", False),
    ],
)
def test_loopback(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback
