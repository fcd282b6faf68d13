"""Stroke one of the clock: due pilots → findings → episodes and asks.

For every pilot that is due:

1. look at it as it stands today (`domain.findings.examine`);
2. close the episodes whose condition is gone, and drop what they still meant to ask;
3. open an episode for each new finding, held until `admit` lets it climb;
4. step each admitted episode up the ladder if its rung is due;
5. ask for the check-in, the look-back or the sponsor's pulse that is due;
6. store when to look again.

All of it is one transaction, so a pilot is never half judged.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from bot.domain.calendar import Calendar
from bot.domain.findings import Finding, Kind, Picture, examine, gate_passed, look_backs, snoozes
from bot.domain.ladder import Addressee, Role, Rung, blocker, blocker_holder, next_step
from bot.domain.people import Person
from bot.domain.pilot import Cause, End, Pilot
from bot.domain.record import Entry, Record, Status
from bot.domain.stages import Rules, Stage
from bot.services import failpoint
from storage import asks, episodes, pilots, record, workspaces
from storage.asks import Ask
from storage.database import Connection
from storage.episodes import Episode
from storage.workspaces import Workspace

_Row = TypeVar("_Row", Episode, Ask)

#: Just after local midnight: the first tick of the day sees every change of day.
_MORNING = time(0, 5)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """One pilot under the eye, with everything about it that was loaded."""

    conn: Connection
    workspace: Workspace
    calendar: Calendar
    rules: Rules
    today: date
    now: datetime
    pilot: Pilot
    record: Record
    picture: Picture
    episodes: list[Episode]
    asked: list[Ask]
    #: Days on which something is owed, collected on the way.
    ahead: list[date] = field(default_factory=list)

    def finding(self, family: str) -> Finding | None:
        return next((finding for finding in self.picture.findings if finding.kind == family), None)


def look(conn: Connection, now: datetime, *, limit: int) -> int:
    """Judges up to `limit` due pilots; returns how many there were."""
    claimed = pilots.claim_due(conn, now, limit)
    by_workspace: dict[str, list[str]] = defaultdict(list)
    for workspace_id, pilot_id in claimed:
        by_workspace[workspace_id].append(pilot_id)
    for workspace_id, ids in by_workspace.items():
        workspace = workspaces.get(conn, workspace_id)
        if workspace is not None:
            look_now(conn, workspace, ids, now)
    if claimed:
        failpoint.reach("look.before_commit")
    return len(claimed)


def look_now(conn: Connection, workspace: Workspace, ids: list[str], now: datetime) -> None:
    """Judges certain pilots at once: somebody just did something to them."""
    calendar, rules = workspace.settings.calendar(), workspace.settings.rules()
    today = calendar.today(now)
    loaded = pilots.load(conn, workspace.id, ids)
    open_episodes = _by_pilot(episodes.open_of(conn, workspace.id, ids))
    asked = _by_pilot(asks.of_pilots(conn, workspace.id, ids))
    again: dict[str, datetime | None] = {}
    for pilot_id, (pilot, its) in loaded.items():
        here = _Look(
            conn=conn,
            workspace=workspace,
            calendar=calendar,
            rules=rules,
            today=today,
            now=now,
            pilot=pilot,
            record=its,
            picture=examine(pilot, its, today, calendar, rules),
            episodes=open_episodes.get(pilot_id, []),
            asked=asked.get(pilot_id, []),
        )
        next_on = _judge(here)
        again[pilot_id] = calendar.at(next_on, _MORNING) if next_on else None
    pilots.set_next_look(conn, workspace.id, again)


def _by_pilot(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.pilot_id].append(row)
    return found


def _judge(here: _Look) -> date | None:
    """Everything that follows from one look; returns the day to look again."""
    if _stands(here):
        return here.today + timedelta(days=1)
    still_open = _close(here)
    opened = _open(here)
    here.ahead.extend(day for day in (here.picture.next_on,) if day is not None)
    for episode in (*still_open, *opened):
        _climb(here, episode)
    if here.picture.pause is None:
        _ask_check_in(here)
        _ask_look_back(here)
        _ask_pulse(here)
        _quote_kill_line(here)
    later = [day for day in here.ahead if day > here.today]
    return min(later, default=None)


def _stands(here: _Look) -> bool:
    """Ends a pilot whose owner's retirement nobody answered in time: "not acknowledged" on the record."""
    for ask in here.asked:
        if ask.kind != "retire" or ask.state not in asks.OPEN:
            continue
        stands_on = date.fromisoformat(ask.details["stands_on"])
        if stands_on > here.today:
            here.ahead.append(stands_on)
            continue
        learning = str(ask.details["learning"])
        end = End(state=Stage.RETIRED, reason=learning, cause=Cause(ask.details["cause"]), learning=learning)
        ended = replace(here.pilot, stage=Stage.RETIRED, stage_since=here.today, end=end)
        pilots.save(here.conn, here.workspace.id, ended)
        entry = Entry(
            on=here.today,
            author="pilotlight",
            status=Status.END,
            text=f"Retired, not acknowledged: {learning}",
        )
        record.append_entry(here.conn, here.workspace.id, ended.id, entry, at=here.now, surface="clock")
        for episode in here.episodes:
            episodes.close(here.conn, here.workspace.id, episode.id, on=here.today, by="retired")
        asks.drop_of_pilot(here.conn, here.workspace.id, ended.id, "Retired, not acknowledged.")
        return True
    return False


