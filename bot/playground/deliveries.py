"""What Slack sends to the app's one request URL, signed, within its time limits; events again when they fail.

https://docs.slack.dev/apis/events-api
"""

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import httpx

from bot.playground.app import SlackApp
from bot.playground.models import Change, Clock, Json
from bot.playground.payloads import epoch, message_json
from bot.playground.workspace import Workspace

#: "respond within three seconds"
ACK_LIMIT = 3.0
#: "retried 3 times: nearly immediately, after 1 minute, after 5 minutes"
RETRIES = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))
#: without the Delayed Events setting, "events more than 2 hours late are not delivered"
TOO_LATE = timedelta(hours=2)

#: scope that an event needs, any of them; "" needs none. https://docs.slack.dev/reference/events
EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    "message.im": ("im:history",), "message.channels": ("channels:history",), "message.groups": ("groups:history",),
    "app_mention": ("app_mentions:read",),
    "app_home_opened": (), "app_uninstalled": (), "tokens_revoked": (),
    "member_joined_channel": ("channels:read", "groups:read"), "member_left_channel": ("channels:read", "groups:read"),
    "user_change": ("users:read",), "user_profile_changed": ("users:read",), "team_join": ("users:read",),
    "channel_archive": ("channels:read",), "channel_unarchive": ("channels:read",), "channel_rename": ("channels:read",),
    "channel_deleted": ("channels:read",), "channel_left": ("channels:read",), "channel_id_changed": ("channels:read",),
    "group_archive": ("groups:read",), "group_deleted": ("groups:read",), "group_rename": ("groups:read",), "group_left": ("groups:read",), "dnd_updated_user": ("dnd:read",),
    "link_shared": ("links:read",),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Ack:
    """How the app answered one delivery."""

    #: 0 when there was no answer
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    #: "", http_timeout, connection_failed, too_many_redirects, http_error
    failure: str = ""

    @property
    def ok(self) -> bool:
        return not self.failure

    def json(self) -> Json:
        """The body as an object; empty when it is none."""
        try:
            parsed = json.loads(self.body)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}


@dataclass(kw_only=True, eq=False)
class EventDelivery:
    """One event and all its attempts."""

    event_id: str
    body: bytes
    occurred: datetime
    attempts: list[Ack] = field(default_factory=list)
    #: when the next attempt is due, by the workspace's clock
    due: datetime | None = None

    @property
    def delivered(self) -> bool:
        return any(ack.ok for ack in self.attempts)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


