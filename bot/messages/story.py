"""Whatever happened to …? Six lines of registry facts, in plain words; no line says more than the record does."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from bot.domain.findings import Kind
from bot.domain.ladder import Role
from bot.domain.pilot import Pilot
from bot.domain.stages import Gate, Stage
from bot.domain.story import Beat, BeatKind, State, Story
from bot.messages.figures import (
    STAGES,
    closed,
    facts,
    line,
    metric_name,
    money,
    name,
    names,
    ordinal,
    pace,
    per_week,
    person,
    plural,
    quoted,
    short_day,
    shown,
    target_words,
    working_days,
)
from bot.messages.model import Bold, Button, Buttons, Heading, Message, Press, Section, Text, day

#: A refusal is stored as its code and its reason; the reader gets the reason.
_CODE = re.compile(r"^[A-Z][A-Z_]+:\s*")


def happened(told: Story) -> Message:
    """The answer: state, what was wanted, the number, what happened, who decides, and what all this rests on."""
    pilot = told.pilot
    alias = f" ({quoted(pilot.aliases[0], 60)})" if pilot.aliases and pilot.aliases[0].strip() else ""
    lines = (
        f"{alias}: {state(told)}",
        wanted(told),
        numbers(told),
        beats(told),
        deciding(told),
        asking(told),
    )
    parts = (Text(spans=(Bold(name(pilot)), "\n".join(lines))), Buttons(buttons=_buttons(told)))
    return Message(headline=line(f"{name(pilot)}: {state(told)}", 140), sections=(Section(parts=parts),))


# Line 1: how it stands, and when a human last spoke.


def state(story: Story) -> str:
    pilot = story.pilot
    if pilot.started > story.today and story.last_word is None and not pilot.stage.ended:
        return f"not begun: it starts on {day(pilot.started)}."
    return f"{_STATES[story.state](story)} {_spoken(story)}"


def _spoken(story: Story) -> str:
    word = story.last_word
    if word is None:
        return f"No human word is on record, {working_days(story.silent)} since it began."
    if story.state in (State.ORPHANED, State.SILENT):
        return f"Silent for {working_days(story.silent)} (last human word {day(word.on)})."
    if not story.silent:
        return f"Last human word {day(word.on)}."
    return f"Last human word {day(word.on)}, {working_days(story.silent)} ago."


def _stage(story: Story) -> str:
    words = {Stage.IDEA: "an idea", Stage.FRAMED: "framed"}
    return words.get(story.pilot.stage, f"in {STAGES[story.pilot.stage]}")


def _orphaned(story: Story) -> str:
    owner = story.pilot.owner
    if owner is None:
        return "not ended, no owner."
    left = f" on {day(owner.left_on)}" if owner.left_on else ""
    return f"not ended, no owner: {person(owner)} left{left}."


def _stalled(story: Story) -> str:
    told = facts(story.findings, story.pilot, story.record, story.picture, 3)
    return f"not ended, {_stage(story)}: {closed(told)}"


def _ended(story: Story) -> str:
    end = story.end
    on = f" on {day(end.on)}" if end else ""
    into = f" into {line(end.into, 80)}" if end and end.into else ""
    return f"ended, {STAGES[story.pilot.stage]}{into}{on}."


def _paused(story: Story) -> str:
    return closed(line(story.findings[0].why, 200)) if story.findings else "paused."


_STATES: Mapping[State, Callable[[Story], str]] = {
    State.ORPHANED: _orphaned,
    State.SILENT: lambda story: f"not ended, {_stage(story)} since {day(story.pilot.stage_since)}.",
    State.STALLED: _stalled,
    State.RUNNING: lambda story: (
        f"running, {_stage(story)} since {day(story.pilot.stage_since)}, {pace(story.picture.gap)}."
    ),
    State.PAUSED: _paused,
    State.SCALED: _ended,
    State.SLIDING_BACK: lambda story: f"{_ended(story)[:-1]}, and sliding back.",
    State.RETIRED: _ended,
    State.MERGED: _ended,
}


# Lines 2 and 3: what was wanted, what it measured, what it cost.


def wanted(story: Story) -> str:
    sentence = story.pilot.outcome_sentence
    if not sentence.strip():
        return "Wanted: nothing was written down."
    told = f"Wanted: {quoted(sentence, 200)}"
    if story.refused is None:
        return closed(told)
    reason = line(_CODE.sub("", story.refused.text), 160)
    return f"{told}, refused as outcome on {day(story.refused.on)}" + (
        f": {closed(reason)}" if reason else "."
    )


def numbers(story: Story) -> str:
    """Baseline → now → target by deadline, then the money."""
    pilot, metric, readings = story.pilot, story.pilot.metric, story.record.readings
    spent = f"Spent: {money(pilot.cost_to_date, story.currency)}; running cost "
    cost = spent + (f"{per_week(pilot.cost_per_week, story.currency)}." if pilot.cost_per_week else "0.")
    if metric is None:
        return f"Number: none was ever agreed. {cost}"
    steps = []
    if metric.baseline is not None:
        on = f" ({day(metric.baseline_on)})" if metric.baseline_on else ""
        steps.append(f"{shown(metric.baseline, metric, readings)}{on}")
    last = readings[-1] if readings else None
    if last is not None and (last.value, last.on) != (metric.baseline, metric.baseline_on):
        steps.append(f"{shown(last.value, metric, readings)} ({day(last.on)})")
    elif metric.baseline is not None:
        steps.append("not measured since")
    steps.append(target_words(metric, readings))
    colon = "" if metric.baseline is not None or last is not None else ":"
    return f"Number: {metric_name(metric)}{colon} {' → '.join(steps)}. {cost}"


# Line 4: what happened.


def beats(story: Story) -> str:
    if not story.beats:
        return "What happened: nothing is recorded."
    return "What happened: " + " · ".join(
        f"{short_day(beat.on, story.today)} {beat_words(beat, story)}" for beat in story.beats
    )


def beat_words(beat: Beat, story: Story, most: int = 80) -> str:
    """A beat in the record's own words, of which it quotes at most so many characters."""
    metric, readings = story.pilot.metric, story.record.readings
    value = shown(beat.value, metric, readings) if beat.value is not None and metric is not None else ""
    text = line(beat.text, most)
    match beat.kind:
        case BeatKind.STARTED:
            return "starts" if beat.on > story.today else "started"
        case BeatKind.BASELINE:
            return f"baseline {value}"
        case BeatKind.BEST:
            return f"target reached, {value}"
        case BeatKind.READING:
            return value
        case BeatKind.END if not text:
            return STAGES[story.pilot.stage]
        case BeatKind.REFUSED:
            why = f": {_CODE.sub('', text)}" if text and most > 80 else ""
            return f"refused as outcome{why}"
        case BeatKind.LEFT:
            return f"{person(story.pilot.owner)} left" if story.pilot.owner else "its owner left"
        case BeatKind.GUARDRAIL:
            return f"guardrail broken, {text}"
        case BeatKind.PAUSE | BeatKind.GATE | BeatKind.END | BeatKind.COST:
            return text
        case BeatKind.STOP:
            return (
                f"{line(beat.who, 60)} would stop it: {quoted(text)}"
                if text
                else f"{line(beat.who, 60)} would stop it"
            )
        case BeatKind.BLOCKED:
            return f"blocked: {quoted(text)}" if text else "blocked"
        case _:
            return (
                f"{line(beat.who, 60)}: {quoted(text)}"
                if text
                else (value or f"a word from {line(beat.who, 60)}")
            )


