"""Whole walks through HTTP, each as a person would take it; nothing of ours is replaced."""

from datetime import date, time
from decimal import Decimal
from pathlib import Path

from bot.domain.record import Status
from bot.domain.stages import Stage
from tests.journeys.kit import house


async def test_three_inputs_and_one_tap_frame_a_pilot(tmp_path: Path) -> None:
    """Register by form: name, sentence, sponsor; the sponsor's tap is G1."""
    async with house(tmp_path) as home:
        await home.hands.command("alice", "/pilot new")
        seen = await home.submit(
            "alice",
            name="Invoice Reader",
            outcome="Reduce invoice handling time from 10 to 6 minutes by 29 October 2027",
            sponsor="sam",
        )
        assert "10 → 6" in seen.text or "from 10" in seen.text, seen.text
        await home.tick()
        asked = home.take("sam", "Invoice Reader")
        assert "29 Oct 2027" in home.read(asked)
        # The first that Sam ever hears from it: who brought it here.
        assert "Hello Sam. Ada Admin installed Pilotlight here" in home.read(asked)

        seen = await home.hands.press("sam", asked, "I back this")

        assert "framed" in seen.text
        pilot, record = home.pilot()
        assert pilot.stage is Stage.FRAMED
        assert pilot.metric.baseline == Decimal(10)
        assert pilot.metric.target == Decimal(6)
        assert [entry.text for entry in record.entries if entry.status is Status.GATE]


async def test_the_form_keeps_what_was_typed_and_says_what_is_wrong_on_the_field(tmp_path: Path) -> None:
    """An owner who names themselves as sponsor is told so beside that field."""
    async with house(tmp_path) as home:
        await home.hands.command("alice", "/pilot new")
        seen = await home.submit(
            "alice", name="Invoice Reader", outcome="Halve the errors by 2027-10-29", sponsor="alice"
        )
        assert "two people" in seen.errors["sponsor"]


async def test_one_line_registers_and_a_vague_one_is_refused_with_one_question(tmp_path: Path) -> None:
    """Register by one line; the refused idea stays on the record and is mended with `metric`."""
    async with house(tmp_path) as home:
        text = await home.say("alice", "/pilot register Claims Chat: Let's see what AI can do")
        assert text.count("?") == 1, text
        pilot, record = home.pilot("Claims Chat")
        assert pilot.stage is Stage.IDEA
        assert pilot.metric is None
        assert record.entries[-1].status is Status.REFUSED

        text = await home.say(
            "alice",
            "/pilot metric Claims Chat Cut time to first answer from 9 to 4 hours by 30 September 2027",
        )
        assert "first answer" in text
        pilot, _ = home.pilot("Claims Chat")
        assert pilot.metric.target == Decimal(4)


async def test_silence_is_noticed_and_one_tap_is_a_full_answer(tmp_path: Path) -> None:
    """Ten working days bring the check-in; the tap changes the same message and the clock starts again."""
    async with house(tmp_path) as home:
        await home.register()
        await home.at(date(2027, 3, 15))
        home.take("#leadership")
        home.take("#leadership")
        asked = home.take("alice", "Invoice Reader")
        assert "10 working days" in home.read(asked)

        seen = await home.hands.press("alice", asked, "Moving")

        assert seen.updated
        assert "Next check-in 29 Mar 2027" in seen.text
        _, record = home.pilot()
        assert record.entries[-1].status is Status.MOVING


async def test_a_plain_reply_is_read_back_in_one_line_and_can_be_corrected(tmp_path: Path) -> None:
    """`9.1, moving, vendor list cleaned`; a second reply within ten minutes counts instead."""
    async with house(tmp_path) as home:
        await home.register()
        await home.at(date(2027, 3, 15))
        home.slack.ledger.take_all("#leadership")
        home.take("alice", "Invoice Reader")

        seen = await home.hands.type("alice", "alice", "9.1, moving, vendor list cleaned")
        assert "9.1" in seen.text
        assert "vendor list cleaned" in seen.text
        await home.tick()
        home.clock.advance(minutes=3)
        seen = await home.hands.type("alice", "alice", "8.9, moving, vendor list cleaned")
        assert "8.9" in seen.text

        await home.tick()
        _, record = home.pilot()
        assert [reading.value for reading in record.readings] == [Decimal(10), Decimal("8.9")]
        home.slack.ledger.take_all("alice")