class Deliveries:
    def __init__(
        self,
        app: SlackApp,
        workspace: Workspace,
        *,
        signing_clock: Clock | None = None,
        ack_limit: float = ACK_LIMIT,
    ) -> None:
        self.app = app
        self.workspace = workspace
        #: whose time stands in X-Slack-Request-Timestamp
        self.signing_clock = signing_clock or workspace.clock
        self.ack_limit = ack_limit
        self.events: list[EventDelivery] = []
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=True,
            max_redirects=2,
            timeout=60.0,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # empty: loopback needs no store of certificates
        )
        self._tasks: set[asyncio.Task[object]] = set()
        self._stop_listening: Callable[[], None] = workspace.listen(self._echo)

    async def close(self) -> None:
        self._stop_listening()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    # one signed request

    async def post(self, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> Ack:
        if self.app.socket_mode:
            return await self._through_socket(body, content_type, headers or {})
        timestamp = str(epoch(self.signing_clock()))
        signed = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self.app.signing_secret, timestamp, body),
            **(headers or {}),
        }
        try:
            async with asyncio.timeout(self.ack_limit):
                answer = await self._client.post(self.app.request_url, content=body, headers=signed)
        except TimeoutError:
            return Ack(status=0, failure="http_timeout")
        except httpx.TooManyRedirects:
            return Ack(status=0, failure="too_many_redirects")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Ack(status=0, failure="connection_failed")
        good = 200 <= answer.status_code < 300
        return Ack(
            status=answer.status_code,
            body=answer.content,
            headers=dict(answer.headers),
            failure="" if good else "http_error",
        )

    async def _through_socket(self, body: bytes, content_type: str, headers: dict[str, str]) -> Ack:
        """The same payload in an envelope; no signature, since the app has opened the connection itself."""
        if self.app.sockets is None:
            return Ack(status=0, failure="connection_failed")
        if content_type == "application/json":
            kind, payload = "events_api", json.loads(body)
        else:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
            interactive = "payload" in fields
            kind = "interactive" if interactive else "slash_commands"
            payload = json.loads(fields["payload"]) if interactive else fields
        answer = await self.app.sockets.deliver(
            kind,
            payload,
            limit=self.ack_limit,
            accepts=kind != "events_api",
            attempt=int(headers.get("X-Slack-Retry-Num", "0")),
            reason=headers.get("X-Slack-Retry-Reason", ""),
        )
        if answer is None:
            return Ack(status=0, failure="http_timeout")
        return Ack(status=200, body=json.dumps(answer).encode() if answer else b"")

    async def form(self, fields: dict[str, str]) -> Ack:
        return await self.post(urlencode(fields).encode(), "application/x-www-form-urlencoded")

    async def interaction(self, payload: Json) -> Ack:
        """https://docs.slack.dev/reference/interaction-payloads: JSON in a form field named payload."""
        return await self.form({"payload": json.dumps(payload)})

    # events

    async def verify_url(self) -> bool:
        """https://docs.slack.dev/reference/events/url_verification"""
        challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
        body = {"token": self.app.verification_token, "type": "url_verification", "challenge": challenge}
        ack = await self.post(json.dumps(body).encode(), "application/json")
        return ack.ok and challenge in ack.body.decode("utf-8", "replace")

    def wanted(self, name: str) -> bool:
        """Subscribed to, and permitted by a scope."""
        if self.app.bot_events is not None and name not in self.app.bot_events:
            return False
        scopes = EVENT_SCOPES.get(name, ())
        installation = self.app.installation(self.workspace)
        if name in ("app_uninstalled", "tokens_revoked"):
            return True
        if installation is None:
            return False
        granted = [scope for scope in scopes if scope in installation.scopes]
        if scopes and not granted:
            return False
        self.app.delivered_scopes.update(granted[:1])
        return True

    async def event(self, event: Json, *, name: str = "", event_id: str = "") -> EventDelivery | None:
        """Delivered, with the first retry at once; later ones wait for `run_due`. None when the app may not have it."""
        if not self.wanted(name or str(event["type"])):
            return None
        now = self.workspace.clock()
        event_id = event_id or self.workspace.new_id("Ev")
        envelope: Json = {
            "token": self.app.verification_token,
            "team_id": self.workspace.team_id,
            "context_team_id": self.workspace.team_id,
            "context_enterprise_id": None,
            "api_app_id": self.workspace.app_id,
            "event": {"event_ts": self.workspace.new_ts(), **event},
            "type": "event_callback",
            "event_id": event_id,
            "event_time": epoch(now),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": self.workspace.team_id,
                    "user_id": self.workspace.bot.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{event_id}",
        }
        delivery = EventDelivery(event_id=event_id, body=json.dumps(envelope).encode(), occurred=now)
        self.events.append(delivery)
        await self._attempt(delivery)
        if delivery.due is not None and delivery.due <= self.workspace.clock():
            await self._attempt(delivery)
        return delivery

    async def redeliver(
        self, delivery: EventDelivery, *, retry_num: int = 1, reason: str = "http_timeout"
    ) -> Ack:
        """The same event once more, as Slack does when an answer got lost on its way."""
        headers = {"X-Slack-Retry-Num": str(retry_num), "X-Slack-Retry-Reason": reason}
        return await self.post(delivery.body, "application/json", headers)

    async def _attempt(self, delivery: EventDelivery) -> None:
        delivery.due = None
        tries = len(delivery.attempts)
        if tries == 0:
            ack = await self.post(delivery.body, "application/json")
        else:
            ack = await self.redeliver(delivery, retry_num=tries, reason=delivery.attempts[-1].failure)
        delivery.attempts.append(ack)
        stopped = ack.headers.get("x-slack-no-retry") == "1"
        if not ack.ok and not stopped and tries < len(RETRIES):
            delivery.due = self.workspace.clock() + RETRIES[tries]

    async def run_due(self) -> int:
        """Retries that have fallen due; returns how many were attempted."""
        now = self.workspace.clock()
        due = [d for d in self.events if d.due is not None and d.due <= now]
        for delivery in due:
            if now - delivery.occurred > TOO_LATE:
                delivery.due = None
            else:
                await self._attempt(delivery)
        return len(due)

    async def app_rate_limited(self) -> Ack:
        """https://docs.slack.dev/reference/events/app_rate_limited: its own outer type."""
        body = {
            "token": self.app.verification_token,
            "type": "app_rate_limited",
            "team_id": self.workspace.team_id,
            "minute_rate_limited": epoch(self.workspace.clock()),
            "api_app_id": self.workspace.app_id,
        }
        return await self.post(json.dumps(body).encode(), "application/json")

    def _echo(self, change: Change) -> None:
        """The app hears itself: its own messages in a direct message come back as message.im."""
        if not self.app.echo_own_messages or change.kind not in {"message", "message_changed"}:
            return
        channel = self.workspace.channels[change.channel]
        message = self.workspace.find_message(change.channel, change.ts)
        if message is None or not message.by_bot or not channel.is_im:
            return
        event: Json = {"channel": channel.id, "channel_type": "im"} | message_json(self.workspace, message)
        if change.kind == "message_changed":
            event = {"type": "message", "subtype": "message_changed", "channel": channel.id, "channel_type": "im",
                     "hidden": True, "message": message_json(self.workspace, message), "ts": self.workspace.new_ts()}  # fmt: skip
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(
            self.event(event, name="message.im")
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
