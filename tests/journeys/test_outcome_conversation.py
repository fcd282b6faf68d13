"""The outcome gate as a newcomer meets it: a wish is refused kindly, one question later it is a promise."""

from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

from bot.domain.direction import Direction
from bot.domain.record import Status
from bot.domain.stages import Stage
from bot.services import transfer
from storage import people, workspaces
from storage.database import Connection
from tests.journeys.kit import START, House, house

WISH = "Let's see what AI can do"
PROMISE = "Cut time to first answer from 9 to 4 hours by 30 September 2027"
ACCEPTED = "Halve the errors per 100 invoices by 29 October 2027"
DATA = Path(__file__).parents[2] / "bot" / "data"


def _bytes(name: str) -> list[bytes]:
    return [(DATA / name).read_bytes()]


def bring_in_the_sample(home: House) -> None:
    """The fictional company's registry, with what its ended pilots learned."""
    files = transfer.Files(
        pilots=partial(_bytes, "pilots.csv"),
        updates=partial(_bytes, "updates.csv"),
        signals=partial(_bytes, "signals.csv"),
    )

    def write(conn: Connection) -> None:
        transfer.read_in(conn, home.workspace_id, files, today=START.date(), now=START)

    home.app.database.write_now(write)


async def register(home: House, name: str, sentence: str, **fields: str) -> str:
    """Registers by the form; what its sender then sees."""
    await home.hands.command("alice", "/pilot new")
    seen = await home.submit("alice", name=name, outcome=sentence, sponsor="sam", **fields)
    return seen.text


async def test_a_wish_becomes_a_promise_by_the_form_behind_the_button(tmp_path: Path) -> None:
    """Two messages: one question and one example of the same department, then the mended sentence."""
    async with house(tmp_path) as home:
        await register(home, "Invoice Reader", ACCEPTED, department="Finance")
        await register(home, "Shop Window", "Raise sales by 5% by 29 October 2027", department="Stores")
        await home.hands.command("alice", "/pilot new")
        refused = await home.submit(
            "alice", name="Claims Chat", outcome=WISH, sponsor="sam", department="Finance"
        )

        text = refused.text
        assert text.count("?") == 1, text
        assert "What number should change, and which way?" in text
        assert text.count("One that was accepted") == 1
        assert "One that was accepted in Finance" in text
        assert ACCEPTED in text
        assert "stays on the record" in text

        assert refused.view is not None
        await home.hands.press("alice", refused.view, "Another sentence")
        seen = await home.submit("alice", outcome=PROMISE)

        assert "from 9 to 4 hours" in seen.text
        pilot, record = home.pilot("Claims Chat")
        assert (pilot.metric.baseline, pilot.metric.target) == (Decimal(9), Decimal(4))
        assert pilot.metric.baseline_on == date(2027, 3, 1)
        assert [entry.status for entry in record.entries].count(Status.REFUSED) == 1
        await home.tick()
        home.slack.ledger.take_all("sam")


async def test_a_wish_becomes_a_promise_by_one_line(tmp_path: Path) -> None:
    """`register`, then `metric`."""
    async with house(tmp_path) as home:
        refused = await home.say("alice", f"/pilot register Claims Chat: {WISH}")
        assert refused.count("?") == 1, refused
        seen = await home.say("alice", f"/pilot metric Claims Chat {PROMISE}")
        assert "from 9 to 4 hours" in seen
        assert home.pilot("Claims Chat")[0].metric.target == Decimal(4)


async def test_a_wish_becomes_a_promise_by_a_plain_reply(tmp_path: Path) -> None:
    """In the direct message, as one would answer a person; small talk is no sentence."""
    async with house(tmp_path) as home:
        await home.hands.type("alice", "alice", f"register Claims Chat: {WISH}")
        seen = await home.hands.type("alice", "alice", "thanks, I will think about it")
        assert "Claims Chat" not in seen.text
        seen = await home.hands.type("alice", "alice", PROMISE)
        assert "from 9 to 4 hours" in seen.text
        pilot, record = home.pilot("Claims Chat")
        assert pilot.metric.target == Decimal(4)
        assert [entry.status for entry in record.entries].count(Status.REFUSED) == 1
        home.slack.ledger.take_all("alice")


async def test_of_two_numbers_one_is_picked_and_the_other_is_guarded(tmp_path: Path) -> None:
    """Buttons with both; the one that is only held becomes the guardrail."""
    sentence = "Keep the complaint rate below 0.4% while refunds fall to 200,000 EUR per quarter by 30 September 2027"
    async with house(tmp_path) as home:
        [asked] = await home.shown("alice", f"/pilot register Refund Score: {sentence}")
        text = home.read(asked)
        assert text.count("?") == 1, text
        assert "looks like a guardrail" in text

        seen = await home.hands.press("alice", asked, "refunds: decrease to 200000 EUR per quarter")

        assert "is registered" in seen.text
        pilot, _ = home.pilot("Refund Score")
        assert (pilot.metric.name, pilot.metric.target) == ("refunds", Decimal(200_000))
        assert [rail.text for rail in pilot.guardrails] == ["complaint rate <= 0.4 %"]


