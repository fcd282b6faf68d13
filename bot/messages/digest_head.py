"""How an edition opens: the headline that the notification carries, the counts, and what the reader must know of the edition."""

from bot.domain.digest import Counts, Digest, Edition
from bot.messages.figures import line, money, plural, short_money, weekday
from bot.messages.model import Button, Heading, Part, Press, Text, day
from bot.messages.text import to_type

#: A channel post has so many lines, its headline so many characters.
LINES = 12
HEADLINE = 80


def more_of(digest: Digest, label: str, part: str) -> Button:
    """The rest of an edition: leadership's by what could be typed, a person's own by what only they see."""
    edition = digest.audience.edition
    if edition is Edition.LEADERSHIP:
        return say(label, "digest" if part == "full" else "list decisions")
    return Button(label=label, press=Press(verb="edition", args={"edition": edition.value, "part": part}))


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
            yours = f"about your {plural(counts.pilots, 'pilot').removeprefix('1 ')}"
            what = f": {plural(waiting, 'decision')} {yours}" if waiting else f" {yours}"
            return f"Leadership reads{when}{what}"
        case _ if digest.calm:
            return "A quiet week: no decision waits"
        case _ if not waiting:
            return _without_decision(digest)
        case Edition.SPONSOR:
            return _with_money(
                digest, f"{plural(waiting, 'decision')} {'waits' if waiting == 1 else 'wait'} for you"
            )
        case _:
            return _with_money(digest, f"{plural(waiting, 'decision')} {'waits' if waiting == 1 else 'wait'}")


def _without_decision(digest: Digest) -> str:
    """What there is to read in a week that asks for nothing, as much of it as fits."""
    parts = (
        (len(digest.quiet), "silent or without an owner"),
        (len(digest.adrift), "not on course"),
        (len(digest.moved), "moved"),
        (len(digest.ended), "ended"),
        (len(digest.ahead), "due in the next 14 days"),
        (len(digest.asked), "asked about"),
    )
    told, start = "", "No decision waits"
    for part in (f"{count:,} {words}" for count, words in parts if count):
        longer = f"{told}, {part}" if told else f"{start}: {part}"
        told = longer if len(longer) <= HEADLINE else told
    return told or start


def _with_money(digest: Digest, start: str) -> str:
    """The headline with what the waiting pilots cost, in round sums only where the exact ones do not fit."""
    if not digest.spent and not digest.per_week:
        return f"{start}: no cost is recorded"
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
    alone = {
        "and it is on pace": counts.on_pace,
        "and it needs attention": counts.attention,
        "and it has no number yet": counts.no_number,
        "and it is paused": counts.paused,
        "and it has ended": counts.ended,
    }
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
    if counts.pilots == 1:
        told = ", ".join(["1 pilot", *(words for words, count in alone.items() if count)]) + "."
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


def opening(digest: Digest) -> tuple[Part, ...]:
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


def say(label: str, words: str) -> Button:
    return Button(label=label, press=Press(verb="say", args={"text": words}))
