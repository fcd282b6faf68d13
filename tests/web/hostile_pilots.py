"""Pilots whose every stored field holds a string that tries to run, to break out or to overflow."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from bot.domain.metric import Guardrail
from bot.domain.people import Person
from bot.domain.pilot import End
from bot.domain.record import Activity, Counts, Item, Promise, Reading
from bot.domain.stages import Gate, Stage
from bot.services import look
from storage import gates, people, questions, record, workspaces
from storage.database import Connection
from tests.playground.hostile import HOSTILE
from tests.storage.kit import DAY, NOW, OURS, TODAY, entry, metric, pilot
from tests.web.kit import add_pilot

#: Some of each kind; all of them are the trial's.
SOME = HOSTILE[::13][:40]


def fill(conn: Connection, texts: Sequence[str]) -> None:
    """One pilot for each string, in every field that a person or a platform fills."""
    for at, text in enumerate(texts):
        _one(conn, f"H{at}", text, ended=at % 5 == 4)
    look.look(conn, NOW, limit=1000)


def company(conn: Connection, text: str) -> None:
    """The workspace's own names."""
    found = workspaces.get(conn, OURS)
    assert found is not None
    workspaces.rename(conn, OURS, text)
    workspaces.save_settings(
        conn, OURS, found.settings.model_copy(update={"company": text, "currency": text[:40]})
    )


def _one(conn: Connection, pilot_id: str, text: str, *, ended: bool) -> None:
    person = Person(id=f"p-{pilot_id}", name=text, handle=text[:200], email=text[:200])
    people.add(conn, OURS, person, NOW)
    rail = Guardrail(text=text, name=text, op="<=", limit=Decimal(1))
    end = End(state=Stage.RETIRED, reason=text, learning=text, retry_when=text, reuse=text, switched_off=text)
    one = pilot(
        pilot_id,
        name=text or pilot_id,
        aliases=(text, text),
        old_names=(text,),
        department=text,
        outcome_sentence=text,
        kill_line=text,
        decision_on=TODAY + DAY,
        metric=metric(name=text, unit=text[:200], baseline_source=text),
        guardrails=(rail,),
        owner=person,
        backup=person,
        sponsor=person,
        links={"repo": text, "demo": f"https://{text}", text[:60] or "x": text, "memo": f"javascript:{text}"},
        stage=Stage.RETIRED if ended else Stage.TRIAL,
        end=end if ended else None,
    )
    add_pilot(conn, OURS, one)
    record.append_entry(
        conn,
        OURS,
        pilot_id,
        entry(text=text, author=text[:200] or "x", holder=person),
        at=NOW,
        surface="slack",
    )
    for back, value in ((90, 9), (60, 8), (40, 7), (20, 6)):
        reading = Reading(on=TODAY - timedelta(days=back), value=Decimal(value), source=text)
        record.append_reading(conn, OURS, pilot_id, reading)
    for counts, kind in (
        (Counts.INTEREST, "question"),
        (Counts.PROGRESS_GUARDRAIL, "guardrail"),
        (Counts.PULSE, text[:30] or "x"),
    ):
        activity = Activity(
            on=TODAY, source=text, actor=text, kind=kind, text=text, counts=counts, value=Decimal(2)
        )
        record.append_activity(conn, OURS, pilot_id, activity)
    for code, state in (("I1", "done"), ("D1", "na"), ("O1", "open")):
        record.set_item(conn, OURS, pilot_id, Item(code=code, state=state, on=TODAY, by=text, evidence=text))
    record.add_promise(conn, OURS, pilot_id, Promise(text=text, by=TODAY, made_on=TODAY, holder=person))
    gates.propose(conn, OURS, pilot_id, Gate.G2, by=text[:60] or "x", now=NOW, evidence=text)
    questions.add(conn, OURS, pilot_id=pilot_id, asked=text, asker=person.id, day=TODAY, now=NOW)
