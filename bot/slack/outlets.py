"""Every way out to one person, with its retries.

https://docs.slack.dev/interactivity/handling-user-interaction · https://docs.slack.dev/surfaces/modals · https://docs.slack.dev/surfaces/app-home

Slack took nothing after a refused connection or a request for patience: both are tried again. What stays in doubt is tried again only
where a repetition changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from bot.domain.people import Platform
from bot.messages.model import Message
from bot.services.chat import ChatError, Place, Trouble
from bot.slack import views
from bot.slack.chat import SlackChat
from bot.slack.render import drawn, render
from bot.slack.troubles import REFUSED_BLOCKS
from bot.slack.ways import Way

Body = Mapping[str, Any]

_TRIES = 3
_MOST_WAIT = 30.0
#: A drawing that Slack took is taken again so long, in seconds.
_RELIED_ON = 3600.0
_SENT_FOR_CERTAIN_NOT = (Trouble.RECIPIENT, Trouble.MESSAGE, Trouble.NOT_CONNECTED, Trouble.LIMITED)


class Outlets:
    """Says things to whoever sent a request.

    All of it raises ChatError where nothing helped.
    """

    def __init__(self, chat: SlackChat) -> None:
        self._chat = chat
        self._api = chat.api
        #: What Slack has drawn in which workspace, and until when we rely on it.
        self._draws: dict[tuple[str, type], float] = {}

    def draws(self, team: str, drawings: Iterable[type]) -> bool:
        """Whether Slack took all of these there a while ago: an answer's body is not the place to find out."""
        now = asyncio.get_running_loop().time()
        return all(self._draws.get((team, one), 0.0) > now for one in drawings)

    async def alone(self, way: Way, message: Message) -> None:
        """To the asker alone, beside what was typed or pressed; in our direct messages once that way is closed."""
        if not way.response_url:
            await self.send(way, message)
            return
        try:
            await self._respond(way, message, {"response_type": "ephemeral", "replace_original": False})
        except ChatError as error:
            if error.trouble not in _SENT_FOR_CERTAIN_NOT:
                raise
            await self.send(way, message)

    async def in_place(self, way: Way, message: Message) -> None:
        """Changes the pressed message; the outbox key stays in it, so that a send in doubt is still found.

        Through the response_url where there is one, which also reaches a message that only the presser sees; else, and
        where that failed, by chat.update, which is harmless to repeat.
        """
        origin = way.origin
        if way.response_url:
            try:
                await self._respond(way, message, {"replace_original": True}, key=origin.key)
                return
            except ChatError:
                if origin.ephemeral:
                    raise
        place = _place(way, origin.channel)
        await _persist(
            lambda: self._chat.update(place, origin.message, message, key=origin.key), again=Trouble.UNCERTAIN
        )

    async def send(self, way: Way, message: Message) -> None:
        """In our direct messages. In doubt it is not sent again: the words were heard, only the answer is missing."""
        direct = way.channel.startswith("D") and not way.response_url
        place = _place(way, way.channel if direct else "")
        thread = way.thread if direct else ""
        try:
            await _persist(lambda: self._chat.send(place, message, key="", thread=thread))
        except ChatError as error:
            if not thread or error.trouble is not Trouble.RECIPIENT:
                raise
            # The message that was answered is gone, and its thread with it.
            await _persist(lambda: self._chat.send(place, message, key=""))

    async def tell(self, way: Way, message: Message) -> None:
        """To one person alone, in the channel where they mentioned us; in our direct messages where Slack does not let us."""
        try:
            await _persist(lambda: self._chat.tell(_place(way, way.channel), message, thread=way.thread))
        except ChatError as error:
            if error.trouble is not Trouble.RECIPIENT:
                raise
            await self.send(way, message)

    async def publish(self, way: Way, message: Message) -> None:
        """On the person's Home tab."""
        args = {"user_id": way.user, "view": views.home(message, team=way.team)}
        await _persist(lambda: self._api.write(way.team, "views.publish", args), again=Trouble.UNCERTAIN)

    async def fill(self, way: Way, view: str, content: Body) -> None:
        """Puts something else into an open modal."""
        args = {"view_id": view, "view": content}
        await _persist(lambda: self._api.write(way.team, "views.update", args), again=Trouble.UNCERTAIN)

    async def open(self, way: Way, content: Body) -> str:
        """Opens a modal; its id. Once only: the trigger is spent, and old in three seconds."""
        answer = await self._api.write(way.team, "views.open", {"trigger_id": way.trigger, "view": content})
        opened = answer.get("view")
        return str(opened.get("id", "")) if isinstance(opened, dict) else ""

    async def _respond(self, way: Way, message: Message, how: Body, *, key: str = "") -> None:
        """Where Slack refused a drawing for certain, the same facts in words."""
        quiet = {"unfurl_links": False, "unfurl_media": False}
        body = {**how, **quiet, **render(message, team=way.team, key=key)}
        drawings = {(way.team, one): asyncio.get_running_loop().time() + _RELIED_ON for one in drawn(message)}
        try:
            await _persist(lambda: self._api.respond(way.response_url, body))
            self._draws |= drawings
        except ChatError as error:
            if error.reason not in REFUSED_BLOCKS or not drawings:
                raise
            for one in drawings:
                self._draws.pop(one, None)
            words = {**body, **render(message, team=way.team, key=key, fallback=True)}
            await _persist(lambda: self._api.respond(way.response_url, words))


def _place(way: Way, channel: str) -> Place:
    return Place(platform=Platform.SLACK, workspace=way.team, channel=channel, user=way.user)


async def _persist(call: Callable[[], Awaitable[object]], *, again: Trouble | None = None) -> None:
    for attempt in range(_TRIES):
        try:
            await call()
            return
        except ChatError as error:
            hopeful = error.trouble in (Trouble.NOT_CONNECTED, Trouble.LIMITED, again)
            wait = error.retry_after.total_seconds() if error.retry_after else 0.3 * 4**attempt
            if not hopeful or attempt == _TRIES - 1 or wait > _MOST_WAIT:
                raise
            await asyncio.sleep(wait)
