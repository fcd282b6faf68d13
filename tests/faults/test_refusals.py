"""D13: everything that Slack may answer to a post: each is tried again or given up by its class, and nobody is told twice a day."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.people import Address, Person, Platform
from bot.messages.model import dump
from bot.messages.replies import line
from bot.services.chat import Trouble
from bot.slack.troubles import TROUBLE_OF
from storage import outbox, people, workspaces
from storage.database import Connection
from tests.journeys.kit import House, house

#: Names that Slack does not list: whatever comes concerns one recipient.
UNHEARD = ("a_new_error", "", "no such \u202e error")
NAMES = [*sorted(TROUBLE_OF), *UNHEARD]
#: What becomes of a message that is always answered so.
ENDS = {Trouble.RECIPIENT: {"failed"}, Trouble.WORKSPACE: {"failed"}, Trouble.MESSAGE: {"failed"}}
#: A message that is refused for certain is posted at most so often: once more in simpler blocks.
MOST = 2
#: Patience or a look between two posts: over two hours no more than one a minute.
MOST_PATIENT = 130


async def refused(home: House, name: str, number: int, times: int) -> tuple[int, Counter[str], int]:
    """Messages to people of their own, always refused; posts each, what became of them, notices to the admin."""
    keys = home.app.database.write_now(lambda conn: _messages(conn, home, number, times))
    faults = home.slack.faults
    faults.clear()
    fault = faults.slack_error(
        "chat.postMessage", name, times=None, when=lambda args: any(key in str(args) for key in keys)
    )
    for minutes in (0, 1, 1, 2, 5, 10, 20, 30, 60):
        home.clock.advance(minutes=minutes)
        await home.app.tasks.deliver()
    found = home.app.database.read_now(
        lambda conn: [outbox.by_key(conn, home.workspace_id, key) for key in keys]
    )
    states = Counter(row.state for row in found if row is not None)
    told = len(home.slack.ledger.take_all("ada"))
    home.app.database.write_now(lambda conn: _clean(conn, home, keys))
    faults.clear()
    return fault.struck, states, told


def _messages(conn: Connection, home: House, number: int, times: int) -> list[str]:
    keys, slack = [], home.slack.workspace
    for one in range(times):
        user = slack.add_user(name=f"n{number}x{one}", tz="Europe/Berlin")
        there = Address(platform=Platform.SLACK, workspace=slack.team_id, user=user.id)
        person = Person(id=f"n{number}x{one}", name=f"Number {number}", addresses=(there,))
        people.add(conn, home.workspace_id, person, home.clock())
        keys.append(f"notice:d13:{number}:{one}:")
        outbox.add(
            conn, home.workspace_id, key=keys[-1], kind="notice", content=dump(line("No word.")), now=home.clock(),
            person_id=person.id, platform="slack", external_id=slack.team_id,
        )  # fmt: skip
    workspaces.set_digest_at(conn, home.workspace_id, home.clock() + timedelta(days=6))
    return keys


def _clean(conn: Connection, home: House, keys: list[str]) -> None:
    for key in keys:
        row = outbox.by_key(conn, home.workspace_id, key)
        if row is not None and row.state in ("pending", "unknown"):
            outbox.drop_of_person(conn, home.workspace_id, row.person_id or "", "the trial is over")


@pytest.mark.parametrize("n", [1, pytest.param(20, marks=[pytest.mark.trial, pytest.mark.timeout(3600)])])
async def test_d13_every_refusal_has_its_end_and_is_told_once(n: int, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    names = NAMES if n > 1 else [*NAMES[::12], "ratelimited", *UNHEARD]
    async with house(tmp_path) as home:
        for number, name in enumerate(names):
            struck, states, told = await refused(home, name, number, n)
            trouble = TROUBLE_OF.get(name, Trouble.RECIPIENT)
            seen[trouble] += n
            if trouble in ENDS:
                # A workspace that is out of reach keeps the rest waiting for an hour at a time.
                allowed = ENDS[trouble] | ({"pending"} if trouble is Trouble.WORKSPACE else set())
                assert set(states) <= allowed, (name, states)
                assert states["failed"] >= 1, (name, states)
                assert struck <= MOST * n, f"{name}: posted {struck} times"
            else:
                assert 1 <= struck <= MOST_PATIENT * n, f"{name}: posted {struck} times"
            assert told <= n, f"{name}: the admin was told {told} times"
            # The workspace may have been held: the next name begins an hour later.
            home.clock.advance(hours=2)
    print(f"D13: {len(names)} answers x {n}: {dict(seen)}; none goes round for ever")
