"""Dates in the style a workspace chose: the date changes, nothing else does, and what a button does never."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.messages.dates import STYLES, restyled, written
from bot.messages.model import (
    Bold,
    Button,
    Buttons,
    Chart,
    Facts,
    Heading,
    Link,
    Mention,
    Message,
    Moment,
    Press,
    Section,
    Series,
    Table,
    Text,
    day,
    dump,
    text_of,
)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("en", "by 4 Dec 2026, then 1 Mar 2027."),
        ("iso", "by 2026-12-04, then 2027-03-01."),
        ("de", "by 4. Dez. 2026, then 1. März 2027."),
        ("fr", "by 4 déc. 2026, then 1 mars 2027."),
        ("es", "by 4 dic 2026, then 1 mar 2027."),
        ("nl", "by 4 dec 2026, then 1 mrt 2027."),
        ("klingon", "by 4 Dec 2026, then 1 Mar 2027."),
    ],
)
def test_a_date_is_written_in_its_style(style: str, expected: str) -> None:
    assert written("by 4 Dec 2026, then 1 Mar 2027.", style) == expected


@pytest.mark.parametrize(
    "text", ["31 Feb 2027", "4 Dec", "v1.4 Dec 2026", "44 Dec 2026", "4 Dec 20265", "4 December 2026"]
)
def test_what_is_no_such_date_stays(text: str) -> None:
    assert all(written(text, style) == text for style in STYLES)


@given(st.dates(min_value=date(1000, 1, 1)))
@settings(max_examples=60, derandomize=True)
def test_every_day_can_be_written_in_every_style_and_iso_says_which(when: date) -> None:
    assert written(day(when), "iso") == when.isoformat()
    for style in STYLES:
        assert str(when.year) in written(f"on {day(when)}.", style)


def test_every_part_of_a_message_follows_and_no_press_does() -> None:
    said = "4 Dec 2026"
    press = Press(verb="say", args={"text": f"reading X 3 on {said}"})
    button = Button(label=f"Keep until {said}", press=press, confirm=said, says=said)
    spans = (
        said,
        Bold(said),
        Link(said, "https://x.example"),
        Mention(said),
        Moment(datetime(2026, 12, 4, tzinfo=UTC), said),
    )
    message = Message(
        headline=said,
        sections=(
            Section(
                parts=(
                    Heading(text=said),
                    Text(spans=spans),
                    Facts(rows=((said, (said,)),)),
                    Buttons(buttons=(button,), more=(button,)),
                    Table(caption=said, columns=("When",), rows=((said,),)),
                    Chart(
                        shape="line",
                        title=said,
                        categories=(said,),
                        series=(Series(name="x", values=(1.0,)),),
                        says=said,
                    ),
                )
            ),
        ),
    )
    changed = restyled(message, "iso")
    assert (
        text_of(changed).count("2026-12-04") == text_of(message).count(said) - 1
    )  # a person's name is theirs
    assert changed.headline == "2026-12-04"
    assert dump(changed).count(f"on {said}") == 2
    assert restyled(message, "en") is message