# Line 5: who decides, or how it ended.


def deciding(story: Story) -> str:
    end = story.end
    if end is not None and story.pilot.stage is not Stage.SCALED:
        told = (
            f"How it ended: {closed(quoted(end.sentence, 200))}"
            if end.sentence
            else "How it ended: no sentence is recorded."
        )
        early = f" {plural(end.days_early, 'day')} before its deadline" if end.days_early else ""
        saved = f", about {money(end.saved, story.currency)} not spent" if early and end.saved else ""
        return f"{told}{early}{saved}{'.' if early else ''}"
    who = (
        f"{person(story.decides)} ({_ROLES[story.role]})"
        if story.decides and story.role
        else "nobody is named who can"
    )
    if story.state is State.SCALED:
        next_ = (
            f" Next look-back on {day(story.look_back_on)}."
            if story.look_back_on
            else " All look-backs are over."
        )
        ended = f"How it ended: {closed(quoted(end.sentence, 300))} " if end and end.sentence else ""
        return f"{ended}Who looks after it: {who}.{next_}"
    return f"Who decides: {who}. Open: {_open(story)}."


_ROLES = {
    Role.SPONSOR: "sponsor",
    Role.OWNER: "owner",
    Role.BACKUP: "backup",
    Role.RUN_OWNER: "run owner",
    Role.HOLDER: "holder of the blocker",
    Role.LEADER: "leader",
}
_OPTIONS: Mapping[Kind, str] = {
    Kind.ORPHANED: "give it an owner",
    Kind.NO_METRIC: "give it a number",
    Kind.BLIND: "measure the number",
    Kind.SILENT: "say how it stands",
    Kind.OVERSTAY: "pass the next gate",
    Kind.OVERDUE: "set a new date",
    Kind.OFF_PACE: "bring it back on pace",
    Kind.WATERMELON: "check whether it really moves",
    Kind.GUARDRAIL_BROKEN: "bring the guardrail back inside its limit",
    Kind.SAME_BLOCKER: "clear the blocker",
    Kind.REPEATED_ANSWER: "say what changed",
    Kind.SNOOZE_LIMIT: "say how it stands",
    Kind.SLIDING_BACK: "bring the value back to its target",
    Kind.PROGRESSLESS: "show the next piece",
    Kind.SPONSOR_QUIET: "say whether it is still worth it",
}


