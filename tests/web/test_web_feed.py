"""The calendar of decisions: whose it is, how it ends, and that every program that reads RFC 5545 can read it."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ahead import Date, What, dates
from bot.domain.commands import Feed
from bot.domain.people import Address, Person, Platform
from bot.domain.pilot import Pilot
from bot.domain.stages import Rules, Stage
from bot.messages import feed as words
from bot.messages.model import Link, Text, text_of
from bot.services import dispatch
from bot.services.chat import Place
from bot.services.incoming import Incoming
from storage import people, pilots, workspaces
from storage.settings import Settings
from tests.storage.kit import ALICE, DORA, NOW, OURS, THEIRS, origin, pilot
from tests.web.kit import SECRET, Site, site

HOSTILE = [
    "a;b,c\\d",
    "x\r\nEND:VCALENDAR",
    "ü" * 200,
    "\u202eevil",
    "👩‍👩‍👧‍👦" * 40,
    "\x00",
    "n\\n",
    "BEGIN:VEVENT",
    '"',
]
CALENDAR, RULES = Settings(zone="Europe/Berlin").calendar(), Rules()


# A reader of RFC 5545 that knows nothing of the writer.


class Component(dict[str, list[str]]):
    """Properties by name, and what is nested."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind, self.inner = kind, list["Component"]()

    def one(self, name: str) -> str:
        [value] = self[name]
        return value


_LINE = re.compile(r'([A-Z0-9-]+)((?:;[A-Z0-9-]+=(?:"[^"\x00-\x1f]*"|[^";:,\x00-\x1f]+))*):(.*)', re.DOTALL)


def read(text: str) -> Component:
    """The calendar in a text; fails on anything that the standard forbids."""
    assert text.endswith("\r\n")
    raw = text.encode().split(b"\r\n")[:-1]
    assert all(len(line) <= 75 for line in raw), "3.1: at most 75 octets"
    assert not any(b"\r" in line or b"\n" in line for line in raw)
    whole: list[bytes] = []
    for line in raw:
        line.decode()  # no character is cut in two
        if line.startswith((b" ", b"\t")):
            whole[-1] += line[1:]
        else:
            whole.append(line)
    stack, top = list[Component](), list[Component]()
    for line in whole:
        found = _LINE.fullmatch(line.decode())
        assert found, line
        name, parameters, value = found.groups()
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value), line
        if name == "BEGIN":
            stack.append(Component(value))
        elif name == "END":
            done = stack.pop()
            assert done.kind == value
            (stack[-1].inner if stack else top).append(done)
        else:
            stack[-1].setdefault(name, []).append(
                _unescaped(value) if name in _TEXTS else parameters + "|" + value
            )
    assert not stack
    [calendar] = top
    assert calendar.kind == "VCALENDAR" and calendar.one("VERSION") == "|2.0" and calendar.one("PRODID")
    for event in calendar.inner:
        assert event.kind == "VEVENT"
        assert re.fullmatch(r"\|\d{8}T\d{6}Z", event.one("DTSTAMP"))
        start, end = (re.fullmatch(r";VALUE=DATE\|(\d{8})", event.one(name)) for name in ("DTSTART", "DTEND"))
        assert start and end and start[1] < end[1]
    uids = [event.one("UID") for event in calendar.inner]
    assert len(uids) == len(set(uids))
    return calendar


_TEXTS = {"SUMMARY", "DESCRIPTION", "UID", "X-WR-CALNAME", "NAME"}


def _unescaped(value: str) -> str:
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value), f"3.3.11: unescaped in {value!r}"
    assert re.fullmatch(r"(?:[^\\]|\\[\\;,nN])*", value), value
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def written(*found: Date, company: str = "Acme") -> str:
    return "".join(
        words.file(
            found,
            workspace_id="w",
            company=company,
            link=lambda one: f"https://p.example/pilots/{one.id}",
            now=NOW,
        )
    )


def some(name: str = "Invoice Reader", **changes: object) -> Pilot:
    return pilot("P01", name=name, **changes)


# The file.


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_pilot_is_called_the_file_is_sound(name: str) -> None:
    called = replace(ALICE, name=name)
    one = Date(on=date(2026, 12, 4), what=What.DECISION, pilot=some(name, owner=called, kill_line=name))
    calendar = read(written(one, company=name))
    [event] = calendar.inner
    assert event.one("SUMMARY").startswith("Decide: ")
    assert event.one("DTSTART") == ";VALUE=DATE|20261204"
    assert event.one("DTEND") == ";VALUE=DATE|20261205"
    assert event.one("URL") == "|https://p.example/pilots/P01"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(max_size=300), st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.sampled_from(What))
def test_any_text_comes_back_as_it_is_shown(name: str, on: date, what: What) -> None:
    shown = read(written(Date(on=on, what=what, pilot=some(name or "x")))).inner[0].one("SUMMARY")
    assert shown.split(": ", 1)[0] in {"Decide", "Deadline", "Deadline and decision", "Look back"}
    assert "\n" not in shown


def test_a_date_that_moves_is_the_same_event_and_look_backs_are_three() -> None:
    first, second = (
        read(written(Date(on=date(2026, 12, day), what=What.DECISION, pilot=some()))).inner[0]
        for day in (4, 11)
    )
    assert first.one("UID") == second.one("UID")
    scaled = some(stage=Stage.SCALED, stage_since=date(2026, 11, 2))
    assert len(read(written(*dates(scaled, CALENDAR, RULES))).inner) == 3


