"""Stroke one of the clock: due pilots → findings → episodes and asks.

For every pilot that is due:

1. look at it as it stands today (`domain.findings.examine`);
2. close the episodes whose condition is gone, and drop what they still meant to ask;
3. open an episode for each new finding, held until `admit` lets it climb;
4. step each admitted episode up the ladder if its rung is due;
5. ask for the check-in with its one item, the first week's items, lapsed promises, the look-back or the pulse that is due;
6. store when to look again.

All of it is one transaction, so a pilot is never half judged.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from bot.domain.calendar import Calendar
from bot.domain.due import due_item, expiries, left_in_peace, open_promises, week_one, week_one_due
from bot.domain.editions import digest_day
from bot.domain.endings import proposed
from bot.domain.evidence import reason
from bot.domain.findings import Finding, Kind, Picture, examine, gate_passed, look_backs, snoozes
from bot.domain.ladder import Addressee, Role, Rung, blocker, blocker_holder, next_step
from bot.domain.once import once
from bot.domain.people import Person
from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Promise, Record, Status
from bot.domain.stages import Rules, Stage
from bot.messages import replies
from bot.services import failpoint, telling, troubles
from storage import asks, episodes, gates, pilots, record, workspaces
from storage.asks import Ask
from storage.database import Connection
from storage.episodes import Episode
from storage.ids import new_id
from storage.workspaces import Workspace

_Row = TypeVar("_Row", Episode, Ask)

#: By names of their own, as in `domain.clocks`.
_NOT_ON_IT, _SPONSOR, _DIGEST = Rung.NONE, Rung.SPONSOR, Rung.DIGEST
_RUNGS = tuple(Rung)
_SAME_BLOCKER, _SILENT, _PAUSED = Kind.SAME_BLOCKER, Kind.SILENT, Kind.PAUSED
_IDEA, _SCALED = Stage.IDEA, Stage.SCALED

#: Just after local midnight: the first tick of the day sees every change of day.
_MORNING = time(0, 5)
#: A workspace whose ladders of the day have all begun is left alone for so long; the next day's begin well before anybody is at work.
FULL_FOR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class _Decided:
    """What follows for all pilots of one look: written in one round per table, not row by row."""

    opened: list[Episode] = field(default_factory=list)
    #: (episode, rung, when the next rung falls due).
    climbed: list[tuple[str, int, date | None]] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)

    def write(self, conn: Connection, workspace_id: str) -> None:
        episodes.open_many(conn, workspace_id, self.opened)
        episodes.climb_many(conn, workspace_id, self.climbed)
        asks.add_many(conn, workspace_id, self.asked)


@dataclass(kw_only=True)
class _Look:
    """One pilot under the eye, with everything about it that was loaded."""

    conn: Connection
    workspace: Workspace
    #: The local day since which the workspace has us.
    since: date
    calendar: Calendar
    rules: Rules
    today: date
    #: Whether people work today, and the working day after it.
    workday: bool
    tomorrow: date
    now: datetime
    pilot: Pilot
    record: Record
    picture: Picture
    episodes: list[Episode]
    asked: list[Ask]
    decided: _Decided
    #: Days on which something is owed, collected on the way.
    ahead: list[date] = field(default_factory=list)

    @once
    def holder(self) -> Person | None:
        """Who can clear what blocks it."""
        return blocker_holder(self.record)

    @once
    def snoozed_until(self) -> date | None:
        """The last day of the snoozes since the last word."""
        return max((snooze.until for snooze in snoozes(self.record, self.calendar)), default=None)

    @once
    def in_peace_until(self) -> date | None:
        """The day until which somebody else has promised to clear what blocks it."""
        return left_in_peace(self.record, self.today)

    @once
    def out_of_reach(self) -> set[str]:
        """Those of this pilot's people who cannot be written to, or may not answer any more."""
        pilot = self.pilot
        people = [pilot.owner, pilot.backup, pilot.sponsor, pilot.run_owner, self.holder]
        return {one.id for one in people if one is not None and (one.out_of_reach or one.guest)}

    @once
    def blocker(self) -> Entry | None:
        """The answer that names the blocker still standing."""
        return blocker(self.record)

    @once
    def findings(self) -> dict[str, Finding]:
        """What is open, by its kind."""
        return {finding.kind: finding for finding in self.picture.findings}

    def finding(self, family: str) -> Finding | None:
        return self.findings.get(family)


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
    seen: dict[str, tuple[datetime | None, str]] = {}
    decided, mornings = _Decided(), dict[date, datetime]()
    since = calendar.today(workspace.created_at)
    workday, tomorrow = calendar.is_working(today), calendar.add(today, 1)
    for pilot_id, (pilot, its) in loaded.items():
        here = _Look(
            conn=conn,
            workspace=workspace,
            since=since,
            calendar=calendar,
            rules=rules,
            today=today,
            workday=workday,
            tomorrow=tomorrow,
            now=now,
            pilot=pilot,
            record=its,
            picture=examine(pilot, its, today, calendar, rules),
            episodes=open_episodes.get(pilot_id, []),
            asked=asked.get(pilot_id, []),
            decided=decided,
        )
        next_on = _judge(here)
        if next_on is not None and next_on not in mornings:  # many pilots share a day
            mornings[next_on] = calendar.at(next_on, _MORNING)
        seen[pilot_id] = mornings[next_on] if next_on else None, here.picture.health.value
    decided.write(conn, workspace.id)
    pilots.set_seen(conn, workspace.id, seen)


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
    # The day after an item's last one it is open again.
    here.ahead.extend(
        day + timedelta(days=1) for day in expiries(here.pilot, here.record, here.today, here.calendar)
    )
    for episode in (*still_open, *opened):
        _climb(here, episode)
    if here.picture.pause is None:
        _ask_check_in(here)
        _ask_week_one(here)
        _ask_promises(here)
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
        end = proposed(ask.details)
        ended = replace(here.pilot, stage=Stage.RETIRED, stage_since=here.today, end=end)
        pilots.save(here.conn, here.workspace.id, ended)
        entry = Entry(
            on=here.today,
            author="pilotlight",
            status=Status.END,
            text=f"Retired, not acknowledged: {end.reason}",
        )
        record.append_entry(here.conn, here.workspace.id, ended.id, entry, at=here.now, surface="clock")
        for episode in here.episodes:
            episodes.close(here.conn, here.workspace.id, episode.id, on=here.today, by="retired")
        asks.drop_of_pilot(here.conn, here.workspace.id, ended.id, "Retired, not acknowledged.")
        telling.tell(here.conn, here.workspace, ended, f"Retired, not acknowledged: {end.learning}", here.now)
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
        if any(ask.episode_id == episode.id and ask.state in asks.OPEN for ask in here.asked):
            asks.drop_of_episode(here.conn, here.workspace.id, episode.id)
    return still_open


