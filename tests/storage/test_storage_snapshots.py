"""What ended between two snapshots, against every transaction's own story."""

import random

import pytest

from storage.snapshots import Known, Snapshot

EVERY = frozenset({"pilots", "people", "inbox"})


def test_a_snapshot_is_read() -> None:
    assert Snapshot.parse("10:20:10,14,15") == Snapshot(20, frozenset({10, 14, 15}))
    assert Snapshot.parse("10:10:") == Snapshot(10, frozenset())
    with pytest.raises(ValueError, match="unpack"):
        Snapshot.parse("10")


def test_what_became_visible_is_what_ended_in_between() -> None:
    """A made-up server: transactions begin and end in any order; what is told is what an omniscient one would tell."""
    chance = random.Random(20261123)
    for _ in range(300):
        known, wrote, running, ended = Known(EVERY), {}, set(), []
        number, before, mark = 1, Snapshot(1, frozenset()), 0
        for _ in range(40):
            match chance.randrange(3):
                case 0:
                    wrote[number] = frozenset(chance.sample(sorted(EVERY), chance.randrange(1, 3)))
                    running.add(number)
                    number += 1
                case 1 if running:
                    one = chance.choice(sorted(running))
                    running.discard(one)
                    ended.append(one)
                    if chance.random() < 0.9:
                        known.add(one, wrote[one])
                    else:
                        wrote[one] = EVERY  # another process's: we cannot know
                case 2:
                    now = Snapshot(number, frozenset(running))
                    expected = frozenset().union(*(wrote[one] for one in ended[mark:]))
                    assert known.written_between(before, now) == expected
                    before, mark = now, len(ended)


def test_too_many_in_between_are_not_looked_at() -> None:
    assert Known(EVERY).written_between(Snapshot(1, frozenset()), Snapshot(10_000, frozenset())) == EVERY
