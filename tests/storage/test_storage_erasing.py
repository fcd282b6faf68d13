"""Forgetting a person or a workspace: no table holds a trace, nobody else loses a word."""

import json
import random
from typing import Any

import pytest
from sqlalchemy import JSON, Connection, String, update
from sqlmodel.sql.sqltypes import AutoString

from bot.domain.people import Person
from bot.services import erasing
from storage import audit, people, workspaces
from storage.database import Database
from storage.tables import METADATA
from storage.workspaces import Wish
from tests.storage.kit import NOW, OURS, THEIRS, address, dump
from tests.storage.test_storage_walls import fill

#: A name with an umlaut is escaped where a stored message writes it.
JUERGEN = Person(
    id="juergen.maass",
    name="Jürgen Maaß",
    handle="juergen.maass",
    email="j.maass@example.com",
    addresses=(address("U0JUERGEN9"),),
)
TRACES = (
    *(one.casefold() for one in (JUERGEN.id, JUERGEN.name, JUERGEN.email, "U0JUERGEN9")),
    "j\\u00fcrgen",
)
WORDS = "Danish added; asked {} about it, Alice Able answers"


def everywhere(
    conn: Connection, chance: random.Random, *, left_out: float = 0.2, who: Person = JUERGEN
) -> None:
    """The person stands in every table and, by chance, in every text."""
    fill(conn)
    people.add(conn, OURS, who, NOW)
    people.set_role(conn, OURS, who.id, "admin", has=True)
    audit.append(
        conn,
        OURS,
        actor=who.id,
        what="edited",
        subject="P01",
        surface="slack",
        now=NOW,
        details={"to": who.name},
    )
    for name, table in METADATA.tables.items():
        if name in {"workspaces", "installations", "audit", "people", "addresses"}:
            continue
        keys = {column.name for column in table.primary_key}
        for column in table.c:
            if column.name in keys or chance.random() < left_out:
                continue
            said = chance.choice([who.name, who.handle, who.email, f"<@{who.addresses[0].user}>"])
            value: Any = None
            if column.name.endswith("_id") and column.name not in {
                "pilot_id",
                "external_id",
                "episode_id",
                "outbox_id",
                "message_id",
            }:
                value = who.id
            elif column.name == "content":
                value = json.dumps({"text": WORDS.format(said)})
            elif isinstance(column.type, JSON) and name != "pilots":
                value = {"line": WORDS.format(said), said: [said]}
            elif isinstance(column.type, AutoString | String) and (column.type.length or 300) >= 255:
                value = WORDS.format(said) if column.name != "key" else f"nudge:{who.id}:2026-11-20"
            if value is not None:
                conn.execute(update(table).where(table.c.workspace_id == OURS).values({column.name: value}))


def found(conn: Connection, *, whose: str = OURS) -> list[str]:
    """Where a trace of the person stands."""
    return [
        f"{table}: {value}"
        for table, rows in dump(conn, whose).items()
        for row in rows
        for value in row.values()
        if any(trace in json.dumps(value, default=str, ensure_ascii=False).casefold() for trace in TRACES)
    ]


@pytest.mark.parametrize("seed", range(6))
def test_no_table_holds_a_trace_of_an_erased_person(db: Database, seed: int) -> None:
    db.write_now(lambda conn: everywhere(conn, random.Random(seed)))
    before = db.read_now(lambda conn: dump(conn, THEIRS))
    assert len(db.read_now(found)) > 10
    one = db.read_now(lambda conn: erasing.find(conn, OURS, "@juergen.maass"))
    done = db.write_now(
        lambda conn: erasing.erase_person(conn, OURS, one, by="ada", surface="slack", now=NOW)
    )
    assert db.read_now(found) == []
    assert db.read_now(lambda conn: dump(conn, THEIRS)) == before
    assert done.rows
    assert db.read_now(lambda conn: audit.check(conn, OURS)).whole
    nobody = db.read_now(lambda conn: people.get(conn, OURS, done.person_id))
    assert nobody is not None
    assert (nobody.name, nobody.left_on, nobody.addresses) == (erasing.SOMEBODY, NOW.date(), ())


