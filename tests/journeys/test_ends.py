"""How pilots end: proposed and acknowledged, standing unanswered, merged, and undone again."""

from datetime import date
from pathlib import Path

from bot.domain.stages import Stage
from tests.journeys.kit import House, house

#: Everything that a retirement may say, as it is read out afterwards.
PARTS = (
    "the vendor does it now.",
    "Worth another try when the vendor's price doubles.",
    "Reusable: the address cleaning.",
    "Switched off: the GPU quota.",
)


async def _propose(home: House) -> None:
    await home.hands.command("alice", "/pilot retire Invoice Reader because the vendor does it now")
    seen = await home.submit(
        "alice",
        cause="X",
        learning="the vendor does it now",
        retry_when="the vendor's price doubles",
        reuse="the address cleaning",
        switched_off="the GPU quota",
    )
    assert "Sam Sponsor is asked" in seen.text


async def test_an_owner_proposes_and_the_sponsor_acknowledges_in_one_tap(tmp_path: Path) -> None:
    """The owner's word goes to the sponsor; his tap is the end, with his name on it."""
    async with house(tmp_path) as home:
        await home.register()
        await home.at(date(2027, 3, 2))
        await _propose(home)
        await home.at(date(2027, 3, 3))

        await home.hands.press("sam", home.take("sam", "the vendor does it now"), "Agree and retire")

        pilot, _ = home.pilot()
        assert pilot.stage is Stage.RETIRED
        assert pilot.end.acknowledged_by == pilot.sponsor.id, "the id, as an import and G5 write it"
        story = await home.say("lea", "/pilot happened Invoice Reader")
        for part in PARTS:
            assert part in pilot.end.reason
            assert part in story
        home.slack.ledger.take_all()


async def test_without_an_answer_it_stands_after_ten_working_days_not_acknowledged(tmp_path: Path) -> None:
    """Silence of a sponsor is no veto; the record says that nobody acknowledged it."""
    async with house(tmp_path) as home:
        await home.register()
        await home.at(date(2027, 3, 2))
        await _propose(home)
        await home.at(date(2027, 3, 16))
        home.slack.ledger.take_all()

        pilot, record = home.pilot()
        assert pilot.stage is Stage.RETIRED
        assert pilot.end.acknowledged_by is None
        assert "not acknowledged" in record.entries[-1].text
        assert all(part in record.entries[-1].text for part in PARTS)


async def test_a_merger_waits_for_the_other_owner(tmp_path: Path) -> None:
    """Bob's pilot takes Alice's in; both are found by their names."""
    async with house(tmp_path) as home:
        await home.register()
        await home.say(
            "bob", "/pilot register Ledger Bot: Cut booking errors from 9 to 4 per week by 29 October 2027"
        )
        told = await home.say("alice", "/pilot merge Invoice Reader into Ledger Bot")
        assert "Bob Backup is asked" in told
        assert home.pilot()[0].stage is Stage.FRAMED
        await home.at(date(2027, 3, 2))

        await home.hands.press("bob", home.take("bob", "Ledger Bot"), "I take it in")

        assert home.pilot()[0].stage is Stage.MERGED
        assert "merged" in await home.say("lea", "/pilot happened Invoice Reader")
        home.slack.ledger.take_all()


async def test_a_decision_can_be_undone_for_a_day(tmp_path: Path) -> None:
    """Lea retires it and takes it back: stage, number and owner are as before."""
    async with house(tmp_path) as home:
        await home.register()
        before, _ = home.pilot()
        await home.hands.command("lea", "/pilot retire Invoice Reader because no time")
        await home.submit("lea", cause="O", learning="nobody had time for it")
        assert "Decided by Lea Leader" in await home.modal("lea", "Decided by")
        assert home.pilot()[0].stage is Stage.RETIRED

        await home.hands.press("lea", "modal", "Undo")

        assert home.pilot()[0] == before
        home.slack.ledger.take_all()