def _open(story: Story) -> str:
    """What can be decided: from what is open, else the next gate."""
    if story.state is State.PAUSED and story.picture.pause is not None:
        return f"it resumes by itself on {day(story.picture.pause.end)}"
    if not story.findings:
        gate = story.gate or Gate.G1
        return f"nothing but gate {gate}, when it is ready"
    first = list(dict.fromkeys(_OPTIONS[one.kind] for one in story.findings if one.kind in _OPTIONS))[:2]
    if story.findings[0].kind is Kind.ORPHANED and any(one.kind is Kind.NO_METRIC for one in story.findings):
        first = ["give it an owner and a number"]
    if story.state is State.SLIDING_BACK:
        return first[0] if first else "look at it again"
    return f"{', '.join(first)}, merge, or retire with learning"


# Line 6: who asked, and what the answer rests on.


def asking(story: Story) -> str:
    nth = len(story.askers) + 1
    asked = (
        f"You are the {ordinal(nth)} to ask ({names([one.split()[0] if one.split() else one for one in story.askers])})."
        if story.askers
        else "You are the first to ask."
    )
    after = f" Nothing is recorded after {day(story.nothing_after)}." if story.nothing_after else ""
    return f"{asked} Sources: {sources(story)}.{after}"


def sources(story: Story) -> str:
    """3 updates, 3 questions."""
    counted = (
        (story.sources.updates, "update"),
        (story.sources.readings, "reading"),
        (story.sources.signals, "signal"),
        (story.sources.questions, "question"),
    )
    return ", ".join(plural(count, word) for count, word in counted if count) or "the registration alone"


def _buttons(story: Story) -> tuple[Button, ...]:
    more = (
        Button(label="Timeline", press=Press(verb="timeline", args={"pilot": story.pilot.id})),
        _say("Show it", f"show {story.pilot.id}"),
    )
    if story.pilot.stage.ended and not story.findings:
        return more
    label = "Tell me when it is decided"
    return (Button(label=label, press=Press(verb="tell_me", args={"pilot": story.pilot.id})), *more)


# Every dated beat, on demand; and the decision that somebody waited for.

