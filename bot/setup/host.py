"""What the playground's page asks of us: to move time, to take somebody's own spreadsheet, to say why."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

from bot.domain.people import Person
from bot.messages.figures import plural
from bot.messages.model import Text, load, plain
from bot.playground.models import Change
from bot.playground.page.host import Host, NotTakenError
from bot.services import housekeeping, transfer
from bot.setup.showroom import Showroom, played_on
from bot.setup.stage import Stage
from storage import outbox, people
from storage.database import Connection
from storage.outbox import OutboxRow

#: Lines of a report that fit beside the page.
_LINES = 30
#: Messages that the panel looks back on.
_MESSAGES = 200
#: What changes in the workspace when the program has answered somebody; what it sends of its own accord is no answer.
_ANSWERS = {"message_changed", "ephemeral", "ephemeral_changed", "view"}
#: Seconds between an act and what follows from it: its own answer comes first.
_BREATH = 0.3


def wire(host: Host, room: Showroom) -> None:
    """Gives the page its controls."""

    async def advance(by: timedelta) -> None:
        await room.advance(by)

    async def upload(content: bytes, dry_run: bool, mapping: str) -> str:
        return await _upload(room, content, dry_run=dry_run, mapping=mapping)

    async def explain() -> list[Mapping[str, str]]:
        return await room.app.database.read(lambda conn: _explain(conn, room))

    async def until() -> bool:
        return await room.until_something() > 0

    host.on_advance, host.on_until, host.on_upload, host.explain = advance, until, upload, explain


@contextlib.asynccontextmanager
async def performing(set_up: Stage, folder: Path) -> AsyncIterator[Showroom]:
    """The program on its stage: its first messages wait, and the page has its controls."""
    async with played_on(set_up, folder) as room:
        await room.step_to(room.next_hour())
        host = room.playground.page
        wire(host, room)
        host.starting = False
        room.playground.workspace.tell("host")
        async with _attentive(room):
            yield room


@contextlib.asynccontextmanager
async def _attentive(room: Showroom) -> AsyncIterator[None]:
    """What somebody's act makes due is done at once, as a running program would; only the clock waits to be pressed."""
    acted = asyncio.Event()
    slack = room.playground.workspace

    def hear(change: Change) -> None:
        said = slack.find_message(change.channel, change.ts) if change.kind == "message" else None
        if change.kind in _ANSWERS or (said is not None and not said.by_bot):
            acted.set()

    async def work() -> None:
        while True:
            await acted.wait()
            await asyncio.sleep(_BREATH)
            acted.clear()
            await room.step_to(room.clock.now)

    stop = slack.listen(hear)
    working = asyncio.create_task(work())
    try:
        yield
    finally:
        stop()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


# Somebody's own spreadsheet.


class _TakenBack(Exception):
    pass


async def _upload(room: Showroom, content: bytes, *, dry_run: bool, mapping: str = "") -> str:
    """As `pilotlight import` takes it, with `--map` where a map was chosen."""
    files = transfer.Files(
        pilots=lambda: [content], pilots_name="your file", mapping=mapping or None, mapping_name="your map"
    )
    found: list[transfer.Report] = []

    def once(conn: Connection) -> None:
        now = room.clock.now
        found[:] = [transfer.read_in(conn, room.workspace_id, files, today=room.zone_now.date(), now=now)]
        if dry_run:
            raise _TakenBack

    try:
        await room.app.database.write(once)
    except _TakenBack:
        return _told(found[0], dry_run=True)
    except transfer.Refused as refused:
        lines = [f"{name}, {problem}" for name, problem in refused.problems[:_LINES]]
        more = len(refused.problems) - len(lines)
        tail = [f"… and {more:,} more"] if more > 0 else []
        raise NotTakenError(
            "\n".join(["Nothing was imported. Correct these and try again:", *lines, *tail])
        ) from refused
    await _seat(room)
    return _told(found[0], dry_run=False)


def _told(report: transfer.Report, *, dry_run: bool) -> str:
    lines = [
        f"{'Would import' if dry_run else 'Imported'} {plural(report.pilots, 'pilot')}; {plural(report.people, 'person is', 'people are')} named.",
        "Stages: " + ", ".join(f"{stage} {count:,}" for stage, count in report.stages.items()),
        f"{report.measurable:,} of {report.pilots:,} name an outcome that can be measured.",
        "From the next working day on at most 10 new questions a day are asked, the costliest pilots first.",
        *(str(note) for _, note in report.notes[:_LINES]),
    ]
    if len(report.notes) > _LINES:
        lines.append(f"… and {len(report.notes) - _LINES:,} more notes")
    return "\n".join(lines)


async def _seat(room: Showroom) -> None:
    """Gives everybody whom the file names an account in the playground, so that their messages can be read."""
    slack = room.playground.workspace
    taken = {user.name for user in slack.people()}

    def strangers(conn: Connection) -> list[Person]:
        return people.without_address(conn, room.workspace_id)

    for person in await room.app.database.read(strangers):
        if person.handle and person.handle not in taken:
            slack.add_user(person.handle, real_name=person.name, tz="Europe/Berlin")
    await housekeeping.refresh_people(room.app.database, room.app.chats, room.workspace_id, room.clock.now)


# Why.

#: Of messages that name no rule, or name none any more since they were answered.
_ELSE = {
    "digest": "The week's digest, on its day.",
    "nudge": "It was answered since, and says so in the same place.",
    "told": "Something was decided that concerns them.",
    "notice": "Something could not be done, and they can mend it.",
}


def _explain(conn: Connection, room: Showroom) -> list[Mapping[str, str]]:
    names = {one.id: one.name for one in people.all_of(conn, room.workspace_id).values()}
    rows = [row for row in outbox.history(conn, room.workspace_id, limit=_MESSAGES) if row.kind != "update"]
    return [
        {
            "time": (row.sent_at or row.created_at).isoformat(),
            "to": names.get(row.person_id or "", "") or "the leadership channel",
            "text": load(row.content).headline,
            "why": _why(row),
        }
        for row in reversed(rows)
    ]


def _why(row: OutboxRow) -> str:
    """The rules that a message names; the digest is its own reason."""
    if row.kind == "digest":
        return _ELSE["digest"]
    rules = [
        plain(part.spans)
        for section in load(row.content).sections
        for part in section.parts
        if isinstance(part, Text) and part.quiet
    ]
    return " ".join(dict.fromkeys(rules)) or _ELSE.get(row.kind, "Somebody did something that concerns them.")
