"""What the page shows, read in a few statements whatever the size of the registry.

The database counts, filters and sorts; only the pilots that are shown are loaded with their records and looked at anew.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import groupby

from bot.domain.digest import Funnel, Seen, speaker
from bot.domain.findings import Health
from bot.domain.forecast import CannotSay, Forecast, forecast
from bot.domain.ladder import Rung, top
from bot.domain.readiness import Standing, evidence_of, shares, standings
from bot.domain.record import Counts, Entry, Status
from bot.domain.stages import Stage
from bot.domain.story import Story, story
from bot.domain.survival import Cohort, cohorts, fate, quarter_of
from bot.messages.figures import shown
from bot.services import asking, seeing
from storage import gates, pilots
from storage import portfolio as stored
from storage.database import Connection
from storage.gates import Decision
from storage.portfolio import Waiting, Wanted
from storage.workspaces import Workspace

#: Pilots on one page, decisions above them, and departments to choose from.
ROWS, DECISIONS, DEPARTMENTS = 50, 6, 200
_BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One pilot as a list shows it."""

    seen: Seen
    told: Forecast | CannotSay
    #: Since when it waits for a decision; None: it does not.
    waits_since: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """The first page: decisions, the funnel, one page of pilots."""

    today: date
    currency: str
    pilots: int
    spent: Decimal
    waiting: Waiting
    #: The oldest decisions; `waiting` counts them all.
    decisions: tuple[Row, ...]
    funnel: Funnel
    healths: Mapping[Health, int]
    #: Pilots that no look has reached yet: they stand in no colour.
    unseen: int
    departments: tuple[str, ...]
    wanted: Wanted
    rows: tuple[Row, ...]
    #: How many fit, on which page we are (from 1) and how many pages there are.
    total: int
    page: int
    pages: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """One row of the timeline."""

    on: date
    #: A word for the style: an entry's status, or signal.
    kind: str
    what: str
    who: str
    text: str
    #: A run of readings that nobody said a word about is one row: how many, and the oldest of them.
    count: int = 1
    first_on: date | None = None
    first_text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class One:
    """One pilot with everything that is told of it."""

    row: Row
    story: Story
    gates: tuple[Decision, ...]
    #: The share of each checklist, by its letter, and every item as it stands, by code.
    shares: Mapping[str, float]
    items: Mapping[str, Standing]
    #: Newest first.
    timeline: tuple[Happened, ...]
    currency: str
    names: Mapping[str, str] = field(default_factory=dict)


