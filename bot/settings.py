"""Settings from the environment, typed; the only reader of it."""

import difflib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.faults import Fault, fault

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsError(Exception):
    """All that is wrong with the settings, told at once; each line says what to do."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(one) for one in faults))
        self.faults = faults


class Settings(BaseSettings):
    """Every variable of the outward contract. `.env` in the working folder is read; the environment wins."""

    # A name without a value is not set: compose files and templates hold `SLACK_APP_TOKEN=`, and mean nothing by it.
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

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
    #: SQLite on a disk that will vanish is meant: for trials only.
    pilotlight_vanishing: bool = False
    heartbeat_url: str | None = None
    #: Whom no chat reaches gets e-mail: smtp://user:password@host:587 (STARTTLS) or smtps://…:465. Extra `email`.
    smtp_url: SecretStr | None = None
    smtp_from: str | None = None
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        found = urlsplit((value or "").strip())
        if not (value or "").strip():
            return None
        if found.scheme not in ("http", "https") or not found.hostname or found.query or found.fragment:
            raise ValueError("it takes an address like https://pilotlight.example.com")
        if found.scheme == "http" and found.hostname not in _LOOPBACK:
            raise ValueError(
                "people sign in there, so it begins with https:// (http:// is for this machine only)"
            )
        return found.geturl()

    @field_validator("github_api_url", "gitlab_api_url")
    @classmethod
    def _forge(cls, value: str) -> str:
        try:
            found = urlsplit(value.strip())
            fits = found.scheme in ("http", "https") and found.hostname and (found.port or 1) > 0
        except ValueError:  # a port that is no number, or an unfinished [IPv6]
            fits = False
        if not fits or found.query or found.fragment:
            raise ValueError(
                "it takes the address of its interface, like https://HOST/api/v3 for GitHub or https://HOST/api/v4 for GitLab"
            )
        return value.strip().rstrip("/")

    @field_validator("slack_api_url")
    @classmethod
    def _slash(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"

    @model_validator(mode="after")
    def _playground_is_alone(self) -> "Settings":
        if self.teams_playground and (self.host not in _LOOPBACK or self.teams_app_password):
            raise ValueError(
                "TEAMS_PLAYGROUND=1 accepts unsigned activities: set HOST=127.0.0.1 and remove TEAMS_APP_PASSWORD, "
                "or unset TEAMS_PLAYGROUND"
            )
        return self

    @property
    def address(self) -> str:
        """Where people reach the web part: PUBLIC_URL, or this machine itself; empty where neither is one."""
        if self.public_url:
            return self.public_url.rstrip("/")
        if self.host not in _LOOPBACK or not self.port:
            return ""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def slack(self) -> bool:
        """Whether Slack is set up: for one workspace by its token, or for many through Slack's own pages."""
        return self.slack_bot_token is not None or self.slack_oauth

    @property
    def slack_oauth(self) -> bool:
        """Whether other workspaces can install it."""
        return None not in (
            self.slack_client_id,
            self.slack_client_secret,
            self.pilotlight_keys,
            self.public_url,
        )

    @property
    def slack_way(self) -> Literal["socket", "http", ""]:
        """How Slack reaches us; empty: not at all. SLACK_MODE decides, else the token for Socket Mode does."""
        way = self.slack_mode or ("socket" if self.slack_app_token is not None else "http")
        has = self.slack_app_token if way == "socket" else self.slack_signing_secret
        return way if self.slack and has is not None else ""

    @property
    def email(self) -> bool:
        """Whether people whom no chat reaches get e-mail."""
        return self.smtp_url is not None and self.smtp_from is not None

    @property
    def teams(self) -> bool:
        """Whether Teams is set up."""
        return self.teams_playground or self.teams_app_id is not None


_OURS = re.compile(r"^(?:SLACK|TEAMS|PILOTLIGHT|GITHUB|GITLAB|SIGNAL|SMTP)_[A-Z_]+$")
#: Names with our prefixes that belong to others: hosts and their actions set them.
_OTHERS = re.compile(r"^(?:GIT(?:HUB|LAB)|SIGNAL|SMTP)_")
_TOOLS = frozenset({"PILOTLIGHT_EXTRA_DATA", "PILOTLIGHT_TEAMS_CLIENT", "PILOTLIGHT_AXE"})


def _slip(name: str, known: Iterable[str]) -> list[str]:
    """The setting without a prefix of ours that a name misspells by its letters alone: DATABSE_URL, PUBLIC_ULR, HEARTBEAT_RUL.

    Only letters left out, doubled or swapped: LOGLEVEL and DATABASE_URI are other programs' names.
    """
    for one in known:
        if "_" in one and not _OURS.match(one) and name != one and len(one) >= 9 and "_" in name:
            near = difflib.SequenceMatcher(None, name, one).ratio() >= 0.9
            if near and set(name) == set(one) and abs(len(name) - len(one)) <= 1:
                return [one]
    return []


def read() -> Settings:
    """Reads the environment.

    Raises:
        SettingsError: every unreadable or misspelt variable, one line each.

    """
    settings, wrong = look()
    if settings is None or wrong:
        raise SettingsError(wrong)
    return settings


def look() -> tuple[Settings | None, list[Fault]]:
    """The settings as far as they can be read, and all that is wrong with them."""
    wrong: list[Fault] = []
    known = {name.upper() for name in Settings.model_fields}
    try:
        written = {line.split("=")[0].strip() for line in _dotenv()}
    except (UnicodeDecodeError, OSError):
        return None, [fault("PL-004", path=".env")]
    names = set(os.environ) | written
    for name in sorted(names - known - _TOOLS):
        ours = _OURS.match(name) is not None
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.75 if ours else 0.85)
        if not ours and name not in written:  # the environment is everybody's, .env is for us
            near = _slip(name, known)
        if near and near[0] not in names:
            wrong.append(fault("PL-001", name=name, meant=f": did you mean {near[0]}?"))
        elif ours and not _OTHERS.match(name):
            wrong.append(fault("PL-001", name=name, meant="; docs/settings.md lists them all."))
    try:
        return Settings(), wrong
    except ValidationError as error:
        for one in error.errors():
            name = ".".join(str(part) for part in one["loc"]).upper()
            # The value itself is never printed: it may be a secret.
            wrong.append(fault("PL-002", name=name or "A setting", why=_why(one)))
        return None, wrong


def _why(error: ErrorDetails) -> str:
    """What a setting takes, in words for people."""
    given = error.get("ctx", {})
    match error["type"]:
        case "int_parsing" | "int_from_float":
            return "it takes a whole number"
        case "float_parsing":
            return "it takes a number"
        case "bool_parsing":
            return "it takes 1 or 0"
        case "literal_error":
            return f"it takes {str(given.get('expected')).replace(chr(39), '')}"
        case "greater_than_equal":
            return f"it takes {given.get('ge')} or more"
        case "less_than_equal":
            return f"it takes {given.get('le')} or less"
    return str(error["msg"]).removeprefix("Value error, ")


def dotenv() -> dict[str, str]:
    """What `.env` alone says, by name."""
    from dotenv import dotenv_values

    return {name: value or "" for name, value in dotenv_values(".env").items()}


def _dotenv() -> list[str]:
    path = Path(".env")
    return (
        [line for line in path.read_text(encoding="utf-8").splitlines() if "=" in line]
        if path.is_file()
        else []
    )