def _open(here: _Look) -> list[Episode]:
    """Opens an episode for each finding that has none; it climbs once `admit` lets it."""
    known = {episode.family for episode in here.episodes}
    opened = []
    for finding in here.picture.findings:
        if finding.kind is not _PAUSED and finding.kind not in known:
            opened.append(
                Episode(
                    id=new_id(),
                    pilot_id=here.pilot.id,
                    family=finding.kind.value,
                    opened_on=finding.since,
                    why=finding.why,
                )
            )
    here.decided.opened.extend(opened)
    return opened


def _climb(here: _Look, episode: Episode) -> None:
    """Asks the next rung if it is due, and stores when the one after it is."""
    due, finding = episode.rung_due_on, here.finding(episode.family)
    if episode.climbs_from is None or due is None or finding is None:
        return
    if episode.family in here.workspace.settings.rules_off:  # switched off by the admin: seen, not asked
        return
    due = _not_while_snoozed(here, due)
    due = _not_before_the_promise(here, episode, due)
    if _passed_over(here, episode):
        due = min(due, here.today)
    step = next_step(
        finding.kind, _RUNGS[episode.rung], here.pilot, here.record, here.today, here.calendar, here.rules
    )
    if step is None:
        here.decided.climbed.append((episode.id, episode.rung, None))
        return
    if step.rung is _SPONSOR:
        due = _announced(here, episode, step.to, due)
    if due > here.today or not here.workday or _still_waiting(here, episode):
        # A question that still waits for its person's budget keeps its rung: nobody is escalated over unasked.
        if due != episode.rung_due_on:
            here.decided.climbed.append((episode.id, episode.rung, due))
        here.ahead.append(max(due, here.tomorrow))
        return
    for addressee in step.to:
        _ask(here, addressee, kind=finding.kind.value, rung=step.rung, episode=episode)
    if step.rung is _DIGEST:
        _tell_if_nobody_is_left(here)
    next_due = here.calendar.add(here.today, step.wait) if step.wait is not None else None
    here.decided.climbed.append((episode.id, step.rung, next_due))
    if next_due is not None:
        # The day before as well: what is announced is announced a working day ahead.
        here.ahead.extend((here.calendar.before(next_due), next_due))