def _close(here: _Look) -> list[Episode]:
    """Ends the episodes whose condition is gone; while paused they rest, and nothing of them is asked."""
    still_open = []
    for episode in here.episodes:
        if here.finding(episode.family) is not None:
            still_open.append(episode)
            continue
        if here.picture.pause is None:
            episodes.close(here.conn, here.workspace.id, episode.id, on=here.today, by="condition gone")
        asks.drop_of_episode(here.conn, here.workspace.id, episode.id)
    return still_open


def _open(here: _Look) -> list[Episode]:
    """Opens an episode for each finding that has none; it climbs once `admit` lets it."""
    known = {episode.family for episode in here.episodes}
    opened = []
    for finding in here.picture.findings:
        if finding.kind is not Kind.PAUSED and finding.kind not in known:
            opened.append(
                episodes.open_(
                    here.conn,
                    here.workspace.id,
                    pilot_id=here.pilot.id,
                    family=finding.kind.value,
                    opened_on=finding.since,
                    why=finding.why,
                )
            )
    return [episode for episode in opened if episode is not None]


def _climb(here: _Look, episode: Episode) -> None:
    """Asks the next rung if it is due, and stores when the one after it is."""
    due, finding = episode.rung_due_on, here.finding(episode.family)
    if episode.climbs_from is None or due is None or finding is None:
        return
    due = _not_while_snoozed(here, due)
    due = _not_before_the_promise(here, episode, due)
    step = next_step(
        finding.kind, Rung(episode.rung), here.pilot, here.record, here.today, here.calendar, here.rules
    )
    if step is None:
        episodes.climb(here.conn, here.workspace.id, episode.id, rung=episode.rung, rung_due_on=None)
        return
    if step.rung is Rung.SPONSOR:
        due = _announced(here, episode, step.to, due)
    waiting = any(ask.episode_id == episode.id and ask.state == "waiting" for ask in here.asked)
    if due > here.today or waiting or not here.calendar.is_working(here.today):
        # A question that still waits for its person's budget keeps its rung: nobody is escalated over unasked.
        if due != episode.rung_due_on:
            episodes.climb(here.conn, here.workspace.id, episode.id, rung=episode.rung, rung_due_on=due)
        here.ahead.append(max(due, here.calendar.add(here.today, 1)))
        return
    for addressee in step.to:
        _ask(here, addressee, kind=finding.kind.value, rung=step.rung, episode=episode)
    next_due = here.calendar.add(here.today, step.wait) if step.wait is not None else None
    episodes.climb(here.conn, here.workspace.id, episode.id, rung=step.rung, rung_due_on=next_due)
    if next_due is not None:
        # The day before as well: what is announced is announced a working day ahead.
        here.ahead.extend((here.calendar.before(next_due), next_due))


