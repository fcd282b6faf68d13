"""The composition root: the one place that names every part."""

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.domain.faults import Fault, fault
from bot.domain.people import Address, Platform
from bot.jobs.clock import Clock as Ticking
from bot.jobs.tasks import Tasks
from bot.jobs.ticks import Ticks
from bot.mail.chat import MailChat
from bot.mail.chat import server as mail_server
from bot.services import dispatch, failpoint, installing, keys, mail, reaching
from bot.services.chat import Chat, ChatError, Place, Trouble
from bot.services.delivery import PACE
from bot.services.pace import MOST, Paced
from bot.settings import Settings
from bot.signals.asking import Forge
from bot.signals.fetch import Api
from bot.signals.github_api import GitHub
from bot.signals.gitlab_api import GitLab
from bot.slack import listeners as slack_door
from bot.slack import oauth
from bot.slack.chat import SlackChat
from bot.slack.install import BotToken, Tokens
from bot.slack.ourselves import who_we_are
from bot.slack.permissions import Permissions
from bot.slack.socket import Socket, SocketLostError, open_address
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
from bot.web.hooks import Secrets
from bot.web.server import application
from storage import tokens as token_rows
from storage.crypto import Cipher, split
from storage.database import Database

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
#: What the bot is called where nothing is signed: Microsoft's own client on this machine.
PLAYGROUND_BOT = "00000000-0000-0000-0000-0000000000aa"

#: Seconds after which a Slack that did not say who we are is asked again; the last again and again.
AGAIN = (1.0, 5.0, 15.0, 60.0)


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
    #: What is fetched ahead of the first request; nobody waits for it, and it raises nothing.
    warming: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)
    #: Hosts of repositories that may be asked, by their name in links.
    forges: dict[str, Forge] = field(default_factory=dict)
    #: What ends with the program, in this order.
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    #: Requests a minute that one person may make.
    pace: int = MOST
    #: Seconds that a request waits for its answer before a sign of life; None: what the platform's people wait.
    patience: float | None = None
    #: Where people reach the web part; empty: nowhere. Whoever serves on a port of the system's choice sets it.
    address: str = ""
    #: Slack's requests over a connection of our own, held by whoever serves the web.
    socket: Socket | None = None
    #: Ends the process in good order; set by whoever runs it.
    stop: Callable[[], None] = lambda: None
    #: Why the process had to end; None: it was told to.
    lost: Fault | None = None
    #: How the ticks of this process fare; empty where it has none.
    ticks: Ticks = field(default_factory=Ticks)
    _slack: SlackChat | None = None
    _permissions: Permissions | None = None
    #: Asks Slack who we are until it answers.
    _again: asyncio.Task[None] | None = None

    @property
    def cipher(self) -> Cipher:
        """What the keys of the settings can do.

        Raises:
            ValueError: one of them is none.
        """
        given = self.settings.pilotlight_keys
        return Cipher(split(given.get_secret_value()) if given is not None else ())

    @property
    def tasks(self) -> Tasks:
        """What the clock does."""
        return Tasks(
            database=self.database,
            chats=self.chats,
            clock=self.clock,
            settle=timedelta(seconds=self.settings.pilotlight_settle),
            forges=self.forges,
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
            address=lambda: self.address,
            ticks=self.ticks,
            lifespan=partial(self.running, with_clock=with_clock),
            watch=self._watch,
            secrets=Secrets(
                github=_secret(self.settings.github_webhook_secret),
                gitlab=_secret(self.settings.gitlab_webhook_secret),
                signal=_secret(self.settings.signal_webhook_secret),
            ),
        )

    @contextlib.asynccontextmanager
    async def running(self, *, with_clock: bool) -> AsyncIterator[None]:
        """From the first request to the last: knows who we are, runs the ticks, leaves nothing half done."""
        warming = [asyncio.create_task(warm()) for warm in self.warming]
        await self.introduce()
        ticking = Ticking(self.tasks) if with_clock else None
        if ticking is not None:
            ticking.start()
        holding = asyncio.create_task(self._hold_socket()) if self.socket is not None else None
        try:
            yield
        finally:
            if holding is not None:
                holding.cancel()
                await asyncio.gather(holding, return_exceptions=True)
            if ticking is not None:
                await ticking.stop()
            for task in warming:
                task.cancel()
            await self.close()

    async def _hold_socket(self) -> None:
        assert self.socket is not None
        try:
            await self.socket.run()
        except SocketLostError as error:
            self.lost = fault("PL-029", reason=error)
            log.critical(str(self.lost))
            self.stop()

    def _watch(self) -> str:
        return self.socket.amiss if self.socket is not None else ""

    async def introduce(self) -> None:
        """Asks Slack who we are there, so that its requests find their workspace.

        Where Slack does not answer now the rest of the program runs, and it is asked again until it does.
        """
        on = Platform.EMAIL in self.chats
        await self.database.write(lambda conn: mail.enlist_everywhere(conn, self.clock(), on=on))
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
        if not await self._introduced() and self._again is None:
            self._again = asyncio.create_task(self._introduce_again())

    async def _introduced(self) -> bool:
        """Whether Slack has said who we are, or said that it never will."""
        own = self.settings.slack_bot_token
        if self._slack is None or self._permissions is None or own is None:
            return True
        try:
            us = await who_we_are(self._slack.api, own.get_secret_value())
        except ChatError as error:
            log.warning("Slack does not say who we are", extra={"reason": error.reason})
            return error.trouble is Trouble.WORKSPACE  # with this token it will not: doctor says why
        self._permissions.own = BotToken(token=own.get_secret_value(), team=us.team, bot_user=us.bot_user)
        self._permissions.forget(us.team)
        now = self.clock()
        await self.database.write(
            lambda conn: installing.installed(
                conn, Platform.SLACK, us.team, name=us.name, bot_user=us.bot_user, now=now
            )
        )
        return True

    async def _introduce_again(self) -> None:
        for pause in itertools.chain(AGAIN, itertools.repeat(AGAIN[-1])):
            await asyncio.sleep(pause)
            if await self._introduced():
                log.info("Slack has said who we are")
                return

    async def close(self) -> None:
        """Ends what is on its way and closes what was opened; the database stays the caller's."""
        if self._again is not None:
            self._again.cancel()
            await asyncio.gather(self._again, return_exceptions=True)
        for close in self.closing:
            await close()


