"""Who looks at their Home tab: it is drawn anew after whatever they do, since Slack never asks for it while it is open."""

from collections import OrderedDict
from collections.abc import Callable

from bot.slack.ways import Kind, Way

#: Seconds after which an opened tab counts as left, and how many of them are remembered.
_OPEN_FOR, _MOST = 3600.0, 10_000
#: What may change what stands there.
_CHANGES = frozenset(
    {Kind.COMMAND, Kind.WORDS, Kind.MENTION, Kind.PRESS, Kind.HOME_PRESS, Kind.MODAL_PRESS, Kind.SUBMIT}
)


class Homes:
    """The Home tabs that were opened lately."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._opened: OrderedDict[tuple[str, str], float] = OrderedDict()

    def stale(self, way: Way) -> bool:
        """Whether the person's Home is open and what they did may have changed it."""
        who, now = (way.team, way.user), self._clock()
        if way.kind is Kind.HOME:
            self._opened[who] = now
            self._opened.move_to_end(who)
            if len(self._opened) > _MOST:
                self._opened.popitem(last=False)
            return False
        opened = self._opened.get(who)
        if opened is None or way.kind not in _CHANGES:
            return False
        if now - opened > _OPEN_FOR:
            del self._opened[who]
            return False
        return True
