"""What a repository shows → items ticked and opened again, each with its reason and the link to its proof."""

from datetime import datetime

from bot.domain.pilot import Pilot
from bot.domain.record import Entry, Item, Record, Status
from bot.signals import evidence
from bot.signals.evidence import Evidence, Facts
from storage import pilots, record
from storage.database import Connection
from storage.workspaces import Workspace


def tick(
    conn: Connection, workspace: Workspace, pilot: Pilot, its: Record, facts: Facts, by: str, now: datetime
) -> list[str]:
    """Brings the items I1 to I5 of one pilot to what its repository shows.

    A person's word is not argued with, with two exceptions: a notebook that is all there is after fifteen working
    days of build, and an image older than thirty days, open their item whoever ticked it. What a person set aside
    or opened stays so until a proof of a later day.

    Args:
        conn: a writing transaction.
        workspace: whose.
        pilot: which, and
        its: its record.
        facts: of its place.
        by: GitHub or GitLab: a signal, not a person.
        now: the moment.

    Returns:
        What changed, as it stands in the record.

    """
    calendar = workspace.settings.calendar()
    today = calendar.today(now)
    days = calendar.working_days(pilot.stage_since, today)
    states = {item.code: item for item in its.items}
    changed = []
    for found in evidence.items(facts, stage=pilot.stage, days_in_stage=days, today=today):
        now_stands = states.get(found.code)
        if not _speaks(found, now_stands):
            continue
        proof = f"{found.why}: {found.link}" if found.link else found.why
        if now_stands is not None and (now_stands.state, now_stands.evidence) == (found.state, proof):
            continue
        item = Item(code=found.code, state=found.state, on=today, by=by, evidence=proof, automatic=True)
        record.set_item(conn, workspace.id, pilot.id, item)
        if now_stands is not None and now_stands.automatic and now_stands.state == found.state:
            continue  # the same with a newer proof: no news
        text = f"{found.code} {found.state}: {proof}"
        entry = Entry(on=today, author=by, status=Status.ITEM, text=text)
        record.append_entry(conn, workspace.id, pilot.id, entry, at=now, surface="clock")
        changed.append(text)
    if changed:
        pilots.touch(conn, workspace.id, pilot.id, now)
    return changed


def _speaks(found: Evidence, stands: Item | None) -> bool:
    """Whether the evidence has a say over what stands."""
    if stands is None:
        # An item never ticked is open already; only what fails by itself says so.
        return found.state == "done" or found.firm
    if stands.state == "na":
        return False
    if found.state == "done":
        if stands.state == "open" and not stands.automatic:
            return found.on is not None and found.on > stands.on
        return True
    if stands.state == "open":
        return stands.automatic
    return stands.automatic or found.firm
