"""What was written since, against every transaction's own story."""

import random

import pytest

from storage.snapshots import ManyWriters, OneWriter, Snapshot

EVERY = frozenset({"pilots", "people", "inbox"})


def test_a_snapshot_is_read() -> None:
    assert Snapshot.parse("10:20:10,14,15") == Snapshot(20, frozenset({10, 14, 15}))
    assert Snapshot.parse("10:10:") == Snapshot(10, frozenset())
    with pytest.raises(ValueError, match="unpack"):
        Snapshot.parse("10")


def test_what_became_visible_is_what_ended_in_between() -> None:
    """A made-up server: transactions begin and end in any order, and we hear of their beginnings late and out of turn.

    Whatever ended before a snapshot was taken must have been told of once that snapshot was heard of, and nothing that an omniscient one
    would not tell.
    """
    chance = random.Random(20261123)
    for _ in range(300):
        witness = ManyWriters(EVERY)
        wrote: dict[int, frozenset[str]] = {}
        running: set[int] = set()
        ended: list[int] = []
        on_the_way: list[tuple[str, int, int]] = []
        number, told, heard = 1, 0, frozenset[str]()
        witness.begins(("1:1:", "0"))
        for _ in range(60):
            match chance.randrange(3):
                case 0:
                    text = f"1:{number}:{','.join(map(str, sorted(running)))}"
                    running.add(number)
                    on_the_way.append((text, number, len(ended)))
                    number += 1
                case 1 if running:
                    one = chance.choice(sorted(running))
                    running.discard(one)
                    ended.append(one)
                    on_the_way = [
                        known for known in on_the_way if known[1] != one
                    ]  # ours is heard before it ends
                    wrote.setdefault(one, EVERY)  # else another process's: we cannot know
                case 2 if on_the_way:
                    text, mine, mark = on_the_way.pop(chance.randrange(len(on_the_way)))
                    heard = witness.begins((text, str(mine)))
                    expected = frozenset[str]().union(*(wrote[one] for one in ended[told : max(told, mark)]))
                    assert heard == expected
                    told = max(told, mark)
                    wrote[mine] = frozenset(chance.sample(sorted(EVERY), chance.randrange(3)))
                    for table in wrote[mine]:
                        witness.writes((text, str(mine)), frozenset({table}))


def test_too_many_in_between_are_not_looked_at() -> None:
    witness = ManyWriters(EVERY)
    witness.begins(("1:1:", "1"))
    assert witness.begins(("2:3:", "3")) == EVERY  # 2 is not ours
    assert witness.begins(("4:4:", "4")) == frozenset()
    assert witness.begins(("10000:10000:", "10000")) == EVERY


def test_sqlite_tells_our_tables_apart_and_of_others_that_there_were_some() -> None:
    witness = OneWriter(EVERY)
    assert witness.begins(7) == EVERY
    witness.writes(7, frozenset({"pilots"}))
    witness.writes(7, frozenset({"inbox"}))
    assert witness.begins(7) == {"pilots", "inbox"}
    assert witness.begins(7) == frozenset()
    assert witness.begins(8) == EVERY
