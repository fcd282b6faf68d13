"""The wall between customers: whatever is called for one workspace, another's rows are neither seen nor changed.

Ours and theirs hold the same rows under the same ids. Every function of the memory that takes a workspace is called
for one that holds nothing, with the ids of the others, and for ours.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Connection

import storage
from bot.domain.people import Absence, Platform
from bot.domain.record import Activity, Item, Promise, Reading
from bot.domain.stages import Gate
from storage import (
    asks,
    asks_due,
    audit,
    episodes,
    erasing,
    gates,
    inbox,
    logins,
    outbox,
    outbox_many,
    people,
    pilots,
    portfolio,
    questions,
    received,
    record,
    repositories,
    restoring,
    tokens,
    workspaces,
)
from storage.asks import Ask
from storage.database import Database
from storage.episodes import Episode
from storage.outbox import OutboxRow
from storage.tables import METADATA
from storage.workspaces import Installation, Settings
from tests.storage.kit import (
    ALICE,
    BOB,
    DAY,
    NOW,
    OURS,
    THEIRS,
    TODAY,
    address,
    ask,
    dump,
    entry,
    message,
    origin,
    pilot,
    seed,
    workspace,
)

#: One that is not there, and one that holds nothing.
NOBODYS, EMPTY = "nobodys", "empty"
LINK, SESSION = "a" * 64, "b" * 64
MODULES = (
    asks,
    asks_due,
    audit,
    episodes,
    erasing,
    gates,
    inbox,
    logins,
    outbox,
    outbox_many,
    people,
    pilots,
    portfolio,
    questions,
    record,
    restoring,
    tokens,
    received,
    repositories,
    workspaces,
)
INSTALLED = Installation(workspace_id=OURS, platform=Platform.SLACK, external_id="T1", installed_at=NOW)
REPOSITORY = "github.com/acme/x"
EPISODE = Episode(id="new", pilot_id="P01", family="BLIND", opened_on=TODAY)
ASK = Ask(
    id="new",
    pilot_id="P01",
    kind="checkin",
    person_id="alice",
    role="owner",
    created_on=TODAY,
    created_at=NOW,
    not_before=NOW,
)
READING = Reading(on=TODAY, value=Decimal(1))
ACTIVITY = Activity(on=TODAY, source="github", actor="alice", kind="merge")
ITEM = Item(code="I1", state="done", on=TODAY, by="alice")
PROMISE = Promise(text="run book", by=None, made_on=TODAY)
OUTSIDE = (Platform.SLACK, "T1")


def the_id(conn: Connection, table: str) -> str:
    """The id of the one row that ours has in a table."""
    [row] = dump(conn, OURS)[table]
    return str(row["id"])


def the_row(conn: Connection, whose: str) -> OutboxRow:
    found = outbox.get(conn, OURS, the_id(conn, "outbox"))
    assert found is not None
    return replace(found, workspace_id=whose)


Call = Callable[[Connection, str], object]
#: What finds or changes rows that are there: for a workspace without any it must find nothing.
FINDS: dict[str, Call] = {
    "asks.answer": lambda c, w: asks.answer(c, w, the_id(c, "asks"), "x", NOW),
    "asks.answered_since": lambda c, w: asks.answered_since(c, w, "P01", NOW - DAY),
    "asks.back_to_waiting": lambda c, w: asks.back_to_waiting(c, w, the_id(c, "outbox")),
    "asks.drop": lambda c, w: asks.drop(c, w, the_id(c, "asks")),
    "asks.drop_of_episode": lambda c, w: asks.drop_of_episode(c, w, the_id(c, "episodes")),
    "asks.drop_of_pilot": lambda c, w: asks.drop_of_pilot(c, w, "P01"),
    "asks.get": lambda c, w: asks.get(c, w, the_id(c, "asks")),
    "asks.note": lambda c, w: asks.note(c, w, asks.of_pilots(c, OURS, ["P01"])[0], entry="7"),
    "asks.of_message": lambda c, w: asks.of_message(c, w, the_id(c, "outbox")),
    "asks.of_messages": lambda c, w: asks.of_messages(c, w, [the_id(c, "outbox")]),
    "asks.of_pilots": lambda c, w: asks.of_pilots(c, w, ["P01"]),
    "asks.open_of_pilot": lambda c, w: asks.open_of_pilot(c, w, "P01"),
    "asks.reopen": lambda c, w: asks.reopen(c, w, the_id(c, "asks")),
    "asks.waiting": lambda c, w: asks.waiting(c, w, "alice"),
    "asks.wake": lambda c, w: asks.wake(c, w, NOW - DAY),
    "asks_due.drop": lambda c, w: asks_due.drop(c, w, [the_id(c, "asks")]),
    "asks_due.hold": lambda c, w: asks_due.hold(c, w, {"alice": NOW + DAY}),
    "asks_due.people": lambda c, w: asks_due.people(c, w, NOW, 10),
    "asks_due.take_into_messages": lambda c, w: asks_due.take_into_messages(c, w, {the_id(c, "asks"): "m1"}, TODAY),
    "asks_due.waiting": lambda c, w: asks_due.waiting(c, w, ["alice"]),
    "outbox_many.charged": lambda c, w: outbox_many.charged(c, w, ["alice"], TODAY, TODAY),
    "outbox_many.heard": lambda c, w: outbox_many.heard(c, w, ["alice"]),
    "audit.erase": audit.erase,
    "audit.check": lambda c, w: audit.check(c, w).rows,
    "audit.redact": lambda c, w: audit.redact(c, w, lambda value: "nobody" if value == "alice" else value),
    "pilots.fingerprint": lambda c, w: pilots.fingerprint(c, w, "P01"),
    "outbox.forget": lambda c, w: outbox.forget(c, w, NOW + DAY),
    "outbox.drop_of_person": lambda c, w: outbox.drop_of_person(c, w, "alice", "x"),
    "erasing.workspace": erasing.workspace,
    "erasing.person": lambda c, w: erasing.person(c, w, "alice", {"alice": "nobody", "Alice Able": "somebody"}),
    "erasing.rows_of": lambda c, w: erasing.rows_of(c, w, {"alice"}),
    "audit.of_subject": lambda c, w: audit.of_subject(c, w, "P01", 10),
    "audit.recent": lambda c, w: audit.recent(c, w, 10),
    "episodes.begin": lambda c, w: episodes.begin(c, w, the_id(c, "episodes"), TODAY, TODAY),
    "episodes.called_wrong": lambda c, w: episodes.called_wrong(c, w, [the_id(c, "episodes")]),
    "episodes.climb_many": lambda c, w: episodes.climb_many(c, w, [(the_id(c, "episodes"), 2, TODAY)]),
    "episodes.climb": lambda c, w: episodes.climb(c, w, the_id(c, "episodes"), 2, TODAY),
    "episodes.close": lambda c, w: episodes.close(c, w, the_id(c, "episodes"), TODAY, "x"),
    "episodes.count_held": episodes.count_held,
    "episodes.get": lambda c, w: episodes.get(c, w, the_id(c, "episodes")),
    "episodes.held": lambda c, w: episodes.held(c, w, 10),
    "episodes.mark_wrong": lambda c, w: episodes.mark_wrong(c, w, the_id(c, "episodes"), "x"),
    "episodes.of_pilot": lambda c, w: episodes.of_pilot(c, w, "P01"),
    "episodes.open_of": episodes.open_of,
    "episodes.opened_today": lambda c, w: episodes.opened_today(c, w, TODAY),
    "gates.decide": lambda c, w: gates.decide(c, w, the_id(c, "gates"), "passed", by="bob", now=NOW),
    "gates.get": lambda c, w: gates.get(c, w, the_id(c, "gates")),
    "gates.of_pilot": lambda c, w: gates.of_pilot(c, w, "P01"),
    "gates.open_of": gates.open_of,
    "gates.reopen": lambda c, w: gates.reopen(c, w, the_id(c, "gates"), by="bob", now=NOW),
    "inbox.remember": lambda c, w: inbox.remember(c, w, "Ev1", "x"),
    "logins.forget": lambda c, w: logins.forget(c, w, issued_before=NOW + DAY, seen_before=NOW + DAY, began_before=NOW),
    "logins.issued": lambda c, w: logins.issued(c, w, LINK),
    "logins.issued_since": lambda c, w: logins.issued_since(c, w, "alice", NOW - DAY),
    "logins.leave": lambda c, w: logins.leave(c, w, SESSION),
    "logins.leave_all": lambda c, w: logins.leave_all(c, w, "alice"),
    "logins.seen": lambda c, w: logins.seen(c, w, SESSION, NOW),
    "logins.session": lambda c, w: logins.session(c, w, SESSION),
    "logins.use": lambda c, w: logins.use(c, w, LINK, issued_after=NOW - DAY, now=NOW),
    "outbox.answer_times": lambda c, w: outbox.answer_times(c, w, [the_id(c, "outbox")]),
    "outbox.by_key": lambda c, w: outbox.by_key(c, w, the_row(c, w).key),
    "outbox.charged": lambda c, w: outbox.charged(c, w, "alice", TODAY, TODAY),
    "outbox.digests_since": lambda c, w: outbox.digests_since(c, w, NOW - DAY),
    "outbox.dropped": lambda c, w: outbox.dropped(c, the_row(c, w), "x"),
    "outbox.failed": lambda c, w: outbox.failed(c, the_row(c, w), "x"),
    "outbox.get": lambda c, w: outbox.get(c, w, the_id(c, "outbox")),
    "outbox.history": outbox.history,
    "outbox.hold_workspace": lambda c, w: outbox.hold_workspace(c, w, "slack", NOW + DAY),
    "outbox.is_doubtful": lambda c, w: outbox.is_doubtful(c, w, NOW),
    "outbox.newest_nudge": lambda c, w: outbox.newest_nudge(c, w, "alice"),
    "outbox.nudges_sent": lambda c, w: outbox.nudges_sent(c, w, NOW - DAY, NOW + DAY),
    "outbox.of_message": lambda c, w: outbox.of_message(c, w, "", ""),
    "outbox.pending_again": lambda c, w: outbox.pending_again(c, the_row(c, w), NOW, "x"),
    "outbox.restored": lambda c, w: outbox.restored(c, w, NOW),
    "outbox.sent": lambda c, w: outbox.sent(c, the_row(c, w), NOW, channel="D1", message_id="1"),
    "outbox.set_content": lambda c, w: outbox.set_content(c, w, the_id(c, "outbox"), "x"),
    "outbox.taken": lambda c, w: outbox.taken(c, w, [the_row(c, w).key]),
    "outbox.unknown": lambda c, w: outbox.unknown(c, the_row(c, w), NOW, "x"),
    "outbox.unverified": lambda c, w: outbox.unverified(c, the_row(c, w), "x"),
    "people.addresses_of": lambda c, w: people.addresses_of(c, w, ["alice"]),
    "people.admins": people.admins,
    "people.all_of": people.all_of,
    "people.by_address": lambda c, w: people.by_address(c, w, address("UALICE")),
    "people.by_handle": lambda c, w: people.by_handle(c, w, "alice.able"),
    "people.by_ids": lambda c, w: people.by_ids(c, w, ["alice"]),
    "people.get": lambda c, w: people.get(c, w, "alice"),
    "people.leaders": people.leaders,
    "people.named": lambda c, w: people.named(c, w, "alice"),
    "people.roles_of": lambda c, w: people.roles_of(c, w, "alice"),
    "people.holds": lambda c, w: people.holds(c, w, "alice"),
    "people.save": lambda c, w: people.save(c, w, replace(ALICE, name="x")),
    "people.set_role": lambda c, w: people.set_role(c, w, "bob", "admin", has=True),
    "people.touch_address": lambda c, w: people.touch_address(c, w, address("UALICE"), channel="x"),
    "people.without_address": people.without_address,
    "pilots.compared": pilots.compared,
    "pilots.count": pilots.count,
    "pilots.get": lambda c, w: pilots.get(c, w, "P01"),
    "pilots.get_many": lambda c, w: pilots.get_many(c, w, ["P01"]),
    "pilots.ids": pilots.ids,
    "pilots.in_role": lambda c, w: pilots.in_role(c, w, "owner"),
    "pilots.late": lambda c, w: pilots.late(c, w, NOW + DAY),
    "pilots.list_all": pilots.list_all,
    "pilots.load": pilots.load,
    "pilots.lock": lambda c, w: pilots.lock(c, w, "P01"),
    "pilots.named": lambda c, w: pilots.named(c, w, "P01"),
    "pilots.names": pilots.names,
    "pilots.of_person": lambda c, w: pilots.of_person(c, w, "alice"),
    "pilots.origins": pilots.origins,
    "pilots.with_number": pilots.with_number,
    "pilots.without_number": lambda c, w: pilots.without_number(c, w, "alice"),
    "pilots.save": lambda c, w: pilots.save(c, w, pilot(name="x")),
    "pilots.set_seen": lambda c, w: pilots.set_seen(c, w, {"P01": (None, "red")}),
    "pilots.set_health": lambda c, w: pilots.set_health(c, w, {"P01": "red"}),
    "pilots.set_next_look": lambda c, w: pilots.set_next_look(c, w, {"P01": None}),
    "pilots.stream": lambda c, w: list(pilots.stream(c, w)),
    "pilots.titles": pilots.titles,
    "pilots.touch": lambda c, w: pilots.touch(c, w, "P01", NOW),
    "pilots.touch_all": lambda c, w: pilots.touch_all(c, w, NOW + DAY),
    "portfolio.began": portfolio.began,
    "portfolio.counts": portfolio.counts,
    "portfolio.find": lambda c, w: portfolio.find(c, w, portfolio.Wanted(), limit=10)[0],
    "portfolio.marks": portfolio.marks,
    "portfolio.waiting": lambda c, w: portfolio.waiting(c, w, 10).oldest,
    "questions.last_asked": lambda c, w: questions.last_asked(c, w, TODAY - DAY),
    "questions.of_pilot": lambda c, w: questions.of_pilot(c, w, "P01"),
    "questions.tell_when_decided": lambda c, w: questions.tell_when_decided(c, w, the_id(c, "questions")),
    "questions.to_tell": lambda c, w: questions.to_tell(c, w, "P01"),
    "questions.told": lambda c, w: questions.told(c, w, "P01", NOW),
    "questions.unregistered": lambda c, w: questions.unregistered(c, w, TODAY - DAY),
    "questions.wants_again": lambda c, w: questions.wants_again(c, w, "P01", NOW),
    "record.answers_at": lambda c, w: record.answers_at(c, w, NOW - DAY, NOW + DAY),
    "received.done": lambda c, w: received.done(c, w, the_id(c, "received")),
    "received.failed": lambda c, w: received.failed(c, w, the_id(c, "received"), "x"),
    "received.later": lambda c, w: received.later(c, w, the_id(c, "received"), NOW + DAY),
    "record.entry_at": lambda c, w: record.entry_at(c, w, "P01", 1),
    "record.keep_promise": lambda c, w: record.keep_promise(c, w, "P01", TODAY),
    "record.move_promise": lambda c, w: record.move_promise(c, w, "P01", text="promised", to=TODAY),
    "record.recent": lambda c, w: record.recent(c, w, "P01", 5),
    "record.undo_entry": lambda c, w: record.undo_entry(c, w, "P01", 1, NOW),
    "restoring.hold": lambda c, w: restoring.hold(c, w, the_id(c, "outbox"), "x"),
    "record.written": lambda c, w: record.written(c, w, "P01", 1),
    "tokens.renew": lambda c, w: tokens.renew(
        c, w, INSTALLED, token="new", refresh_token="", expires_at=None
    ),
    "tokens.use_state": lambda c, w: tokens.use_state(c, w, "left", NOW),
    "repositories.all_of": repositories.all_of,
    "repositories.all_told": lambda c, w: repositories.all_told(c, w, REPOSITORY, NOW - DAY),
    "repositories.asked": lambda c, w: repositories.asked(
        c, w, REPOSITORY, memory={}, now=NOW, again_at=NOW + DAY, failures=1, problem="x"
    ),
    "repositories.get": lambda c, w: repositories.get(c, w, REPOSITORY),
    "repositories.hold": lambda c, w: repositories.hold(c, w, "github.com", NOW + DAY),
    "repositories.links": repositories.links,
    "repositories.renamed": repositories.renamed,
    "repositories.told_of": lambda c, w: repositories.told_of(c, w, REPOSITORY, ["commit/1"]),
    "workspaces.claim_code": workspaces.claim_code,
    "workspaces.get": workspaces.get,
    "workspaces.installation_of": lambda c, w: workspaces.installation_of(c, w, Platform.SLACK),
    "workspaces.installations": workspaces.installations,
    "workspaces.lock": workspaces.lock,
    "workspaces.move_installation": lambda c, w: workspaces.move_installation(c, w, *OUTSIDE, to=w),
    "workspaces.rename": lambda c, w: workspaces.rename(c, w, "x"),
    "workspaces.save_settings": lambda c, w: workspaces.save_settings(c, w, Settings(company="x")),
    "workspaces.set_claim_code": lambda c, w: workspaces.set_claim_code(c, w, "x"),
    "workspaces.set_digest_at": lambda c, w: workspaces.set_digest_at(c, w, NOW),
    "workspaces.set_people_at": lambda c, w: workspaces.set_people_at(c, w, NOW),
    "workspaces.set_quiet_until": lambda c, w: workspaces.set_quiet_until(c, w, NOW),
    "workspaces.uninstall": lambda c, w: workspaces.uninstall(c, w, *OUTSIDE, NOW),
}  # fmt: skip
#: What adds rows of its own, whatever others have.
ADDS: dict[str, Call] = {
    "asks.add": ask,
    "asks.add_many": lambda c, w: asks.add_many(c, w, [ASK]),
    "audit.append": lambda c, w: audit.append(c, w, actor="x", what="x", subject="P01", surface="cli", now=NOW),
    "episodes.open_many": lambda c, w: episodes.open_many(c, w, [EPISODE]),
    "episodes.open_": lambda c, w: episodes.open_(c, w, pilot_id="P01", family="SILENT", opened_on=TODAY, why="x"),
    "gates.propose": lambda c, w: gates.propose(c, w, "P01", Gate.G2, by="bob", now=NOW),
    "inbox.seen": lambda c, w: inbox.seen(c, w, "Ev1", NOW),
    "logins.enter": lambda c, w: logins.enter(c, w, "c" * 64, person_id="alice", now=NOW),
    "logins.issue": lambda c, w: logins.issue(c, w, "c" * 64, person_id="alice", now=NOW),
    "outbox.add": message,
    "outbox_many.add": lambda c, w: outbox_many.add(c, w, [replace(the_row(c, w), id="new", key="new", state="pending")], NOW),
    "outbox.be_patient": lambda c, w: outbox.be_patient(c, w, "slack", NOW + DAY),
    "outbox.add_update": lambda c, w: outbox.add_update(c, the_row(c, w), content="x", now=NOW),
    "people.drop_address": lambda c, w: people.drop_address(c, w, address("UALICE")),
    "people.add": lambda c, w: people.add(c, w, ALICE, NOW),
    "people.add_absence": lambda c, w: people.add_absence(c, w, "alice", Absence(start=TODAY, end=TODAY, told_on=TODAY)),
    "people.add_address": lambda c, w: people.add_address(c, w, "bob", address("UALICE"), NOW),
    "people.add_many": lambda c, w: people.add_many(c, w, [ALICE, BOB], NOW),
    "pilots.add": lambda c, w: pilots.add(c, w, pilot(), origin(), next_look_at=None),
    "pilots.add_many": lambda c, w: pilots.add_many(c, w, [(pilot(), origin())], next_look_at=None),
    "pilots.next_id": pilots.next_id,
    "pilots.next_number": pilots.next_number,
    "questions.add": lambda c, w: questions.add(c, w, pilot_id="P01", asked="x", asker="x", day=TODAY, now=NOW),
    "received.add": lambda c, w: received.add(
        c, w, source="github", key="g1", subject="push", body="{}", now=NOW
    ),
    "repositories.first_told": lambda c, w: repositories.first_told(c, w, REPOSITORY, "commit/1", NOW),
    "repositories.follow": lambda c, w: repositories.follow(c, w, {"github.com/acme/y": "github.com"}, NOW),
    "record.add_promise": lambda c, w: record.add_promise(c, w, "P01", PROMISE),
    "record.append_activities": lambda c, w: record.append_activities(c, w, {"P01": [ACTIVITY]}),
    "record.append_activity": lambda c, w: record.append_activity(c, w, "P01", ACTIVITY),
    "record.append_entries": lambda c, w: record.append_entries(c, w, {"P01": [entry()]}, NOW, "cli"),
    "record.append_entry": lambda c, w: record.append_entry(c, w, "P01", entry(), NOW, "cli"),
    "record.append_reading": lambda c, w: record.append_reading(c, w, "P01", READING),
    "record.append_readings": lambda c, w: record.append_readings(c, w, {"P01": [READING]}),
    "record.set_item": lambda c, w: record.set_item(c, w, "P01", replace(ITEM, state="open")),
    "tokens.issue_state": lambda c, w: tokens.issue_state(c, w, "gone", until=NOW + DAY, now=NOW),
}  # fmt: skip

#: What cannot be added to ours: it is there already.
TAKEN = {"people.add", "people.add_many", "pilots.add", "pilots.add_many", "outbox.add"}


def fill(conn: Connection) -> None:
    """One row of everything for ours, and the same rows for theirs."""
    seed(conn)
    people.set_role(conn, OURS, "alice", "admin", has=True)
    people.add(conn, OURS, replace(BOB, id="unmatched", addresses=()), NOW)
    workspaces.install(conn, INSTALLED)
    tokens.issue_state(conn, OURS, "left", until=NOW + DAY, now=NOW)
    workspaces.set_claim_code(conn, OURS, "c0de")
    record.append_entry(conn, OURS, "P01", entry(), NOW, "slack")
    record.append_reading(conn, OURS, "P01", READING)
    record.append_activity(conn, OURS, "P01", ACTIVITY)
    record.set_item(conn, OURS, "P01", ITEM)
    record.add_promise(conn, OURS, "P01", PROMISE)
    episode = episodes.open_(conn, OURS, pilot_id="P01", family="SILENT", opened_on=TODAY, why="x")
    assert episode is not None
    ask(conn, episode_id=episode.id)
    message(conn)
    gates.propose(conn, OURS, "P01", Gate.G2, by="alice", now=NOW)
    questions.add(conn, OURS, pilot_id="P01", asked="x", asker="bob", day=TODAY, now=NOW)
    inbox.seen(conn, OURS, "Ev1", NOW)
    logins.issue(conn, OURS, LINK, person_id="alice", now=NOW)
    logins.enter(conn, OURS, SESSION, person_id="alice", now=NOW)
    received.add(conn, OURS, source="github", key="g1", subject="push", body="{}", now=NOW)
    repositories.follow(conn, OURS, {REPOSITORY: "github.com"}, NOW)
    repositories.first_told(conn, OURS, REPOSITORY, "commit/1", NOW)
    outbox.be_patient(conn, OURS, "slack", NOW)
    audit.append(conn, OURS, actor="alice", what="x", subject="P01", surface="slack", now=NOW)
    for name, rows in dump(conn, OURS).items():
        assert rows, f"nothing in {name}"
        whose = "id" if name == "workspaces" else "workspace_id"
        copies = [
            row | {whose: THEIRS} | ({"external_id": "T2"} if name == "installations" else {}) for row in rows
        ]
        conn.execute(METADATA.tables[name].insert(), copies)


def test_every_function_of_the_memory_is_called() -> None:
    known = set(FINDS) | set(ADDS)
    assert {name for module in MODULES for name in _for_one_workspace(module)} == known


def test_the_front_page_lists_every_function() -> None:
    page = (storage.__doc__ or "").replace(",", " ").split()
    listed = {
        name
        for module in MODULES
        for name, found in inspect.getmembers(module, inspect.isfunction)
        if found.__module__ == module.__name__
    }
    assert {name for name in listed if not name.startswith("_")} <= set(page)


def _for_one_workspace(module: ModuleType) -> list[str]:
    """The public functions of a module that take a workspace, or a row of one, after the connection."""
    short = module.__name__.removeprefix("storage.")
    return [
        f"{short}.{name}"
        for name, found in inspect.getmembers(module, inspect.isfunction)
        if found.__module__ == module.__name__
        and not name.startswith("_")
        and _second(found) in ("workspace_id", "row")
    ]


def _second(function: Callable[..., Any]) -> str:
    names = [*inspect.signature(function).parameters, "", ""]
    return names[1]


def rows_of(conn: Connection, *workspace_ids: str) -> list[tuple[object, ...]]:
    """Everything stored of some workspaces, as the engine holds it."""
    found: list[tuple[object, ...]] = []
    these = ", ".join(f"'{one}'" for one in workspace_ids)
    for name, table in METADATA.tables.items():
        whose, order = (
            ("id" if name == "workspaces" else "workspace_id"),
            ", ".join(column.name for column in table.primary_key),
        )
        rows = conn.exec_driver_sql(f"SELECT * FROM {name} WHERE {whose} IN ({these}) ORDER BY {order}")
        found += [(name, *map(str, row)) for row in rows]
    return found


class UndoneError(Exception):
    """Ends a call and leaves nothing of it."""


def undone(db: Database, go: Callable[[Connection], None]) -> None:
    """Runs a function in a transaction that is rolled back."""

    def and_back(conn: Connection) -> None:
        go(conn)
        raise UndoneError

    with pytest.raises(UndoneError):
        db.write_now(and_back)


def test_what_is_called_for_one_workspace_leaves_the_others_alone(db: Database) -> None:
    db.write_now(fill)
    db.write_now(lambda conn: workspaces.add(conn, workspace(EMPTY)))
    before = db.read_now(lambda conn: rows_of(conn, OURS, THEIRS))
    for called, call in (FINDS | ADDS).items():

        def go(conn: Connection, called: str = called, call: Call = call) -> None:
            whose = EMPTY if called in ADDS else NOBODYS
            result = call(conn, whose)
            assert rows_of(conn, OURS, THEIRS) == before, called
            assert called in ADDS or not result, f"{called} found {result}"

        undone(db, go)


def test_what_is_called_for_ours_leaves_theirs_alone(db: Database) -> None:
    db.write_now(fill)
    before = db.read_now(lambda conn: rows_of(conn, THEIRS))
    for called, call in (FINDS | ADDS).items():
        if called in TAKEN:
            continue

        def go(conn: Connection, called: str = called, call: Call = call) -> None:
            call(conn, OURS)
            assert rows_of(conn, THEIRS) == before, called

        undone(db, go)
