"""The week in a minute: decisions first, then what else a reader wants to know.

`post` is what a channel or a person gets: at most twelve lines, the oldest decisions with their buttons. `full` is the
whole week behind "Full list" and the typed `digest`; `decisions` is every decision with its buttons, behind the typed
`list decisions`. `as_line` is an edition that rides along in a nudge.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from bot.domain.digest import (
    Ahead,
    Counts,
    Decision,
    Digest,
    Edition,
    Ended,
    Gap,
    Move,
    MoveKind,
    OwnWeek,
    Pattern,
    PeopleAsk,
    Quiet,
    Standing,
)
from bot.domain.findings import Kind
from bot.domain.stages import Stage
from bot.messages.figures import (
    STAGES,
    a_week,
    bare,
    closed,
    fact,
    last_word,
    line,
    median,
    money,
    name,
    names,
    number,
    pace,
    person,
    plural,
    quoted,
    said,
    short_money,
    shown,
    upper_first,
    weekday,
    working_days,
)
from bot.messages.model import (
    Bold,
    Button,
    Buttons,
    Chart,
    Heading,
    Message,
    Part,
    Press,
    Section,
    Series,
    Span,
    Table,
    Text,
    day,
)
from bot.messages.text import to_type

#: A channel post has so many lines, its headline so many characters.
LINES = 12
HEADLINE = 80
#: Decisions in the post, in the full list (there without buttons), and on their own: each must stay one message.
_POSTED, _LISTED, _ALONE = 3, 12, 6
#: Rows of every other part.
_ROWS = 5
_TABLE = 6
#: Pilots of an owner's that get a button of their own beside those that wait for a decision.
_CORRECTED = 4

_PATTERNS = {
    Pattern.METRIC: "the number (M)",
    Pattern.INFRASTRUCTURE: "infrastructure (I)",
    Pattern.DATA: "data (D)",
    Pattern.ORGANISATION: "organisation (O)",
}
_FUNNEL = (Stage.IDEA, Stage.FRAMED, Stage.BUILD, Stage.TRIAL, Stage.ROLLOUT, Stage.SCALED)


def post(digest: Digest) -> Message:
    """The edition as it is posted: one phone screen, the decision first."""
    top = _opening(digest)
    sections = [Section(parts=top)]
    if digest.calm:
        return Message(headline=headline(digest), sections=tuple(sections))
    rows = [
        _row(digest, at, decision, brief=True) for at, decision in enumerate(digest.decisions[:_POSTED], 1)
    ]
    sections += rows
    corrections = _corrections(digest, skip=len(rows))
    left = LINES - 1 - len(top) - 2 * len(rows) - len(corrections)
    rest = [told for part in _BRIEF if (told := part(digest))]
    lines = tuple(Text(spans=tuple(spans)) for spans in rest[:left])
    if lines:
        sections.append(Section(parts=lines))
    sections += [Section(parts=corrections)] if corrections else []
    buttons = [_more(digest, "Full list", "full")]
    if len(digest.decisions) > len(rows):
        buttons.append(_more(digest, f"All {len(digest.decisions):,} decisions", "decisions"))
    if digest.audience.edition is Edition.LEADERSHIP:
        # Answers the presser alone with a link of their own; where no page is reached, with how it would be.
        buttons.append(_say("Open the portfolio", "portfolio"))
    sections.append(Section(parts=(Buttons(buttons=tuple(buttons)),)))
    return Message(headline=headline(digest), sections=tuple(sections))


def reads(edition: Edition) -> Press:
    """What shows somebody their own edition."""
    return Press(verb="edition", args={"edition": edition.value})


def _more(digest: Digest, label: str, part: str) -> Button:
    """The rest of an edition: leadership's by what could be typed, a person's own by what only they see."""
    edition = digest.audience.edition
    if edition is Edition.LEADERSHIP:
        return _say(label, "digest" if part == "full" else "list decisions")
    return Button(label=label, press=Press(verb="edition", args={"edition": edition.value, "part": part}))


def _corrections(digest: Digest, *, skip: int) -> tuple[Part, ...]:
    """The owner's edition: a button for each pilot of theirs that no row above speaks of."""
    if digest.audience.edition is not Edition.OWNER:
        return ()
    above = {one.pilot.id for one in digest.decisions[:skip]}
    mine = [one for one in digest.pilots if one.id not in above][:_CORRECTED]
    if not mine:
        return ()
    buttons = tuple(
        Button(
            label=line(f"Correct {name(one)}", 70),
            press=Press(verb="say", args={"text": f"checkin {one.id}"}),
            says=f"Correct what is said about {name(one)}"[:75],
        )
        for one in mine
    )
    return (Buttons(buttons=buttons),)