def _still_waiting(here: _Look, episode: Episode) -> bool:
    return any(ask.episode_id == episode.id and ask.state == "waiting" for ask in here.asked)


def _tell_if_nobody_is_left(here: _Look) -> None:
    """The admins hear of a pilot whose people are all out of reach: the digest alone would be read by whoever happens to."""
    named = [one for one in (here.pilot.owner, here.pilot.backup, here.pilot.sponsor) if one is not None]
    if named and not any(one.can_be_asked(here.today) for one in named):
        text = replies.nobody_left(here.pilot.name, [one.name for one in named])
        troubles.notice(here.conn, here.workspace.id, f"nobody:{here.pilot.id}", text, here.now)


def _passed_over(here: _Look, episode: Episode) -> bool:
    """Drops what waits for people who cannot be written to any more; whether this leaves nobody asked on the rung."""
    if not here.out_of_reach:
        return False
    lost = [
        ask
        for ask in here.asked
        if ask.episode_id == episode.id and ask.state == "waiting" and ask.person_id in here.out_of_reach
    ]
    for ask in lost:
        asks.drop(here.conn, here.workspace.id, ask.id)
        here.asked.remove(ask)
    asked = {ask.rung for ask in here.asked if ask.episode_id == episode.id and ask.kind != "announce"}
    return any(ask.rung == episode.rung and ask.kind != "announce" for ask in lost) and (
        episode.rung not in asked
    )


def _not_while_snoozed(here: _Look, due: date) -> date:
    """A snooze holds the ladder to the end of its last day, never the finding."""
    until = here.snoozed_until
    return here.calendar.add(until, 1) if until is not None and due <= until and here.today <= until else due


def _not_before_the_promise(here: _Look, episode: Episode, due: date) -> date:
    """Where a holder owes something by a date, the owner is left in peace until then."""
    if episode.family == _SAME_BLOCKER or episode.rung >= _SPONSOR:
        return due
    holder, answer = here.holder, here.blocker
    named = answer.holder_by if holder is not None and answer is not None else None
    until = here.in_peace_until or named
    # The holder has the whole of the promised day.
    return max(due, here.calendar.add(until, 1)) if until is not None else due


