"""The composition root: the one place that names every part."""

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.domain.people import Address, Platform
from bot.jobs.clock import Clock as Ticking
from bot.jobs.tasks import Tasks
from bot.jobs.ticks import Ticks
from bot.services import dispatch, failpoint, installing, reaching
from bot.services.chat import Chat, ChatError, Place
from bot.services.delivery import PACE
from bot.settings import Settings
from bot.slack import listeners as slack_door
from bot.slack.chat import SlackChat
from bot.slack.install import BotToken, Tokens, single
from bot.slack.ourselves import who_we_are
from bot.slack.web_api import WebApi
from bot.teams import listeners as teams_door
from bot.teams.chat import TeamsChat
from bot.teams.guard import Guard
from bot.teams.hosts import ServiceHosts
from bot.teams.install import TOKEN_URL as TEAMS_TOKEN_URL
from bot.teams.install import Registration
from bot.teams.install import Tokens as TeamsTokens
from bot.teams.keys import Keys
from bot.teams.known import Known, Memory
from bot.teams.web_api import WebApi as TeamsApi
from bot.web.server import application
from storage.database import Database

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
#: What the bot is called where nothing is signed: Microsoft's own client on this machine.
PLAYGROUND_BOT = "00000000-0000-0000-0000-0000000000aa"


def wall_clock() -> datetime:
    """Now, as the world has it."""
    return datetime.now(UTC)


@dataclass(kw_only=True)
class App:
    """The program, wired and not yet started."""

    settings: Settings
    database: Database
    clock: Clock = wall_clock
    chats: dict[Platform, Chat] = field(default_factory=dict)
    doors: dict[str, ASGIApp] = field(default_factory=dict)
    #: What ends with the program, in this order.
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    #: How the ticks of this process fare; empty where it has none.
    ticks: Ticks = field(default_factory=Ticks)
    _slack: SlackChat | None = None

    @property
    def tasks(self) -> Tasks:
        """What the clock does."""
        return Tasks(
            database=self.database,
            chats=self.chats,
            clock=self.clock,
            settle=timedelta(seconds=self.settings.pilotlight_settle),
            # Where time stands still nothing would come after the first.
            pace=PACE if self.clock is wall_clock else timedelta(0),
            heartbeat_url=self.settings.heartbeat_url,
            ticks=self.ticks,
        )

    def web(self, *, with_clock: bool) -> Starlette:
        """The HTTP surface; with the clock it is the whole program in one process."""
        return application(
            database=self.database,
            doors=self.doors,
            clock=self.clock,
            ticks=self.ticks,
            lifespan=partial(self.running, with_clock=with_clock),
        )

    @contextlib.asynccontextmanager
    async def running(self, *, with_clock: bool) -> AsyncIterator[None]:
        """From the first request to the last: knows who we are, runs the ticks, leaves nothing half done."""
        await self.introduce()
        ticking = Ticking(self.tasks) if with_clock else None
        if ticking is not None:
            ticking.start()
        try:
            yield
        finally:
            if ticking is not None:
                await ticking.stop()
            await self.close()

    async def introduce(self) -> None:
        """Asks Slack who we are there, so that its requests find their workspace.

        A platform that does not answer now is asked again by the next start; the rest of the program runs.
        """
        tenant = (self.settings.teams_tenant_id or "").lower()
        if self.settings.teams and tenant:
            await self.database.write(
                partial(
                    installing.installed,
                    platform=Platform.TEAMS,
                    external_id=tenant,
                    name="",
                    bot_user="",
                    now=self.clock(),
                )
            )
        if self._slack is None:
            return
        try:
            us = await who_we_are(self._slack.api)
        except ChatError as error:
            log.warning("Slack does not say who we are", extra={"reason": error.reason})
            return
        now = self.clock()
        await self.database.write(
            lambda conn: installing.installed(
                conn, Platform.SLACK, us.team, name=us.name, bot_user=us.bot_user, now=now
            )
        )

    async def close(self) -> None:
        """Ends what is on its way and closes what was opened; the database stays the caller's."""
        for close in self.closing:
            await close()


def build(settings: Settings, *, clock: Clock = wall_clock, database: Database | None = None) -> App:
    """The program that the settings ask for; a platform without its settings is left out."""
    failpoint.arm(settings.pilotlight_failpoint)
    app = App(settings=settings, database=database or Database(settings.database_url), clock=clock)
    if settings.teams:
        _teams(app)
    if settings.slack_bot_token is not None and settings.slack_signing_secret is not None:
        _slack(
            app, settings.slack_bot_token.get_secret_value(), settings.slack_signing_secret.get_secret_value()
        )
    return app


def _slack(app: App, token: str, secret: str) -> None:
    tokens = Tokens(single(BotToken(token=token, team="")))
    chat = SlackChat(WebApi(tokens=tokens, api_url=app.settings.slack_api_url))
    door = slack_door.build(
        handle=partial(dispatch.handle, app.database, app.chats),
        clock=app.clock,
        signing_secret=secret,
        tokens=tokens,
        chat=chat,
    )
    app.chats[Platform.SLACK] = chat
    app.doors["/slack/events"] = door
    app.closing += [door.drain, chat.close]
    app._slack = chat  # noqa: SLF001 - its own builder


def _teams(app: App) -> None:
    # The door speaks of tenants in lower case.
    settings, tenant = app.settings, (app.settings.teams_tenant_id or "").lower()
    http = httpx.AsyncClient()
    hosts = ServiceHosts(
        frozenset(settings.teams_service_hosts.split(",")), playground=settings.teams_playground
    )
    app_id = settings.teams_app_id or PLAYGROUND_BOT
    keys = token = None
    forget = _nothing
    if not settings.teams_playground and settings.teams_app_password is not None:
        secret = settings.teams_app_password.get_secret_value()
        tokens = TeamsTokens(
            http,
            Registration(app_id=app_id, tenant=tenant, secret=secret),
            url=settings.teams_token_url or TEAMS_TOKEN_URL,
        )
        keys, token, forget = (
            Keys(http, url=settings.teams_openid_metadata_url),
            tokens.current,
            tokens.forget,
        )
    api = TeamsApi(http, token=token, forget_token=forget, hosts=hosts)
    known = Known(_memory(app.database))
    chat = TeamsChat(api, bot_id=f"28:{app_id}" if not settings.teams_playground else app_id, known=known)
    tenants = frozenset({tenant} if tenant else ())
    door = teams_door.build(
        handle=partial(dispatch.handle, app.database, app.chats),
        clock=app.clock,
        guard=Guard(app_id=app_id, tenants=tenants, keys=keys, hosts=hosts),
        chat=chat,
    )
    app.chats[Platform.TEAMS] = chat
    app.doors["/api/messages"] = door
    app.closing += [door.drain, http.aclose]


def _nothing() -> None:
    """The playground has no token to forget."""


def _memory(database: Database) -> Memory:
    """What the Teams door may ask the store: where somebody is reached, where a tenant's connector is."""

    async def place_of(address: Address) -> Place | None:
        return await database.read(partial(reaching.place_of, address=address))

    async def service_url_of(workspace: str) -> str:
        return await database.read(
            partial(reaching.service_url_of, platform=Platform.TEAMS, external_id=workspace)
        )

    return Memory(place_of=place_of, service_url_of=service_url_of)


def configured(**values: str | float) -> Settings:
    """Settings of the given values alone: neither the environment nor a .env file has a say."""
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]  # the names are ours to get right, pydantic checks them