async def test_snoozes_end_at_their_limit_and_the_silence_counts_on(tmp_path: Path) -> None:
    """Two snoozes, then no third: the refusal says what else can be done."""
    async with house(tmp_path) as home:
        await home.register()
        first = await home.say("alice", "/pilot snooze Invoice Reader 5 days quarter closing")
        assert "8 Mar 2027" in first
        second = await home.say("alice", "/pilot snooze Invoice Reader 5 days audit")
        assert (
            "no snooze is left" in second.lower() or "used up" in second.lower() or "No more snooze" in second
        )
        third = await home.say("alice", "/pilot snooze Invoice Reader 5 days one more")
        assert "used up" in third
        _, record = home.pilot()
        assert sum(entry.status is Status.SNOOZE for entry in record.entries) == 2


async def test_a_handover_counts_once_it_is_accepted(tmp_path: Path) -> None:
    """Bob is asked in his own message; until he takes it Alice owns the pilot."""
    async with house(tmp_path) as home:
        await home.register()
        told = await home.say("alice", "/pilot handover Invoice Reader @bob")
        assert "Bob Backup is asked" in told
        assert home.pilot()[0].owner.name == "Alice Owner"
        await home.tick()

        await home.hands.press("bob", home.take("bob", "Invoice Reader"), "I take it")

        pilot, record = home.pilot()
        assert pilot.owner.name == "Bob Backup"
        assert record.entries[-1].status is Status.HANDOVER


async def test_the_sponsor_is_asked_only_after_the_owner_was_told_a_working_day_before(
    tmp_path: Path,
) -> None:
    """Silence climbs: owner, owner with backup, the announcement, the sponsor, then the digest."""
    async with house(tmp_path) as home:
        await home.register()
        for day in (15, 17, 22, 25, 26, 29, 30, 31):
            await home.at(date(2027, 3, day))
        for day in range(1, 10):
            await home.at(date(2027, 4, day))
        arrived = home.slack.ledger.take_all()
        to = [(message.ts, home.slack.ledger.recipient(message), home.read(message)) for message in arrived]
        announced = [ts for ts, who, text in to if "Sam" in text and "will read" in text]
        sponsor = [ts for ts, who, text in to if "You sponsor it" in text and "no word" in text]
        assert len(announced) == 1, to
        assert len(sponsor) == 1, to
        assert float(sponsor[0]) - float(announced[0]) >= 86_000 - 3_600


async def test_leadership_decides_in_the_digest_and_the_decision_names_its_maker(tmp_path: Path) -> None:
    """The climbed pilot stands in Monday's digest; Lea retires it with learning; the post says so."""
    async with house(tmp_path) as home:
        await home.register()
        await home.at(date(2027, 4, 19), clock=time(10, 5))
        digests = home.slack.ledger.take_all("#leadership")
        home.slack.ledger.take_all()
        newest = digests[-1]
        assert "Invoice Reader" in home.read(newest)

        await home.hands.press("lea", newest, "Retire", near="Invoice Reader")
        await home.submit("lea", cause="O", learning="nobody had time for it")
        await home.tick()

        pilot, _ = home.pilot()
        assert pilot.stage is Stage.RETIRED
        assert pilot.end.learning == "nobody had time for it"
        assert "Lea Leader" in home.read(newest)


async def test_a_stranger_cannot_decide_and_is_told_who_can(tmp_path: Path) -> None:
    """Charlie presses Retire in the digest: only Charlie sees the answer, nothing changes."""
    async with house(tmp_path) as home:
        await home.register()
        await home.hands.command("charlie", "/pilot retire Invoice Reader because I say so")
        assert "Sam or the leadership group" in await home.modal("charlie", "leadership")
        assert home.pilot()[0].stage is Stage.FRAMED


async def test_whatever_happened_is_answered_in_one_command(tmp_path: Path) -> None:
    """By name, by typo, by plain question; each question is counted."""
    async with house(tmp_path) as home:
        await home.register()
        first = await home.say("charlie", "/pilot whatever happened to Invoice Reader?")
        assert "first to ask" in first
        second = await home.say("lea", "/pilot happened Invioce Raeder")
        assert "2nd to ask" in second
        none = await home.say("lea", "/pilot happened Moon Base")
        assert "not registered" in none
