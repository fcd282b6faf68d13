"""So much in a minute from one person, and no more: whoever floods us gets one polite sentence, and nobody else notices."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.domain.commands import (
    AppAdded,
    AppRemoved,
    AppThrottled,
    ChannelChanged,
    Command,
    Home,
    PersonChanged,
    Said,
)
from bot.domain.errors import UserError
from bot.services.incoming import Incoming, Reply

_Handle = Callable[[Incoming, datetime], Awaitable[Reply]]

#: Twice what a quick person does with all their pilots at once.
MOST = 60
MINUTE = 60.0
#: People remembered; whoever was quiet longest is forgotten first.
_PEOPLE = 50_000
#: The platform's own words, which come once and must not be lost.
_ITS_OWN = (AppAdded, AppRemoved, AppThrottled, ChannelChanged, PersonChanged)

WORDS = f"That is more than {MOST} requests in a minute. Please wait a moment and send the last one again; nothing before it was lost."


class Paced:
    """`handle`, for at most `most` requests of a person in any minute. Each process counts for itself."""

    def __init__(self, handle: _Handle, *, seconds: Callable[[], float], most: int = MOST) -> None:
        self._handle = handle
        #: A clock that never stands still or jumps, whatever day the workspace has.
        self._seconds = seconds
        self._most = most
        self._windows: OrderedDict[tuple[str, str, str], tuple[float, int]] = OrderedDict()

    async def __call__(self, incoming: Incoming, now: datetime) -> Reply:
        """As `dispatch.handle`.

        Raises:
            UserError: too many; nothing was read of this one, so it may be sent again.

        """
        over = self._over(incoming) if not isinstance(incoming.command, _ITS_OWN) else 0
        if over == 0:
            return await self._handle(incoming, now)
        if over > 1 and _unasked(incoming.command):
            return Reply()  # told once: an answer to each would be a flood of our own
        raise UserError(WORDS)

    def _over(self, incoming: Incoming) -> int:
        """By how many requests this one is too many."""
        actor, now = incoming.actor, self._seconds()
        who = (actor.platform.value, actor.workspace, actor.user)
        began, count = self._windows.pop(who, (now, 0))
        if now - began >= MINUTE:
            began, count = now, 0
        self._windows[who] = (began, count + 1)
        if len(self._windows) > _PEOPLE:
            self._windows.popitem(last=False)
        return max(0, count + 1 - self._most)


def _unasked(command: Command) -> bool:
    """Whether no answer is waited for: our words would be messages of their own."""
    return isinstance(command, Said | Home)