def full(digest: Digest) -> Message:
    """The whole edition, in one message of bounded size."""
    currency = digest.currency
    waiting = [_short(digest, at, one) for at, one in enumerate(digest.decisions[:_LISTED], 1)]
    listed = (
        ("Decisions needed", waiting, len(digest.decisions)),
        ("Silent or without an owner", [_quiet(one) for one in digest.quiet[:_ROWS]], len(digest.quiet)),
        ("Moved", [_move(one, dated=True) for one in digest.moved[:_ROWS]], len(digest.moved)),
        ("Ended this week", [_ended(one, currency, 110) for one in digest.ended[:_ROWS]], len(digest.ended)),
        ("Next 14 days", [_ahead(one) for one in digest.ahead[:_ROWS]], len(digest.ahead)),
        ("People are asking about", [_asked(one) for one in digest.asked[:_ROWS]], len(digest.asked)),
    )
    sections = [Section(parts=_opening(digest))]
    sections += [_listed(title, rows, count) for title, rows, count in listed if rows]
    if digest.gap is not None:
        sections.append(_listed("The gap this month", [[upper_first(closed(_gap(digest.gap)))]], 1))
    if digest.standings:
        sections.append(Section(parts=(_table(digest.standings, digest.today),)))
    if digest.counts.pilots:
        sections.append(Section(parts=(_chart(digest), Text(spans=(_ELSEWHERE,), quiet=True))))
    if digest.own_week is not None:
        sections.append(Section(parts=(Text(spans=(_own_week(digest.own_week),), quiet=True),)))
    sections += _ways_on(digest)
    return Message(headline=headline(digest), sections=tuple(sections))


def _ways_on(digest: Digest) -> list[Section]:
    """The lists behind what the full list could only count."""
    buttons = []
    edition = digest.audience.edition
    if digest.decisions and edition is not Edition.OWNER:
        buttons.append(_more(digest, "Decide", "decisions"))
    if edition is not Edition.LEADERSHIP:
        return [Section(parts=(Buttons(buttons=(*buttons, _say("My pilots", "list mine"))),))]
    if digest.counts.attention:
        buttons.append(_say("All that need attention", "list stalled"))
    if digest.counts.pilots:
        buttons.append(_say("All pilots", "list"))
    return [Section(parts=(Buttons(buttons=tuple(buttons)),))] if buttons else []


def as_line(digest: Digest) -> str:
    """The edition in one line, for a day on which its reader gets a nudge anyway."""
    counts, edition = counts_line(digest.counts, digest.before), digest.audience.edition
    pilots, _, how = counts.partition(": ")
    if digest.decisions or not how:
        return f"{headline(digest)}. {upper_first(counts)}"
    if edition is Edition.OWNER:
        when = f" on {day(digest.read_on)}" if digest.read_on else " next"
        return f"Leadership reads{when} about your {pilots.removeprefix('1 ')}: {how.removeprefix('1 ') if digest.counts.pilots == 1 else how}"
    # A decision may be asked for in the very same message: only what the digest counts is said here.
    yours = " of yours" if edition is Edition.SPONSOR else ""
    return f"This week's digest: {pilots}{yours}, {how}"


