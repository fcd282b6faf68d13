"""The composition root: the one place that names every part."""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.domain.people import Platform
from bot.jobs.clock import clock as scheduler_of
from bot.jobs.tasks import Tasks
from bot.services import dispatch, installing
from bot.services.chat import Chat, ChatError
from bot.settings import Settings
from bot.slack import listeners as slack_door
from bot.slack.chat import SlackChat
from bot.slack.install import BotToken, Tokens, single
from bot.slack.ourselves import who_we_are
from bot.slack.web_api import WebApi
from bot.web.server import application
from storage.database import Database

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


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
    _slack: SlackChat | None = None
    _slack_door: "slack_door.Door | None" = None

    @property
    def tasks(self) -> Tasks:
        """What the clock does."""
        return Tasks(
            database=self.database,
            chats=self.chats,
            clock=self.clock,
            settle=timedelta(seconds=self.settings.pilotlight_settle),
        )

    def web(self, *, with_clock: bool) -> Starlette:
        """The HTTP surface; with the clock it is the whole program in one process."""
        return application(
            database=self.database,
            doors=self.doors,
            clock=self.clock,
            lifespan=partial(self.running, with_clock=with_clock),
        )

    @contextlib.asynccontextmanager
    async def running(self, *, with_clock: bool) -> AsyncIterator[None]:
        """From the first request to the last: knows who we are, runs the ticks, leaves nothing half done."""
        await self.introduce()
        scheduler = scheduler_of(self.tasks) if with_clock else None
        if scheduler is not None:
            scheduler.start()
        try:
            yield
        finally:
            if scheduler is not None:
                scheduler.shutdown(wait=True)
            await self.close()

    async def introduce(self) -> None:
        """Asks Slack who we are there, so that its requests find their workspace.

        A platform that does not answer now is asked again by the next start; the rest of the program runs.
        """
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
        if self._slack_door is not None:
            await self._slack_door.drain()
        if self._slack is not None:
            await self._slack.close()


def build(settings: Settings, *, clock: Clock = wall_clock, database: Database | None = None) -> App:
    """The program that the settings ask for; a platform without its settings is left out."""
    app = App(settings=settings, database=database or Database(settings.database_url), clock=clock)
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
    app._slack, app._slack_door = chat, door  # noqa: SLF001 - its own builder


def configured(**values: str | float) -> Settings:
    """Settings of the given values alone: neither the environment nor a .env file has a say."""
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]  # the names are ours to get right, pydantic checks them
