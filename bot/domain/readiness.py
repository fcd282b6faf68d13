"""The three checklists and their minimum: a brilliant model with no trained users is not ready.

Evidence expires. What has a shelf life, and where product and law name the number:

====  =================================  ==========================================================
item  stands for                         because
====  =================================  ==========================================================
I2    30 days                            an image from the last 30 days
I6    90 days                            a rollback tested in the last 90 days
D1    180 days                           the data owner's yes is asked for anew
D3    until the date it states           an access has an expiry date; one without states nothing
O1    30 working days                    the sponsor's tap; any decision of the sponsor's is one
O3    until a quarter of new users came  and while 80 % of the intended are trained, if both are known
====  =================================  ==========================================================

Every other item stands until somebody opens it again. An expired item is open again and says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain import evidence
from bot.domain.calendar import Calendar
from bot.domain.pilot import Pilot, Risk
from bot.domain.record import Item, Record

#: The rows of the three checklists, in the words of the form.
ITEMS = {
    "I1": "code in a repository, no notebook in the serving path",
    "I2": "container built by CI",
    "I3": "tests and an evaluation set run in CI",
    "I4": "deployed by pipeline to a shared environment",
    "I5": "monitoring",
    "I6": "rollback",
    "I7": "data pipeline scheduled and watched",
    "I8": "version pinned, cost per unit and budget alert known",
    "D1": "data owner named and agreed",
    "D2": "lawful purpose recorded",
    "D3": "access by service account",
    "D4": "quality check with a threshold",
    "D5": "evaluation set owned by the business side",
    "D6": "retention and logs",
    "D7": "feedback loop",
    "O1": "sponsor alive",
    "O2": "process redesigned",
    "O3": "users named and trained",
    "O4": "stakeholders bought in",
    "O5": "support path",
    "O6": "run owner and 12-month budget",
    "O7": "human oversight and literacy",
    "O8": "the old way ends",
}
#: When an item counts as done, for whoever is asked about it.
DONE_MEANS = {
    "I1": "the main branch builds, and what is served comes from it",
    "I2": "an image from the last 30 days, built by a pipeline",
    "I3": "the last run on main is green, the evaluation stored with it",
    "I4": "a link to the last deploy run, on nobody's own machine",
    "I5": "a dashboard with health and the number, an alert that fired in a test",
    "I6": "tested in the last 90 days, by whom and in how many minutes",
    "I7": "a freshness alert, and the last failed run was noticed",
    "I8": "the version in the deploy record, somebody gets the budget alert",
    "D1": "their yes with its date",
    "D2": "a DPIA, or no personal data signed by privacy",
    "D3": "no personal credentials, and the day the access expires",
    "D4": "the last result above the threshold, in CI or daily",
    "D5": "100 cases or more, reviewed by a named practitioner",
    "D6": "how long logs are kept",
    "D7": "a user's correction arrives somewhere and is read weekly",
    "O1": "the sponsor's tap in the last 30 working days",
    "O2": "before and after on a page, signed by the process owner",
    "O3": "trained of intended, 80 % or more",
    "O4": "legal, security, works council or HR, IT: yes or no, each with a date",
    "O5": "where users report trouble, and how soon they hear back",
    "O6": "who runs it and 12 months of budget, both accepted in writing",
    "O7": "an overseer with the power to stop, and literacy training",
    "O8": "the day the old way is switched off, told to everybody",
}
#: What a risk class must show before real people use it (gate G3).
NEEDED: dict[Risk, tuple[str, ...]] = {
    Risk.MINIMAL: ("I1", "I4", "I6", "D1", "D2", "O3"),
    Risk.LIMITED: ("I1", "I2", "I3", "I4", "I5", "I6", "D1", "D2", "D3", "O3"),
    Risk.HIGH: ("I1", "I2", "I3", "I4", "I5", "I6", "D1", "D2", "D3", "D4", "D5", "O3", "O7"),
}
#: What a minimal-risk pilot may do without at G5, with a reason; every other risk class needs them.
SKIPPABLE = ("I7", "D6", "O7")
#: Days for which evidence stands.
SHELF_DAYS = {"I2": 30, "I6": 90, "D1": 180}
#: The same in working days.
SHELF_WORKING_DAYS = {"O1": 30}
#: What the sponsor says who no longer wants it: no sign of life that counts.
NO_LONGER = "No longer worth it"

#: Automatic evidence counts whole, a person's word half.
_WORD = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One item as it stands on a day."""

    code: str
    #: done | open | na
    state: str
    #: The row behind it; None: nobody said anything yet.
    item: Item | None = None
    #: The last day on which a ticked item stands; None: it does not expire.
    expires_on: date | None = None
    #: Why a ticked item is open again; empty: it is not.
    reopened: str = ""

    @property
    def points(self) -> float:
        """What it is worth: 1 by evidence, a half by word."""
        if self.state != "done" or self.item is None:
            return 0.0
        return 1.0 if self.item.automatic else _WORD


