"""D15: what may befall the digest's channel, and a person whose account gets an organisation's id."""

import os
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.playground.models import Channel, Message
from storage import people
from tests.journeys.kit import House, house

TIMES = max(1, round(20 * float(os.environ.get("TRIAL_SHARE", "1"))))
#: A Monday; the digest is due at ten.
MONDAY = date(2027, 3, 8)
NAME = "Invoice Reader"


@dataclass(frozen=True)
class Befalls:
    """What happens to the channel; whether its digest still arrives there."""

    name: str
    stays: bool = False


KINDS = (
    Befalls("archived"),
    Befalls("archived unheard"),
    Befalls("bot removed"),
    Befalls("bot removed unheard"),
    Befalls("made private"),
    Befalls("restricted"),
    Befalls("renamed", stays=True),
    Befalls("private with the bot", stays=True),
)


async def befall(home: House, channel: Channel, kind: Befalls) -> None:
    slack = home.slack.workspace
    match kind.name:
        case "archived":
            await home.hands.archive(channel)
        case "archived unheard":
            slack.archive(channel, archived=True)
        case "bot removed":
            channel.members = list(dict.fromkeys(channel.members))
            await home.hands.leave(slack.bot, channel)
        case "bot removed unheard":
            channel.members = [one for one in channel.members if one != slack.bot.id]
        case "made private":
            channel.type = "private_channel"
            channel.members = [one for one in channel.members if one != slack.bot.id]
        case "restricted":
            home.slack.faults.slack_error(
                "chat.postMessage",
                "restricted_action",
                times=None,
                when=lambda args: args.get("channel") == channel.id,
            )
        case "renamed":
            await home.hands.rename(channel, f"{channel.name}-renamed")
        case "private with the bot":
            channel.type = "private_channel"


def in_channel(home: House, channel: Channel) -> list[Message]:
    return [one for one in home.slack.ledger.take_all(channel.id) if "pilot" in home.read(one).casefold()]


async def a_year_of(home: House, kind: Befalls, times: int) -> None:
    """Each time another channel, chosen by the button of the trouble before; then its week's digest."""
    slack, now = home.slack.workspace, MONDAY - timedelta(days=7)
    channel = slack.channel("#leadership")
    for number in range(times):
        now += timedelta(days=7)
        await home.at(now, time(9, 0))
        home.slack.ledger.take_all()
        await befall(home, channel, kind)
        await home.tick()
        await home.at(now, time(10, 5))
        await home.tick()
        if kind.stays:
            assert in_channel(home, channel), f"{kind.name}, {number}: no digest"
            home.slack.ledger.take_all()
            continue
        heard = home.slack.ledger.take_all("ada")
        notices = [one for one in heard if "cannot be written to" in home.read(one)]
        assert len(notices) == 1, f"{kind.name}, {number}: {[home.read(one)[:80] for one in heard]}"
        [notice] = notices
        digest = [one for one in heard if one is not notice and "pilot" in home.read(one)]
        assert digest, f"{kind.name}, {number}: {[home.read(one)[:80] for one in heard]}"
        assert not in_channel(home, channel)
        home.slack.ledger.take_all()
        home.slack.faults.clear()
        channel = slack.add_channel(f"board-{number}", members=["ada", "lea"])
        await home.hands.press("ada", notice, "Choose another channel")
        await home.submit("ada", digest_channel=channel.id)
        await home.modal("ada", "Saved")
        await home.tick()
        assert in_channel(home, channel), "the new channel is told that it was chosen"
        home.slack.ledger.take_all()


@pytest.mark.parametrize("kind", KINDS, ids=lambda one: one.name)
@pytest.mark.parametrize(
    "times", [1, pytest.param(TIMES, marks=[pytest.mark.trial, pytest.mark.timeout(3600)])]
)
async def test_d15_the_digest_finds_its_readers(times: int, kind: Befalls, tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        home.slack.ledger.take_all()
        await a_year_of(home, kind, times)
        home.slack.ledger.take_all()
    if times > 1:
        print(
            f"\nD15: {kind.name} x {times}: {'it stays where it is read' if kind.stays else 'to the admin, mended by one button'}"
        )


@pytest.mark.parametrize("first", ["event", "press"])
@pytest.mark.parametrize(
    "times", [1, pytest.param(TIMES, marks=[pytest.mark.trial, pytest.mark.timeout(3600)])]
)
async def test_d15_an_organisations_id_is_the_same_person(times: int, first: str, tmp_path: Path) -> None:
    """Owners whose workspace joins an Enterprise organisation keep their pilots, whichever id Slack uses from then on."""
    extra = tuple(f"owner{number}" for number in range(times))
    async with house(tmp_path, extra=extra) as home:
        slack = home.slack.workspace
        for number, who in enumerate(extra):
            sentence = "Reduce handling time from 10 to 6 minutes by 29 October 2027"
            await home.hands.command(who, f"/pilot register Tool {number}: {sentence}")
            home.slack.ledger.take_all()
            user = slack.person(who)
            local, grid = user.id, f"W0GRID{number:04}"
            if first == "event":
                await home.hands.change(who, enterprise_id=grid)
            before = len(home.app.database.read_now(lambda conn: people.all_of(conn, home.workspace_id)))
            # From now on Slack speaks of them by the organisation's id.
            joined = slack.add_user(
                who + "-grid", user_id=grid, real_name=user.real_name, tz=user.tz, email=user.email
            )
            joined.enterprise_id = local
            user.name = who + "-local"
            shown = await home.say(who + "-grid", "/pilot list mine")
            assert f"Tool {number}" in shown, f"{first}: {shown}"
            after = home.app.database.read_now(lambda conn: people.all_of(conn, home.workspace_id))
            assert len(after) == before, "nobody was doubled"
            # The account's own id ends: nobody left.
            await home.hands.deactivate(user)
            owner = home.pilot(f"Tool {number}")[0].owner
            assert owner is not None and owner.left_on is None and owner.addresses[0].user == grid
            home.slack.ledger.take_all()
    if times > 1:
        print(f"\nD15: {times} accounts got an organisation's id, told by {first}: each keeps their pilot")