def _announced(here: _Look, episode: Episode, to: tuple[Addressee, ...], due: date) -> date:
    """The sponsor's day, moved until the owner was told a working day before it.

    Nothing is announced to an owner who cannot be reached, or who is the one asked.
    """
    owner = here.pilot.owner
    if (
        owner is None
        or not owner.can_be_asked(here.today)
        or any(one.person.id == owner.id for one in to)
        or episode.rung == _NOT_ON_IT
        # What climbs the holder's line is not announced to the owner, who is left in peace.
        or (episode.family == _SAME_BLOCKER and here.holder is not None)
    ):
        return due
    told = next((ask for ask in here.asked if ask.episode_id == episode.id and ask.kind == "announce"), None)
    if told is None:
        if here.today < here.calendar.before(due):
            return due
        sponsor_on = max(due, here.tomorrow)
        _ask(
            here,
            Addressee(person=owner, role=Role.OWNER),
            kind="announce",
            rung=Rung.SPONSOR,
            episode=episode,
            details={
                "sponsor_on": sponsor_on.isoformat(),
                "digest_on": digest_day(
                    here.calendar,
                    here.workspace.settings.digest_weekday,
                    here.calendar.add(sponsor_on, here.rules.waits[2]),
                ).isoformat(),
            },
        )
        return sponsor_on
    if told.state == "waiting" or told.said_on is None or told.said_on >= here.today:
        return max(due, here.tomorrow)
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
    here.decided.asked.append(
        Ask(
            id=new_id(),
            pilot_id=here.pilot.id,
            episode_id=episode.id if episode else None,
            kind=kind,
            rung=int(rung),
            person_id=to.person.id,
            role=to.role.value,
            created_on=here.today,
            created_at=here.now,
            not_before=here.now,
            details=details or {},
        )
    )


# Asks without an episode.


def _ask_check_in(here: _Look) -> None:
    """The three questions, once per silence, on the working day the silence reaches the cadence; with one due item."""
    due, owner = here.picture.check_in_on, here.pilot.owner
    if (
        due is None
        or due > here.today
        or owner is None
        or not owner.can_be_asked(here.today)
        or _left_in_peace(here)
    ):
        return
    spoke_on = here.picture.last_word.on if here.picture.last_word else here.pilot.started
    asked = any(ask.kind == "checkin" and ask.created_on > spoke_on for ask in here.asked)
    if not asked and here.finding(_SILENT) is None and here.workday:
        _ask(here, Addressee(person=owner, role=Role.OWNER), kind="checkin")
        _ask_item(here, owner)


def _left_in_peace(here: _Look) -> bool:
    """Whether somebody else has promised to clear what blocks it: the owner is not asked until that day is over."""
    until = here.in_peace_until
    if until is not None:
        here.ahead.append(until + timedelta(days=1))
    return until is not None


def _ask_item(here: _Look, owner: Person) -> None:
    """The one due item that rides with a check-in; what was put off last time comes last."""
    items = [ask for ask in here.asked if ask.kind == "item"]
    for ask in items:
        if ask.state in asks.OPEN:
            asks.drop(here.conn, here.workspace.id, ask.id)
    later = [str(ask.details.get("code", "")) for ask in items[-1:] if ask.details.get("later")]
    due = due_item(here.pilot, here.record, here.today, here.calendar, later=later)
    if due is not None:
        _ask(
            here,
            Addressee(person=owner, role=Role.OWNER),
            kind="item",
            details={"code": due.code, "why": due.why},
        )


def _ask_week_one(here: _Look) -> None:
    """I1 to I4 after the first week of build: one question, with what waiting costs."""
    due_on, owner = week_one_due(here.pilot, here.calendar), here.pilot.owner
    if due_on is None:
        return
    if here.today <= due_on:
        here.ahead.append(here.calendar.add(due_on, 1))
        return
    late = week_one(here.pilot, here.record, here.today, here.calendar)
    asked = any(ask.kind == "week_one" and ask.created_on >= here.pilot.stage_since for ask in here.asked)
    if late is None or asked or owner is None or owner.gone(here.today) or _left_in_peace(here):
        return
    if here.workday:
        cost = f"{late.cost:,f} {here.workspace.settings.currency}" if late.cost else ""
        days = f"{late.late} working day{'' if late.late == 1 else 's'}"
        _ask(
            here,
            Addressee(person=owner, role=Role.OWNER),
            kind="week_one",
            details={
                "codes": " ".join(late.codes),
                "due": late.due_on.isoformat(),
                "late": days,
                "cost": cost,
                "why": _why_open(here, late.codes),
            },
        )