def test_which_dates_a_pilot_has() -> None:
    one = some(decision_on=date(2027, 2, 1))
    assert one.metric is not None and one.metric.deadline is not None
    assert [(found.what, found.on) for found in dates(one, CALENDAR, RULES)] == [
        (What.DECISION, date(2027, 2, 1)),
        (What.DEADLINE, one.metric.deadline),
    ]
    same = replace(one, decision_on=one.metric.deadline)
    assert [found.what for found in dates(same, CALENDAR, RULES)] == [What.BOTH]
    assert dates(replace(one, stage=Stage.RETIRED), CALENDAR, RULES) == []
    assert dates(replace(one, metric=None, decision_on=None), CALENDAR, RULES) == []


# The address.


async def asked(here: Site, user: str = "UALICE", *, stop: bool = False, team: str = "T1") -> str:
    """The path that somebody gets who types `calendar`; empty: none."""
    here._asked += 1
    actor = Address(platform=Platform.SLACK, workspace=team, user=user)
    incoming = Incoming(
        actor=actor,
        command=Feed(stop=stop),
        key=f"f{here._asked}",
        place=Place(platform=Platform.SLACK, workspace=team, user=user),
    )
    reply = await dispatch.handle(here.database, {}, incoming, here.clock(), page=lambda: here.app.address)
    assert reply.message is not None
    links = [
        span.url
        for part in reply.message.sections[0].parts
        if isinstance(part, Text)
        for span in part.spans
        if isinstance(span, Link)
    ]
    assert "calendar" in text_of(reply.message)
    return urlsplit(links[0]).path if links else ""


def add(here: Site, one: Pilot, workspace_id: str = OURS) -> None:
    here.write(lambda conn: pilots.add(conn, workspace_id, one, origin(), next_look_at=NOW))


async def summaries(here: Site, path: str, ip: str = "127.0.0.1") -> list[str]:
    async with here.browser(ip=ip) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    return [event.one("SUMMARY") for event in read(answer.text).inner]


async def test_everybody_sees_their_own_pilots_and_leadership_every_one(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        day = date(2027, 3, 5)
        add(
            here,
            pilot("F1", name="Mine", owner=ALICE, backup=None, sponsor=None, decision_on=day, metric=None),
        )
        add(
            here,
            pilot("F2", name="Dora's", owner=DORA, backup=None, sponsor=None, decision_on=day, metric=None),
        )
        mine = await summaries(here, await asked(here, "UALICE"))
        assert "Decide: Mine" in mine and "Decide: Dora's" not in mine
        everything = await summaries(here, await asked(here, "UADA"))
        assert {"Decide: Mine", "Decide: Dora's"} <= set(everything)
        assert not any(SECRET in one for one in everything)
        theirs = here.database.read_now(lambda conn: pilots.list_all(conn, THEIRS))
        assert theirs and not {f"Decide: {one.name}" for one in theirs} & set(everything)


async def test_an_address_is_replaced_taken_back_and_dies_with_the_account(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        first = await asked(here)
        second = await asked(here)
        other = await asked(here, "ULEA")
        async with here.browser() as browser:
            assert (await browser.get(first)).status_code == 404, "replaced"
            assert (await browser.get(second)).status_code == 200
            assert (await browser.post(second)).status_code == 405
            assert await asked(here, stop=True) == ""
            assert (await browser.get(second)).status_code == 404, "taken back"
            third = await asked(here)
            here.write(lambda conn: people.save(conn, OURS, replace(_alice(conn), left_on=NOW.date())))
            assert (await browser.get(third)).status_code == 404, "the account is closed"
            assert (await browser.get(other)).status_code == 200, "another's is another's"


def _alice(conn: object) -> Person:
    found = people.get(conn, OURS, ALICE.id)  # type: ignore[arg-type]
    assert found is not None
    return found


async def test_nothing_but_the_hash_is_kept_and_other_wishes_stay(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        path = await asked(here)
        secret = path.removeprefix("/calendar/").removesuffix(".ics").partition(".")[2]
        assert len(secret) == 43
        assert secret.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
        stored = here.database.read_now(lambda conn: workspaces.get(conn, OURS))
        assert stored is not None and len(stored.settings.wishes[ALICE.id].feed) == 64
        await asked(here, stop=True)
        stored = here.database.read_now(lambda conn: workspaces.get(conn, OURS))
        assert stored is not None and ALICE.id not in stored.settings.wishes


async def test_guessing_is_slowed_down_and_harms_nobody_else(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        path = await asked(here)
        async with here.browser(ip="10.0.0.9") as guesser:
            codes = [
                (await guesser.get(f"/calendar/{OURS}.{'A' * 42}{number}.ics")).status_code
                for number in range(7)
            ]
            assert codes == [404] * 5 + [429] * 2
        assert await summaries(here, path, ip="10.0.0.8") is not None
        here.clock.forward(timedelta(minutes=2))
        async with here.browser(ip="10.0.0.9") as guesser:
            assert (await guesser.get(path)).status_code == 200


async def test_a_guest_gets_no_address(tmp_path: Path) -> None:
    from bot.domain.errors import UserError

    with site(tmp_path) as here, pytest.raises(UserError, match="Guests"):
        await asked(here, "UGUS")