def overview(conn: Connection, workspace: Workspace, today: date, wanted: Wanted, page: int) -> Overview:
    """The first page.

    Args:
        conn: a transaction.
        workspace: whose.
        today: the day, in the workspace's zone.
        wanted: which pilots and in which order.
        page: from 1; one beyond the last is the last.

    """
    counted = stored.counts(conn, workspace.id)
    by_stage: Counter[Stage] = Counter()
    by_health: Counter[str] = Counter()
    for one in counted:
        by_stage[one.stage] += one.pilots
        by_health[one.health] += one.pilots
    # Where everything is wanted, it has been counted already.
    known = by_stage.total() if replace(wanted, sort="need") == Wanted() else None
    found, total = stored.find(conn, workspace.id, wanted, limit=ROWS, offset=(page - 1) * ROWS, total=known)
    pages = max(1, -(-total // ROWS))
    if page > pages:
        page = pages
        found, _ = stored.find(conn, workspace.id, wanted, limit=ROWS, offset=(page - 1) * ROWS, total=total)
    waiting = stored.waiting(conn, workspace.id, DECISIONS)
    rows = {
        row.seen.pilot.id: row for row in rows_of(conn, workspace, today, list({*found, *waiting.oldest}))
    }
    return Overview(
        today=today,
        currency=workspace.settings.currency,
        pilots=by_stage.total(),
        spent=sum((one.spent for one in counted), Decimal(0)),
        waiting=waiting,
        decisions=tuple(rows[one] for one in waiting.oldest if one in rows),
        funnel=Funnel(
            stages={stage: by_stage[stage] for stage in Stage}, vanished=sum(one.vanished for one in counted)
        ),
        healths={health: by_health[health.value] for health in Health},
        unseen=by_health[""],
        departments=tuple(sorted({one.department for one in counted} - {""})[:DEPARTMENTS]),
        wanted=wanted,
        rows=tuple(rows[one] for one in found if one in rows),
        total=total,
        page=page,
        pages=pages,
    )


def rows_of(conn: Connection, workspace: Workspace, today: date, ids: Sequence[str]) -> list[Row]:
    """Pilots as a list shows them; an unknown id is left out."""
    return [_row(seen, today) for seen in seeing.see(conn, workspace, today, ids)]


def _row(seen: Seen, today: date) -> Row:
    open_ = [one.since for one in seen.picture.findings if top(one.kind, seen.pilot) is Rung.DIGEST]
    return Row(
        seen=seen,
        told=forecast(seen.pilot.metric, seen.record.readings, today),
        waits_since=min(open_) if open_ and seen.rung is Rung.DIGEST else None,
    )


def one(conn: Connection, workspace: Workspace, today: date, pilot_id: str) -> One | None:
    """One pilot; None: no such in this workspace."""
    found = rows_of(conn, workspace, today, [pilot_id])
    if not found:
        return None
    seen, settings = found[0].seen, workspace.settings
    told = story(
        seen.pilot,
        seen.record,
        seen.picture,
        today=today,
        calendar=settings.calendar(),
        rules=settings.rules(),
        asked=asking.of_pilot(conn, workspace.id, pilot_id),
        rung=seen.rung,
        people=seen.people,
        names=dict(pilots.titles(conn, workspace.id)),
        currency=settings.currency,
    )
    items = standings(evidence_of(seen.pilot, seen.record), today, settings.calendar())
    return One(
        row=found[0],
        story=told,
        gates=tuple(gates.of_pilot(conn, workspace.id, pilot_id)),
        shares=shares(items),
        items=items,
        timeline=_timeline(seen),
        currency=settings.currency,
        names=seen.people,
    )


#: An entry's status as it is read.
_CALLED = {
    Status.STOP: "would stop it",
    Status.ITEM: "checklist",
    Status.ACK: "on it",
    Status.END: "end",
    Status.REFUSED: "refused as outcome",
}


def _timeline(seen: Seen) -> tuple[Happened, ...]:
    """What people said and did, and the signals that counted, newest first."""
    metric = seen.pilot.metric
    found = [
        (
            entry.on,
            entry.seq,
            Happened(
                on=entry.on,
                kind=entry.status.value,
                what=_CALLED.get(entry.status, entry.status.value)
                + (
                    f" {shown(entry.value, metric, seen.record.readings)}"
                    if entry.value is not None and metric
                    else ""
                ),
                who=speaker(entry.author, seen.pilot, seen.people),
                text=_without_code(entry),
            ),
        )
        for entry in seen.record.entries
    ]
    found += [
        (
            one.on,
            -1,
            Happened(
                on=one.on,
                kind="signal",
                what=one.kind.replace("_", " "),
                who=speaker(one.actor, seen.pilot, seen.people)
                if one.counts is Counts.INTEREST
                else one.actor,
                text=one.text,
            ),
        )
        for one in seen.record.activities
        if one.counts is not Counts.NO
    ]
    return tuple(_folded([one for _, _, one in sorted(found, key=lambda one: one[:2], reverse=True)]))


def _without_code(entry: Entry) -> str:
    """An entry's words; of a refusal its reason, without the code that it is stored under."""
    code, colon, why = entry.text.partition(": ")
    return why if entry.status is Status.REFUSED and colon and code.isupper() else entry.text


def _folded(rows: Sequence[Happened]) -> Iterator[Happened]:
    """The rows, newest first, with each run of a connector's readings as one."""
    for (kind, what, _), group in groupby(rows, key=lambda one: (one.kind, one.what, one.who)):
        run = list(group)
        if (kind, what) == ("signal", "reading") and len(run) > 1:
            oldest = run[-1]
            yield replace(run[0], count=len(run), first_on=oldest.on, first_text=oldest.text)
        else:
            yield from run


def every(conn: Connection, workspace: Workspace, today: date, wanted: Wanted) -> Iterator[Row]:
    """Every pilot wanted, in order, a batch in memory at a time."""
    at, total = 0, 1
    while at < total:
        found, total = stored.find(conn, workspace.id, wanted, limit=_BATCH, offset=at)
        rows = {row.seen.pilot.id: row for row in rows_of(conn, workspace, today, found)}
        yield from (rows[pilot_id] for pilot_id in found if pilot_id in rows)
        at += _BATCH


def survival(conn: Connection, workspace: Workspace) -> tuple[Cohort, ...]:
    """What became of the pilots of each quarter, the first quarter first."""
    found: dict[tuple[int, int], Counter[str]] = {}
    for began in stored.began(conn, workspace.id):
        found.setdefault(quarter_of(began.started), Counter())[fate(began.stage, began.vanished)] += (
            began.pilots
        )
    return cohorts(found)