def headline(digest: Digest) -> str:
    """What the notification alone carries; never longer than eighty characters."""
    waiting, counts = len(digest.decisions), digest.counts
    match digest.audience.edition:
        case _ if not counts.pilots:
            return (
                "No pilot is registered yet"
                if digest.audience.edition is Edition.LEADERSHIP
                else "None of the pilots is yours"
            )
        case Edition.OWNER:
            when = f" on {day(digest.read_on)}" if digest.read_on else " next"
            what = (
                f"{plural(waiting, 'decision')} about your pilots"
                if waiting
                else f"about your {plural(counts.pilots, 'pilot') if counts.pilots > 1 else 'pilot'}"
            )
            return f"Leadership reads{when}: {what}"
        case _ if digest.calm:
            return "A quiet week: no decision waits"
        case _ if not waiting:
            return f"No decision waits: {counts.on_pace:,} of {plural(counts.pilots, 'pilot')} on pace"
        case Edition.SPONSOR:
            return _with_money(
                digest, f"{plural(waiting, 'decision')} {'waits' if waiting == 1 else 'wait'} for you"
            )
        case _:
            return _with_money(digest, f"{plural(waiting, 'decision')} {'waits' if waiting == 1 else 'wait'}")


def _with_money(digest: Digest, start: str) -> str:
    """The headline with what the waiting pilots cost, in round sums only where the exact ones do not fit."""
    for words in (money, short_money):
        week = f"{words(digest.per_week, digest.currency)} a week" if digest.per_week else "no running cost"
        whole = f"{start}: {words(digest.spent, digest.currency)} spent, {week}"
        if len(whole) <= HEADLINE:
            return whole
    return start


def counts_line(counts: Counts, before: Counts | None = None) -> str:
    """24 pilots: 5 on pace, 14 need attention, …; and what changed since last week."""
    if not counts.pilots:
        return f"Register the first with {to_type('new')}."
    parts = [
        (counts.on_pace, "on pace"),
        (counts.attention, "needs attention" if counts.attention == 1 else "need attention"),
        (counts.no_number, "without a number yet"),
        (counts.paused, "paused"),
        (counts.ended, "ended"),
    ]
    told = (
        f"{plural(counts.pilots, 'pilot')}: "
        + ", ".join(f"{count:,} {words}" for count, words in parts if count)
        + "."
    )
    if before is None:
        return told
    steps = [
        (counts.pilots - before.pilots, "pilot", "pilots"),
        (counts.gates - before.gates, "gate", "gates"),
        (counts.silent - before.silent, "silent", "silent"),
        (counts.decisions - before.decisions, "decision", "decisions"),
        (counts.ended - before.ended, "ended", "ended"),
    ]
    changed = ", ".join(f"{step:+,} {one if abs(step) == 1 else many}" for step, one, many in steps if step)
    return f"{told} Since last week: {changed or 'no change'}."


def _opening(digest: Digest) -> tuple[Part, ...]:
    """Headline, counts, and whatever the reader must know about the edition itself."""
    parts: list[Part] = [
        Heading(text=headline(digest)),
        Text(spans=(counts_line(digest.counts, digest.before),)),
    ]
    notes = []
    if digest.due_on is not None:
        notes.append(f"Late: it was due on {weekday(digest.due_on)}, the figures are of {day(digest.today)}.")
    if digest.missing:
        told = "; ".join(line(one, 100) for one in digest.missing[:3])
        more = f" and {len(digest.missing) - 3:,} more" if len(digest.missing) > 3 else ""
        notes.append(f"Not in it: {told}{more}.")
    if digest.waiting:
        notes.append(
            f"{plural(digest.waiting, 'question')} {'waits' if digest.waiting == 1 else 'wait'} for another day, so that nobody is flooded."
        )
    if digest.audience.edition is Edition.OWNER and digest.counts.pilots:
        notes.append("Something wrong? Correct it here and it is right by then.")
    if digest.audience.edition is Edition.SPONSOR and digest.counts.pilots and not digest.calm:
        notes.append("Only the pilots that you sponsor; leadership reads all of them.")
    return (*parts, Text(spans=(" ".join(notes),), quiet=True)) if notes else tuple(parts)


# Decisions.


