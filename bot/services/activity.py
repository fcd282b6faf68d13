"""One thing told by a source outside chat → filed under its pilots, judged by the rules, kept once."""

import hashlib
import logging
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain import activity as rules
from bot.domain.activity import Circumstances, absence, judged, reading_value
from bot.domain.errors import UserError
from bot.domain.people import Absence
from bot.domain.pilot import Pilot
from bot.domain.record import Activity, Counts, Reading, Record
from bot.domain.replay import as_of
from bot.domain.stages import Stage
from bot.services.homes import Homes, share
from bot.signals.sighting import Sighting
from storage import people, pilots, record, repositories
from storage.database import Connection
from storage.workspaces import Workspace

log = logging.getLogger(__name__)

#: What was told is remembered for so long; a forge's older news is no news.
REMEMBERED = timedelta(days=120)


def file(conn: Connection, workspace: Workspace, homes: Homes, sighting: Sighting, now: datetime) -> int:
    """Files one sighting under every pilot it belongs to.

    Args:
        conn: a writing transaction.
        workspace: whose.
        homes: of its pilots.
        sighting: as a parser or an asking made it.
        now: the moment.

    Returns:
        Under how many pilots it was kept; 0 for what was told before, what is nobody's, and noise.

    Raises:
        UserError: it names a pilot that is not there, or a day that has not come.

    """
    calendar = workspace.settings.calendar()
    today = calendar.today(now)
    on = sighting.on or (calendar.today(sighting.at) if sighting.at else today)
    if sighting.repository is None:
        if on > today:
            raise UserError(
                f"{on} has not come yet: a signal counts on the day it tells, today at the latest."
            )
        pilot_id = _named(conn, workspace.id, sighting.pilot)
        told_at, parts = f"pilot/{pilot_id}", {pilot_id: sighting}
    else:
        residents = homes.get(sighting.repository, ())
        told_at = sighting.repository.id
        parts = {
            one.pilot_id: part for one in residents if (part := share(sighting, one, residents)) is not None
        }
        if not residents or (sighting.patient and sighting.kind == "merge" and not parts):
            # Without its files nobody can say whose it is; the push that it makes has them.
            return 0
    if on < today - REMEMBERED and sighting.repository is not None:
        return 0
    by_hand = _remember(conn, workspace.id, told_at, sighting, now)
    if by_hand is None:
        return 0
    return sum(
        _keep(conn, workspace, pilot_id, replace(part, by_hand=by_hand), min(on, today), now)
        for pilot_id, part in parts.items()
    )


def _named(conn: Connection, workspace_id: str, name: str) -> str:
    found = pilots.named(conn, workspace_id, name)
    if len(found) != 1:
        which = "No pilot is" if not found else f"{len(found)} pilots are"
        raise UserError(f"{which} called {name[:80]!r}: give its id, as `list all` shows it.")
    return found[0]


def _remember(
    conn: Connection, workspace_id: str, told_at: str, sighting: Sighting, now: datetime
) -> bool | None:
    """Notes that it was told.

    Returns:
        Whether a person set it off, as far as all that was told says. None: it was told before, or nobody told yet
        what set off the job that made it: then asking tells.

    """
    for how, jobs in (("scheduled", sighting.scheduled_jobs), ("started", sighting.started_jobs)):
        for job in jobs:
            repositories.first_told(conn, workspace_id, told_at, f"{how}/{job}", now)
    scheduled, started = f"scheduled/{sighting.job}", f"started/{sighting.job}"
    known = repositories.told_of(conn, workspace_id, told_at, [scheduled, started]) if sighting.job else set()
    if sighting.job and not known:
        return None
    if not repositories.first_told(conn, workspace_id, told_at, sighting.key, now):
        return None
    for key in sighting.covers:
        repositories.first_told(conn, workspace_id, told_at, key, now)
    return sighting.by_hand and scheduled not in known


def _keep(
    conn: Connection, workspace: Workspace, pilot_id: str, sighting: Sighting, on: date, now: datetime
) -> bool:
    pilots.lock(conn, workspace.id, pilot_id)
    found = pilots.get(conn, workspace.id, pilot_id)
    if found is None:
        return False
    pilot, its = found
    verdict = _judged(pilot, its, sighting, on)
    if verdict.counts is Counts.NO:
        if not _worth_a_row(conn, workspace.id, pilot_id, verdict, now):
            return False
    elif sighting.repository is not None and not repositories.first_told(
        conn, workspace.id, f"pilot/{pilot_id}", sighting.key, now
    ):
        return False  # told under the address that its repository had before
    record.append_activity(conn, workspace.id, pilot_id, verdict)
    value = reading_value(verdict)
    if value is not None:
        reading = Reading(on=on, value=value, source=verdict.source)
        record.append_reading(conn, workspace.id, pilot_id, reading, author=verdict.actor)
    _people(conn, workspace.id, pilot, verdict, now)
    pilots.touch(conn, workspace.id, pilot_id, now)
    return True


def _judged(pilot: Pilot, its: Record, sighting: Sighting, on: date) -> Activity:
    """The verdict of the rules: of several commits the first that counts speaks for all, else the first."""
    stood = as_of(pilot, its, on)
    then = stood[0] if stood else replace(pilot, stage=Stage.IDEA, end=None)
    team = frozenset(entry.author for entry in its.entries if entry.human and entry.on <= on)
    handles = {person.handle for person in pilot.people if person.id in team and person.handle}
    found = [
        judged(
            Activity(on=on, source=sighting.source, actor=change.actor, kind=sighting.kind, text=change.text),
            then,
            team | handles,
            Circumstances(
                robot=change.robot,
                by_hand=sighting.by_hand,
                rewritten=sighting.rewritten,
                paths=change.paths,
            ),
        )
        for change in sighting.changes
    ]
    return next((one for one in found if one.counts is not Counts.NO), found[0])


def _worth_a_row(
    conn: Connection, workspace_id: str, pilot_id: str, verdict: Activity, now: datetime
) -> bool:
    """Of what does not count, one of a kind a day and account is kept: robots write a record full otherwise."""
    if verdict.kind == "run":
        return False
    if verdict.kind not in rules.KINDS:
        log.info("a signal of an unknown kind counts as no", extra={"kind": verdict.kind})
    who = hashlib.sha256(f"{verdict.kind} {verdict.actor}".encode()).hexdigest()[:20]
    return repositories.first_told(
        conn, workspace_id, f"pilot/{pilot_id}", f"no/{verdict.on.isoformat()}/{who}", now
    )


def _people(conn: Connection, workspace_id: str, pilot: Pilot, verdict: Activity, now: datetime) -> None:
    """What a signal tells of people: an account that was deactivated, an absence."""
    owner = pilot.owner
    if verdict.counts is Counts.ORPHAN and owner is not None and owner.left_on is None:
        people.save(conn, workspace_id, replace(owner, left_on=verdict.on))
        for one in pilots.of_person(conn, workspace_id, owner.id):
            pilots.touch(conn, workspace_id, one.id, now)
    span = absence(verdict.text) if verdict.kind == "absence" else None
    away = next((one for one in pilot.people if verdict.actor in (one.id, one.handle)), None)
    if span is not None and away is not None:
        absent = Absence(start=span[0], end=span[1], told_on=verdict.on)
        if absent not in away.absences:
            people.add_absence(conn, workspace_id, away.id, absent)
