"""One ask with all that its words need: who is asked, about what, as what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.domain.digest import speaker
from bot.domain.findings import Finding, Picture
from bot.domain.ladder import Role, Rung, blocker
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from bot.messages.figures import line, person


class AskKind(StrEnum):
    """What is asked where no finding is: an ask's kind is one of these or a finding's."""

    CHECKIN = "checkin"
    PULSE = "pulse"
    ITEM = "item"
    WEEK_ONE = "week_one"
    PROMISE = "promise"
    GATE = "gate"
    HANDOVER = "handover"
    ANNOUNCE = "announce"
    BLOCKER = "blocker"
    LOOK_BACK = "look_back"
    KILL_LINE = "kill_line"
    RETIRE = "retire"
    MERGE = "merge"
    TOLD = "told"
    #: Somebody who may not decide asks those who may.
    WANTED = "wanted"
    RUN = "run"


@dataclass(frozen=True, kw_only=True, slots=True)
class AskView:
    """One ask with all that its words need.

    ``details`` by kind: item (code, why) · week_one (codes, due, late, cost, why) · promise (text, by) · gate (gate, by) · run (gate) ·
    handover (from, reason) · announce (sponsor_on, digest_on) · blocker (by, until, text) · look_back (number, due) ·
    kill_line (agreed_by, agreed_on, crossed) · retire (by, cause, learning, stands_on) · merge (into_name, by) ·
    told (news, as) · wanted (by, what) · checkin (extra). Dates are ISO, people names or ids; all are optional.
    """

    ask_id: str
    #: A finding's kind, or an `AskKind`.
    kind: str
    rung: Rung
    role: Role
    pilot: Pilot
    record: Record
    picture: Picture
    finding: Finding | None = None
    #: What happens if nobody answers (`then`), and on which day.
    next_words: str = ""
    next_on: date | None = None
    #: This message's number of at most so many about the episode; 0: it is not counted.
    number: int = 0
    of: int = 0
    details: Mapping[str, str] = field(default_factory=dict)
    #: Person id → name, for authors who hold no role in the pilot.
    people: Mapping[str, str] = field(default_factory=dict)
    #: What else is open about the pilot, and is answered along with it.
    also: tuple[Finding, ...] = ()
    #: The one due item that rides with a check-in: a section of its own below it.
    extra: "AskView | None" = None

    def day(self, key: str) -> date | None:
        """A day from the details; None where there is none or it cannot be read."""
        try:
            return date.fromisoformat(self.details.get(key, ""))
        except ValueError:
            return None

    def detail(self, key: str, most: int = 120) -> str:
        """Words from the details, on one line."""
        return line(self.details.get(key, ""), most)

    @property
    def by(self) -> str:
        """Whose wish it is, by name."""
        by = self.details.get("by", "") or self.details.get("from", "")
        return line(speaker(by, self.pilot, self.people), 60) if by else owner_name(self.pilot)

    @property
    def blocked_by(self) -> str:
        """The blocker in the words of whoever named it."""
        standing = blocker(self.record)
        return self.details.get("text", "") or (standing.text if standing else "")

    @property
    def blocked_until(self) -> date | None:
        """The day by which it should be cleared."""
        standing = blocker(self.record)
        return self.day("until") or (standing.holder_by if standing else None)


def owner_name(pilot: Pilot) -> str:
    """The owner's name, or what stands for it at the beginning of a sentence."""
    return person(pilot.owner) if pilot.owner else "Its team"