def build(
    settings: Settings,
    *,
    clock: Clock = wall_clock,
    database: Database | None = None,
    pace: int = MOST,
    patience: float | None = None,
) -> App:
    """The program that the settings ask for; a platform without its settings is left out."""
    failpoint.arm(settings.pilotlight_failpoint)
    app = App(
        settings=settings,
        database=database or Database(settings.database_url),
        clock=clock,
        pace=pace,
        patience=patience,
        address=settings.address,
    )
    if settings.teams:
        _teams(app)
    if settings.slack_way:
        _slack(app)
    if settings.email:
        _mail(app)
    _forges(app)
    return app


def _slack(app: App) -> None:
    settings, database, cipher = app.settings, app.database, app.cipher
    own = settings.slack_bot_token

    async def held(team: str) -> keys.Held | None:
        return await database.read(lambda conn: keys.held(conn, cipher, Platform.SLACK, team))

    async def renewed(granted: installing.Granted, before: keys.Held) -> bool:
        return await database.write(lambda conn: keys.renewed(conn, cipher, granted, before))

    permissions = Permissions(
        held=held,
        renewed=renewed,
        clock=app.clock,
        own=BotToken(token=own.get_secret_value(), team="") if own is not None else None,
        alone=not settings.slack_oauth,
    )
    tokens = Tokens(permissions.of)
    permissions.forget = tokens.forget
    chat = SlackChat(WebApi(tokens=tokens, api_url=settings.slack_api_url))
    secret = settings.slack_signing_secret
    over_http = settings.slack_way == "http" and secret is not None
    door = slack_door.build(
        handle=_handle(app),
        clock=app.clock,
        signing_secret=secret.get_secret_value() if over_http and secret is not None else "",
        tokens=tokens,
        chat=chat,
        patience=slack_door.PATIENCE if app.patience is None else app.patience,
        public_url=app.settings.public_url or "",
    )
    app.chats[Platform.SLACK] = chat
    if over_http:
        app.doors["/slack/events"] = door
    elif settings.slack_app_token is not None:
        opens = settings.slack_app_token.get_secret_value()
        app.socket = Socket(
            address=lambda: open_address(chat.api, opens), deliver=door.deliver, proxy=chat.api.client.proxy
        )
    if settings.slack_oauth:
        _slack_oauth(app, chat, tokens, permissions, cipher)
    app.closing += [door.drain, chat.close]
    app._slack, app._permissions = chat, permissions  # noqa: SLF001 - its own builder


