"""The week in a minute: decisions first, then what else a reader wants to know.

`post` is what a channel or a person gets: at most twelve lines, the oldest decisions with their buttons. `full` is the
whole week behind "Full list" and the typed `digest`; `decisions` is every decision with its buttons, behind the typed
`list decisions`. `as_line` is an edition that rides along in a nudge.
"""

from bot.domain.digest import Digest, Edition
from bot.messages.digest_decisions import decision_row, decisions
from bot.messages.digest_full import full
from bot.messages.digest_head import HEADLINE, LINES, counts_line, headline, more_of, opening, say
from bot.messages.digest_lines import BRIEF, POSTED
from bot.messages.figures import line, name, upper_first
from bot.messages.model import Button, Buttons, Message, Part, Press, Section, Text, day

__all__ = [
    "HEADLINE",
    "LINES",
    "as_line",
    "counts_line",
    "decisions",
    "full",
    "headline",
    "post",
    "reads",
]

#: Pilots of an owner's that get a button of their own beside those that wait for a decision.
_CORRECTED = 4


def post(digest: Digest) -> Message:
    """The edition as it is posted: one phone screen, the decision first."""
    top = opening(digest)
    sections = [Section(parts=top)]
    if digest.calm:
        return Message(headline=headline(digest), sections=tuple(sections))
    rows = [
        decision_row(digest, at, decision, brief=True)
        for at, decision in enumerate(digest.decisions[:POSTED], 1)
    ]
    sections += rows
    corrections = _corrections(digest, skip=len(rows))
    left = LINES - 1 - len(top) - 2 * len(rows) - len(corrections)
    rest = [told for part in BRIEF if (told := part(digest))]
    if more := len(digest.decisions) - len(rows):
        rest = [[f"And {more:,} more.", *([" ", *rest[0]] if rest else [])], *rest[1:]]
    lines = tuple(Text(spans=tuple(spans)) for spans in rest[:left])
    if lines:
        sections.append(Section(parts=lines))
    sections += [Section(parts=corrections)] if corrections else []
    buttons = [more_of(digest, "Full list", "full")]
    if len(digest.decisions) > len(rows):
        buttons.append(more_of(digest, f"All {len(digest.decisions):,} decisions", "decisions"))
    if digest.audience.edition is Edition.LEADERSHIP:
        # Answers the presser alone with a link of their own; where no page is reached, with how it would be.
        buttons.append(say("Open the portfolio", "portfolio"))
    sections.append(Section(parts=(Buttons(buttons=tuple(buttons)),)))
    return Message(headline=headline(digest), sections=tuple(sections))


def reads(edition: Edition) -> Press:
    """What shows somebody their own edition."""
    return Press(verb="edition", args={"edition": edition.value})


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


def as_line(digest: Digest) -> str:
    """The edition in one line, for a day on which its reader gets a nudge anyway."""
    counts, edition = counts_line(digest.counts, digest.before), digest.audience.edition
    pilots, mark, how = counts.partition(", " if digest.counts.pilots == 1 else ": ")
    if digest.decisions or not how:
        return f"{headline(digest)}. {upper_first(counts)}"
    if edition is Edition.OWNER:
        when = f" on {day(digest.read_on)}" if digest.read_on else " next"
        return f"Leadership reads{when} about your {pilots.removeprefix('1 ')}{mark}{how}"
    # A decision may be asked for in the very same message: only what the digest counts is said here.
    yours = " of yours" if edition is Edition.SPONSOR else ""
    return f"This week's digest: {pilots}{yours}, {how}"