def decisions(digest: Digest, skip: int = 0) -> Message:
    """Every decision with its buttons, as many as one message holds: what `list decisions` answers."""
    waiting = digest.decisions[skip:]
    head = headline(digest) if waiting else "No decision waits"
    rows = [_row(digest, at, one, brief=False) for at, one in enumerate(waiting[:_ALONE], skip + 1)]
    more = len(waiting) - len(rows)
    last = (
        (Section(parts=(Text(spans=(f"and {more:,} more, younger than these",), quiet=True),)),)
        if more > 0
        else ()
    )
    return Message(headline=head, sections=(Section(parts=(Heading(text=head),)), *rows, *last))


def _row(digest: Digest, at: int, decision: Decision, *, brief: bool) -> Section:
    """One decision: what is open, since when, what waiting costs, who sponsors it, what was last said."""
    pilot, lead = decision.pilot, decision.lead
    what = lead.why if lead.kind is Kind.SILENT else fact(lead, pilot, decision.record, decision.picture)
    since = day(decision.since)
    open_for = f"open for {working_days(decision.days)}" if since in what else f"open since {since}"
    who = _whose(digest, decision)
    told = f": {line(what, 140)}; {open_for}, {a_week(decision.per_week, digest.currency)}{who}. {_last_said(decision, brief=brief)}"
    also = "" if brief else _also(decision)
    if digest.audience.edition is Edition.OWNER:
        buttons: tuple[Button, ...] = (
            _say("Check in", f"checkin {pilot.id}"),
            _say("Show it", f"show {pilot.id}"),
        )
    else:
        buttons = tuple(
            Button(
                label=label,
                press=Press(verb=verb, args={"pilot": pilot.id}),
                says=f"{label} {name(pilot)}"[:75],
            )
            for label, verb in (
                ("Keep", "decide_keep"),
                ("Pause", "decide_pause"),
                ("Retire", "decide_retire"),
            )
        )
    text = Text(spans=(f"{at}. ", Bold(name(pilot)), told + also))
    return Section(id=f"decide:{pilot.id}", parts=(text, Buttons(buttons=buttons)))


def _whose(digest: Digest, decision: Decision) -> str:
    """Who sponsors it; sponsors, who read of their own alone, are told who owns it."""
    pilot = decision.pilot
    if digest.audience.edition is not Edition.SPONSOR:
        return f", sponsor {person(pilot.sponsor)}" if pilot.sponsor else ", no sponsor"
    if decision.lead.kind is Kind.ORPHANED:
        return ""  # said already
    return f", owner {person(pilot.owner)}" if pilot.owner else ", no owner"


def _last_said(decision: Decision, *, brief: bool) -> str:
    """What was said last; in the channel without the name of whoever said it."""
    word = decision.picture.last_word
    if not brief or word is None:
        return closed(last_word(decision.picture, decision.pilot, decision.people, 110))
    return closed(f"Last word {day(word.on)}: {said(word, 60)}")


_ALSO = {
    Kind.ORPHANED: "without an owner",
    Kind.SILENT: "silent",
    Kind.BLIND: "without a current number",
    Kind.NO_METRIC: "without an agreed number",
    Kind.OVERSTAY: "longer in its stage than planned",
    Kind.OVERDUE: "past its deadline",
    Kind.GUARDRAIL_BROKEN: "over its guardrail",
    Kind.SAME_BLOCKER: "blocked",
    Kind.REPEATED_ANSWER: "giving the same answer again",
    Kind.SNOOZE_LIMIT: "snoozed to the limit",
    Kind.SPONSOR_QUIET: "without a tap from its sponsor",
    Kind.PROGRESSLESS: "without a trace of progress",
}


def _also(decision: Decision) -> str:
    rest = [_ALSO[one.kind] for one in decision.findings[1:] if one.kind in _ALSO]
    return f" Also {' and '.join(filter(None, (', '.join(rest[:-1]), rest[-1])))}." if rest else ""


