"""What PostgreSQL says of its transactions: which have ended between two moments, whoever made them.

A snapshot is "xmin:xmax:xip": every transaction below xmax has begun, those listed in xip have not ended. So what became visible between
two snapshots was written by a transaction that the first one did not count as ended and the second one does. No I/O.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Self

#: Transactions of ours that are remembered, and how many between two snapshots are looked at one by one.
_MOST, _MOST_BETWEEN = 10_000, 1_000


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
        return cls(int(upper), frozenset(int(one) for one in listed.split(",") if one))


class Known:
    """What our own transactions wrote; shared by every connection of an engine."""

    def __init__(self, everything: frozenset[str]) -> None:
        self._everything = everything
        self._wrote: OrderedDict[int, frozenset[str]] = OrderedDict()

    def add(self, number: int, tables: frozenset[str]) -> None:
        """Said before the commit, so that whoever sees its rows finds it here."""
        self._wrote[number] = tables
        while len(self._wrote) > _MOST:
            self._wrote.popitem(last=False)

    def written_between(self, before: Snapshot, now: Snapshot) -> frozenset[str]:
        """The tables written by what ended between two moments; every table, where one of them was not ours."""
        if now.next - before.next > _MOST_BETWEEN:
            return self._everything
        ended = (before.running | set(range(before.next, now.next))) - now.running
        tables: set[str] = set()
        for number in ended:
            wrote = self._wrote.get(number)
            if wrote is None:
                return self._everything
            tables |= wrote
        return frozenset(tables)