def _not_while_snoozed(here: _Look, due: date) -> date:
    """A snooze holds the ladder to the end of its last day, never the finding."""
    until = max((snooze.until for snooze in snoozes(here.record, here.calendar)), default=None)
    return here.calendar.add(until, 1) if until is not None and due <= until and here.today <= until else due


def _not_before_the_promise(here: _Look, episode: Episode, due: date) -> date:
    """Where a holder owes something by a date, the owner is left in peace until then."""
    holder, answer = blocker_holder(here.record), blocker(here.record)
    if holder is None or answer is None or answer.holder_by is None or episode.family == Kind.SAME_BLOCKER:
        return due
    return max(due, answer.holder_by) if episode.rung < Rung.SPONSOR else due


def _announced(here: _Look, episode: Episode, to: tuple[Addressee, ...], due: date) -> date:
    """The sponsor's day, moved until the owner was told a working day before it.

    Nothing is announced to an owner who cannot be reached, or who is the one asked.
    """
    owner = here.pilot.owner
    if (
        owner is None
        or owner.gone(here.today)
        or any(one.person.id == owner.id for one in to)
        or episode.rung == Rung.NONE
    ):
        return due
    told = next((ask for ask in here.asked if ask.episode_id == episode.id and ask.kind == "announce"), None)
    if told is None:
        if here.today < here.calendar.before(due):
            return due
        sponsor_on = max(due, here.calendar.add(here.today, 1))
        _ask(
            here,
            Addressee(person=owner, role=Role.OWNER),
            kind="announce",
            rung=Rung.SPONSOR,
            episode=episode,
            details={
                "sponsor_on": sponsor_on.isoformat(),
                "digest_on": here.calendar.add(sponsor_on, here.rules.waits[2]).isoformat(),
            },
        )
        return sponsor_on
    if told.state == "waiting" or told.said_on is None or told.said_on >= here.today:
        return max(due, here.calendar.add(here.today, 1))
    return due


def _ask(
    here: _Look,
    to: Addressee,
    *,
    kind: str,
    rung: Rung = Rung.NONE,
    episode: Episode | None = None,
    details: dict[str, str] | None = None,
) -> None:
    asks.add(
        here.conn,
        here.workspace.id,
        pilot_id=here.pilot.id,
        episode_id=episode.id if episode else None,
        kind=kind,
        rung=int(rung),
        person_id=to.person.id,
        role=to.role.value,
        on=here.today,
        now=here.now,
        details=details or {},
    )


# Asks without an episode.


def _ask_check_in(here: _Look) -> None:
    """The three questions, once per silence, on the working day the silence reaches the cadence."""
    due, owner = here.picture.check_in_on, here.pilot.owner
    if due is None or due > here.today or owner is None or owner.gone(here.today):
        return
    spoke_on = here.picture.last_word.on if here.picture.last_word else here.pilot.started
    asked = any(ask.kind == "checkin" and ask.created_on > spoke_on for ask in here.asked)
    if not asked and here.finding(Kind.SILENT) is None and here.calendar.is_working(here.today):
        _ask(here, Addressee(person=owner, role=Role.OWNER), kind="checkin")