def _short(digest: Digest, at: int, decision: Decision) -> list[Span]:
    """One decision on one line, without its buttons."""
    pilot = decision.pilot
    what = line(fact(decision.lead, pilot, decision.record, decision.picture), 100)
    named = pilot.owner if digest.audience.edition is Edition.SPONSOR else pilot.sponsor
    who = f", {person(named)}" if named else ""
    return [
        f"{at}. ",
        Bold(name(pilot)),
        f": {what}; {a_week(decision.per_week, digest.currency)}{who}",
    ]


# Every other part, in brief: one line each, in the order in which they find room.


def _brief_quiet(digest: Digest) -> list[Span]:
    found = [
        f"{name(one.pilot)} ({day(one.last_word.on) if one.last_word else 'no word yet'})"
        for one in digest.quiet
    ]
    return [f"Silent or without an owner, with the last word: {names(found, _ROWS, 110)}."] if found else []


def _brief_ended(digest: Digest) -> list[Span]:
    if not digest.ended:
        return []
    told = "; ".join(_plain(_ended(one, digest.currency, 60)) for one in digest.ended[:3])
    return [f"Ended this week: {closed(told)}{_rest(len(digest.ended), 3)}"]


def _brief_moved(digest: Digest) -> list[Span]:
    if not digest.moved:
        return []
    return [
        f"Moved: {'; '.join(_plain(_move(one)) for one in digest.moved[:3])}.{_rest(len(digest.moved), 3)}"
    ]


def _brief_ahead(digest: Digest) -> list[Span]:
    if not digest.ahead:
        return []
    return [
        f"Next 14 days: {'; '.join(_plain(_ahead(one)) for one in digest.ahead[:3])}.{_rest(len(digest.ahead), 3)}"
    ]


def _brief_asked(digest: Digest) -> list[Span]:
    if not digest.asked:
        return []
    return [
        f"People are asking about {'; '.join(_plain(_asked(one)) for one in digest.asked[:3])}.{_rest(len(digest.asked), 3)}"
    ]


def _brief_gap(digest: Digest) -> list[Span]:
    return [f"The gap this month: {closed(_gap(digest.gap))}"] if digest.gap is not None else []


def _brief_own(digest: Digest) -> list[Span]:
    return [_own_week(digest.own_week)] if digest.own_week is not None else []


_BRIEF: tuple[Callable[[Digest], list[Span]], ...] = (
    _brief_quiet,
    _brief_ended,
    _brief_moved,
    _brief_ahead,
    _brief_asked,
    _brief_gap,
    _brief_own,
)


def _rest(count: int, shown_: int) -> str:
    return f" And {count - shown_:,} more." if count > shown_ else ""


def _plain(spans: Sequence[Span]) -> str:
    return "".join(span if isinstance(span, str) else getattr(span, "text", "") for span in spans)


def _quiet(one: Quiet) -> list[Span]:
    without = "no owner, " if one.orphaned else ""
    if one.last_word is None:
        return [Bold(name(one.pilot)), f": {without}no human word in {working_days(one.days)}"]
    spoke = f"last word {day(one.last_word.on)}: {said(one.last_word, 80)}"
    return [Bold(name(one.pilot)), f": {without}silent for {working_days(one.days)}; {spoke}"]


def _move(one: Move, *, dated: bool = False) -> list[Span]:
    pilot, metric = one.pilot, one.pilot.metric
    owner = f", {person(pilot.owner)}" if dated and pilot.owner else ""
    on = f"; {day(one.on)}{owner}" if dated else ""
    if (
        one.kind is MoveKind.GATE
        or metric is None
        or one.was is None
        or one.now is None
        or metric.target is None
    ):
        return [Bold(name(pilot)), f" passed gate {one.gate}{on}"]
    step = f"{bare(one.was.value, metric, one.readings)} → {shown(one.now.value, metric, one.readings)}"
    target = bare(metric.target, metric, one.readings)
    if one.kind is MoveKind.TARGET:
        return [Bold(name(pilot)), f" reached its target of {target}: {step}{on}"]
    return [Bold(name(pilot)), f" {step} (target {target}), {pace(one.gap)}{on}"]


