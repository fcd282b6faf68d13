"""The wall between customers, on paper: statements that do not say whose rows they want are refused."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import and_, delete, exists, func, or_, select, text, update

import storage
from storage.database import Database
from storage.guard import ACROSS_WORKSPACES, WorkspaceMissingError
from storage.tables import METADATA

PILOTS, ENTRIES, WORKSPACES = (METADATA.tables[name] for name in ("pilots", "entries", "workspaces"))
OURS = PILOTS.c.workspace_id == "ours"
JOINED = and_(ENTRIES.c.workspace_id == PILOTS.c.workspace_id, ENTRIES.c.pilot_id == PILOTS.c.id)

FORGETFUL = {
    "select": lambda: select(PILOTS),
    "update": lambda: update(PILOTS).values(name="x"),
    "update of one id": lambda: update(PILOTS).where(PILOTS.c.id == "P01").values(name="x"),
    "delete": lambda: delete(PILOTS),
    "count": lambda: select(func.count()).select_from(PILOTS),
    "either or": lambda: select(PILOTS).where(or_(OURS, PILOTS.c.id == "P01")),
    "not ours": lambda: select(PILOTS).where(~OURS),
    "above": lambda: select(PILOTS).where(PILOTS.c.workspace_id > "ours"),
    "itself": lambda: select(PILOTS).where(PILOTS.c.workspace_id == PILOTS.c.workspace_id),
    "joined by id alone": lambda: select(PILOTS).join(ENTRIES, ENTRIES.c.pilot_id == PILOTS.c.id).where(OURS),
    "joined and neither tied": lambda: select(PILOTS).join(ENTRIES, JOINED),
    "outer join on the condition": lambda: select(PILOTS).outerjoin(ENTRIES, and_(JOINED, OURS)),
    "subquery": lambda: select(PILOTS).where(OURS, PILOTS.c.id.in_(select(ENTRIES.c.pilot_id))),
    "scalar subquery": lambda: select(
        PILOTS.c.id, select(func.count()).select_from(ENTRIES).scalar_subquery()
    ).where(OURS),
    "derived table": lambda: select(select(PILOTS.c.id).subquery().c.id),
    "union": lambda: select(PILOTS.c.id).where(OURS).union(select(PILOTS.c.id)),
    "update from a claim that forgets": lambda: (
        update(PILOTS)
        .where(PILOTS.c.workspace_id == (due := select(PILOTS.c.workspace_id).cte("due")).c.workspace_id)
        .values(name=due.c.workspace_id)
    ),
    "alias": lambda: select(PILOTS.alias("p")),
    "plain text": lambda: text("SELECT * FROM pilots WHERE id = 'P01'"),
    "another workspace's row by its id": lambda: select(WORKSPACES).where(WORKSPACES.c.name == "ours"),
}
CAREFUL = {
    "select": lambda: select(PILOTS).where(OURS),
    "several conditions": lambda: select(PILOTS).where(OURS, or_(PILOTS.c.id == "P01", PILOTS.c.id == "P02")),
    "update": lambda: update(PILOTS).where(and_(OURS, PILOTS.c.id == "P01")).values(name="x"),
    "delete": lambda: delete(PILOTS).where(OURS),
    "join": lambda: select(PILOTS).join(ENTRIES, JOINED).where(OURS),
    "join, tied on the other side": lambda: select(PILOTS).join(ENTRIES, JOINED).where(ENTRIES.c.workspace_id == "ours"),
    "correlated": lambda: select(PILOTS).where(OURS, exists(select(1).where(JOINED))),
    "subquery": lambda: select(PILOTS).where(OURS, PILOTS.c.id.in_(select(ENTRIES.c.pilot_id).where(ENTRIES.c.workspace_id == "ours"))),
    "derived table": lambda: select(select(PILOTS.c.id).where(OURS).subquery().c.id),
    "alias": lambda: select((p := PILOTS.alias("p")).c.id).where(p.c.workspace_id == "ours"),
    "workspace": lambda: select(WORKSPACES).where(WORKSPACES.c.id == "ours"),
    "insert": lambda: PILOTS.insert().from_select(["workspace_id", "id"], select(PILOTS.c.workspace_id, PILOTS.c.id).where(OURS, PILOTS.c.id == "no")),
    "nothing of ours": lambda: text("SELECT 1"),
}  # fmt: skip


@pytest.mark.parametrize("statement", FORGETFUL.values(), ids=FORGETFUL)
def test_a_statement_that_forgets_the_workspace_is_refused(
    db: Database, statement: Callable[[], Any]
) -> None:
    with pytest.raises(WorkspaceMissingError):
        db.write_now(lambda conn: conn.execute(statement()))


@pytest.mark.parametrize("statement", CAREFUL.values(), ids=CAREFUL)
def test_a_statement_that_says_whose_passes(db: Database, statement: Callable[[], Any]) -> None:
    db.write_now(lambda conn: conn.execute(statement()).close())


def test_a_claim_across_workspaces_must_be_listed(db: Database) -> None:
    with pytest.raises(WorkspaceMissingError, match="not among the claims"):
        db.write_now(lambda conn: conn.execute(select(PILOTS), execution_options={"across": "pilots.all"}))


def test_the_list_names_every_claim_and_no_other() -> None:
    files = Path(storage.__file__).parent.glob("*.py")
    source = "\n".join(path.read_text() for path in files if path.name != "guard.py")
    assert (
        set(
            re.findall(
                r'"((?:workspaces|pilots|episodes|asks|asks_due|outbox|inbox|tokens|checks|received|repositories)\.[a-z_]+)"',
                source,
            )
        )
        == ACROSS_WORKSPACES
    )