def standing(code: str, item: Item | None, today: date, calendar: Calendar) -> Standing:
    """An item as it stands on a day."""
    grown = evidence.overtaken(item.evidence) if item is not None and code == "O3" else ""
    if item is None or item.state != "done":
        was_done = grown if item is not None and item.state == "open" else ""
        return Standing(code=code, state=item.state if item else "open", item=item, reopened=was_done)
    short = evidence.falls_short(code, item.evidence) or grown
    if short:
        return Standing(code=code, state="open", item=item, reopened=short)
    expires_on = _shelf(item, calendar)
    if expires_on is None or today <= expires_on:
        return Standing(code=code, state="done", item=item, expires_on=expires_on)
    why = _over(item, expires_on)
    return Standing(code=code, state="open", item=item, expires_on=expires_on, reopened=why)


def _shelf(item: Item, calendar: Calendar) -> date | None:
    """The last day on which evidence stands; None: it does not expire."""
    if item.code in SHELF_DAYS:
        return item.on + timedelta(days=SHELF_DAYS[item.code])
    if item.code in SHELF_WORKING_DAYS:
        return calendar.add(item.on, SHELF_WORKING_DAYS[item.code])
    return evidence.stated_expiry(item.evidence, item.on) if item.code == "D3" else None


def _over(item: Item, expired_on: date) -> str:
    """What is said once evidence no longer stands."""
    if item.code in SHELF_DAYS:
        return f"ticked on {_day(item.on)}, it stands for {SHELF_DAYS[item.code]} days"
    if item.code in SHELF_WORKING_DAYS:
        return f"last said on {_day(item.on)}, it stands for {SHELF_WORKING_DAYS[item.code]} working days"
    return f"the access expired on {_day(expired_on)}"


def evidence_of(pilot: Pilot, record: Record) -> tuple[Item, ...]:
    """The rows of a pilot, with what its record shows by itself: the sponsor's last word is item O1."""
    sponsor = pilot.sponsor
    if sponsor is None:
        return record.items
    last = next((one for one in reversed(record.entries) if one.author == sponsor.id and one.word), None)
    told = [item for item in record.items if item.code == "O1"]
    if last is None or (told and told[-1].on > last.on):
        return record.items
    alive = Item(
        code="O1",
        state="open" if last.text.startswith(NO_LONGER) else "done",
        on=last.on,
        by=sponsor.id,
        evidence=last.text,
        automatic=True,
    )
    return (*(item for item in record.items if item.code != "O1"), alive)


def standings(items: Iterable[Item], today: date, calendar: Calendar) -> dict[str, Standing]:
    """Every item of the three lists as it stands on a day, in the order of the lists; of a code the last row holds."""
    rows = {item.code: item for item in items}
    return {code: standing(code, rows.get(code), today, calendar) for code in ITEMS}


def by_list(items: Sequence[Item], today: date, calendar: Calendar) -> dict[str, float]:
    """The share of each list on a day, 0..1: points over applicable items. An item never ticked, or expired, is open."""
    return shares(standings(items, today, calendar))


def shares(stand: Mapping[str, Standing]) -> dict[str, float]:
    """The share of each list, 0..1, by its letter."""
    found = {}
    for letter in "IDO":
        applicable = [one for code, one in stand.items() if code.startswith(letter) and one.state != "na"]
        found[letter] = sum(one.points for one in applicable) / len(applicable) if applicable else 1.0
    return found


def readiness(items: Sequence[Item], today: date, calendar: Calendar) -> float:
    """The weakest of the three lists on a day, 0..1; never their average."""
    return min(by_list(items, today, calendar).values())


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
