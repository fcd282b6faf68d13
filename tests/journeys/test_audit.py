"""Each change by anybody leaves one row of the audit record: who, what, from where, what it was and what it is."""

import itertools
from pathlib import Path

from storage import audit
from storage.audit import Happening
from tests.journeys.kit import House, house

#: What Alice types about her pilot; each changes something.
CHANGES = (
    "/pilot checkin Invoice Reader 9 moving first suppliers are in",
    "/pilot reading Invoice Reader 8.5",
    "/pilot item Invoice Reader I1 done https://git.example/run/1",
    "/pilot snooze Invoice Reader 2 waiting for the supplier",
    "/pilot edit Invoice Reader department Finance",
    "/pilot away 2027-03-20 to 2027-03-24",
)
LOOKS = (
    "/pilot list",
    "/pilot show Invoice Reader",
    "/pilot help",
    "/pilot ready Invoice Reader",
    "/pilot nonsense",
)


def rows(home: House) -> list[Happening]:
    return home.app.database.read_now(lambda conn: audit.recent(conn, home.workspace_id, 100))


async def test_every_change_leaves_one_row_and_looking_leaves_none(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        alice = home.pilot()[0].owner
        assert alice is not None
        count = len(rows(home))
        for line in CHANGES:
            await home.say("alice", line)
            now = rows(home)
            assert len(now) == count + 1, f"{line}: {[row.what for row in now[: len(now) - count]]}"
            count = len(now)
            assert (now[0].actor, now[0].surface) == (alice.id, "slack")
            if "away" not in line:
                assert now[0].subject == home.pilot()[0].id
                assert now[0].details["after"]
        for line in LOOKS:
            await home.say("alice", line)
            assert len(rows(home)) == count, line
        of_the_pilot = [row for row in reversed(rows(home)) if "after" in row.details]
        for earlier, later in itertools.pairwise(of_the_pilot):
            assert later.details["before"] == earlier.details["after"]
        assert home.app.database.read_now(lambda conn: audit.check(conn, home.workspace_id)).whole
        await home.tick()
        for who in ("alice", "bob", "sam", "ada"):
            home.slack.ledger.take_all(who)