def test_others_keep_their_words(db: Database) -> None:
    db.write_now(lambda conn: everywhere(conn, random.Random(1), left_out=0))
    one = db.read_now(lambda conn: erasing.find(conn, OURS, JUERGEN.email))
    db.write_now(lambda conn: erasing.erase_person(conn, OURS, one, by="ada", surface="slack", now=NOW))
    texts = [row["text"] for row in db.read_now(lambda conn: dump(conn, OURS))["entries"]]
    assert texts
    assert all(
        text.startswith("Danish added; asked ") and text.endswith("Alice Able answers") for text in texts
    )


def test_what_a_workspace_has_set_forgets_them_and_nobody_else(db: Database) -> None:
    """Their own wish goes, and their name as the one who helps to find a number; what others wished stays."""
    wishes = {JUERGEN.id: Wish(platform="slack"), "alice": Wish(platform="teams")}

    def wish(conn: Connection) -> None:
        everywhere(conn, random.Random(3))
        found = workspaces.get(conn, OURS)
        assert found is not None
        settings = found.settings.model_copy(update={"wishes": wishes, "steward": JUERGEN.id})
        workspaces.save_settings(conn, OURS, settings)

    db.write_now(wish)
    one = db.read_now(lambda conn: erasing.find(conn, OURS, JUERGEN.id))
    told = db.read_now(lambda conn: erasing.about(conn, OURS, one))
    [stored] = told["rows"]["workspaces"]
    assert stored["settings"]["steward"] == JUERGEN.id
    assert list(stored["settings"]["wishes"]) == [JUERGEN.id]
    before = db.read_now(lambda conn: workspaces.get(conn, OURS))
    done = db.write_now(
        lambda conn: erasing.erase_person(conn, OURS, one, by="ada", surface="slack", now=NOW)
    )
    after = db.read_now(lambda conn: workspaces.get(conn, OURS))
    assert before is not None and after is not None
    left = {"wishes": {"alice": wishes["alice"]}, "steward": ""}
    assert after.settings == before.settings.model_copy(update=left)
    assert done.rows["workspaces"] == 1
    assert JUERGEN.id not in after.settings.model_dump_json()


def test_an_export_of_a_person_has_every_row_of_theirs(db: Database) -> None:
    """Against a search of all tables of its own."""
    db.write_now(lambda conn: everywhere(conn, random.Random(2)))
    one = db.read_now(lambda conn: erasing.find(conn, OURS, JUERGEN.name))
    told = db.read_now(lambda conn: erasing.about(conn, OURS, one))["rows"]
    ids = {JUERGEN.id, "U0JUERGEN9"}
    for table, rows in db.read_now(lambda conn: dump(conn, OURS)).items():
        theirs = [
            row for row in rows if any(isinstance(value, str) and value in ids for value in row.values())
        ]
        assert len(told.get(table, [])) == len(theirs), table


@pytest.mark.parametrize(
    ("who", "says"), [("nobody.known", "Nobody here"), ("", "Nobody here"), ("twin", "2 people")]
)
def test_who_cannot_be_told_is_asked_for_again(db: Database, who: str, says: str) -> None:
    db.write_now(fill)
    db.write_now(
        lambda conn: people.add_many(conn, OURS, [Person(id=one, name="Twin") for one in ("a1", "a2")], NOW)
    )
    with pytest.raises(Exception, match=says):
        db.read_now(lambda conn: erasing.find(conn, OURS, who))


def test_a_workspace_is_gone_from_every_table_and_the_other_is_whole(db: Database) -> None:
    db.write_now(fill)
    before = db.read_now(lambda conn: dump(conn, THEIRS))
    gone = db.write_now(lambda conn: erasing.erase_workspace(conn, OURS))
    assert sum(gone.values()) > 15
    assert not any(db.read_now(lambda conn: dump(conn, OURS)).values())
    assert db.read_now(lambda conn: dump(conn, THEIRS)) == before


def test_what_took_the_app_away_is_kept_for_thirty_days(db: Database) -> None:
    db.write_now(fill)
    table = METADATA.tables["installations"]
    removed = update(table).where(table.c.workspace_id == OURS).values(removed_at=NOW)
    db.write_now(lambda conn: conn.execute(removed))
    assert db.write_now(lambda conn: erasing.forget_the_gone(conn, NOW + erasing.KEPT)) == 0
    assert db.write_now(lambda conn: erasing.forget_the_gone(conn, NOW + erasing.KEPT * 1.01)) == 1
    assert not any(db.read_now(lambda conn: dump(conn, OURS)).values())
    assert any(db.read_now(lambda conn: dump(conn, THEIRS)).values())
