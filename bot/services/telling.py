"""Who asked to be told is told, once, when the decision falls.

It answers their own press, so it is free of the budget; it still keeps to their hours. Whoever decides knows already.
"""

from datetime import datetime, timedelta

from bot.domain.pilot import Pilot
from bot.messages import story as words
from bot.messages.model import dump
from bot.services.places import address_of
from storage import outbox, people, questions
from storage.database import Connection
from storage.questions import Question
from storage.workspaces import Workspace

#: News that could not be delivered for so long is no news.
_STALE = timedelta(days=7)


def tell(
    conn: Connection, workspace: Workspace, pilot: Pilot, news: str, now: datetime, *, decided_by: str = ""
) -> int:
    """Tells everybody who wanted to hear of a pilot's decision; returns how many.

    Args:
        conn: a writing transaction.
        workspace: whose.
        pilot: which, as it now stands.
        news: what was decided, by whom: one sentence.
        now: the moment of the decision.
        decided_by: the id of whoever decided.

    """
    wanting: dict[str, Question] = {}
    for one in questions.to_tell(conn, workspace.id, pilot.id):
        wanting.setdefault(one.asker, one)
    questions.told(conn, workspace.id, pilot.id, now)
    known = people.by_ids(conn, workspace.id, list(wanting))
    written = 0
    for asker, question in wanting.items():
        person = known.get(asker)
        address = address_of(person) if person else None
        if person is None or address is None or asker == decided_by:
            continue
        own = workspace.settings.calendar().in_zone(person.zone)
        at = workspace.settings.quiet_hours().next_opening(now, own)
        outbox.add(
            conn,
            workspace.id,
            key=_key(question, now),
            kind="notice",
            person_id=asker,
            platform=address.platform.value,
            external_id=address.workspace,
            content=dump(words.decided(pilot, question.asked, question.day, news)),
            not_before=at,
            not_after=at + _STALE,
            now=now,
        )
        written += 1
    return written


def take_back(
    conn: Connection, workspace: Workspace, pilot: Pilot, decided_at: datetime, by: str, now: datetime
) -> int:
    """Lets those who were told of a decision wait for the next one: it was undone. Returns how many.

    A message that is still to come is dropped; one that arrived says so in its place.
    """
    waiting = questions.wants_again(conn, workspace.id, pilot.id, decided_at)
    for question in waiting:
        row = outbox.by_key(conn, workspace.id, _key(question, decided_at))
        if row is None or outbox.dropped(conn, row, "undone"):
            continue
        if row.state == "sent":
            content = dump(words.undone(pilot, by))
            outbox.set_content(conn, workspace.id, row.id, content)
            outbox.add_update(conn, row, content=content, now=now)
    return len(waiting)


def _key(question: Question, decided_at: datetime) -> str:
    return f"told:{question.id}:{decided_at:%Y%m%dT%H%M%S%f}"
