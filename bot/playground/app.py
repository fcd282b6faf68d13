"""What Slack knows of the app under test: its address, its secret, where it is installed, what it was allowed and what it did."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.playground.models import Json, Message
from bot.playground.workspace import Workspace

if TYPE_CHECKING:
    from bot.playground.sockets import Sockets

#: what a pilot needs at least, and a little more that demos like to use
DEFAULT_SCOPES = frozenset({
    "chat:write", "commands", "users:read", "users:read.email", "im:write", "im:history", "im:read",
    "app_mentions:read", "channels:read", "groups:read", "dnd:read", "team:read", "reactions:write", "channels:join",
})  # fmt: skip

TRIGGER_LIFE = 3.0
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5


class SlackError(Exception):
    """A refusal by name, as in `{"ok": false, "error": "channel_not_found"}`."""

    def __init__(self, code: str, *messages: str, **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.messages = list(messages)
        self.extra = extra


@dataclass(kw_only=True, eq=False)
class Installation:
    token: str
    workspace: Workspace
    scopes: set[str]
    #: "" while it works, else what every call answers: token_revoked, account_inactive, token_expired, invalid_auth
    dead: str = ""


@dataclass(frozen=True, kw_only=True)
class Trigger:
    user: str
    #: the modal it was pressed in, if any: only such a trigger can push
    view_id: str
    issued: float


class Triggers:
    """trigger_id: "expires in 3 seconds" of real time, "can only be used once".

    https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self._open: dict[str, Trigger] = {}
        self._used: set[str] = set()

    def issue(self, user: str, view_id: str = "") -> str:
        trigger_id = f"{len(self._open) + len(self._used) + 1}.{int(time.time())}.{secrets.token_hex(16)}"
        self._open[trigger_id] = Trigger(user=user, view_id=view_id, issued=self.monotonic())
        return trigger_id

    def redeem(self, trigger_id: str) -> Trigger:
        if trigger_id in self._used:
            raise SlackError("exchanged_trigger_id")
        trigger = self._open.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if self.monotonic() - trigger.issued > TRIGGER_LIFE:
            raise SlackError("expired_trigger_id")
        del self._open[trigger_id]
        self._used.add(trigger_id)
        return trigger


@dataclass(kw_only=True, eq=False)
class ResponseUrl:
    """https://docs.slack.dev/interactivity/handling-user-interaction#message_responses: "up to 5 times within 30 minutes"."""

    workspace: Workspace
    channel: str
    user: str
    expires: datetime
    original: Message | None
    uses: int = 0


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a Web API method, as a later test of least privilege wants to read it."""

    method: str
    #: the scope that allowed it; empty when none is needed
    scope: str
    team_id: str
    args: Json
    error: str
    status: int
    at: datetime

    @property
    def ok(self) -> bool:
        return not self.error and self.status == 200


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Blocks or a view that the real Slack would not have taken."""

    where: str
    errors: list[str]
    payload: Json


@dataclass(kw_only=True, eq=False)
class SlackApp:
    signing_secret: str
    #: the single request URL for commands, interactions and events
    request_url: str = ""
    verification_token: str = "made-up-verification-token"  # noqa: S105
    #: app_home settings of the manifest
    home_tab_enabled: bool = True
    messages_tab_enabled: bool = True
    #: "Escape channels, users, and links sent to your app" of slash commands
    should_escape: bool = True
    #: slash commands of the manifest; None takes any
    commands: frozenset[str] | None = None
    #: event subscriptions of the manifest; None is all that the scopes permit
    bot_events: frozenset[str] | None = None
    #: Slack also delivers the app's own messages as message.im; off by default to keep tests quick
    echo_own_messages: bool = False
    #: where people's browsers and the app reach the playground
    base_url: str = ""
    installations: dict[str, Installation] = field(default_factory=dict)
    #: Socket Mode: when it is on, nothing is delivered over HTTP
    socket_mode: bool = False
    sockets: "Sockets | None" = None
    #: app-level tokens and their scopes
    app_tokens: dict[str, frozenset[str]] = field(default_factory=dict)
    #: installing through Slack's own pages
    client_id: str = ""
    client_secret: str = ""
    redirect_urls: tuple[str, ...] = ()
    #: who presses Allow, and in which workspace; None presses Cancel
    approves: tuple[Workspace, str] | None = None
    token_rotation: bool = False
    #: for a whole organisation instead of one workspace
    org_install: bool = False
    codes: dict[str, object] = field(default_factory=dict)
    refresh_tokens: dict[str, tuple[Installation, str]] = field(default_factory=dict)
    triggers: Triggers = field(default_factory=Triggers)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    #: Every token that was shown with a call, in order; also those that no longer open anything.
    shown: list[str] = field(default_factory=list)
    #: scopes used by deliveries: commands, app_mentions:read, im:history, users:read ...
    delivered_scopes: set[str] = field(default_factory=set)
    refusals: list[Refusal] = field(default_factory=list)

    def install(
        self, workspace: Workspace, *, token: str = "", scopes: "set[str] | frozenset[str]" = DEFAULT_SCOPES
    ) -> Installation:
        installation = Installation(
            token=token or f"xoxb-{workspace.team_id}-{secrets.token_hex(12)}",
            workspace=workspace,
            scopes=set(scopes),
        )
        self.installations[installation.token] = installation
        return installation

    @property
    def workspaces(self) -> list[Workspace]:
        """Where the app was ever installed, and where somebody is about to install it."""
        known = [installation.workspace for installation in self.installations.values()]
        return [*known, *([self.approves[0]] if self.approves else [])]

    def installation(self, workspace: Workspace) -> Installation | None:
        """The newest one that works."""
        living = [i for i in self.installations.values() if i.workspace is workspace and not i.dead]
        return living[-1] if living else None

    def new_response_url(
        self, workspace: Workspace, *, channel: str, user: str, original: Message | None
    ) -> str:
        key = secrets.token_urlsafe(18)
        self.response_urls[key] = ResponseUrl(
            workspace=workspace,
            channel=channel,
            user=user,
            original=original,
            expires=workspace.clock() + RESPONSE_URL_LIFE,
        )
        return f"{self.base_url}/actions/{workspace.team_id}/{key}"

    def scopes_used(self) -> set[str]:
        return {call.scope for call in self.calls if call.ok and call.scope} | self.delivered_scopes

    def methods_called(self) -> dict[str, str]:
        """Every method that was called, and the scope that allowed it."""
        return {call.method: call.scope for call in self.calls if call.ok}
