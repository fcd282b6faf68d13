"""What each engine says of who has written: SQLite whether others have, PostgreSQL which transactions have ended. No I/O.

A snapshot of PostgreSQL's is "xmin:xmax:xip": every transaction below xmax has begun, those listed in xip have not ended. So what became
visible between two snapshots was written by a transaction that the first one did not count as ended and the second one does.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Protocol, Self

#: Transactions of ours that are remembered, and how many between two snapshots are looked at one by one.
_MOST, _MOST_BETWEEN = 10_000, 1_000

Tables = frozenset[str]
_NONE: Tables = frozenset()


class Witness(Protocol):
    """Tells what was written, by whomever, since it was asked last.

    `began` is what the engine said when a transaction of ours began (`storage.engines`).
    """

    def begins(self, began: Any) -> Tables:
        """The tables that whatever has ended since wrote; every table, where we cannot know."""
        ...

    def writes(self, began: Any, tables: Tables) -> None:
        """That transaction writes there; said before it does. Where it is thrown away in the end, no harm is done."""
        ...


class OneWriter:
    """SQLite: one writer of ours, and a number that moves with whatever others commit."""

    def __init__(self, everything: Tables) -> None:
        self._everything = everything
        self._others = -1
        self._ours = _NONE

    def begins(self, began: int) -> Tables:
        """Ours table by table; of others we know only that there were some."""
        tables = self._ours if began == self._others else self._everything
        self._others, self._ours = began, _NONE
        return tables

    def writes(self, _: int, tables: Tables) -> None:
        self._ours |= tables


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What `pg_current_snapshot()` answers."""

    #: The first transaction that had not begun.
    next: int
    #: Those before it that had not ended.
    running: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Self:
        """From its text.

        Raises:
            ValueError: it is none.

        """
        _, upper, listed = text.split(":")
        return cls(int(upper), frozenset(map(int, listed.split(",")) if listed else ()))


class ManyWriters:
    """PostgreSQL: several writers of ours at once, whose numbers we know, among others of whom we know nothing."""

    def __init__(self, everything: Tables) -> None:
        self._everything = everything
        self._wrote: OrderedDict[int, Tables] = OrderedDict()
        self._newest: Snapshot | None = None

    def begins(self, began: tuple[str, str]) -> Tables:
        """Table by table; every table, where one of those that ended was not ours."""
        now, before = Snapshot.parse(began[0]), self._newest
        self._wrote[int(began[1])] = _NONE
        if len(self._wrote) > _MOST:
            self._wrote.popitem(last=False)
        if before is None or now.next - before.next > _MOST_BETWEEN:
            self._newest = now
            return self._everything
        # Several connections are told out of turn: an older snapshot knows of none that the newest does not.
        running = {number for number in before.running if number < now.next}
        ended = running.union(range(before.next, now.next)) - now.running
        if not ended:
            return _NONE
        self._newest = now
        return _NONE.union(*(self._wrote.get(number, self._everything) for number in ended))

    def writes(self, began: tuple[str, str], tables: Tables) -> None:
        number = int(began[1])
        self._wrote[number] = self._wrote.get(number, _NONE) | tables
