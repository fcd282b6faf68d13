"""Every way out to one person, with its retries.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-send-and-receive-messages

Teams took nothing after a refused connection or a request for patience: both are tried again. What stays in doubt is tried again
only where a repetition changes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.messages.model import Message, say
from bot.services.chat import ChatError, Place, Trouble
from bot.teams.chat import TeamsChat
from bot.teams.render import Card
from bot.teams.ways import Way

_log = logging.getLogger(__name__)

#: Said in a channel to somebody who never added the app for themselves.
ADD_FIRST = (
    "The answer is for you alone, and I cannot write to you yet. Add Pilotlight to your own chats (Apps, Pilotlight, Add), "
    "then ask me there."
)

_TRIES = 3
_MOST_WAIT = 30.0


@dataclass(slots=True)
class _Turns:
    """The changes of one message."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    newest: object = None


class Outlets:
    """Says things to whoever sent a request.

    All of it raises ChatError where nothing helped.
    """

    def __init__(self, chat: TeamsChat) -> None:
        self._chat = chat
        #: (conversation, message) → the changes on their way.
        self._changes: dict[tuple[str, str], _Turns] = {}

    async def alone(self, way: Way, shown: Message | Card) -> None:
        """Where only the asker reads it; where that cannot be, what to do about it."""
        try:
            await self.send(way.alone, shown, way.stamp)
        except ChatError as error:
            if way.personal or error.trouble is not Trouble.RECIPIENT:
                raise
            _log.info("an answer could not be given alone: %s", error.reason)
            await self.send(way.place, say(ADD_FIRST), way.stamp)

    async def in_place(self, way: Way, message_id: str, shown: Card) -> None:
        """Changes a card for everybody who sees it: the answer to a press changes it for the presser only, and for now.

        One change after the other, and only the newest of those that wait: an older one would undo it.
        """
        where = (way.place.channel, message_id)
        turns = self._changes.setdefault(where, _Turns())
        mine = turns.newest = object()
        try:
            async with turns.lock:
                if turns.newest is mine:
                    await _persist(
                        lambda: self._chat.put_card(way.place, message_id, shown), again=Trouble.UNCERTAIN
                    )
        finally:
            if turns.newest is mine:
                self._changes.pop(where, None)

    async def send(self, place: Place, shown: Message | Card, stamp: str) -> None:
        """New in a conversation. In doubt it is not sent again: the words were heard, only the answer is missing."""
        if isinstance(shown, Message):
            await _persist(lambda: self._chat.send(place, shown, key="", stamp=stamp))
        else:
            await _persist(lambda: self._chat.post_card(place, shown))


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
