"""Every kind of ask on every rung, read as the person reads it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.commands import Unknown, parse
from bot.domain.findings import Finding, Kind
from bot.domain.ladder import Role, Rung
from bot.domain.people import Person
from bot.messages import nudge as nudge_module
from bot.messages.model import Buttons, Message, Press, Section, dump, load, text_of
from bot.messages.nudge import AskKind, AskView, answered, nudge, then
from tests.messages.kit import TODAY, Portfolio, ask, golden, one_made_up, portfolio, presses, somebody

READER = Person(id="reader", name="Rike Reader")
NEXT = date(2026, 12, 7)

#: A pilot of the sample on which each finding is open.
OPEN_ON = {
    Kind.SILENT: "P24",
    Kind.BLIND: "P16",
    Kind.NO_METRIC: "P09",
    Kind.OVERSTAY: "P05",
    Kind.OVERDUE: "P21",
    Kind.GUARDRAIL_BROKEN: "P10",
    Kind.SAME_BLOCKER: "P06",
    Kind.REPEATED_ANSWER: "P23",
    Kind.SNOOZE_LIMIT: "P24",
}
#: Asks without a finding, or on one rung only: kind, pilot, role, details.
SINGLE: tuple[tuple[str, str, Role, dict[str, str]], ...] = (
    (Kind.OFF_PACE, "P21", Role.OWNER, {}),
    (Kind.WATERMELON, "P05", Role.BACKUP, {}),
    (Kind.SLIDING_BACK, "P07", Role.RUN_OWNER, {}),
    (AskKind.CHECKIN, "P01", Role.OWNER, {}),
    (AskKind.CHECKIN, "P19", Role.OWNER, {"extra": "Still yours?"}),
    (AskKind.PULSE, "P14", Role.SPONSOR, {}),
    (AskKind.ITEM, "P14", Role.OWNER, {"code": "I6", "title": "rollback"}),
    (AskKind.WEEK_ONE, "P19", Role.OWNER, {"codes": "I1, I3"}),
    (
        AskKind.WEEK_ONE,
        "P19",
        Role.OWNER,
        {"codes": "I1 I3", "due": "2026-11-18", "late": "2 working days", "cost": "480 EUR"},
    ),
    (AskKind.ITEM, "P14", Role.OWNER, {"code": "O3", "why": "63 users now, 50 when they were trained"}),
    (AskKind.RUN, "P01", Role.RUN_OWNER, {"gate": "G4"}),
    (AskKind.RUN, "P04", Role.RUN_OWNER, {"gate": "G5"}),
    (
        AskKind.PROMISE,
        "P01",
        Role.OWNER,
        {"text": "training of the night shift", "by": "2026-11-13", "gate": "G4"},
    ),
    (
        AskKind.PROMISE,
        "P01",
        Role.SPONSOR,
        {"text": "training of the night shift", "by": "2026-11-13", "gate": "G4"},
    ),
    (AskKind.PROMISE, "P06", Role.HOLDER, {"text": "SEC-881 open", "by": "2026-11-13"}),
    (
        AskKind.TOLD,
        "P01",
        Role.OWNER,
        {"news": "Petra Holm sent G4 back: legal has not seen it", "as": "You own it."},
    ),
    (AskKind.PROMISE, "P03", Role.OWNER, {"text": "repo and CI by mid May", "by": "2026-05-15"}),
    (AskKind.GATE, "P19", Role.SPONSOR, {"gate": "G1"}),
    (AskKind.GATE, "P01", Role.SPONSOR, {"gate": "G4"}),
    (AskKind.GATE, "P04", Role.SPONSOR, {"gate": "G5"}),
    (AskKind.HANDOVER, "P19", Role.BACKUP, {"from": "Linh Tran", "reason": "I am on leave from December"}),
    (AskKind.BLOCKER, "P06", Role.HOLDER, {"by": "clara.voigt", "until": "2026-12-04"}),
    (AskKind.LOOK_BACK, "P02", Role.RUN_OWNER, {"number": "120", "due": "2026-12-21"}),
    (
        AskKind.RETIRE,
        "P06",
        Role.SPONSOR,
        {
            "by": "clara.voigt",
            "cause": "D",
            "learning": "the archive is not ours to read",
            "stands_on": "2026-12-04",
        },
    ),
    (AskKind.MERGE, "P06", Role.OWNER, {"by": "Clara Voigt", "into_name": "Support Reply Assistant"}),
    (AskKind.TOLD, "P20", Role.OWNER, {"news": "retired with learning by Petra Holm on 23 Nov 2026"}),
)


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


def _one(sample: Portfolio, view: AskView) -> Message:
    return nudge(READER, [view], calendar=sample.calendar, today=TODAY, more=0, first_time=False)


def _laddered(sample: Portfolio) -> Iterator[tuple[str, AskView]]:
    for kind, pilot_id in OPEN_ON.items():
        seen = sample.one(pilot_id)
        steps = [
            (Rung.OWNER, Role.OWNER),
            (Rung.TEAM, Role.OWNER),
            (Rung.TEAM, Role.BACKUP),
            (Rung.SPONSOR, Role.SPONSOR),
        ]
        for rung, role in steps:
            if role is Role.BACKUP and seen.pilot.backup is None:
                continue
            view = ask(seen, kind, rung, role, nth=int(rung), next_rung=Rung(rung + 1), next_on=NEXT)
            yield f"{kind} · rung {int(rung)} · {role}", view


def _special(sample: Portfolio) -> Iterator[tuple[str, AskView]]:
    for kind, pilot_id, role, details in SINGLE:
        counted = 1 if kind in list(Kind) else 0
        yield (
            f"{kind} · {role}",
            ask(
                sample.one(pilot_id),
                kind,
                Rung.OWNER if counted else Rung.NONE,
                role,
                nth=counted,
                details=details,
            ),
        )
    framed = sample.one("P21")
    framed = replace(
        framed, pilot=replace(framed.pilot, kill_line="we stop if stops are not below 10 by 30 September")
    )
    crossed = {"agreed_by": "Birgit Sorensen", "agreed_on": "2026-02-23", "crossed": "yes"}
    yield "kill_line · sponsor", ask(framed, AskKind.KILL_LINE, Rung.NONE, Role.SPONSOR, details=crossed)
    yield (
        "kill_line · owner",
        ask(framed, AskKind.KILL_LINE, Rung.NONE, Role.OWNER, details={"agreed_on": "2026-02-23"}),
    )
    announced = ask(
        sample.one("P18"),
        AskKind.ANNOUNCE,
        Rung.SPONSOR,
        Role.OWNER,
        nth=3,
        details={"sponsor_on": "2026-11-23", "digest_on": "2026-11-30"},
    )
    announced = replace(
        announced,
        finding=sample.one("P18").picture.finding(Kind.SILENT),
        next_words="Dorothea",
        next_on=date(2026, 11, 23),
    )
    yield "announce · owner", announced
    yield (
        "ORPHANED · rung 3 · sponsor",
        ask(
            sample.one("P13"),
            Kind.ORPHANED,
            Rung.SPONSOR,
            Role.SPONSOR,
            nth=3,
            next_rung=Rung.DIGEST,
            next_on=NEXT,
        ),
    )
    yield (
        "ORPHANED without an owner · sponsor",
        ask(
            sample.one("P20"),
            Kind.ORPHANED,
            Rung.SPONSOR,
            Role.SPONSOR,
            nth=3,
            next_rung=Rung.DIGEST,
            next_on=NEXT,
        ),
    )
    left = sample.one("P11")
    orphaned = Finding(
        kind=Kind.ORPHANED,
        since=TODAY,
        why="Patrick Nowak left on 20 Nov 2026 and nobody took over",
        red=True,
    )
    gone = replace(left.pilot, owner=somebody("patrick.nowak", left_on=TODAY))
    yield (
        "ORPHANED · backup",
        replace(
            ask(left, Kind.ORPHANED, Rung.TEAM, Role.BACKUP, nth=2, next_rung=Rung.SPONSOR, next_on=NEXT),
            pilot=gone,
            finding=orphaned,
        ),
    )
    away = ask(
        sample.one("P24"), Kind.SILENT, Rung.OWNER, Role.BACKUP, nth=1, next_rung=Rung.TEAM, next_on=NEXT
    )
    yield "SILENT · rung 1 · backup of an owner who is away", away
    named = ask(
        sample.one("P06"),
        Kind.SAME_BLOCKER,
        Rung.OWNER,
        Role.HOLDER,
        nth=1,
        next_rung=Rung.TEAM,
        next_on=NEXT,
        details={"until": "2026-11-13"},
    )
    yield "SAME_BLOCKER · rung 1 · holder", named
    building = sample.one("P12")
    stuck = Finding(
        kind=Kind.PROGRESSLESS,
        since=date(2026, 11, 2),
        why="no item and no merge for 30 working days",
        red=False,
    )
    for rung, role in ((Rung.OWNER, Role.OWNER), (Rung.TEAM, Role.OWNER), (Rung.SPONSOR, Role.SPONSOR)):
        view = replace(ask(building, Kind.PROGRESSLESS, rung, role, nth=int(rung)), finding=stuck)
        yield f"PROGRESSLESS · rung {int(rung)} · {role}", view
    quiet = Finding(
        kind=Kind.SPONSOR_QUIET, since=TODAY, why="the sponsor left two pulses unanswered", red=False
    )
    yield (
        "SPONSOR_QUIET · sponsor",
        replace(
            ask(
                building,
                Kind.SPONSOR_QUIET,
                Rung.OWNER,
                Role.SPONSOR,
                nth=1,
                next_rung=Rung.DIGEST,
                next_on=NEXT,
            ),
            finding=quiet,
        ),
    )
    missed = Finding(
        kind=Kind.BLIND, since=TODAY, why="the look-back is missed: no number since it fell due", red=False
    )
    yield (
        "BLIND of a scaled pilot · run owner",
        replace(ask(sample.one("P02"), Kind.BLIND, Rung.OWNER, Role.RUN_OWNER, nth=1), finding=missed),
    )
    number = Finding(kind=Kind.BLIND, since=TODAY, why="no number since 16 Nov 2026", red=False)
    yield (
        "BLIND in trial · owner",
        replace(
            ask(
                sample.one("P01"),
                Kind.BLIND,
                Rung.OWNER,
                Role.OWNER,
                nth=1,
                next_rung=Rung.TEAM,
                next_on=NEXT,
            ),
            finding=number,
        ),
    )


def _all(sample: Portfolio) -> list[tuple[str, AskView]]:
    return [*_laddered(sample), *_special(sample)]


def test_every_ask_reads_as_it_was_approved(sample: Portfolio) -> None:
    golden("nudges", "\n\n".join(f"— {title}\n{text_of(_one(sample, view))}" for title, view in _all(sample)))


def test_the_first_nudge_of_the_experience_page(sample: Portfolio) -> None:
    seen = sample.one("P03")
    view = ask(seen, Kind.SILENT, Rung.OWNER, Role.OWNER, nth=1, next_rung=Rung.TEAM, next_on=NEXT)
    assert text_of(_one(sample, view)).split("\n") == [
        "Returns Reason Classifier: no word for 115 working days (last 12 Jun 2026). You own it; sponsor Birgit Sorensen.",
        'Wrongly booked return reasons: 22 % (27 Mar 2026) · target 8 % by 30 Sep 2026. New number? Reply "21, moving".',
        "[Moving] [Stuck] [Waiting] [I would stop it] [more: Number and a line · Snooze · Hand over · Retire · You were wrong]",
        "Rule: build, check-in every 15 working days. Next: once more on 7 Dec 2026. Message 1 of at most 3.",
    ]


def test_every_ask_is_a_section_of_its_own_of_at_most_four_lines(sample: Portfolio) -> None:
    for title, view in _all(sample):
        message = _one(sample, view)
        (section,) = [one for one in message.sections if one.id == "ask:7f3a"]
        assert len(text_of(Message(headline="", sections=(section,))).split("\n")) <= 4, title


def test_no_ask_cheers_begs_or_blames(sample: Portfolio) -> None:
    for title, view in _all(sample):
        text = text_of(_one(sample, view))
        assert "!" not in text, title
        assert not re.search(r"please|asap|failed|kindly|reminder|overdue|urgent", text, re.IGNORECASE), title


def test_the_sponsor_is_asked_for_a_decision_and_never_for_news(sample: Portfolio) -> None:
    for title, view in _laddered(sample):
        if view.role is Role.SPONSOR:
            text = text_of(_one(sample, view))
            assert "please update" not in text.lower()
            assert "[Keep, with owner and date] [Pause until] [Retire with learning]" in text, title
            assert "EUR a week" in text and "Last word" in text, title


def test_the_second_asking_has_other_words(sample: Portfolio) -> None:
    for kind, pilot_id in OPEN_ON.items():
        seen = sample.one(pilot_id)
        first, second = (
            text_of(_one(sample, ask(seen, kind, rung, Role.OWNER))).split("\n")
            for rung in (Rung.OWNER, Rung.TEAM)
        )
        assert first[1] != second[1], kind
        assert "[I would stop it]" in first[2] and "[I would stop it]" in second[2], kind


def test_retiring_is_on_every_check_in(sample: Portfolio) -> None:
    for title, view in _laddered(sample):
        assert "Retire" in text_of(_one(sample, view)), title


def test_every_button_carries_a_documented_verb_with_its_arguments(sample: Portfolio) -> None:
    assert nudge_module.__doc__ is not None
    table = re.findall(r"^(\w+) {2,}(\S.*?)(?: {2,}|$)", nudge_module.__doc__, re.MULTILINE)
    verbs = {
        verb: {word.split(" ")[0] for word in args.split(", ")} for verb, args in table if verb != "verb"
    }
    for title, view in _all(sample):
        for press in presses(_one(sample, view)):
            assert press.verb in verbs, f"{title}: {press.verb}"
            assert set(press.args) <= verbs[press.verb], f"{title}: {press}"


def test_what_a_button_says_for_us_is_a_command(sample: Portfolio) -> None:
    for title, view in _all(sample):
        for press in presses(_one(sample, view)):
            if press.verb == "say":
                assert not isinstance(parse(press.args["text"], TODAY), Unknown), f"{title}: {press.args}"


def test_labels_fit_and_a_menu_holds_at_most_five(sample: Portfolio) -> None:
    for title, view in _all(sample):
        for section in _one(sample, view).sections:
            for part in section.parts:
                if isinstance(part, Buttons):
                    assert len(part.more) <= 5, title
                    assert 1 <= len(part.buttons) <= 4, title
                    assert all(
                        0 < len(button.label) <= 75 and len(button.says) <= 75
                        for button in (*part.buttons, *part.more)
                    ), title


def test_several_asks_share_a_header_and_the_rest_is_counted(sample: Portfolio) -> None:
    views = [
        replace(ask(sample.one(pilot), Kind.SILENT, Rung.OWNER, Role.OWNER, nth=1), ask_id=pilot)
        for pilot in ("P03", "P11", "P18", "P24")
    ]
    message = nudge(READER, views, calendar=sample.calendar, today=TODAY, more=1, first_time=False)
    assert message.headline == "5 pilots wait for a word from you"
    assert [section.id for section in message.sections if section.id] == ["ask:P03", "ask:P11", "ask:P18"]
    assert text_of(message).split("\n")[0] == "5 pilots wait for a word from you"
    assert text_of(message).split("\n")[-1] == "2 more: /pilot list mine"


def test_two_questions_about_one_pilot_are_counted_as_questions(sample: Portfolio) -> None:
    seen = sample.one("P24")
    views = [ask(seen, kind, Rung.OWNER, Role.OWNER) for kind in (Kind.SILENT, Kind.OVERSTAY)]
    message = nudge(READER, views, calendar=sample.calendar, today=TODAY, more=0, first_time=False)
    assert message.headline == "2 questions wait for a word from you"


def test_the_first_message_says_who_brought_us_and_what_is_seen(sample: Portfolio) -> None:
    view = ask(sample.one("P01"), AskKind.CHECKIN, Rung.NONE, Role.OWNER)
    message = nudge(
        READER,
        [view],
        calendar=sample.calendar,
        today=TODAY,
        more=0,
        first_time=True,
        installed_by="Ina Brandt",
    )
    assert text_of(message).split("\n")[:2] == [
        "Hello Rike. Ina Brandt installed Pilotlight here: it keeps the register of AI pilots and asks the people named in it for a word now and then.",
        "What you answer stands on the pilot's record, which your colleagues can read; channels are not read. To stop, hand the pilot over or retire it.",
    ]


def test_an_edition_rides_along_as_one_line(sample: Portfolio) -> None:
    view = ask(sample.one("P01"), AskKind.CHECKIN, Rung.NONE, Role.OWNER)
    message = nudge(
        READER,
        [view],
        calendar=sample.calendar,
        today=TODAY,
        more=0,
        first_time=False,
        editions=[("3 decisions wait for you", Press("edition", {"edition": "sponsor"}))],
    )
    assert text_of(message).split("\n")[-2:] == ["3 decisions wait for you", "[Read it]"]


def test_an_answer_changes_its_own_section_only(sample: Portfolio) -> None:
    views = [
        replace(ask(sample.one(pilot), Kind.SILENT, Rung.OWNER, Role.OWNER), ask_id=pilot)
        for pilot in ("P03", "P11")
    ]
    message = load(
        dump(nudge(READER, views, calendar=sample.calendar, today=TODAY, more=0, first_time=False))
    )
    parts = answered(
        views[0].pilot,
        "Noted, thanks. Next check-in 16 Dec 2026.",
        Press("undo", {"pilot": "P03", "entry": "7"}),
    )
    changed = text_of(message.with_section("ask:P03", *parts)).split("\n")
    assert changed[1:3] == ["Returns Reason Classifier: Noted, thanks. Next check-in 16 Dec 2026.", "[Undo]"]
    assert changed[3].startswith("Picking Vision: no word for 91 working days")


def test_the_packet_of_an_orphan_follows_its_question(sample: Portfolio) -> None:
    view = ask(sample.one("P13"), Kind.ORPHANED, Rung.SPONSOR, Role.SPONSOR, nth=3)
    asked, packet = _one(sample, view).sections
    assert asked.id == "ask:7f3a"
    assert not packet.id
    lines = text_of(Message(headline="", sections=(Section(parts=packet.parts),))).split("\n")
    assert lines[0] == "Stage: build since 15 Jun 2026"
    assert len(lines) == 3 + 5, "stage, number, links, and the last five words"


def test_tomorrow_is_called_so(sample: Portfolio) -> None:
    view = ask(
        sample.one("P18"),
        AskKind.ANNOUNCE,
        Rung.SPONSOR,
        Role.OWNER,
        details={"sponsor_on": "2026-11-20", "digest_on": "2026-11-30"},
    )
    message = nudge(
        READER, [view], calendar=sample.calendar, today=date(2026, 11, 19), more=0, first_time=False
    )
    assert (
        message.headline
        == "Search Re-Ranking: tomorrow Dorothea Bauer gets this; answer or retire, both fine"
    )


def test_what_comes_next_is_named_by_its_person(sample: Portfolio) -> None:
    pilot = sample.one("P01").pilot
    assert [then(rung, pilot) for rung in Rung] == [
        "",
        "asked once more",
        "once more, with Jonas Ebert",
        "Petra Holm",
        "the leadership digest",
    ]


HOSTILE = st.text(min_size=1, max_size=200).filter(lambda text: "!" not in text)


@settings(max_examples=150, deadline=None)
@given(
    named=HOSTILE,
    said=HOSTILE,
    at=st.integers(0, 40),
    kind=st.sampled_from([*Kind, *AskKind]),
    rung=st.sampled_from([Rung.OWNER, Rung.TEAM, Rung.SPONSOR]),
    role=st.sampled_from(list(Role)),
    details=st.dictionaries(
        st.sampled_from(
            [
                "by",
                "from",
                "text",
                "learning",
                "news",
                "gate",
                "cause",
                "due",
                "until",
                "sponsor_on",
                "into_name",
            ]
        ),
        HOSTILE,
    ),
)
def test_no_name_word_or_detail_breaks_the_form(
    named: str, said: str, at: int, kind: str, rung: Rung, role: Role, details: dict[str, str]
) -> None:
    seen = one_made_up(at, named=named, said=said)
    finding = Finding(kind=Kind(kind), since=TODAY, why="it is so", red=True) if kind in list(Kind) else None
    view = AskView(
        ask_id="a", kind=kind, rung=rung, role=role, pilot=seen.pilot, record=seen.record, picture=seen.picture, finding=finding,
        next_words="once more", next_on=NEXT, number=1, of=3, details=details,
    )  # fmt: skip
    message = nudge(READER, [view], calendar=portfolio().calendar, today=TODAY, more=0, first_time=False)
    (section,) = [one for one in message.sections if one.id]
    lines = text_of(Message(headline="", sections=(section,))).split("\n")
    assert len(lines) <= 4
    assert "Message 1 of at most 3." in lines[-1]
    assert "!" not in text_of(message)
    assert len(message.headline) <= 140
    assert load(dump(message)) == message


def test_a_check_in_carries_one_item_in_a_section_of_its_own(sample: Portfolio) -> None:
    """The item has its own three buttons, and answering it changes nothing else."""
    seen = sample.one("P12")
    item = replace(
        ask(seen, AskKind.ITEM, Rung.NONE, Role.OWNER, details={"code": "I6", "why": "gate G3 needs it"}),
        ask_id="item",
    )
    message = _one(sample, replace(ask(seen, AskKind.CHECKIN, Rung.NONE, Role.OWNER), extra=item))
    assert [section.id for section in message.sections] == ["ask:7f3a", "ask:item"]
    own = [press for press in presses(message) if press.args.get("ask") == "item"]
    assert [(press.verb, press.args["state"]) for press in own] == [
        ("item", "done"),
        ("item", "na"),
        ("item", "later"),
    ]
    told = text_of(message)
    assert "One item: I6 rollback (gate G3 needs it)." in told
    assert len(told.split("\n")) <= 6, "a phone shows it whole"
    after = message.with_section("ask:item", *answered(seen.pilot, "I6 (rollback) is done."))
    assert after.sections[0] == message.sections[0]