def _why_open(here: _Look, codes: Sequence[str]) -> str:
    """What a repository says against the first of these items: "I1: a notebook is all there is"."""
    told = [
        f"{item.code}: {reason(item.evidence)}"
        for item in here.record.items
        if item.code in codes and item.state == "open" and item.automatic and "://" in item.evidence
    ]
    return min(told, default="")


def _ask_promises(here: _Look) -> None:
    """A lapsed promise reopens its gate's question and climbs its holder's line: asked, asked once more, the sponsor."""
    if not here.pilot.stage.running:
        return
    for promise in open_promises(here.record):
        if promise.by is None:
            continue
        if promise.by >= here.today:
            here.ahead.append(promise.by + timedelta(days=1))
            continue
        if here.workday:
            _climb_promise(here, promise)
        else:
            here.ahead.append(here.tomorrow)


def _climb_promise(here: _Look, promise: Promise) -> None:
    gate = _reopen_gate(here, promise)
    # One that was moved begins anew with its new day.
    due_by = promise.by.isoformat() if promise.by else ""
    about = [
        ask
        for ask in here.asked
        if ask.kind == "promise"
        and (ask.details.get("text"), ask.details.get("by")) == (promise.text, due_by)
    ]
    # An answer that does not keep it leaves its rungs running.
    if any(ask.state == "waiting" for ask in about):
        # A question that waits for its person's budget keeps its rung.
        here.ahead.append(here.tomorrow)
        return
    rung, due = Rung.OWNER, here.today
    if about:
        last = about[-1]
        if last.rung >= Rung.SPONSOR:
            return
        rung = Rung(last.rung + 1)
        due = here.calendar.add(last.said_on or last.created_on, here.rules.waits[last.rung - 1])
    to = _holders_line(here, promise, rung)
    while to is None and rung < Rung.SPONSOR:
        # Whoever cannot be reached takes no time.
        rung, due = Rung(rung + 1), here.today
        to = _holders_line(here, promise, rung)
    if to is None:
        return
    if due > here.today:
        here.ahead.append(due)
        return
    details = {"text": promise.text, "by": due_by}
    _ask(here, to, kind="promise", rung=rung, details={**details, **({"gate": gate} if gate else {})})
    if rung < Rung.SPONSOR:
        here.ahead.append(here.calendar.add(here.today, here.rules.waits[rung - 1]))


def _holders_line(here: _Look, promise: Promise, rung: Rung) -> Addressee | None:
    """Who is asked on a rung of a promise: its holder twice, then the sponsor."""
    if rung is Rung.SPONSOR:
        found, role = here.pilot.sponsor, Role.SPONSOR
    else:
        found = promise.holder or here.pilot.owner
        mine = here.pilot.owner is not None and found is not None and found.id == here.pilot.owner.id
        role = Role.OWNER if mine else Role.HOLDER
    return Addressee(person=found, role=role) if found is not None and not found.gone(here.today) else None


def _reopen_gate(here: _Look, promise: Promise) -> str:
    """Opens the question of the gate that was passed with a promise; which gate that is, empty where none is."""
    for decision in reversed(gates.of_pilot(here.conn, here.workspace.id, here.pilot.id)):
        if promise.text.replace(";", ",") in decision.evidence and "promise" in decision.evidence:
            if decision.state == "passed":
                gates.reopen(here.conn, here.workspace.id, decision.id, by="pilotlight", now=here.now)
            return decision.gate.value
    return ""


