"""A plain reply is a full answer: what is read in it, what is asked, and the one line that reads it back."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.checkin import (
    Answer,
    days_prefix,
    effect,
    read_back,
    read_reply,
    unlikely,
    with_unit,
    without_because,
)
from bot.domain.record import Status

#: A machine that is busy with other tests is no failure; time has its own trials.
_patient = settings(deadline=None)
FRIDAY = date(2026, 11, 20)
D = Decimal
MOVING, STUCK, WAITING, STOP = Status.MOVING, Status.STUCK, Status.WAITING, Status.STOP


def a(**fields: object) -> Answer:
    return Answer(**fields)  # type: ignore[arg-type]


def read(text: str, last: str = "", unit: str = "") -> Answer:
    return read_reply(text, today=FRIDAY, last=D(last) if last else None, unit=unit)


@pytest.mark.parametrize(
    ("text", "answer", "story"),
    [
        (
            "38, moving, Danish added",
            a(value=D(38), status=MOVING, text="Danish added"),
            "the example of every nudge",
        ),
        ("6.2 moving", a(value=D("6.2"), status=MOVING), "no comma"),
        ("6,2 moving", a(value=D("6.2"), status=MOVING), "a decimal comma"),
        ("38,moving,Danish added", a(value=D(38), status=MOVING, text="Danish added"), "no spaces"),
        ("38; moving; Danish added", a(value=D(38), status=MOVING, text="Danish added"), "semicolons"),
        ("38 - moving - Danish added", a(value=D(38), status=MOVING, text="Danish added"), "dashes"),
        ("38. Moving. Danish added.", a(value=D(38), status=MOVING, text="Danish added."), "sentences"),
        ("38\nmoving\nDanish added", a(value=D(38), status=MOVING, text="Danish added"), "lines"),
        ("38 moving Danish added", a(value=D(38), status=MOVING, text="Danish added"), "no signs at all"),
        ("38 and moving", a(value=D(38), status=MOVING), "spoken"),
        ("38 but stuck on legal", a(value=D(38), status=STUCK, text="stuck on legal"), "spoken"),
        ("moving, 38, Danish added", a(value=D(38), status=MOVING, text="Danish added"), "the other order"),
        ("Moving! 38!", a(value=D(38), status=MOVING), "glad of it"),
        ("ok, 38, moving", a(value=D(38), status=MOVING, text="ok"), "an answer that begins with ok"),
        ("38", a(value=D(38)), "a number alone: moving is not assumed"),
        ("38.", a(value=D(38)), "a full stop"),
        ("1,450", a(value=D(1450)), "thousands"),
        ("12k moving", a(value=D(12000), status=MOVING), "k"),
        ("-3 moving", a(value=D(-3), status=MOVING), "below zero"),
        ("0, moving", a(value=D(0), status=MOVING), "zero is a number"),
        ("now 38", a(value=D(38)), "now"),
        ("now at 38, moving", a(value=D(38), status=MOVING), "now at"),
        ("it’s 38 now, moving", a(value=D(38), status=MOVING), "spoken"),
        ("we are at 38, moving", a(value=D(38), status=MOVING), "spoken"),
        ("Number: 38, moving", a(value=D(38), status=MOVING), "as in the form"),
        (
            "the new value is 38",
            a(text="the new value is 38"),
            "a sentence without now or at: read back, not guessed",
        ),
        ("38 today, moving", a(value=D(38), status=MOVING), "today"),
        ("38 (so far), moving", a(value=D(38), status=MOVING), "so far"),
        (
            "the queue is at 38, moving",
            a(value=D(38), status=MOVING, text="the queue is at 38"),
            "is at, in prose",
        ),
        ("Danish added, now 38", a(value=D(38), text="Danish added, now 38"), "now, in prose"),
        ("moving", a(status=MOVING), "one word"),
        ("MOVING", a(status=MOVING), "shouted"),
        ("still moving", a(status=MOVING), "still"),
        ("Status: moving", a(status=MOVING), "as in the form"),
        (
            "moving on to Danish",
            a(status=MOVING, text="moving on to Danish"),
            "the word belongs to the sentence",
        ),
        ("stuck", a(status=STUCK), "one word"),
        ("blocked by IT", a(status=STUCK, text="blocked by IT"), "another word for stuck"),
        ("we are stuck on legal", a(status=STUCK, text="we are stuck on legal"), "spoken"),
        ("waiting", a(status=WAITING), "one word"),
        ("stuck, waiting for legal", a(status=STUCK, text="waiting for legal"), "the first status counts"),
        ("waiting for SEC-2291", a(status=WAITING, text="waiting for SEC-2291"), "a ticket is no holder"),
        ("stop", a(status=STOP), "one word"),
        ("stop it", a(status=STOP), "two"),
        ("I would stop it: users hate it", a(status=STOP, text="users hate it"), "with its reason"),
        ("I’d stop it because users hate it", a(status=STOP, text="users hate it"), "because"),
        ("we should stop this. Users hate it.", a(status=STOP, text="Users hate it."), "two sentences"),
        ("38, I would stop it", a(value=D(38), status=STOP), "with a number"),
        ("please kill it", a(status=STOP), "as engineers say it"),
    ],
)
def test_value_status_and_text(text: str, answer: Answer, story: str) -> None:
    assert read(text) == answer


@pytest.mark.parametrize(
    ("text", "story"),
    [
        ("2 of 5 suppliers agreed", "2 is no value"),
        ("24 stores answered, vendor demo was nice", "nor is 24"),
        ("19 stores answered", "nor is 19"),
        ("First 400 codes labelled by Henrik's team", "nor is 400"),
        ("Backtest on three seasons beats planners on 7 of 9 ranges", "nor are 7 and 9"),
        ("Agents accept 61% of drafts", "61 is another number's value"),
        ("Out-of-stock at 3.2 %, watching it", "a guardrail in prose"),
        ("Deadline today, 9 instead of 7", "nine what?"),
        ("3x faster", "a comparison"),
        ("5/7 done", "a fraction"),
        ("10:30 call with legal", "a time"),
        ("4 Dec meeting with the works council", "a date"),
        ("2026-11-20 meeting", "a date"),
        ("1. prompts fixed 2. Danish added", "a list"),
        ("38th week", "an ordinal"),
        ("SEC-2291 open for 11 weeks", "a ticket"),
        ("not moving", "the opposite"),
        ("no longer stuck", "the opposite"),
        ("don't stop it", "the opposite"),
        ("The team is moving to Oslo", "another kind of moving"),
        ("Great feedback from store managers", "prose"),
        ("moving-average fixed", "a term"),
        ("stop-word list fixed", "a term"),
        ("we called suppliers 1, 2", "a list of names"),
    ],
)
def test_prose_without_a_status_is_a_note(text: str, story: str) -> None:
    assert read(text, "41", "h") == a(text=text)
    assert effect(read(text)) is Status.NOTE


@pytest.mark.parametrize(
    ("text", "unit", "value", "words"),
    [
        ("38 h", "h", "38", ""),
        ("38h moving", "h", "38", ""),
        ("38 hours, moving", "h", "38", ""),
        ("38 h after the change", "h", "38", "after the change"),
        ("Danish added, 38 h", "h", "38", "Danish added"),
        ("38 calls a week", "calls/week", "38", ""),
        ("38 calls per week", "calls/week", "38", ""),
        ("38 calls", "calls/week", "38", ""),
        ("38 calls answered", "calls/week", None, "38 calls answered"),
        ("38 visits", "calls/week", None, "38 visits"),
        ("3.2 MEUR", "MEUR", "3.2", ""),
        ("€12k", "EUR", "12000", ""),
        ("12,000 EUR", "EUR", "12000", ""),
        ("40%", "%", "40", ""),
        ("40 percent moving", "%", "40", ""),
        ("40 % of drafts", "%", None, "40 % of drafts"),
        ("38", "h", "38", ""),
        ("38 h", "", "38", ""),
    ],
)
def test_the_metrics_own_unit_may_follow(text: str, unit: str, value: str | None, words: str) -> None:
    answer = read(text, unit=unit)

    assert answer.value == (D(value) if value else None)
    assert answer.text == words
    assert not answer.question


@pytest.mark.parametrize(
    ("text", "last", "unit", "value", "question"),
    [
        ("38 min", "40", "h", None, "is kept in h, and “38 min” names another unit"),
        ("$38", "40", "EUR", None, "names another unit"),
        ("38 %, moving", "40", "h", None, "names another unit"),
        ("1.450, moving", "", "", None, "can mean 1450 or 1.45"),
        ("1.450, moving", "1442", "", "1450", ""),
        ("1.450, moving", "1.4", "", "1.450", ""),
        ("1.450, moving", "40", "", None, "can mean 1450 or 1.45"),
        ("3-5, moving", "", "", None, "is a range"),
        ("3m", "", "", None, "can mean 3 million"),
        ("+5, moving", "38", "", None, "a change or the new value"),
        ("1e400", "", "", None, "no number to count with"),
        ("38000", "38", "h", "38000", "far from the last value, 38 h"),
        ("0", "1450", "", "0", "far from the last value"),
        ("-38", "38", "", "-38", "far from the last value"),
        ("0", "7", "", "0", ""),
        ("38", "700", "", "38", ""),
    ],
)
def test_a_doubtful_number_is_asked_about(
    text: str, last: str, unit: str, value: str | None, question: str
) -> None:
    answer = read(text, last, unit)

    assert answer.value == (D(value) if value else None)
    assert question in answer.question
    assert bool(question) is bool(answer.question)
    assert answer.status is (MOVING if "moving" in text else None)


@pytest.mark.parametrize(
    ("value", "last", "far"),
    [
        ("38", None, False),
        ("38", "0", False),
        ("39", "38", False),
        ("759", "38", False),
        ("760", "38", True),
        ("2", "38", False),
        ("1.9", "38", True),
        ("-38", "38", True),
        ("38", "-38", True),
        ("-39", "-38", False),
        ("0", "19", False),
        ("0", "20", True),
    ],
)
def test_twenty_times_or_another_sign_is_unlikely(value: str, last: str | None, *, far: bool) -> None:
    assert unlikely(D(value), D(last) if last else None) is far


@pytest.mark.parametrize(
    ("text", "holder", "by"),
    [
        ("stuck, waiting for legal, Anna by Friday", "Anna", date(2026, 11, 27)),
        ("waiting for <@U0AB> by 4 Dec", "<@U0AB>", date(2026, 12, 4)),
        ("stuck on IT, @anna.riedel until tomorrow", "@anna.riedel", date(2026, 11, 21)),
        ("waiting for Anna", "Anna", None),
        ("waiting for Anna Riedel, legal must sign", "Anna Riedel", None),
        ("waiting, SEC-2291 open for 11 weeks, I need Henrik to call Security", "Henrik", None),
        ("waiting, anna.riedel by 2026-12-04", "anna.riedel", date(2026, 12, 4)),
        ("waiting for legal by Friday", "", date(2026, 11, 27)),
        ("waiting for legal", "", None),
        ("waiting for IT", "", None),
        ("waiting on SEC-2291", "", None),
        ("stuck, answer expected by Friday", "", date(2026, 11, 27)),
        ("stuck, should be solved by 1 Nov 2026", "", None),
        ("stuck by the way", "", None),
        ("waiting for Anna by 5/6", "Anna", None),
        ("waiting, Anna by in two weeks", "Anna", date(2026, 12, 4)),
        ("38, moving, Anna by Friday", "", None),
        ("Anna by Friday", "", None),
    ],
)
def test_who_can_unblock_it_and_by_when(text: str, holder: str, by: date | None) -> None:
    answer = read(text)

    assert (answer.holder, answer.holder_by) == (holder, by)


@pytest.mark.parametrize(
    ("text", "why", "words"),
    [
        ("no number yet", "not measurable yet", ""),
        ("no number yet, data late", "data late", ""),
        ("no new number, moving", "not measurable yet", ""),
        ("not measurable yet", "not measurable yet", ""),
        ("can’t measure it yet", "not measurable yet", ""),
        ("data is late", "data late", ""),
        ("data late because SAP is down", "data late", "data late because SAP is down"),
        ("sorry, forgot", "forgot", "sorry"),
        ("I forgot", "forgot", ""),
        ("moving, no number yet, Danish added", "not measurable yet", "Danish added"),
        ("38, no new number", "", ""),
    ],
)
def test_why_there_is_no_number(text: str, why: str, words: str) -> None:
    assert (read(text).no_number, read(text).text) == (why, words)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "done",
            "on it",
            "On it!",
            "ok",
            "OK.",
            "thanks",
            "Thank you!",
            "got it, thanks",
            "I’m on it",
            "will do",
        ),
        *(
            "👍",
            "👍🏽",
            "👍👍",
            "ok 👍",
            ":+1:",
            ":thumbsup::skin-tone-3:",
            "✅",
            "✔️",
            "noted - thanks",
            "yes",
        ),
    ],
)
def test_seen_is_no_word(text: str) -> None:
    assert read(text) == a(ack=True, text=text)
    assert effect(read(text)) is Status.ACK


@pytest.mark.parametrize(
    "text",
    ["done with Danish", "ok but stuck", "👍 moving", "thanks to Anna", "", "…", "👎", "on it, moving"],
)
def test_more_than_seen_is_more(text: str) -> None:
    assert not read(text).ack


@pytest.mark.parametrize(
    ("text", "days", "reason"),
    [
        ("snooze 5 days quarter closing", 5, "quarter closing"),
        ("Snooze 5: quarter closing", 5, "quarter closing"),
        ("snooze a week because of the audit", 5, "of the audit"),
        ("snooze it for two weeks, audit", 10, "audit"),
        ("snooze 3 working days audit", 3, "audit"),
        ("snooze 1 day audit", 1, "audit"),
    ],
)
def test_a_snooze_is_an_answer(text: str, days: int, reason: str) -> None:
    assert read(text) == a(snooze_days=days, text=reason)
    assert effect(read(text)) is Status.SNOOZE


@pytest.mark.parametrize(
    ("text", "asks"), [("snooze", "how many"), ("snooze until Friday", "how many"), ("snooze 5 days", "Why?")]
)
def test_a_snooze_without_days_or_reason_is_asked_about(text: str, asks: str) -> None:
    assert asks in read(text).question
    assert effect(read(text)) is None


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("you were wrong because the merge was ours", "the merge was ours"),
        ("You were wrong: the merge was ours", "the merge was ours"),
        ("you’re wrong, the merge was ours", "the merge was ours"),
        ("false alarm - the merge was ours", "the merge was ours"),
        ("that is wrong", ""),
    ],
)
def test_a_false_alarm_keeps_its_reason(text: str, because: str) -> None:
    assert read(text) == a(false_alarm=True, text=because)


def test_a_long_text_is_kept_whole_and_said_to_be_long() -> None:
    answer = read("38, moving, " + "Danish added and more of it " * 20)

    assert len(answer.text) > 500
    assert answer.long
    assert "The text is longer than 280 characters; all of it is kept." in read_back(answer)
    assert len(read_back(answer)) < 500


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "38, moving, Danish added",
            "Read as: 38 calls/week, moving, “Danish added”. Wrong? Reply again within 10 minutes, the newest counts.",
        ),
        ("moving", "Read as: moving. Wrong? Reply again within 10 minutes, the newest counts."),
        ("38", "Read as: 38 calls/week. Wrong? Reply again within 10 minutes, the newest counts."),
        (
            "1,450",
            "Read as: 1,450 calls/week. That is far from the last value, 41 calls/week. Is it right? Reply with the number again.",
        ),
        (
            "stuck, waiting for legal, Anna by Friday",
            (
                "Read as: stuck, “waiting for legal, Anna by Friday”, Anna can unblock it by 27 Nov 2026. "
                "Wrong? Reply again within 10 minutes, the newest counts."
            ),
        ),
        (
            "waiting for legal by Friday",
            (
                "Read as: waiting, “waiting for legal by Friday”, due by 27 Nov 2026. "
                "Wrong? Reply again within 10 minutes, the newest counts."
            ),
        ),
        (
            "I would stop it: users hate it",
            "Read as: you would stop it, “users hate it”. Wrong? Reply again within 10 minutes, the newest counts.",
        ),
        (
            "no number yet, data late",
            "Read as: no new number (data late). Wrong? Reply again within 10 minutes, the newest counts.",
        ),
        (
            "24 stores answered",
            "Read as: a note, “24 stores answered”. Wrong? Reply again within 10 minutes, the newest counts.",
        ),
        (
            "on it",
            (
                "Read as: seen, “on it”: the reminder waits, the clock runs on. "
                "Wrong? Reply again within 10 minutes, the newest counts."
            ),
        ),
        (
            "snooze 5 days audit",
            "Read as: not now, snooze 5 working days, “audit”. Wrong? Reply again within 10 minutes, the newest counts.",
        ),
        (
            "you were wrong because it moved",
            "Read as: we were wrong, “it moved”. Wrong? Reply again within 10 minutes, the newest counts.",
        ),
        ("1.450, moving", "Read as: moving. “1.450” can mean 1450 or 1.45. Type the one that you mean."),
        ("3-5", "“3-5” is a range. Type one number like 1200, 6.2 or 1.5M."),
        ("", "There was nothing to read. Reply like “38, moving, Danish added”."),
    ],
)
def test_one_line_reads_it_back(text: str, line: str) -> None:
    assert read_back(read(text, "41", "calls/week"), unit="calls/week") == line


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (a(), None),
        (a(value=D(38)), Status.READING),
        (a(value=D(38), text="Danish"), Status.READING),
        (a(value=D(38), status=MOVING), MOVING),
        (a(text="Danish"), Status.NOTE),
        (a(no_number="forgot"), Status.NOTE),
        (a(question="?"), None),
    ],
)
def test_what_an_answer_leaves_on_the_record(answer: Answer, status: Status | None) -> None:
    assert effect(answer) is status


@pytest.mark.parametrize(
    ("text", "days", "rest"),
    [
        ("5", 5, ""),
        ("5 days audit", 5, "audit"),
        ("5d audit", 5, "audit"),
        ("5 business days audit", 5, "audit"),
        ("a week audit", 5, "audit"),
        ("2 weeks audit", 10, "audit"),
        ("ten days audit", 10, "audit"),
        ("5 workshops", 5, "workshops"),
        ("a audit", 0, "a audit"),
        ("0 days audit", 0, "0 days audit"),
        ("5000 days audit", 0, "5000 days audit"),
        ("audit", 0, "audit"),
        ("", 0, ""),
    ],
)
def test_working_days_are_counted(text: str, days: int, rest: str) -> None:
    assert days_prefix(text) == (days, rest)


def test_small_helpers() -> None:
    assert with_unit(D("5.2"), "%") == "5.2 %"
    assert with_unit(D(206000), "EUR") == "206,000 EUR"
    assert without_because(" because of it") == "of it"
    assert without_because("asking") == "asking"


_REPLY = st.lists(
    st.sampled_from(
        (
            *(
                "38",
                "1.450",
                "6,2",
                "h",
                "moving",
                "stuck",
                "waiting for",
                "stop it",
                "no number yet",
                "data late",
                "Anna",
            ),
            *(
                "by",
                "Friday",
                "4 Dec",
                "5/6",
                "<@U1>",
                "@anna",
                ",",
                ", ",
                ":",
                ". ",
                " - ",
                "now",
                "is at",
                "and",
                "ok",
            ),
            *(
                "snooze",
                "5 days",
                "you were wrong",
                "because",
                "👍🏽",
                "\u202e",
                "\ud800",
                "+",
                "-",
                "%",
                "€",
                "“",
                "of 5",
            ),
        )
    ),
    max_size=10,
).map(" ".join) | st.text(max_size=80)


@_patient
@given(
    _REPLY,
    st.none() | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12),
    st.sampled_from(("", "h", "%", "calls/week", "MEUR", "EUR")),
)
@example("\u0301\u0316" * 50_000, None, "")
@example(",a" * 50_000, None, "h")
@example("waiting for A " * 7_000, None, "")
@example("by 4 " * 20_000, None, "")
@example("1 " * 50_000, Decimal(1), "h")
@example("x" * 100_000, None, "x" * 1000)
def test_reading_a_reply_raises_nothing(text: str, last: Decimal | None, unit: str) -> None:
    answer = read_reply(text, today=FRIDAY, last=last, unit=unit)

    assert answer.value is None or answer.value.is_finite()
    assert answer.unlikely is (answer.value is not None and unlikely(answer.value, last))
    assert answer.holder_by is None or answer.holder_by >= FRIDAY
    assert answer.status in (None, MOVING, STUCK, WAITING, STOP)
    assert not (answer.value is not None and answer.no_number)
    assert len(read_back(answer, unit=unit)) < 1200
    effect(answer)


@_patient
@given(
    st.sampled_from(("38", "6.2", "1,450", "12k", "-3")),
    st.sampled_from(("moving", "stuck", "waiting")),
    st.sampled_from((", ", " ", "; ", " - ", ". ")),
)
def test_value_and_status_are_read_whatever_stands_between(value: str, status: str, between: str) -> None:
    answer = read(f"{value}{between}{status}{between}Danish added")

    assert answer.value is not None
    assert answer.status == status
    assert answer.text == "Danish added"
