"""D14: owner, backup and sponsor are deactivated, leave unseen, become guests, block the app or come back, in any order.

A small book beside the program says who can be asked; nobody else is, and whoever is next in line always is.
"""

import os
import random
from collections import Counter
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from tests.journeys.kit import House, house

NAME = "Invoice Reader"
#: In the order in which they are asked.
LINE = ("alice", "bob", "sam", "ada")
#: `leave` is a deactivation whose event never came: the daily reading of people, or a refusal, tells.
EVENTS = ("deactivate", "leave", "guest", "block", "back")
#: By then a question that is due has been asked, whoever it had to go to.
PATIENCE = 40


class Book:
    """Who can be asked, as a colleague would keep it."""

    def __init__(self) -> None:
        #: Who cannot, and why: somebody may be a guest and have blocked the app.
        self.out: dict[str, set[str]] = {}

    def next_in_line(self) -> str:
        return next(who for who in LINE if who not in self.out)


async def happens(home: House, book: Book, who: str, event: str) -> None:
    slack, user = home.slack, home.slack.workspace.person(who)
    match event:
        case "deactivate":
            await home.hands.deactivate(who)
        case "leave":
            user.deleted = True
        case "guest":
            await home.hands.change(who, is_restricted=True)
        case "block":
            # As Slack answers where a person has shut the app's messages off.
            slack.faults.slack_error(
                "chat.postMessage",
                "messages_tab_disabled",
                times=None,
                when=lambda args: args.get("channel") in (user.id, slack.workspace.im(user).id),
            )
        case "back":
            slack.faults.planned = [one for one in slack.faults.planned if one.when is None]
            for other in [other for other, why in book.out.items() if "block" in why]:
                book.out[other].remove("block")
                if not book.out[other]:
                    book.out.pop(other)
                await home.hands.command(other, "/pilot list mine")
            await home.hands.change(who, deleted=False, is_restricted=False)
            await home.hands.command(who, "/pilot list mine")
            book.out.pop(who, None)
            return
    book.out.setdefault(who, set()).add(event)


async def one_life(folder: Path, seed: int) -> Counter[str]:
    chance, seen = random.Random(seed), Counter[str]()
    folder.mkdir(parents=True, exist_ok=True)
    async with house(folder) as home:
        await home.register()
        home.slack.ledger.take_all()
        book, day = Book(), date(2027, 3, 1)
        for _ in range(chance.randint(1, 4)):
            day += timedelta(days=chance.randint(1, 3))
            await home.at(day, time(10, 40))
            home.slack.ledger.take_all()
            who = chance.choice(LINE[:3])
            event = chance.choice(EVENTS if book.out else EVENTS[:-1])
            await happens(home, book, who, event)
            seen[event] += 1
            home.clock.advance(minutes=20)
            await home.tick()
            told(home, book, seen, f"seed {seed}: {who} {event}")
        wanted = book.next_in_line()
        for _ in range(PATIENCE):
            day += timedelta(days=1)
            await home.at(day, time(10, 40))
            if wanted in told(home, book, seen, f"seed {seed}, {day}"):
                break
        else:
            pytest.fail(f"seed {seed}: {wanted} never heard of it; out are {book.out}")
        seen[f"asked {wanted}"] += 1
    return seen


def told(home: House, book: Book, seen: Counter[str], when: str) -> set[str]:
    """Who was written to about the pilot; nobody who cannot be asked."""
    reached = set()
    for message in home.slack.ledger.take_all():
        channel = home.slack.workspace.channels[message.channel]
        if not channel.is_im:
            continue
        name = next(
            home.slack.workspace.users[one].name
            for one in channel.members
            if one != home.slack.workspace.bot.id
        )
        assert name not in book.out, f"{when}: {name} was written to, and is out ({book.out})"
        seen["messages"] += 1
        if NAME in home.read(message):
            reached.add(name)
    return reached


async def test_whoever_is_next_in_line_is_asked(tmp_path: Path) -> None:
    for seed in (2, 5, 9):
        await one_life(tmp_path / str(seed), seed)


@pytest.mark.trial
@pytest.mark.timeout(7200)
async def test_d14_a_hundred_sequences(tmp_path: Path) -> None:
    seen, count = Counter[str](), round(100 * float(os.environ.get("TRIAL_SHARE", "1")))
    for seed in range(count):
        seen += await one_life(tmp_path / str(seed), seed)
    print(
        f"\nD14: {count} sequences: {dict(seen)}; nobody who was out was written to, the next in line always"
    )
