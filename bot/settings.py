"""Settings from the environment, typed; the only reader of it."""

import difflib
import os
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """All that is wrong with the settings, told at once; each line says what to do."""


class Settings(BaseSettings):
    """Every variable of the outward contract. `.env` in the working folder is read; the environment wins."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str = "sqlite:///pilotlight.db"
    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_mode: Literal["socket", "http"] | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    teams_app_id: str | None = None
    teams_app_password: SecretStr | None = None
    teams_tenant_id: str | None = None
    teams_openid_metadata_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    teams_token_url: str | None = None
    teams_service_hosts: str = (
        "smba.trafficmanager.net,smba.infra.gcc.teams.microsoft.com,smba.infra.gov.teams.microsoft.us"
    )
    teams_playground: bool = False
    public_url: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    pilotlight_keys: SecretStr | None = None
    github_webhook_secret: SecretStr | None = None
    github_token: SecretStr | None = None
    github_api_url: str = "https://api.github.com"
    gitlab_webhook_secret: SecretStr | None = None
    gitlab_token: SecretStr | None = None
    gitlab_api_url: str = "https://gitlab.com/api/v4"
    signal_webhook_secret: SecretStr | None = None
    pilotlight_settle: float = Field(default=60, ge=0)
    pilotlight_failpoint: str | None = None
    heartbeat_url: str | None = None
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("slack_api_url")
    @classmethod
    def _slash(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"

    @model_validator(mode="after")
    def _playground_is_alone(self) -> "Settings":
        if self.teams_playground and (
            self.host not in {"127.0.0.1", "localhost", "::1"} or self.teams_app_password
        ):
            raise ValueError(
                "TEAMS_PLAYGROUND=1 accepts unsigned activities: set HOST=127.0.0.1 and remove TEAMS_APP_PASSWORD, "
                "or unset TEAMS_PLAYGROUND"
            )
        return self

    @property
    def slack(self) -> bool:
        """Whether Slack over HTTP or socket is set up."""
        return self.slack_bot_token is not None

    @property
    def teams(self) -> bool:
        """Whether Teams is set up."""
        return self.teams_playground or self.teams_app_id is not None


_OURS = re.compile(r"^(?:SLACK|TEAMS|PILOTLIGHT|GITHUB|GITLAB|SIGNAL)_[A-Z_]+$")
#: Names with our prefixes that belong to others: hosts and their actions set them.
_OTHERS = re.compile(r"^(?:GIT(?:HUB|LAB)|SIGNAL)_")
_TOOLS = frozenset({"PILOTLIGHT_EXTRA_DATA", "PILOTLIGHT_TEAMS_CLIENT"})


def read() -> Settings:
    """Reads the environment.

    Raises:
        SettingsError: every unreadable or misspelt variable, one line each.

    """
    wrong: list[str] = []
    known = {name.upper() for name in Settings.model_fields}
    names = set(os.environ) | {line.split("=")[0].strip() for line in _dotenv()}
    for name in sorted(names):
        if _OURS.match(name) and name not in known | _TOOLS:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
            if near and near[0] not in names:
                wrong.append(f"{name} is not a setting: did you mean {near[0]}?")
            elif not _OTHERS.match(name):
                wrong.append(f"{name} is not a setting: remove it, or see README for the names")
    try:
        settings = Settings()
    except ValidationError as error:
        for one in error.errors():
            name = ".".join(str(part) for part in one["loc"]).upper()
            # The value itself is never printed: it may be a secret.
            wrong.append(f"{name}: {one['msg']}" if name else str(one["msg"]).removeprefix("Value error, "))
        raise SettingsError("\n".join(wrong)) from None
    if wrong:
        raise SettingsError("\n".join(wrong))
    return settings


def _dotenv() -> list[str]:
    path = Path(".env")
    return (
        [line for line in path.read_text(encoding="utf-8").splitlines() if "=" in line]
        if path.is_file()
        else []
    )
