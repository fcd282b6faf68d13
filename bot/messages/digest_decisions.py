"""The decisions of an edition: what is open, since when, what waiting costs, who decides, with the buttons to do so."""

from bot.domain.digest import Decision, Digest, Edition
from bot.domain.findings import Kind
from bot.messages.digest_head import headline, say
from bot.messages.figures import (
    a_week,
    closed,
    fact,
    last_word,
    line,
    name,
    person,
    said,
    working_days,
)
from bot.messages.model import Bold, Button, Buttons, Heading, Message, Press, Section, Span, Text, day

#: On their own: each must stay one message.
_ALONE = 6


def decisions(digest: Digest, skip: int = 0) -> Message:
    """Every decision with its buttons, as many as one message holds: what `list decisions` answers."""
    waiting = digest.decisions[skip:]
    head = headline(digest) if waiting else "No decision waits"
    rows = [decision_row(digest, at, one, brief=False) for at, one in enumerate(waiting[:_ALONE], skip + 1)]
    more = len(waiting) - len(rows)
    last = (
        (Section(parts=(Text(spans=(f"and {more:,} more, younger than these",), quiet=True),)),)
        if more > 0
        else ()
    )
    return Message(headline=head, sections=(Section(parts=(Heading(text=head),)), *rows, *last))


def decision_row(digest: Digest, at: int, decision: Decision, *, brief: bool) -> Section:
    """One decision: what is open, since when, what waiting costs, who sponsors it, what was last said."""
    pilot, lead = decision.pilot, decision.lead
    what = lead.why if lead.kind is Kind.SILENT else fact(lead, pilot, decision.record, decision.picture)
    since = day(decision.since)
    open_for = f"open for {working_days(decision.days)}" if since in what else f"open since {since}"
    who = _whose(digest, decision)
    costs = closed(f"{open_for}, {a_week(decision.per_week, digest.currency)}{who}")
    told = f": {line(what, 140)}; {costs} {_last_said(decision, brief=brief)}"
    also = "" if brief else _also(decision)
    if digest.audience.edition is Edition.OWNER:
        buttons: tuple[Button, ...] = (
            say("Check in", f"checkin {pilot.id}"),
            say("Show it", f"show {pilot.id}"),
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


def decision_line(digest: Digest, at: int, decision: Decision) -> list[Span]:
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