#: Beats shown at once: one message of bounded size.
_SHOWN = 40
#: Characters of a beat's words, and beats in one section.
_IN_FULL, _TOGETHER = 280, 6


def timeline(pilot: Pilot, beats_: Sequence[Beat], told: Story) -> Message:
    """Every dated beat of a pilot, newest last.

    Args:
        pilot: which.
        beats_: all of them, oldest first.
        told: its story, which knows the metric and the people.

    """
    shown_ = beats_[-_SHOWN:]
    earlier = len(beats_) - len(shown_)
    head = f"{name(pilot)}: {plural(len(beats_), 'dated beat')}"
    rows = [f"{day(beat.on)}  {beat_words(beat, told, _IN_FULL)}" for beat in shown_]
    if earlier:
        rows.insert(0, f"{plural(earlier, 'earlier beat')} not shown here")
    sections = [Section(parts=(Heading(text=head),))]
    sections += [
        Section(parts=(Text(spans=("\n".join(rows[start : start + _TOGETHER]),)),))
        for start in range(0, len(rows), _TOGETHER)
    ]
    sections.append(Section(parts=(Text(spans=(f"Sources: {sources(told)}.",), quiet=True),)))
    return Message(headline=line(head, 140), sections=tuple(sections))


def decided(pilot: Pilot, asked: str, on: date, news: str) -> Message:
    """What somebody asked to hear.

    Args:
        pilot: what it is about.
        asked: as they asked for it.
        on: the day they asked.
        news: what was decided, by whom.

    """
    told = (
        f": {closed(line(news, 300))} You asked about {quoted(asked, 60)} on {day(on)} and wanted to hear it."
    )
    return Message(
        headline=line(f"{name(pilot)}: {news}", 140),
        sections=(
            Section(
                parts=(
                    Text(spans=(Bold(name(pilot)), told)),
                    Buttons(buttons=(_say("Whatever happened", f"happened {pilot.id}"),)),
                )
            ),
        ),
    )


def undone(pilot: Pilot, by: str) -> Message:
    """The decision somebody was told of was taken back within its day."""
    told = f": {line(by, 60)} took the decision back the same day; it is open again. You hear the next one."
    return Message(
        headline=line(f"{name(pilot)}{told}", 140),
        sections=(Section(parts=(Text(spans=(Bold(name(pilot)), told)),)),),
    )


# When it is not clear which pilot is meant.


def several(asked: str, fits: Sequence[Pilot], *, again: Callable[[str], str] | None = None) -> Message:
    """Several fit: the best three as buttons.

    Args:
        asked: what was typed.
        fits: the best first.
        again: a pilot's id → what would be typed to mean that one; the story, where nothing else was asked.

    """
    again = again or (lambda pilot_id: f"happened {pilot_id}")
    buttons = tuple(_say(line(one.name, 70), again(one.id)) for one in fits[:3])
    told = f"{quoted(asked, 60)} fits more than one pilot. Which one?"
    return Message(headline=told, sections=(Section(parts=(Text(spans=(told,)), Buttons(buttons=buttons))),))


def nobody(asked: str, near: Sequence[str] = (), *, askers: int = 0) -> Message:
    """None by that name: the nearest ones, an offer to register it, and that the question is kept.

    Args:
        asked: what was typed.
        near: names that resemble it, the best first.
        askers: how many others asked for the same unknown name.

    """
    others = f" {plural(askers, 'other person', 'other people')} asked for it too." if askers else ""
    nearest = f" Nearest: {names(near, 3)}." if near else ""
    told = f"{quoted(asked, 60)} is not registered.{nearest} Your question is noted.{others}"
    new = Button(label="Register it", press=Press(verb="form_register", args={"name": line(asked, 80)}))
    buttons = (*(_say(line(one, 70), f'happened "{line(one, 80)}"') for one in near[:3]), new)
    return Message(headline=told, sections=(Section(parts=(Text(spans=(told,)), Buttons(buttons=buttons))),))


def _say(label: str, words: str) -> Button:
    return Button(label=label, press=Press(verb="say", args={"text": words}))
