"""Bad input gets a sentence that says what to do; nothing is lost, nobody is pinged."""

from datetime import date
from pathlib import Path

import pytest

from bot.domain.record import Status
from tests.journeys.kit import House, house

#: What is typed, and words that the answer must hold.
CASES = [
    ("/pilot", "register"),
    ("/pilot help", "checkin"),
    ("/pilot chekin Invoice Reader 9", "checkin"),
    ("/pilot dance", "is no command"),
    ("/pilot show", "needs a pilot"),
    ("/pilot show Moon Base", "No pilot is called"),
    ("/pilot register : Reduce errors by 40 %", "name"),
    ("/pilot register Claims Chat:", "sentence"),
    ("/pilot register Invoice Reader: Halve the errors", "registered already"),
    ("/pilot reading Invoice Reader many", "number"),
    ("/pilot reading Invoice Reader 1.200", "1"),
    ("/pilot reading Invoice Reader 9 on 30 February 2027", "28"),
    ("/pilot reading Invoice Reader 9 on 2030-01-01", "still to come"),
    ("/pilot pause Invoice Reader until 31 February 2027 because", "28"),
    ("/pilot snooze Invoice Reader 99 days too long", "1 to 10"),
    ("/pilot snooze Invoice Reader 3 days", "needs a reason"),
    ("/pilot handover Invoice Reader @nobody", "know"),
    ("/pilot handover Invoice Reader @sam", "two people"),
    ("/pilot edit Invoice Reader colour blue", "one of these fields"),
    ("/pilot edit Invoice Reader deadline yesterday", "past"),
    ("/pilot item Invoice Reader Z9 done", "code"),
    ("/pilot item Invoice Reader I4 na", "why?"),
    ("/pilot away 2027-03-09 to 2027-03-01", "before"),
    ("/pilot claim 000000", "not valid"),
    ("/pilot merge Invoice Reader into Invoice Reader", "itself"),
    ("/pilot promise Invoice Reader kept", "owes nothing"),
    (
        "/pilot scale Invoice Reader",
        "G2 comes first. What it needs and who decides: /pilot gate Invoice Reader",
    ),
]


async def test_every_mistake_is_answered_with_what_to_do(tmp_path: Path) -> None:
    """One house, one mistake after the other; the pilot is the same afterwards."""
    async with house(tmp_path) as home:
        await home.register()
        before = home.pilot()[0]
        wrong = []
        for typed, wanted in CASES:
            said = await _answer(home, typed)
            if wanted.casefold() not in said.casefold():
                wrong.append(f"{typed} → {said.splitlines()[0]}")
        assert not wrong, "\n".join(wrong)
        assert home.pilot()[0] == before


async def test_two_pilots_that_fit_are_offered_as_buttons(tmp_path: Path) -> None:
    """The command is repeated about the one that is pressed."""
    async with house(tmp_path) as home:
        await home.register("Invoice Reader North")
        await home.at(date(2027, 3, 2))
        await home.register("Invoice Reader South")
        [offered] = await home.shown("alice", "/pilot checkin Invoice Reader moving")
        assert "more than one" in home.read(offered)
        seen = await home.hands.press("alice", offered, "Invoice Reader South")
        assert "South" in seen.text
        assert home.pilot("Invoice Reader South")[1].entries[-1].status is Status.MOVING


@pytest.mark.parametrize(
    "name",
    [
        "<!channel> urgent",
        "<@U0SAM> look",
        "🚀 Rocket 👩‍👩‍👧",
        "حساب الفواتير",
        "a\u202etxt.exe",
        "*bold* _under_ `code` ~gone~",
        "&lt;script&gt; & <b>",
        "Z\u0351a\u0351lgo" + "\u0351" * 40,
    ],
)
async def test_a_hostile_name_is_shown_as_it_is_and_pings_nobody(tmp_path: Path, name: str) -> None:
    """Registered, listed, shown and asked about; Slack would take every block."""
    async with house(tmp_path) as home:
        said = await home.say("alice", f"/pilot register {name}: Halve the error rate by 29 October 2027")
        assert said
        for command in ("list all", "home", "digest", "list mine"):
            for message in await home.shown("alice", f"/pilot {command}"):
                for text in [message.text, *_marked_up(message.blocks)]:
                    assert "<!" not in text.replace("<!date", "")
                    assert "<@" not in text


async def test_ten_thousand_characters_are_refused_in_one_sentence(tmp_path: Path) -> None:
    """A name of that length is a mistake; the answer is short."""
    async with house(tmp_path) as home:
        said = await home.say(
            "alice", f"/pilot register {'n' * 10_000}: Halve the error rate by 29 October 2027"
        )
        assert "characters" in said
        assert len(said) < 3_000


def _marked_up(shown: object) -> list[str]:
    """Every text in which Slack would give a mention its effect."""
    if isinstance(shown, list):
        return [text for part in shown for text in _marked_up(part)]
    if not isinstance(shown, dict):
        return []
    own = [str(shown["text"])] if shown.get("type") == "mrkdwn" else []
    return own + [text for part in shown.values() for text in _marked_up(part)]


async def _answer(home: House, typed: str) -> str:
    return await home.say("alice", typed)
