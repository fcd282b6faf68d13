"""The bot's own month, for the admin: what it asked, what that brought, and which rules propose their own end."""

from datetime import date
from decimal import Decimal

from bot.domain.findings import Kind
from bot.domain.honesty import LEAST, RuleResult, SelfReport
from bot.domain.people import Person
from bot.messages.figures import line, median, number, person, plural, upper_first
from bot.messages.model import (
    Bold,
    Button,
    Buttons,
    Heading,
    Message,
    Part,
    Press,
    Section,
    Table,
    Text,
    plain,
)

Parts = tuple[Part, ...]

#: What each rule asks about, as a reader would call it.
NAMES: dict[str, str] = {
    Kind.SILENT: "no word",
    Kind.BLIND: "no current number",
    Kind.NO_METRIC: "no agreed number",
    Kind.OVERSTAY: "too long in a stage",
    Kind.OVERDUE: "deadline passed",
    Kind.ORPHANED: "no owner",
    Kind.OFF_PACE: "behind the calendar",
    Kind.WATERMELON: "said to move, but flat",
    Kind.GUARDRAIL_BROKEN: "guardrail broken",
    Kind.SAME_BLOCKER: "same blocker again",
    Kind.REPEATED_ANSWER: "same answer again",
    Kind.SNOOZE_LIMIT: "snoozed to the limit",
    Kind.SLIDING_BACK: "sliding back after scaling",
    Kind.PROGRESSLESS: "no trace of progress",
    Kind.SPONSOR_QUIET: "sponsor without a tap",
    "checkin": "check-in",
    "pulse": "sponsor's pulse",
    "look_back": "look-back",
    "kill_line": "kill line",
    "announce": "announcement",
    "told": "news that was asked for",
    "wanted": "decision that somebody asks for",
    "item": "checklist item",
    "gate": "gate",
    "handover": "handover",
    "retire": "retirement to acknowledge",
    "merge": "merger to accept",
}
_ROWS = 10
_PROPOSED = 5


def called(rule: str) -> str:
    """A rule's name in words."""
    return NAMES.get(rule, line(rule.replace("_", " ").lower(), 40))


def headline(month: date, made: SelfReport) -> str:
    """At most eighty characters: how much was sent and what of it was answered."""
    told = f"Pilotlight in {month:%B %Y}: {plural(made.messages, 'message')}"
    if not made.messages:
        return f"Pilotlight in {month:%B %Y}: nothing was sent"
    return f"{told}, {_share(made.answered, made.messages)} answered{median(made.median_hours)}"


def report(month: date, made: SelfReport) -> Message:
    """The report with its proposals, each with its own buttons."""
    parts: list[Part] = [Heading(text=headline(month, made)), Text(spans=(_brought(made),))]
    if made.rules:
        parts.append(_table(made))
    sections = [Section(parts=tuple(parts))]
    sections += [_proposal(one) for one in made.proposals[:_PROPOSED]]
    sections += [
        Section(
            id=f"rule:{family}",
            parts=(
                Text(
                    spans=(
                        Bold(upper_first(called(family))),
                        " is switched off: nobody is asked because of it.",
                    )
                ),
                Buttons(buttons=(_press("Switch it on again", "rule_on", family),)),
            ),
        )
        for family in made.off[:_PROPOSED]
    ]
    if made.rules and not made.proposals:
        least = f"{round(LEAST * 100)} %"
        sections.append(
            Section(
                parts=(
                    Text(
                        spans=(
                            f"No rule that asked ten times or more brings less than {least}; none proposes its own end.",
                        ),
                        quiet=True,
                    ),
                )
            )
        )
    return Message(headline=headline(month, made), sections=tuple(sections))


def _brought(made: SelfReport) -> str:
    if not made.questions:
        return "No question was asked."
    wrong = (
        f"{made.wrong:,} {'was' if made.wrong == 1 else 'were'} called wrong"
        if made.wrong
        else "none was called wrong"
    )
    asked = f"{plural(made.questions, 'question')} in {plural(made.messages, 'message')}"
    return f"{asked}; {made.changed:,} changed a fact on the record ({_share(made.changed, made.questions)}), {wrong}."


def _share(part: int, whole: int) -> str:
    return f"{number(Decimal(part * 100) / whole, 0)} %" if whole else "0 %"


def _table(made: SelfReport) -> Table:
    more = len(made.rules) - _ROWS
    return Table(
        caption="What each rule asked" + (f" (and {more:,} more)" if more > 0 else ""),
        columns=("Rule", "Asked", "Answered", "Changed", "Wrong"),
        rows=tuple(
            (
                upper_first(called(one.rule)),
                f"{one.asked:,}",
                f"{one.answered:,}",
                f"{one.changed:,} ({_share(one.changed, one.asked)})",
                f"{one.wrong:,}",
            )
            for one in made.rules[:_ROWS]
        ),
    )


def _proposal(one: RuleResult) -> Section:
    told = (
        f": {plural(one.asked, 'question')}, {one.changed:,} changed a fact ({_share(one.changed, one.asked)}). "
        "This rule proposes its own end. Switched off, it asks nobody; what it finds stays on the pilot and in the digest."
    )
    return Section(
        id=f"rule:{one.rule}",
        parts=(
            Text(spans=(Bold(upper_first(called(one.rule))), told)),
            Buttons(
                buttons=(
                    _press("Switch it off", "rule_off", one.rule),
                    _press("Keep it", "rule_keep", one.rule),
                )
            ),
        ),
    )


def switched(family: str, by: Person, *, off: bool) -> Parts:
    """What stands in a rule's place once it was switched: who did it, and the way back."""
    if off:
        told = f" is switched off by {person(by)}: nobody is asked because of it."
        way = _press("Switch it on again", "rule_on", family)
    else:
        told = f" is switched on by {person(by)}: it asks again."
        way = _press("Switch it off", "rule_off", family)
    return (Text(spans=(Bold(upper_first(called(family))), told)), Buttons(buttons=(way,)))


def kept(family: str, by: Person) -> Parts:
    told = f" stays on, says {person(by)}. It may propose its end again next month."
    return (Text(spans=(Bold(upper_first(called(family))), told)),)


def as_text(parts: Parts) -> str:
    """The first line of some parts, where no message of ours can be changed."""
    return next((plain(part.spans) for part in parts if isinstance(part, Text)), "")


def _press(label: str, verb: str, family: str) -> Button:
    return Button(
        label=label, press=Press(verb=verb, args={"rule": family}), says=f"{label}: {called(family)}"[:75]
    )