def _slack_oauth(app: App, chat: SlackChat, tokens: Tokens, permissions: Permissions, cipher: Cipher) -> None:
    settings, database, clock = app.settings, app.database, app.clock
    assert settings.slack_client_id is not None
    assert settings.slack_client_secret is not None
    assert settings.public_url is not None
    client = oauth.Client(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        public_url=settings.public_url,
        authorize_url=oauth.authorize_url(settings.slack_api_url),
    )

    async def issue_state(state: str, until: datetime) -> None:
        now = clock()
        await database.write(lambda conn: token_rows.issue_state(conn, "", state, until=until, now=now))

    async def use_state(state: str) -> bool:
        return await database.write(lambda conn: token_rows.use_state(conn, "", state, clock()))

    async def save(granted: installing.Granted) -> None:
        now = clock()
        await database.write(lambda conn: installing.authorised(conn, granted, cipher, now), durable=True)

    async def exchange(refresh_token: str) -> installing.Granted | None:
        return await oauth.refreshed(chat.api, client, refresh_token, clock())

    permissions.exchange = exchange
    stores = oauth.Stores(issue_state=issue_state, use_state=use_state, save=save)
    app.doors |= oauth.Install(
        client=client, api=chat.api, stores=stores, clock=clock, forget=tokens.forget
    ).doors


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
        app.warming.append(keys.warm)
    api = TeamsApi(http, token=token, forget_token=forget, hosts=hosts)
    known = Known(_memory(app.database))
    chat = TeamsChat(api, bot_id=f"28:{app_id}" if not settings.teams_playground else app_id, known=known)
    tenants = frozenset({tenant} if tenant else ())
    door = teams_door.build(
        handle=_handle(app),
        clock=app.clock,
        guard=Guard(app_id=app_id, tenants=tenants, keys=keys, hosts=hosts),
        chat=chat,
        patience=teams_door.PATIENCE if app.patience is None else app.patience,
    )
    app.chats[Platform.TEAMS] = chat
    app.doors["/api/messages"] = door
    app.closing += [door.drain, http.aclose]


def _mail(app: App) -> None:
    settings = app.settings
    assert settings.smtp_url is not None
    where = mail_server(settings.smtp_url.get_secret_value(), settings.smtp_from or "")
    app.chats[Platform.EMAIL] = MailChat(where, clock=app.clock)


def _handle(app: App) -> Paced:
    handle = partial(dispatch.handle, app.database, app.chats, page=lambda: app.address)
    return Paced(handle, seconds=time.monotonic, most=app.pace)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value is not None else ""


def _forges(app: App) -> None:
    """A host is asked only with a token of ours: without one nothing leaves this machine."""
    settings = app.settings
    github, gitlab = _secret(settings.github_token), _secret(settings.gitlab_token)
    if not github and not gitlab:
        return
    http = httpx.AsyncClient(follow_redirects=False)
    app.closing.append(http.aclose)
    agent = {"User-Agent": "pilotlight"}
    if github:
        headers = {
            **agent,
            "Authorization": f"Bearer {github}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        api, host = (
            Api(http=http, base=settings.github_api_url, headers=headers),
            _host(settings.github_api_url),
        )
        app.forges[host] = GitHub(api, host)
    if gitlab:
        headers = {**agent, "PRIVATE-TOKEN": gitlab}
        api, host = (
            Api(http=http, base=settings.gitlab_api_url, headers=headers),
            _host(settings.gitlab_api_url),
        )
        app.forges[host] = GitLab(api, host)


def _host(api_url: str) -> str:
    """The host of a forge as it stands in links: api.github.com is github.com's, every other serves its own API."""
    url = httpx.URL(api_url)
    host = url.host.lower() + (f":{url.port}" if url.port else "")
    return "github.com" if host == "api.github.com" else host


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

    async def places_in(workspace: str) -> list[Place]:
        return await database.read(
            partial(reaching.places_in, platform=Platform.TEAMS, external_id=workspace)
        )

    return Memory(place_of=place_of, places_in=places_in, service_url_of=service_url_of)


def configured(**values: str | float) -> Settings:
    """Settings of the given values alone: neither the environment nor a .env file has a say."""
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]  # the names are ours to get right, pydantic checks them
