"""What is stored about somebody, for how long, who sees it; everything of it row by row; and the forms that erase."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.messages.figures import line, plural
from bot.messages.model import (
    Bold,
    Button,
    Buttons,
    Field,
    Form,
    Heading,
    Message,
    Part,
    Press,
    Section,
    Text,
    load,
    text_of,
)
from bot.messages.text import clip, to_type

#: What is typed before something is erased for good.
WORD = "erase"
#: What a table holds about a person, in their words; a table that is missing here is shown by its name.
TABLES = {
    "people": "Who you are",
    "addresses": "Your accounts",
    "absences": "When you are away",
    "pilots": "Pilots you have a part in",
    "entries": "What you wrote",
    "readings": "Numbers you gave",
    "activities": "What connected systems saw",
    "items": "Checklist items you ticked",
    "promises": "What you promised",
    "gates": "Gates you decided",
    "questions": "What you asked about",
    "asks": "What you were asked",
    "outbox": "Messages to you",
    "audit": "What you did, in the audit record",
    "sessions": "Where you are signed in",
    "logins": "Links you were given",
}
#: Of the program's own making, and about nobody.
_INNER = frozenset({"workspace_id", "digest", "link", "name_key", "next_look_at", "attempt", "lease_until"})
#: One page: well within what a message may hold on either platform.
_PAGE, _LONGEST = 2_300, 600


def privacy(
    counts: Mapping[str, int], *, admin: bool, keep_days: int, called: str, only_admin: bool = False
) -> Message:
    """The answer to `privacy`: three short paragraphs and the buttons.

    Args:
        counts: rows about the reader, by table.
        admin: whether the reader is an admin of the workspace.
        keep_days: how many days messages are kept.
        called: the reader's name as it is stored.
        only_admin: whether nobody else is admin.

    """
    rows = sum(counts.values())
    have = ", ".join(f"{TABLES.get(table, table).lower()}: {number:,}" for table, number in counts.items())
    what = (
        f"{line(called, 60)}, {plural(rows, 'row')} about you: {have}. "
        "No channel is read, and nothing that you did not send to Pilotlight."
    )
    long = (
        "The record of a pilot is kept as long as the workspace, so that its end can be read later. "
        f"Messages to you are forgotten after {keep_days:,} days, requests after 3, and everything 30 days after the "
        "app was taken away."
    )
    who = (
        "Everybody in this workspace can read the registry: pilots, who holds them, what was written. Messages to you "
        "are yours. Whoever runs the server can read the database. Nothing is sold or sent to anybody else."
    )
    mine = (
        Button(label="Show everything stored about me", press=Press(verb="my_data")),
        Button(label="Erase me", press=Press(verb="form_erase_me"), style="danger"),
    )
    parts: list[Part] = [
        Heading(text="What is stored about you"),
        Text(spans=(Bold("Stored: "), what)),
        Text(spans=(Bold("How long: "), long)),
        Text(spans=(Bold("Who sees it: "), who)),
        Buttons(buttons=mine),
    ]
    if admin:
        theirs = (
            Button(label="Export everything", press=Press(verb="say", args={"text": "export"})),
            Button(label="Erase a person", press=Press(verb="form_erase_person")),
            Button(label="Erase this workspace", press=Press(verb="form_erase_workspace"), style="danger"),
        )
        server = (
            "You are the admin. On the server the same is done with: pilotlight erase --person NAME, "
            "pilotlight erase --everything, pilotlight backup FILE."
        )
        if only_admin:
            server += (
                " Nobody else is admin: if you go, the next start prints a code for the one who follows."
            )
        parts += [Text(spans=(server,), quiet=True), Buttons(buttons=theirs)]
    return Message(headline="What is stored about you", sections=(Section(parts=tuple(parts)),))


def everything(rows: Mapping[str, Iterable[Mapping[str, Any]]], page: int) -> Message:
    """One page of all that is stored about somebody, row by row; pages count from 0."""
    pages = _pages(rows)
    page = min(max(page, 0), len(pages) - 1)
    head = "Everything stored about you" + (f", page {page + 1} of {len(pages)}" if len(pages) > 1 else "")
    parts: list[Part] = [Heading(text=head), *(Text(spans=spans) for spans in pages[page])]
    buttons = [
        Button(label=label, press=Press(verb="my_data", args={"page": str(number)}))
        for label, number in (("Next page", page + 1), ("Page before", page - 1))
        if 0 <= number < len(pages)
    ]
    if buttons:
        parts.append(Buttons(buttons=tuple(buttons)))
    return Message(headline=head, sections=(Section(parts=tuple(parts)),))


def _pages(rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[list[tuple[Bold | str, ...]]]:
    """The rows as paragraphs, one a table, cut into pages."""
    pages: list[list[tuple[Bold | str, ...]]] = [[]]
    room = _PAGE
    for table, found in rows.items():
        title, lines = TABLES.get(table, table), list[str]()
        for row in found:
            told = _row(row)
            if len(told) + 1 > room:
                if lines:
                    pages[-1].append((Bold(title), "\n" + "\n".join(lines)))
                pages.append([])
                room, lines = _PAGE, []
            lines.append(told)
            room -= len(told) + 1
        if lines:
            pages[-1].append((Bold(title), "\n" + "\n".join(lines)))
            room -= len(title)
    return [page for page in pages if page] or [[("Nothing is stored about you beside this question.",)]]


def _row(row: Mapping[str, Any]) -> str:
    told = [
        f"{name}: {_value(name, value)}" for name, value in row.items() if name not in _INNER and _says(value)
    ]
    return clip("• " + " · ".join(told), _LONGEST)


def _says(value: Any) -> bool:
    return value not in (None, "", {}, [], False)


def _value(name: str, value: Any) -> str:
    if name == "content":
        try:
            return line(text_of(load(str(value))), 300)
        except ValueError:
            return line(str(value), 300)
    if isinstance(value, dict | list):
        return line(json.dumps(value, ensure_ascii=False, default=str), 300)
    return line(str(value), 300)


# The forms. Each wants one word typed: what they do cannot be taken back.


def erase_me(owned: int, *, error: str = "") -> Form:
    """Of whoever opens it."""
    orphans = (
        f" You own {plural(owned, 'pilot')}: hand them over first ({to_type('handover NAME @PERSON')}), or their backup "
        "and sponsor are asked instead."
        if owned
        else ""
    )
    return _form(
        "Erase me",
        "erase_me",
        "Your name, accounts, e-mail, days away and the messages to you go for good. What you wrote and decided keeps "
        f"its place without your name.{orphans} If you write to Pilotlight again, you become known anew.",
        error,
    )


def erase_person(*, who: str = "", errors: Mapping[str, str] | None = None) -> Form:
    """By the admin, of anybody."""
    field = Field(id="person", label="Who?", kind="person", value=who, error=(errors or {}).get("person", ""))
    form = _form(
        "Erase a person",
        "erase_person",
        "Their name, accounts, e-mail, days away and messages go for good. What they wrote and decided keeps its place "
        "without their name. Pilots that they hold have lost somebody and are asked about.",
        (errors or {}).get(WORD, ""),
    )
    return replace(form, fields=(field, *form.fields))


def erase_workspace(pilots: int, people: int, *, error: str = "") -> Form:
    """By the admin."""
    return _form(
        "Erase this workspace",
        "erase_workspace",
        f"{plural(pilots, 'pilot')}, {plural(people, 'person', 'people')}, the whole record and its audit go for good, "
        "and nothing can bring them back but a backup. Take everything along first: on the server run "
        "pilotlight export --format json --to everything.json",
        error,
    )


def _form(title: str, verb: str, intro: str, error: str) -> Form:
    field = Field(id=WORD, label=f"Type “{WORD}” to go on", most=20, placeholder=WORD, error=error)
    return Form(
        title=title,
        fields=(field,),
        submit=Press(verb=verb),
        submit_label="Erase for good",
        intro=(Text(spans=(intro,)),),
    )


# What came of it.


def erased_you(rows: int) -> str:
    """The last line to somebody."""
    return (
        f"Done: {plural(rows, 'row')} changed or gone. Messages that you have already stay in your own chat history. "
        "Copies of the database taken before hold your data until they are deleted."
    )


def erased(who: str, rows: int) -> str:
    """To the admin; the name is said once more, and stored nowhere."""
    return (
        f"{line(who, 60)} is erased: {plural(rows, 'row')} changed or gone. The audit record says who did it and when. "
        "Copies of the database taken before hold the data until they are deleted."
    )


def erased_workspace(rows: int) -> str:
    """The last line of a workspace."""
    return (
        f"This workspace is erased: {plural(rows, 'row')} gone. To end it altogether, take the app out of the "
        "workspace and stop the program; otherwise the next start begins with an empty registry."
    )
