"""Gate decisions: proposed, then passed or sent back by a named person."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, select, update

from bot.domain.stages import Gate
from storage.dialects import count_of
from storage.ids import new_id
from storage.tables import METADATA

_GATES = METADATA.tables["gates"]
State = Literal["open", "passed", "sent_back"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One row."""

    id: str
    pilot_id: str
    gate: Gate
    state: State
    #: Who proposed it while it is open, then who decided.
    by: str | None
    #: When that was.
    at: datetime
    evidence: str = ""


_COLUMNS = tuple(_GATES.c[field.name] for field in fields(Decision))


def _decision(row: RowMapping) -> Decision:
    return Decision(**{**row, "gate": Gate(row["gate"])})


def _find(conn: Connection, workspace_id: str, *conditions: ColumnElement[bool]) -> list[Decision]:
    chosen = select(*_COLUMNS).where(_GATES.c.workspace_id == workspace_id, *conditions)
    return [_decision(row) for row in conn.execute(chosen.order_by(_GATES.c.at, _GATES.c.id)).mappings()]


def propose(
    conn: Connection,
    workspace_id: str,
    pilot_id: str,
    gate: Gate,
    *,
    by: str,
    now: datetime,
    evidence: str = "",
) -> str:
    """Asks for a gate. Returns the decision's id; that of the open one where the gate is asked for already."""
    for decision in open_of(conn, workspace_id, pilot_id):
        if decision.gate is gate:
            return decision.id
    decision_id = new_id()
    row = {
        "id": decision_id,
        "pilot_id": pilot_id,
        "gate": gate.value,
        "state": "open",
        "by": by,
        "at": now,
        "evidence": evidence,
    }
    conn.execute(_GATES.insert().values(workspace_id=workspace_id, **row))
    return decision_id


def decide(
    conn: Connection,
    workspace_id: str,
    decision_id: str,
    state: Literal["passed", "sent_back"],
    *,
    by: str,
    now: datetime,
    evidence: str | None = None,
) -> bool:
    """Decides what is open; whether it was until now. `evidence` replaces what was proposed with."""
    values = {"state": state, "by": by, "at": now} | ({} if evidence is None else {"evidence": evidence})
    mine = (_GATES.c.workspace_id == workspace_id, _GATES.c.id == decision_id, _GATES.c.state == "open")
    return count_of(conn.execute(update(_GATES).where(*mine).values(values))) == 1


def reopen(conn: Connection, workspace_id: str, decision_id: str, *, by: str, now: datetime) -> bool:
    """Takes a decision back (undone, or a promise lapsed); whether it was decided."""
    mine = (_GATES.c.workspace_id == workspace_id, _GATES.c.id == decision_id, _GATES.c.state != "open")
    return count_of(conn.execute(update(_GATES).where(*mine).values(state="open", by=by, at=now))) == 1


def get(conn: Connection, workspace_id: str, decision_id: str) -> Decision | None:
    """One decision; None: no such in this workspace."""
    return next(iter(_find(conn, workspace_id, _GATES.c.id == decision_id)), None)


def of_pilot(conn: Connection, workspace_id: str, pilot_id: str) -> list[Decision]:
    """Every gate a pilot asked for or passed, oldest first."""
    return _find(conn, workspace_id, _GATES.c.pilot_id == pilot_id)


def open_of(conn: Connection, workspace_id: str, pilot_id: str | None = None) -> list[Decision]:
    """The gates that wait for a decision, of one pilot or of all, oldest first."""
    mine = [] if pilot_id is None else [_GATES.c.pilot_id == pilot_id]
    return _find(conn, workspace_id, _GATES.c.state == "open", *mine)
