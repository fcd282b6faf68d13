"""Somebody's calendar: the words around its address, and the file itself (RFC 5545).

https://www.rfc-editor.org/rfc/rfc5545
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from bot.domain.ahead import Date, What
from bot.domain.pilot import Pilot
from bot.messages.figures import line, name, shown
from bot.messages.model import Bold, Link, Message, Section, Text
from bot.messages.text import to_type

#: RFC 5545, 3.1: octets of a line, without its end.
_WIDE = 75
_WHAT = {
    What.DECISION: "Decide",
    What.DEADLINE: "Deadline",
    What.BOTH: "Deadline and decision",
    What.LOOK_BACK: "Look back",
}


def begun(url: str, *, all_: bool, again: bool) -> Message:
    """A personal address, and what to know of it."""
    told = "Your calendar of decisions"
    whose = "every pilot" if all_ else "the pilots in which you have a part"
    before = " The address before it shows nothing any more." if again else ""
    return Message(
        headline=told,
        sections=(
            Section(
                parts=(
                    Text(spans=(Bold(told), ": decision dates, deadlines and look-backs of ", f"{whose}.\n", Link(text=url, url=url))),
                    Text(
                        spans=(
                            ("In Outlook: Add calendar, Subscribe from web. In Google: Other calendars, From URL. It is read again "
                            "about once a day. Whoever has the address can read it, so keep it to yourself."
                            f"{before} A new one: {to_type('calendar')}. None any more: {to_type('calendar off')}."),
                        ),
                        quiet=True,
                    ),
                )
            ),
        ),
    )  # fmt: skip


def ended(*, was: bool) -> Message:
    """The address is dead."""
    told = "Your calendar's address shows nothing any more." if was else "You have no calendar's address."
    return Message(
        headline=told,
        sections=(Section(parts=(Text(spans=(f"{told} A new one: {to_type('calendar')}.",)),)),),
    )


def file(
    dates: Iterable[Date], *, workspace_id: str, company: str, link: Callable[[Pilot], str], now: datetime
) -> Iterator[str]:
    """The calendar, line by line, each with its end. All its events last a whole day and make nobody busy."""
    yield from _folded("BEGIN", "VCALENDAR")
    yield from _folded("VERSION", "2.0")
    yield from _folded("PRODID", "-//Pilotlight//Decisions//EN")
    yield from _folded("CALSCALE", "GREGORIAN")
    yield from _folded("METHOD", "PUBLISH")
    title = _text(f"Pilotlight: {line(company, 80)}" if company else "Pilotlight")
    yield from _folded("X-WR-CALNAME", title)
    yield from _folded("NAME", title)
    yield from _folded("REFRESH-INTERVAL;VALUE=DURATION", "P1D")
    yield from _folded("X-PUBLISHED-TTL", "P1D")
    stamp = f"{now:%Y%m%dT000000Z}"
    for one in dates:
        yield from _event(one, workspace_id, link, stamp)
    yield from _folded("END", "VCALENDAR")


def _event(one: Date, workspace_id: str, link: Callable[[Pilot], str], stamp: str) -> Iterator[str]:
    pilot = one.pilot
    # A date that moves is the same event: its name says nothing of the day, but for look-backs, of which there are several.
    which = f"-{one.on:%Y%m%d}" if one.what is What.LOOK_BACK else ""
    what = "date" if one.what in (What.BOTH, What.DECISION) else one.what.value
    yield from _folded("BEGIN", "VEVENT")
    yield from _folded("UID", _text(f"{workspace_id}/{pilot.id}/{what}{which}@pilotlight"))
    yield from _folded("DTSTAMP", stamp)
    yield from _folded("DTSTART;VALUE=DATE", f"{one.on:%Y%m%d}")
    if one.on < one.on.max:
        yield from _folded("DTEND;VALUE=DATE", f"{one.on + timedelta(days=1):%Y%m%d}")
    yield from _folded("SUMMARY", _text(f"{_WHAT[one.what]}: {name(pilot)}"))
    yield from _folded("DESCRIPTION", _text(_about(one)))
    if url := link(pilot):
        yield from _folded("URL", url)
    yield from _folded("TRANSP", "TRANSPARENT")
    yield from _folded("CLASS", "PRIVATE")
    yield from _folded("END", "VEVENT")


def _about(one: Date) -> str:
    pilot = one.pilot
    rows = [
        f"Owner: {line(pilot.owner.name, 80)}" if pilot.owner else "Nobody owns it.",
        f"Sponsor: {line(pilot.sponsor.name, 80)}" if pilot.sponsor else "",
    ]
    metric = pilot.metric
    if metric is not None and metric.target is not None:
        rows.append(f"Promised: {line(metric.name, 120)} {shown(metric.target, metric)}")
    if pilot.kill_line:
        rows.append(f"Stops if: {line(pilot.kill_line, 300)}")
    return "\n".join(row for row in rows if row)


def _text(value: str) -> str:
    """RFC 5545, 3.3.11: backslash, semicolon, comma and line ends are escaped; nothing else that commands is let through."""
    kept = "".join(
        sign for sign in value if sign == "\n" or (sign.isprintable() and sign not in "\u2028\u2029")
    )
    return kept.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(what: str, value: str) -> Iterator[str]:
    """RFC 5545, 3.1: a line longer than 75 octets goes on in the next, after a space; no character is cut in two."""
    piece, width = "", 0
    for sign in f"{what}:{value}":
        octets = len(sign.encode())
        if width + octets > _WIDE:
            yield f"{piece}\r\n"
            piece, width = " ", 1
        piece, width = piece + sign, width + octets
    yield f"{piece}\r\n"
