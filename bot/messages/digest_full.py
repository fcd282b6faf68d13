"""The whole week behind "Full list", in one message of bounded size."""

from collections.abc import Sequence
from datetime import date

from bot.domain.digest import Adrift, Digest, Edition, Standing
from bot.domain.stages import Stage
from bot.messages.digest_decisions import decision_line
from bot.messages.digest_head import headline, more_of, opening, say
from bot.messages.digest_lines import (
    ROWS,
    adrift_line,
    ahead_line,
    asked_line,
    ended_line,
    gap_line,
    move_line,
    own_week_line,
    quiet_line,
)
from bot.messages.figures import STAGES, closed, line, pace, person, shown, upper_first
from bot.messages.model import Bold, Buttons, Chart, Message, Section, Series, Span, Table, Text, day

#: In the full list, where they stand without buttons.
_LISTED = 12
_TABLE = 6
_FUNNEL = (Stage.IDEA, Stage.FRAMED, Stage.BUILD, Stage.TRIAL, Stage.ROLLOUT, Stage.SCALED)


def full(digest: Digest) -> Message:
    """The whole edition, in one message of bounded size."""
    currency = digest.currency
    waiting = [decision_line(digest, at, one) for at, one in enumerate(digest.decisions[:_LISTED], 1)]
    listed = (
        ("Decisions needed", waiting, len(digest.decisions)),
        ("Silent or without an owner", [quiet_line(one) for one in digest.quiet[:ROWS]], len(digest.quiet)),
        ("Not on course", [_adrift(one) for one in digest.adrift[:ROWS]], len(digest.adrift)),
        ("Moved", [move_line(one, dated=True) for one in digest.moved[:ROWS]], len(digest.moved)),
        (
            "Ended this week",
            [ended_line(one, currency, 110) for one in digest.ended[:ROWS]],
            len(digest.ended),
        ),
        ("Next 14 days", [ahead_line(one) for one in digest.ahead[:ROWS]], len(digest.ahead)),
        ("People are asking about", [asked_line(one) for one in digest.asked[:ROWS]], len(digest.asked)),
    )
    sections = [Section(parts=opening(digest))]
    sections += [_listed(title, rows, count) for title, rows, count in listed if rows]
    if digest.gap is not None:
        sections.append(_listed("The gap this month", [[upper_first(closed(gap_line(digest.gap)))]], 1))
    if digest.standings:
        sections.append(Section(parts=(_table(digest.standings, digest.today),)))
    if digest.counts.pilots:
        sections.append(Section(parts=(_chart(digest), Text(spans=(_ELSEWHERE,), quiet=True))))
    if digest.own_week is not None:
        sections.append(Section(parts=(Text(spans=(own_week_line(digest.own_week),), quiet=True),)))
    sections += _ways_on(digest)
    return Message(headline=headline(digest), sections=tuple(sections))


def _adrift(one: Adrift) -> list[Span]:
    scaled = one.pilot.stage is Stage.SCALED
    who = (one.pilot.run_owner if scaled else None) or one.pilot.owner
    return [*adrift_line(one, 140), f"; {person(who)}" if who else "; no owner"]


def _ways_on(digest: Digest) -> list[Section]:
    """The lists behind what the full list could only count."""
    buttons = []
    edition = digest.audience.edition
    if digest.decisions and edition is not Edition.OWNER:
        buttons.append(more_of(digest, "Decide", "decisions"))
    if edition is not Edition.LEADERSHIP:
        return [Section(parts=(Buttons(buttons=(*buttons, say("My pilots", "list mine"))),))]
    if digest.counts.attention:
        buttons.append(say("All that need attention", "list stalled"))
    if digest.counts.pilots:
        buttons.append(say("All pilots", "list"))
    return [Section(parts=(Buttons(buttons=tuple(buttons)),))] if buttons else []


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