def _ask_look_back(here: _Look) -> None:
    """The number, 30, 60 and 120 working days after scaling, from whoever runs it now."""
    if here.pilot.stage is not _SCALED:
        return
    runner = _first(here.today, here.pilot.run_owner, here.pilot.owner)
    for due in look_backs(here.pilot, here.calendar, here.rules):
        if due > here.today:
            here.ahead.append(due)
            continue
        early = here.calendar.before(due, here.rules.look_back_early)
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
        or here.pilot.stage is _IDEA
        or sponsor is None
        or not sponsor.can_be_asked(here.today)
    ):
        return
    decided = [entry.on for entry in here.record.entries if entry.author == sponsor.id and entry.word]
    for ask in here.asked:
        if ask.kind == "pulse" and ask.state in asks.OPEN and decided and decided[-1] >= ask.created_on:
            # Any decision of the sponsor's is the tap.
            asks.drop(here.conn, here.workspace.id, ask.id)
    asked = [ask.created_on for ask in here.asked if ask.kind == "pulse"]
    since = max([here.pilot.stage_since, here.since, *decided, *asked])
    due = here.calendar.add(since, here.rules.pulse_every)
    if due > here.today:
        here.ahead.append(due)
    elif here.workday:
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
    if asked or not pilot.sponsor.can_be_asked(here.today) or not here.workday:
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
    return next((person for person in people if person is not None and person.can_be_asked(day)), None)


def _whole_pilots(held: Sequence[Episode], room: int, *, fresh: bool) -> list[Episode]:
    """As many as there is room for, and no pilot's in part, unless one alone is more than a whole day holds."""
    of_pilot: dict[str, list[Episode]] = {}
    for episode in held:
        of_pilot.setdefault(episode.pilot_id, []).append(episode)
    chosen: list[Episode] = []
    for its in of_pilot.values():
        if len(chosen) + len(its) > room:
            return chosen or (its[:room] if fresh else [])
        chosen += its
    return chosen


def admit(conn: Connection, now: datetime, full: dict[str, datetime] | None = None) -> int:
    """Lets held episodes climb, a few per workspace and local working day: the amnesty of a first import.

    The costliest per week first, then the costliest to date, then the longest silent. All that is open about one pilot
    begins on one day, so that its owner is not asked about it today and, as if anew, tomorrow.

    Args:
        conn: a writing transaction.
        now: the moment.
        full: workspaces in which there was no room, and until when they need not be asked again; changed in place. With
            thousands of them under an amnesty, asking each at every tick would cost more than all the looks.

    Returns:
        How many.

    """
    admitted, full = 0, {} if full is None else full
    for workspace_id in episodes.holding(conn):
        if now < full.get(workspace_id, now) <= now + FULL_FOR:
            continue
        workspace = workspaces.get(conn, workspace_id)
        if workspace is None:
            continue
        begun = _admit_in(conn, workspace, now)
        admitted += begun
        if not begun:
            full[workspace_id] = now + FULL_FOR
    for workspace_id in [one for one, until in full.items() if not now < until <= now + FULL_FOR]:
        del full[workspace_id]
    if admitted:
        failpoint.reach("admit.before_commit")
    return admitted


def _admit_in(conn: Connection, workspace: Workspace, now: datetime) -> int:
    calendar, rules = workspace.settings.calendar(), workspace.settings.rules()
    today = calendar.today(now)
    if not calendar.is_working(today):
        return 0
    room = rules.new_episodes_a_day - episodes.opened_today(conn, workspace.id, today)
    held = episodes.held(conn, workspace.id, limit=room + len(Kind)) if room > 0 else []
    begun = _whole_pilots(held, room, fresh=room == rules.new_episodes_a_day)
    for episode in begun:
        episodes.begin(conn, workspace.id, episode.id, climbs_from=today, rung_due_on=today)
        pilots.touch(conn, workspace.id, episode.pilot_id, now)
    return len(begun)
