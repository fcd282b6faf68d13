"""One line for each part of an edition: the same facts in brief for the post and in full for the list behind it."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from bot.domain.digest import (
    Adrift,
    Ahead,
    Digest,
    Ended,
    Gap,
    Move,
    MoveKind,
    OwnWeek,
    Pattern,
    PeopleAsk,
    Quiet,
)
from bot.messages.figures import (
    STAGES,
    bare,
    closed,
    fact,
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
    shown,
    working_days,
)
from bot.messages.model import Bold, Span, day

#: Decisions in the post: each must leave it one phone screen.
POSTED = 3
#: Rows of every other part.
ROWS = 5
_PATTERNS = {
    Pattern.METRIC: "the number (M)",
    Pattern.INFRASTRUCTURE: "infrastructure (I)",
    Pattern.DATA: "data (D)",
    Pattern.ORGANISATION: "organisation (O)",
}


def _brief_quiet(digest: Digest) -> list[Span]:
    """Those that no row above speaks of already: there the last word stands beside the decision."""
    above = {one.pilot.id for one in digest.decisions[:POSTED]}
    found = [
        f"{name(one.pilot)} ({day(one.last_word.on) if one.last_word else 'no word yet'})"
        for one in digest.quiet
        if one.pilot.id not in above
    ]
    start = "Silent" if len(found) == len(digest.quiet) else "Also silent"
    return [f"{start} or without an owner, with the last word: {names(found, ROWS, 110)}."] if found else []


def _brief_adrift(digest: Digest) -> list[Span]:
    if not digest.adrift:
        return []
    told = "; ".join(_plain(adrift_line(one, 90)) for one in digest.adrift[:2])
    return [f"Not on course: {closed(told)}{_rest(len(digest.adrift), 2)}"]


def _brief_ended(digest: Digest) -> list[Span]:
    if not digest.ended:
        return []
    told = "; ".join(_plain(ended_line(one, digest.currency, 60)) for one in digest.ended[:3])
    return [f"Ended this week: {closed(told)}{_rest(len(digest.ended), 3)}"]


def _brief_moved(digest: Digest) -> list[Span]:
    if not digest.moved:
        return []
    return [
        f"Moved: {'; '.join(_plain(move_line(one)) for one in digest.moved[:3])}.{_rest(len(digest.moved), 3)}"
    ]


def _brief_ahead(digest: Digest) -> list[Span]:
    if not digest.ahead:
        return []
    return [
        f"Next 14 days: {'; '.join(_plain(ahead_line(one)) for one in digest.ahead[:3])}.{_rest(len(digest.ahead), 3)}"
    ]


def _brief_asked(digest: Digest) -> list[Span]:
    if not digest.asked:
        return []
    return [
        f"People are asking about {'; '.join(_plain(asked_line(one)) for one in digest.asked[:3])}.{_rest(len(digest.asked), 3)}"
    ]


def _brief_gap(digest: Digest) -> list[Span]:
    return [f"The gap this month: {closed(gap_line(digest.gap))}"] if digest.gap is not None else []


def _brief_own(digest: Digest) -> list[Span]:
    return [own_week_line(digest.own_week)] if digest.own_week is not None else []


BRIEF: tuple[Callable[[Digest], list[Span]], ...] = (
    _brief_quiet,
    _brief_moved,
    _brief_ended,
    _brief_ahead,
    _brief_adrift,
    _brief_asked,
    _brief_gap,
    _brief_own,
)


def _rest(count: int, shown_: int) -> str:
    return f" And {count - shown_:,} more." if count > shown_ else ""


def _plain(spans: Sequence[Span]) -> str:
    return "".join(span if isinstance(span, str) else getattr(span, "text", "") for span in spans)


def quiet_line(one: Quiet) -> list[Span]:
    without = "no owner, " if one.orphaned else ""
    if one.last_word is None:
        return [Bold(name(one.pilot)), f": {without}no human word in {working_days(one.days)}"]
    spoke = f"last word {day(one.last_word.on)}: {said(one.last_word, 80)}"
    return [Bold(name(one.pilot)), f": {without}silent for {working_days(one.days)}; {spoke}"]


def adrift_line(one: Adrift, most: int) -> list[Span]:
    told = fact(one.findings[0], one.pilot, one.record, one.picture)
    return [Bold(name(one.pilot)), f": {line(told, most)}"]


def move_line(one: Move, *, dated: bool = False) -> list[Span]:
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


def ended_line(one: Ended, currency: str, most: int) -> list[Span]:
    how = f"merged into {line(one.into, 80)}" if one.into else STAGES[one.state]
    told = f" {how}" + (f": {quoted(one.sentence, most)}" if one.sentence else "")
    if one.days_early:
        told += f", {plural(one.days_early, 'day')} early"
        told += f", about {money(one.saved, currency)} not spent" if one.saved else ""
    return [Bold(name(one.pilot)), told]


def ahead_line(one: Ahead) -> list[Span]:
    return [Bold(name(one.pilot)), f" {one.what} {day(one.on)}"]


def asked_line(one: PeopleAsk) -> list[Span]:
    return [
        Bold(name(one.pilot)),
        f" ({plural(len(one.askers), 'person', 'people')}, last {day(one.last_on)})",
    ]


def gap_line(gap: Gap) -> str:
    return f"{_PATTERNS[gap.pattern]} holds up {gap.blocked:,} of {plural(gap.running, 'running pilot')}; {gap.lack:,} of {gap.lack_of:,} {gap.words}"


def own_week_line(own: OwnWeek) -> str:
    if not own.sent:
        return "Pilotlight's own week: nothing sent."
    answered = f"{number(Decimal(own.answered * 100) / own.sent, 0)} % answered"
    wrong = f", {own.wrong:,} called wrong" if own.wrong else ""
    changed = f", {plural(own.changed, 'fact')} changed{wrong}" if own.changed or own.wrong else ""
    return f"Pilotlight's own week: {plural(own.sent, 'message')} sent, {answered}{median(own.median_hours)}{changed}."
