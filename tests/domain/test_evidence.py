"""What the words of evidence say: numbers, days, answers."""

from datetime import date

import pytest

from bot.domain.evidence import falls_short, stakeholders, stated_expiry, training, users_of, wanted
from bot.domain.readiness import standing
from bot.domain.record import Item
from tests.domain.build import MONDAY, PLAIN


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("42 of 50", (42, 50, 50)),
        ("42/50 trained", (42, 50, 50)),
        ("trained 8 out of 10, list in HR-12", (8, 10, 10)),
        ("42 of 50 users", (42, 50, 50)),
        ("42 of 50 trained; 63 users now", (42, 50, 63)),
        ("42 of 50 trained; 40 users now", (42, 50, 50)),
        ("0 of 50", (0, 50, 50)),
        ("5 of 0", None),
        ("everybody", None),
        ("by 3.5 of 4.5 measures", None),
        ("", None),
        ("9" * 100_000, None),
        ("1 of " * 20_000, (1, 1, 1)),
    ],
)
def test_training_is_two_numbers(text: str, numbers: tuple[int, int, int] | None) -> None:
    known = training(text)
    assert (known and (known.trained, known.intended, known.users)) == numbers


def test_the_last_number_of_users_counts() -> None:
    assert users_of("50 users, then 63 users now") == 63
    assert users_of("nobody") is None


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        (
            "legal yes 3 Nov 2026; security yes; works council yes; IT yes",
            {"legal": True, "security": True, "works council or HR": True, "IT": True},
        ),
        ("Legal: yes, Security said no", {"legal": True, "security": False}),
        ("HR agreed", {"works council or HR": True}),
        ("works council/HR refused", {"works council or HR": False}),
        ("it yes", {}),
        ("IT not needed since 3 Nov 2026", {"IT": True}),
        ("legal is thinking", {}),
        ("", {}),
    ],
)
def test_stakeholders_say_yes_or_no(text: str, answers: dict[str, bool]) -> None:
    assert stakeholders(text) == answers


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("svc-invoice, expires 2027-06-30", date(2027, 6, 30)),
        ("granted 2025-12-01, valid until 30 June 2026", date(2026, 6, 30)),
        ("svc-invoice 2026-06-30", date(2026, 6, 30)),
        ("granted 2025-12-01", None),
        ("svc-invoice", None),
        ("expires 31 February 2027", None),
    ],
)
def test_an_access_ends_on_the_day_it_states(text: str, ends: date | None) -> None:
    assert stated_expiry(text, MONDAY) == ends


@pytest.mark.parametrize(
    ("code", "note", "complete"),
    [
        ("O3", "", False),
        ("O3", "all of them", False),
        ("O3", "42 of 50", True),
        ("O4", "legal yes", False),
        ("O4", "legal yes; security no; HR yes; IT not needed", True),
        ("O8", "soon", False),
        ("O8", "switched off on 31 March 2027", True),
        ("I6", "", True),
    ],
)
def test_some_items_want_more_than_a_word(code: str, note: str, complete: bool) -> None:
    """The question names what is missing, and its example would be enough."""
    asked = wanted(code, note)
    assert (asked is None) is complete
    if asked is not None:
        assert wanted(code, asked[1]) is None


@pytest.mark.parametrize(
    ("code", "evidence", "why"),
    [
        ("O3", "45 of 70", "45 of 70 trained is 64 %, 80 % are needed"),
        ("O3", "56 of 70", ""),
        ("O3", "everybody", ""),
        ("O4", "legal yes; security no; HR yes; IT no", "security, IT said no"),
        ("O4", "legal yes; security yes; HR not needed; IT yes", ""),
        ("I6", "Ole on 3 March, 40 minutes", "it took 40 minutes, 15 are the most"),
        ("I6", "Ole, 1 h", "it took 60 minutes, 15 are the most"),
        ("I6", "Ole, 15 minutes", ""),
        ("I6", "40 minutes at first, 9 min now", ""),
        ("I6", "Ole", ""),
        ("D5", "60 reviewed cases, Mara", "60 cases, 100 are needed"),
        ("D5", "1,200 cases, Mara", ""),
        ("D5", "from the claims desk", ""),
        ("I8", "40 minutes, 60 cases, 45 of 70", ""),
    ],
)
def test_evidence_may_say_of_itself_that_it_falls_short(code: str, evidence: str, why: str) -> None:
    assert falls_short(code, evidence) == why
    stand = standing(
        code, Item(code=code, state="done", on=MONDAY, by="alice", evidence=evidence), MONDAY, PLAIN
    )
    assert (stand.state, stand.reopened) == ("open" if why else "done", why)
