"""S16: a hundred made-up people in a hundred made-up registries: exported whole, then erased, then looked for everywhere.

Everywhere is every table, the log of the erasure, the database's own files byte by byte, and the copy that is made afterwards.
"""

import io
import json
import logging
import os
import random
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.domain.people import Person
from bot.services import erasing
from storage import audit
from storage.backup import save
from storage.database import Database
from tests.storage.kit import NOW, OURS, THEIRS, address, dump
from tests.storage.test_storage_erasing import everywhere

FIRST = ("Jürgen", "Søren", "Zoë", "Łukasz", "Ngọc", "Ana María", "Иван", "O'Neil", "Bjørk", "Fatıma")
LAST = ("Quetzalmann", "Ó Dálaigh-Quist", "Weißquast", "Quinterová", "van Quickenborne", "Quỳnhanh")


def somebody(chance: random.Random, number: int) -> Person:
    """A person whose every name occurs nowhere else."""
    first, last = chance.choice(FIRST), f"{chance.choice(LAST)}{number:03}"
    handle = f"quist.{number:03}.{chance.randrange(10**6):06}"
    return Person(
        id=handle if chance.random() < 0.5 else f"id-{chance.randrange(10**12):012}",
        name=f"{first} {last}",
        handle=handle,
        email=f"quist{number:03}.{chance.randrange(10**6)}@example.com",
        addresses=tuple(
            address(f"U0QUIST{number:03}{one}", workspace=f"T{one + 1}")
            for one in range(chance.randint(1, 3))
        ),
    )


def traces(who: Person) -> list[str]:
    """What must not be found: each name, also as JSON writes it, and as it is cased."""
    words = [who.id, who.name, who.handle, who.email, *(one.user for one in who.addresses)]
    return sorted({form for word in words for form in (word, json.dumps(word)[1:-1])})


def in_tables(conn: Connection, words: list[str]) -> list[str]:
    return [
        f"{table}.{column}: {value}"
        for table, rows in dump(conn, OURS).items()
        for row in rows
        for column, value in row.items()
        if any(
            word.casefold() in json.dumps(value, default=str, ensure_ascii=False).casefold() for word in words
        )
    ]


def in_files(folder: Path, words: list[str]) -> list[str]:
    return [
        f"{path.name}: {word}"
        for path in sorted(folder.iterdir())
        for word in words
        if word.encode() in path.read_bytes()
    ]


def exported_whole(conn: Connection, who: Person) -> None:
    """Every row that names them by an id is in the export: searched for by hand."""
    told = erasing.about(conn, OURS, who)["rows"]
    ids = {who.id, *(one.user for one in who.addresses)}
    for table, rows in dump(conn, OURS).items():
        theirs = [row for row in rows if any(isinstance(one, str) and one in ids for one in row.values())]
        assert len(told.get(table, [])) >= len(theirs), table


def one(folder: Path, seed: int, written: io.StringIO) -> int:
    chance = random.Random(seed)
    who = somebody(chance, seed)
    words = traces(who)
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{folder / 'registry.db'}"
    database = Database(url)
    database.migrate()
    database.write_now(lambda conn: everywhere(conn, chance, left_out=chance.random() * 0.6, who=who))
    placed = len(database.read_now(lambda conn: in_tables(conn, words)))
    others = database.read_now(lambda conn: dump(conn, THEIRS))
    database.read_now(lambda conn: exported_whole(conn, who))
    assert in_files(folder, words), "what is looked for can be found"
    written.truncate(0)
    database.write_now(lambda conn: erasing.erase_person(conn, OURS, who, by="ada", surface="slack", now=NOW))
    assert database.read_now(lambda conn: in_tables(conn, words)) == [], seed
    assert database.read_now(lambda conn: dump(conn, THEIRS)) == others, (
        f"{seed}: somebody else's rows changed"
    )
    assert database.read_now(lambda conn: audit.check(conn, OURS)).whole, seed
    save(url, folder / "after.copy", lambda _: None)
    database.close()  # the write-ahead log goes with the last connection
    others_words = [word for word in words if word.encode() not in json.dumps(others, default=str).encode()]
    assert in_files(folder, others_words) == [], seed
    assert not [word for word in words if word in written.getvalue()], seed
    return placed


@pytest.mark.parametrize(
    "count", [3, pytest.param(100, marks=[pytest.mark.trial, pytest.mark.timeout(3600)])]
)
def test_s16_an_erased_person_is_nowhere(count: int, tmp_path: Path) -> None:
    count = max(1, round(count * float(os.environ.get("TRIAL_SHARE", "1"))))
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    try:
        placed = sum(one(tmp_path / str(seed), seed, written) for seed in range(count))
    finally:
        logging.getLogger().removeHandler(handler)
    assert placed > 10 * count
    if count > 3:
        print(
            f"\nS16: {count} people in {placed:,} places, each exported and erased: 0 traces in tables, files, copies and log"
        )
