"""What did the operator set? Read once at start, from the environment and `.env`."""

import ipaddress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting is optional; `.env.example` lists them all."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    env: Literal["demo", "production"] = Field("demo", validation_alias="BALM_ENV")
    engine: Literal["local", "cluster"] = Field("local", validation_alias="BALM_ENGINE")
    data_dir: Path = Field(Path("var"), validation_alias="BALM_DATA_DIR")
    campaigns_dir: Path | None = Field(None, validation_alias="BALM_CAMPAIGNS_DIR")
    """The clinic's own campaign files, looked up by name before those that ship with Balm."""
    database_url: SecretStr | None = Field(None, validation_alias="BALM_DATABASE_URL")
    secret_key: SecretStr | None = Field(None, validation_alias="BALM_SECRET_KEY")
    secret_key_file: Path | None = Field(None, validation_alias="BALM_SECRET_KEY_FILE")
    semantic_model_dir: Path | None = Field(None, validation_alias="BALM_SEMANTIC_MODEL_DIR")
    semantic_model_sha256: str | None = Field(
        None, pattern="^[0-9a-fA-F]{64}$", validation_alias="BALM_SEMANTIC_MODEL_SHA256"
    )
    model_base_url: str | None = Field(None, validation_alias="BALM_MODEL_BASE_URL")

    public_base_url: str | None = Field(None, validation_alias="PUBLIC_BASE_URL")
    http_host: str = Field("127.0.0.1", validation_alias="HTTP_HOST")
    http_port: int = Field(8080, ge=1, le=65535, validation_alias="HTTP_PORT")
    metrics_host: str = Field("127.0.0.1", validation_alias="METRICS_HOST")
    metrics_port: int | None = Field(None, ge=1, le=65535, validation_alias="METRICS_PORT")

    telegram_bot_token: SecretStr | None = Field(None, validation_alias="TELEGRAM_BOT_TOKEN")
    telegram_api_base: str = Field(
        "https://api.telegram.org/bot", validation_alias="TELEGRAM_API_BASE"
    )
    telegram_file_base: str = Field(
        "https://api.telegram.org/file/bot", validation_alias="TELEGRAM_FILE_BASE"
    )
    telegram_mode: Literal["polling", "webhook"] = Field(
        "polling", validation_alias="TELEGRAM_MODE"
    )
    telegram_webhook_url: str | None = Field(None, validation_alias="TELEGRAM_WEBHOOK_URL")
    telegram_webhook_secret: SecretStr | None = Field(
        None, validation_alias="TELEGRAM_WEBHOOK_SECRET"
    )

    twilio_account_sid: str | None = Field(None, validation_alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr | None = Field(None, validation_alias="TWILIO_AUTH_TOKEN")
    twilio_from: str | None = Field(None, validation_alias="TWILIO_FROM")
    twilio_messaging_service_sid: str | None = Field(
        None, validation_alias="TWILIO_MESSAGING_SERVICE_SID"
    )
    twilio_api_base: str = Field("https://api.twilio.com", validation_alias="TWILIO_API_BASE")

    smtp_host: str | None = Field(None, validation_alias="SMTP_HOST")
    smtp_port: int = Field(587, ge=1, le=65535, validation_alias="SMTP_PORT")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", validation_alias="SMTP_SECURITY"
    )
    smtp_user: str | None = Field(None, validation_alias="SMTP_USER")
    smtp_password: SecretStr | None = Field(None, validation_alias="SMTP_PASSWORD")
    smtp_from: str | None = Field(None, validation_alias="SMTP_FROM")
    staff_webhook_secret: SecretStr | None = Field(None, validation_alias="STAFF_WEBHOOK_SECRET")

    @property
    def base_url(self) -> str:
        """The address under which the outside reaches this process, without a slash behind."""
        return (self.public_base_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")

    @property
    def webhook_url(self) -> str:
        """Where Telegram is told to deliver."""
        return self.telegram_webhook_url or f"{self.base_url}/telegram"

    @property
    def has_telegram(self) -> bool:
        """Whether a bot is configured."""
        return self.telegram_bot_token is not None

    @property
    def has_sms(self) -> bool:
        """Whether a Twilio account with a number or a messaging service is configured."""
        has_origin = bool(self.twilio_from or self.twilio_messaging_service_sid)
        return bool(self.twilio_account_sid and self.twilio_auth_token and has_origin)

    @property
    def has_email(self) -> bool:
        """Whether alerts can go to staff by e-mail."""
        return bool(self.smtp_host and self.smtp_from)

    @property
    def has_staff_webhook(self) -> bool:
        """Whether alerts can go to a program of the clinic, signed."""
        return self.staff_webhook_secret is not None

    @property
    def leaves_machine(self) -> bool:
        """Whether any message could reach a provider outside this machine."""
        telegram_out = self.has_telegram and not is_loopback(self.telegram_api_base)
        sms_out = self.has_sms and not is_loopback(self.twilio_api_base)
        email_out = self.has_email and not is_loopback(f"smtp://{self.smtp_host}")
        return telegram_out or sms_out or email_out or self.has_staff_webhook

    @property
    def may_move_clock(self) -> bool:
        """Only a demonstration that nobody outside can reach, and that reaches nobody."""
        return (
            self.env == "demo"
            and self.engine == "local"
            and is_loopback(f"http://{self.http_host}")
            and not self.leaves_machine
        )

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        problems = [
            *self._production_problems(),
            *self._channel_problems(),
            *self._email_problems(),
        ]
        problems += self._cluster_problems()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _production_problems(self) -> list[str]:
        if self.env != "production":
            return []
        problems = []
        if self.secret_key is None and self.secret_key_file is None:
            problems.append("production needs BALM_SECRET_KEY or BALM_SECRET_KEY_FILE")
        if not self.base_url.startswith("https://"):
            problems.append("production needs PUBLIC_BASE_URL with https://")
        if self.has_telegram and is_loopback(self.telegram_api_base):
            problems.append("production refuses a TELEGRAM_API_BASE on this machine")
        if self.has_sms and is_loopback(self.twilio_api_base):
            problems.append("production refuses a TWILIO_API_BASE on this machine")
        return problems

    def _cluster_problems(self) -> list[str]:
        if self.engine != "cluster":
            return []
        problems = []
        url = self.database_url.get_secret_value() if self.database_url else ""
        if not url.startswith("postgres"):
            problems.append(
                "BALM_ENGINE=cluster needs PostgreSQL, which many processes can share: set "
                "BALM_DATABASE_URL=postgresql://… (SQLite serves one process: BALM_ENGINE=local)"
            )
        if self.has_telegram and self.telegram_mode == "polling":
            problems.append(
                "BALM_ENGINE=cluster takes webhooks only, because a bot gives each message to one "
                "poller: set TELEGRAM_MODE=webhook, TELEGRAM_WEBHOOK_SECRET and PUBLIC_BASE_URL"
            )
        return problems

    def _channel_problems(self) -> list[str]:
        problems = []
        has_webhook = self.has_telegram and self.telegram_mode == "webhook"
        if has_webhook and self.telegram_webhook_secret is None:
            problems.append("TELEGRAM_MODE=webhook needs TELEGRAM_WEBHOOK_SECRET")
        twilio = (self.twilio_account_sid, self.twilio_auth_token)
        if any(twilio) and not all(twilio):
            problems.append("TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN belong together")
        return problems

    def _email_problems(self) -> list[str]:
        problems = []
        if bool(self.smtp_host) != bool(self.smtp_from):
            problems.append("SMTP_HOST and SMTP_FROM belong together")
        has_password = self.smtp_user is not None or self.smtp_password is not None
        if (
            has_password
            and self.smtp_security == "none"
            and not is_loopback(f"smtp://{self.smtp_host}")
        ):
            problems.append("SMTP_SECURITY=none would send the SMTP password in the clear")
        return problems


def is_loopback(url: str) -> bool:
    """Whether `url` names this very machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