def _ask_look_back(here: _Look) -> None:
    """The number, 30, 60 and 120 working days after scaling, from whoever runs it now."""
    if here.pilot.stage is not Stage.SCALED:
        return
    runner = _first(here.today, here.pilot.run_owner, here.pilot.owner)
    for due in look_backs(here.pilot, here.calendar, here.rules):
        if due > here.today:
            here.ahead.append(due)
            continue
        early = due
        for _ in range(here.rules.look_back_early):
            early = here.calendar.before(early)
        came = any(reading.on >= early for reading in here.record.readings)
        asked = any(ask.kind == "look_back" and ask.created_on >= due for ask in here.asked)
        late = here.calendar.working_days(due, here.today) > here.rules.look_back_late
        if runner is not None and not came and not asked and not late:
            _ask(
                here,
                Addressee(person=runner, role=Role.RUN_OWNER),
                kind="look_back",
                details={"due": due.isoformat()},
            )


def _ask_pulse(here: _Look) -> None:
    """The sponsor's one tap, every thirty working days since they were last asked or last decided."""
    sponsor = here.pilot.sponsor
    if (
        not here.pilot.stage.running
        or here.pilot.stage is Stage.IDEA
        or sponsor is None
        or sponsor.gone(here.today)
    ):
        return
    decided = [entry.on for entry in here.record.entries if entry.word and entry.author == sponsor.id]
    asked = [ask.created_on for ask in here.asked if ask.kind == "pulse"]
    since = max([here.pilot.stage_since, here.calendar.today(here.workspace.created_at), *decided, *asked])
    due = here.calendar.add(since, here.rules.pulse_every)
    if due > here.today:
        here.ahead.append(due)
    elif here.calendar.is_working(here.today):
        _ask(here, Addressee(person=sponsor, role=Role.SPONSOR), kind="pulse")
        here.ahead.append(here.calendar.add(here.today, here.rules.pulse_every))


def _quote_kill_line(here: _Look) -> None:
    """The sentence agreed at birth, quoted to the sponsor on the decision date, once for each date."""
    pilot, due = here.pilot, here.pilot.decision_on
    if due is None or not pilot.kill_line or not pilot.stage.running or pilot.sponsor is None:
        return
    if due > here.today:
        here.ahead.append(due)
        return
    asked = any(ask.kind == "kill_line" and ask.details.get("due") == due.isoformat() for ask in here.asked)
    if asked or pilot.sponsor.gone(here.today) or not here.calendar.is_working(here.today):
        return
    agreed = [entry.on for entry in here.record.entries if gate_passed(entry.text) == "G1"]
    details = {"due": due.isoformat(), "agreed_by": pilot.sponsor.name}
    if agreed:
        details["agreed_on"] = agreed[-1].isoformat()
    if _half_the_way(here) is False:
        details["crossed"] = "yes"
    _ask(here, Addressee(person=pilot.sponsor, role=Role.SPONSOR), kind="kill_line", details=details)


def _half_the_way(here: _Look) -> bool | None:
    """Whether half the way is made, which is what the default kill line asks; None where no number says so."""
    metric, readings = here.pilot.metric, here.record.readings
    progress = metric.progress(readings[-1].value) if metric is not None and readings else None
    return None if progress is None else progress >= 0.5


def _first(day: date, *people: Person | None) -> Person | None:
    return next((person for person in people if person is not None and not person.gone(day)), None)


def admit(conn: Connection, now: datetime) -> int:
    """Lets held episodes climb, a few per workspace and local working day: the amnesty of a first import.

    The costliest per week first, then the costliest to date, then the longest silent. Returns how many.
    """
    admitted = 0
    for workspace_id in episodes.holding(conn):
        workspace = workspaces.get(conn, workspace_id)
        if workspace is None:
            continue
        calendar, rules = workspace.settings.calendar(), workspace.settings.rules()
        today = calendar.today(now)
        if not calendar.is_working(today):
            continue
        room = rules.new_episodes_a_day - episodes.opened_today(conn, workspace_id, today)
        for episode in episodes.held(conn, workspace_id, limit=max(0, room)):
            episodes.begin(conn, workspace_id, episode.id, climbs_from=today, rung_due_on=today)
            pilots.touch(conn, workspace_id, episode.pilot_id, now)
            admitted += 1
    return admitted