async def test_a_number_that_should_not_rise_is_confirmed_or_turned(tmp_path: Path) -> None:
    """Usually it should fall: yes, as it stands, or the other way."""
    sentence = "Increase average response time by 40% by 30 September 2027"
    async with house(tmp_path) as home:
        for name, button, direction in (
            ("One", "No, the other way", Direction.DECREASE),
            ("Two", "Yes, as it stands", Direction.INCREASE),
        ):
            [asked] = await home.shown("alice", f"/pilot register {name}: {sentence}")
            assert "Did you mean reduce?" in home.read(asked)
            await home.hands.press("alice", asked, button)
            assert home.pilot(name)[0].metric.direction is direction


async def test_a_number_with_two_readings_is_picked_by_a_button(tmp_path: Path) -> None:
    """A lone 1.200 is never read silently."""
    async with house(tmp_path) as home:
        [asked] = await home.shown(
            "alice", "/pilot register Rework: Reduce rework by 1.200 hours by 30 September 2027"
        )
        assert "1,200 hours or 1.2 hours?" in home.read(asked)
        await home.hands.press("alice", asked, "decrease by 1.2 hours")
        assert home.pilot("Rework")[0].metric.amount == Decimal("1.2")


def help_from_bob(home: House) -> None:
    """The settings name who helps to find a number."""

    def name(conn: Connection) -> None:
        found = workspaces.get(conn, home.workspace_id)
        assert found is not None
        [bob] = [one for one in people.all_of(conn, home.workspace_id).values() if one.name == "Bob Backup"]
        settings = found.settings.model_copy(update={"steward": bob.id})
        workspaces.save_settings(conn, home.workspace_id, settings)

    home.app.database.write_now(name)


async def test_after_three_rounds_a_person_helps_and_the_clock_runs(tmp_path: Path) -> None:
    """No fourth question: the steward takes fifteen minutes; the idea is on the record and grows old there."""
    async with house(tmp_path) as home:
        first = await home.say("alice", f"/pilot register Claims Chat: {WISH}")
        second = await home.say("alice", "/pilot metric Claims Chat Implement an AI chatbot")
        third = await home.say("alice", "/pilot metric Claims Chat Improve customer experience")
        assert [text.count("?") for text in (first, second, third)] == [1, 1, 0]
        assert "Ada Admin takes 15 minutes with you" in third
        await home.say("bob", "/pilot help")
        help_from_bob(home)
        fourth = await home.say("alice", "/pilot metric Claims Chat Improve customer experience a lot")
        assert "Bob Backup takes 15 minutes with you" in fourth
        pilot, record = home.pilot("Claims Chat")
        assert pilot.stage is Stage.IDEA
        assert sum(entry.status is Status.REFUSED for entry in record.entries) == 4

        await home.at(date(2027, 3, 16))

        assert "idea since 1 Mar 2027, 11 working days (10 planned)" in await home.say(
            "alice", "/pilot show Claims Chat"
        )
        home.slack.ledger.take_all()


async def test_the_lesson_of_an_ended_pilot_is_told_at_intake(tmp_path: Path) -> None:
    """B12: "product images for newsletters" hears what the campaign images cost in clicks."""
    async with house(tmp_path) as home:
        bring_in_the_sample(home)
        refused = await register(home, "Product images for newsletters", WISH)
        accepted = await register(
            home, "Newsletter images", "Cut cost per image from 40 to 15 EUR by 30 September 2027"
        )
        for text in (refused, accepted):
            assert "Campaign Image Generator" in text
            assert "click rate fell 14 %" in text
        assert refused.count("?") == 1


async def test_a_near_duplicate_of_a_living_pilot_is_told(tmp_path: Path) -> None:
    """Who is at it already, so that two do not do the same; an idea of its own hears nothing."""
    async with house(tmp_path) as home:
        bring_in_the_sample(home)
        same = await register(home, "Tariff Code Helper 2", "Halve wrong tariff codes by 30 September 2027")
        assert "Tariff Code Helper looks like the same idea (build, " in same
        other = await register(home, "Crane Scheduler", "Cut crane idle time by 10% by 30 September 2027")
        assert "Before you begin" not in other


async def test_the_kill_line_agreed_at_birth_is_quoted_on_the_decision_date(tmp_path: Path) -> None:
    """B17: verbatim, with the sponsor's name and the day of the agreement."""
    async with house(tmp_path) as home:
        await home.register(sentence="Reduce invoice handling time from 10 to 6 minutes by 26 March 2027")
        await home.at(date(2027, 3, 26))
        told = [home.read(message) for message in home.slack.ledger.take_all("sam")]
        home.slack.ledger.take_all()
        [quoted] = [text for text in told if "we stop if less than half the way is made" in text]
        assert '"we stop if less than half the way is made by the decision date"' in quoted
        assert "Sam Sponsor agreed on 1 Mar 2027" in quoted
