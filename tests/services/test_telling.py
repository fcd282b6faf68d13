"""Who may not decide can ask those who may; who asked what happened is told once when it is decided."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain import commands
from bot.domain.stages import Stage
from bot.messages.model import Buttons, Message, Press, text_of
from bot.services.incoming import Reply
from storage import pilots, questions
from tests.services.kit import (
    ADA,
    ALICE,
    CHARLIE,
    DORA,
    MONDAY,
    SAM,
    WORKSPACE,
    Office,
    of,
    office,
    pilot,
    told,
    word,
)

DAY = timedelta(days=1)
UNTIL = MONDAY + timedelta(days=40)


@pytest.fixture
def home(tmp_path: Path) -> Office:
    links = {"repo": "https://git.example/claims/", "channel": "#claims-ai"}
    made = office(tmp_path, pilot(name="Claims Chat", links=links), words={"P01": [word(MONDAY)]})
    return made.at(MONDAY + DAY, "11:00")


def _press(reply: Reply, label: str) -> commands.Pressed:
    assert reply.message is not None
    parts = [part for one in reply.message.sections for part in one.parts if isinstance(part, Buttons)]
    [press] = [button.press for part in parts for button in part.buttons if button.label == label]
    return commands.Pressed(verb=press.verb, args=press.args)


def _text(message: Message | None) -> str:
    assert message is not None
    return text_of(message)


@pytest.mark.parametrize("verb", ["decide_keep", "decide_pause", "decide_retire"])
def test_a_stranger_is_told_who_decides_before_any_form_opens(home: Office, verb: str) -> None:
    reply = home.does(CHARLIE, commands.Pressed(verb=verb, args={"pilot": "P01"}))
    assert reply.form is None
    assert (
        _text(reply.message)
        == "Only Sam or the leadership group can decide. Tell them you asked?\n[Tell them]"
    )


def test_tell_them_tells_the_sponsor_once_in_the_next_message(home: Office) -> None:
    asked = home.does(CHARLIE, commands.Pressed(verb="decide_pause", args={"pilot": "P01"}))
    for _ in range(2):
        noted = home.does(CHARLIE, _press(asked, "Tell them"))
        assert "Sam Able reads in the next message from here" in _text(noted.message)
    [nudge] = of(home.tick(), "sam")
    assert told(nudge).count("Charlie Able asks for a decision about it") == 1
    assert "[Keep, with owner and date] [Pause until] [Retire with learning]" in told(nudge)
    _, its = home.database.read_now(lambda conn: pilots.load(conn, WORKSPACE, ["P01"]))["P01"]
    assert [entry.author for entry in its.entries] == ["alice"]  # asking is no word about the pilot


def test_without_a_sponsor_the_leaders_are_told(tmp_path: Path) -> None:
    home = office(tmp_path, pilot(sponsor=None), words={"P01": [word(MONDAY)]}).at(MONDAY + DAY, "11:00")
    asked = home.does(CHARLIE, commands.Pressed(verb="decide_keep", args={"pilot": "P01"}))
    assert _text(asked.message).startswith("Only the leadership group can decide.")
    home.does(CHARLIE, _press(asked, "Tell them"))
    assert "Charlie Able asks for a decision" in told(of(home.tick(), "ada")[0])


def test_what_was_asked_for_is_not_asked_again_once_it_is_decided(home: Office) -> None:
    asked = home.does(CHARLIE, commands.Pressed(verb="decide_pause", args={"pilot": "P01"}))
    home.does(CHARLIE, _press(asked, "Tell them"))
    home.does(SAM, commands.PausePilot(name="P01", until=UNTIL, reason="works council"))
    assert of(home.tick(), "sam") == []


def _wants(home: Office, *who: object) -> None:
    for one in who:
        reply = home.does(one, commands.Happened(name="claims chat"))  # type: ignore[arg-type]
        home.does(one, _press(reply, "Tell me when it is decided"))  # type: ignore[arg-type]


def test_who_wanted_to_hear_it_hears_it_once_and_free(home: Office) -> None:
    _wants(home, DORA, DORA, CHARLIE, SAM)
    home.does(SAM, commands.PausePilot(name="P01", until=UNTIL, reason="works council"))
    sent = home.tick()
    assert sorted((row.person_id or "", row.kind, row.charged_on) for row in sent) == [
        ("charlie", "notice", None),
        ("dora", "notice", None),
    ]
    assert "Paused until 19 Dec 2026" in told(sent[0])
    assert "Decided by Sam Able" in told(sent[0])
    assert 'You asked about "claims chat" on 10 Nov 2026' in told(sent[0])
    assert home.days(MONDAY + 2 * DAY, MONDAY + 2 * DAY) == []


def test_a_decision_that_is_taken_back_is_taken_back_where_it_was_told(home: Office) -> None:
    """Dora read it, Charlie had not yet: his is dropped, hers changes, and both hear the next one."""
    _wants(home, DORA)
    reply = home.does(SAM, commands.PausePilot(name="P01", until=UNTIL, reason="works council"))
    [arrived] = home.tick()
    home.now += timedelta(hours=1)

    home.does(SAM, _press(reply, "Undo"))

    [change] = [row for row in home.tick() if row.kind == "update"]
    assert change.message_id == arrived.message_id
    assert "Sam Able took the decision back" in told(change)
    home.now += timedelta(hours=1)
    home.does(SAM, commands.Retire(name="P01", cause="O", learning="nobody had time for it"))
    assert "Retired with learning" in told(of(home.tick(), "dora", "notice")[0])


def test_news_waits_for_its_readers_hours(home: Office) -> None:
    _wants(home, DORA)
    home.at(MONDAY + DAY, "19:00")
    home.does(SAM, commands.PausePilot(name="P01", until=UNTIL, reason="works council"))
    assert home.tick() == []
    assert [row.person_id for row in home.at(MONDAY + 2 * DAY, "09:30").tick()] == ["dora"]


def test_an_end_that_stands_unanswered_is_told_too(home: Office) -> None:
    _wants(home, DORA)
    home.does(ALICE, commands.Retire(name="P01", cause="O", learning="nobody had time for it"))
    sent = home.days(MONDAY + 2 * DAY, MONDAY + 16 * DAY)
    assert home.database.read_now(lambda conn: pilots.get(conn, WORKSPACE, "P01"))[0].stage is Stage.RETIRED  # type: ignore[index]
    assert ["not acknowledged" in told(row) for row in of(sent, "dora", "notice")] == [True]


# Whatever happened to it.


@pytest.mark.parametrize(
    "asked",
    ["claims chat", "Clams Chta", "P01", "#claims-ai", "claims-ai/", "https://git.example/claims", "<#C9|claims-ai>", "alice", "@alice", "Alice Able"],
)  # fmt: skip
def test_a_pilot_is_found_by_name_typo_channel_link_and_owner(home: Office, asked: str) -> None:
    assert _text(home.does(DORA, commands.Happened(name=asked)).message).startswith("Claims Chat")


def test_two_letters_that_changed_places_are_a_slip_in_a_short_name_too(tmp_path: Path) -> None:
    home = office(tmp_path, pilot("P01", name="Ask HV"), pilot("P02", name="Ask IT"))
    assert _text(home.does(DORA, commands.Happened(name="Ask VH")).message).startswith("Ask HV")
    # Another letter may be another name: the nearest is offered.
    assert "Nearest: Ask HV" in _text(home.does(DORA, commands.Happened(name="Ask HB")).message)


def test_an_owner_of_several_is_asked_which(tmp_path: Path) -> None:
    some = [
        pilot(f"P0{n}", name=name) for n, name in enumerate(("Claims Chat", "Mail Triage", "Price Model"), 1)
    ]
    home = office(tmp_path, *some)
    reply = home.does(DORA, commands.Happened(name="Alice Able"))
    assert "[Claims Chat] [Mail Triage] [Price Model]" in _text(reply.message)


def test_a_mention_of_nobody_makes_nobody_known(home: Office) -> None:
    assert "not registered" in _text(home.does(DORA, commands.Happened(name="<@U0NOBODY>")).message)
    assert "not registered" in _text(home.does(DORA, commands.Happened(name="<@U0NOBODY>")).message)


def test_what_nobody_registered_is_counted_by_its_askers(home: Office) -> None:
    for who in (DORA, CHARLIE, CHARLIE, SAM):
        reply = home.does(who, commands.Happened(name="Moon Base"))
    assert "2 other people asked for it too" in _text(reply.message)
    assert Press("form_register", {"name": "Moon Base"}) in [
        button.press
        for section in reply.message.sections  # type: ignore[union-attr]
        for part in section.parts
        if isinstance(part, Buttons)
        for button in part.buttons
    ]


def test_three_askers_of_a_silent_pilot_stand_in_the_digest_with_the_last_day(tmp_path: Path) -> None:
    home = office(tmp_path, pilot(name="Claims Chat"), words={"P01": [word(MONDAY - 28 * DAY)]})
    for count, who in enumerate((DORA, CHARLIE, SAM, DORA)):
        home.at(MONDAY + count * DAY, "11:00").does(who, commands.Happened(name="claims chat"))
    home.at(MONDAY + 4 * DAY, "11:00")
    text = _text(home.does(ADA, commands.ShowDigest()).message)
    assert "Claims Chat (3 people, last 12 Nov 2026)" in text


def test_the_timeline_shows_every_dated_beat_and_is_no_question(home: Office) -> None:
    reply = home.does(DORA, commands.Happened(name="claims chat"))
    before = home.database.read_now(lambda conn: len(questions.of_pilot(conn, WORKSPACE, "P01")))
    text = _text(home.does(DORA, _press(reply, "Timeline")).message)
    assert text.split("\n")[:3] == [
        "Claims Chat: 2 dated beats",
        "12 Oct 2026  started",
        '9 Nov 2026  Alice Able: "first users"',
    ]
    assert home.database.read_now(lambda conn: len(questions.of_pilot(conn, WORKSPACE, "P01"))) == before
