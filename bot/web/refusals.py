"""Who was turned away at the doors, for the log: one line a minute and door at the most, so that nobody fills a disk with it."""

import logging
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

#: Neither who they say they are, nor allowed what they ask.
_REFUSED = frozenset({401, 403})
#: Between two lines about one door, in seconds.
_PAUSE = 60.0


class Refusals:
    """Counts refusals by door. What came since the last line is told with the next."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._told: dict[str, float] = {}
        self._since: dict[str, int] = {}

    def note(self, door: str, status: int, sender: str) -> None:
        """One refusal; nothing of what was sent is kept.

        Args:
            door: the path, as it is documented.
            status: of the answer.
            sender: the address that the request came from.

        """
        now, count = self._seconds(), self._since.get(door, 0) + 1
        if now - self._told.get(door, float("-inf")) < _PAUSE:
            self._since[door] = count
            return
        self._told[door], self._since[door] = now, 0
        log.warning("refused", extra={"door": door, "status": status, "sender": sender, "count": count})

    def watched(self, door: str, app: ASGIApp) -> ASGIApp:
        """A platform's door with somebody beside it who counts."""

        async def watching(scope: Scope, receive: Receive, send: Send) -> None:
            async def counted(message: Message) -> None:
                if message["type"] == "http.response.start" and message["status"] in _REFUSED:
                    self.note(door, message["status"], _sender(scope))
                await send(message)

            await app(scope, receive, counted)

        return watching


def _sender(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