def _ended(one: Ended, currency: str, most: int) -> list[Span]:
    how = f"merged into {line(one.into, 80)}" if one.into else STAGES[one.state]
    told = f" {how}" + (f": {quoted(one.sentence, most)}" if one.sentence else "")
    if one.days_early:
        told += f", {plural(one.days_early, 'day')} early"
        told += f", about {money(one.saved, currency)} not spent" if one.saved else ""
    return [Bold(name(one.pilot)), told]


def _ahead(one: Ahead) -> list[Span]:
    return [Bold(name(one.pilot)), f" {one.what} {day(one.on)}"]


def _asked(one: PeopleAsk) -> list[Span]:
    return [
        Bold(name(one.pilot)),
        f" ({plural(len(one.askers), 'person', 'people')}, last {day(one.last_on)})",
    ]


def _gap(gap: Gap) -> str:
    return f"{_PATTERNS[gap.pattern]} holds up {gap.blocked:,} of {plural(gap.running, 'running pilot')}; {gap.lack:,} of {gap.lack_of:,} {gap.words}"


def _own_week(own: OwnWeek) -> str:
    if not own.sent:
        return "Pilotlight's own week: nothing sent."
    answered = f"{number(Decimal(own.answered * 100) / own.sent, 0)} % answered"
    wrong = f", {own.wrong:,} called wrong" if own.wrong else ""
    changed = f", {plural(own.changed, 'fact')} changed{wrong}" if own.changed or own.wrong else ""
    return f"Pilotlight's own week: {plural(own.sent, 'message')} sent, {answered}{median(own.median_hours)}{changed}."


# The full list's larger pieces.

_ELSEWHERE = (
    "Elsewhere 4 of 33 proofs of concept reached wide deployment (IDC with Lenovo, March 2025, paid for by a vendor; "
    "its 2026 edition says nearly half)."
)


def _chart(digest: Digest) -> Chart:
    """How many pilots stand in each stage; the same in words."""
    stages = digest.funnel.stages
    counts = [stages.get(stage, 0) for stage in _FUNNEL]
    told = ", ".join(f"{STAGES[stage]} {count:,}" for stage, count in zip(_FUNNEL, counts, strict=True))
    ends = f"retired with learning {stages.get(Stage.RETIRED, 0):,}, merged {stages.get(Stage.MERGED, 0):,}, vanished {digest.funnel.vanished:,}"
    return Chart(
        shape="bar",
        title="Pilots by stage",
        categories=tuple(upper_first(STAGES[stage]) for stage in _FUNNEL),
        series=(Series(name="Pilots", values=tuple(float(count) for count in counts)),),
        says=f"{upper_first(told)}; {ends}.",
    )


def _table(standings: Sequence[Standing], today: date) -> Table:
    more = len(standings) - _TABLE
    caption = "Where the numbers stand, furthest behind first" + (f" (and {more:,} more)" if more > 0 else "")
    return Table(
        caption=caption,
        columns=("Pilot", "Now", "Target", "Pace", "Owner"),
        rows=tuple(_standing(one, today) for one in standings[:_TABLE]),
    )


def _standing(one: Standing, today: date) -> tuple[str, ...]:
    metric, who = one.pilot.metric, one.pilot.owner
    now = (
        f"{shown(one.last.value, metric, one.readings)} ({day(one.last.on)})"
        if metric and one.last
        else "not reported"
    )
    target = shown(metric.target, metric, one.readings) if metric and metric.target is not None else "not set"
    by = f" by {day(metric.deadline)}" if metric and metric.deadline else ""
    owner = person(who) if who and not who.gone(today) else "nobody"
    return (line(one.pilot.name, 40), now, target + by, pace(one.gap), owner)


def _listed(title: str, rows: Sequence[Sequence[Span]], count: int) -> Section:
    """A titled part, a line per row, the rest counted."""
    spans: list[Span] = [Bold(title)]
    for row in rows:
        spans += ["\n", *row]
    if count > len(rows):
        spans.append(f"\nand {count - len(rows):,} more")
    return Section(parts=(Text(spans=tuple(spans)),))


def _say(label: str, words: str) -> Button:
    return Button(label=label, press=Press(verb="say", args={"text": words}))
