"""People wait since they asked, not since we found the time to look."""

import asyncio
from datetime import UTC, datetime

from bot.services.incoming import Incoming, Reply
from bot.slack.arrivals import Arrivals
from tests.slack.kit import slack_door


async def test_what_the_loop_takes_up_in_one_round_came_before_it() -> None:
    arrivals, loop = Arrivals(), asyncio.get_running_loop()

    async def request() -> float:
        moment = arrivals.moment()
        end = loop.time() + 0.002
        while loop.time() < end:  # busy: whoever comes next has to wait for it
            pass
        return moment

    moments = await asyncio.gather(*(request() for _ in range(5)))
    assert len(set(moments)) == 1
    await asyncio.sleep(0)
    later = arrivals.moment()
    assert later >= moments[0] + 0.01  # the next round has a beginning of its own
    assert arrivals.moment(ago=2.0) <= loop.time() - 2.0


async def test_a_request_that_was_long_on_its_way_gets_its_sign_of_life_at_once() -> None:
    """The answer would be waited for half a minute; but Slack sent the request 35 seconds ago, and hangs up after three."""
    done = asyncio.Event()

    async def waits(_: Incoming) -> Reply:
        await done.wait()
        return Reply()

    sent = datetime(2026, 11, 23, 8, 59, 25, tzinfo=UTC)
    async with slack_door(patience=30.0, signing_clock=lambda: sent) as here:
        here.answers(waits)
        seen = await here.slack.hands.command("anna", "/pilot list")
        done.set()
        assert (seen.status, [one.text for one in seen.all]) == (200, ["One moment, still saving."])
