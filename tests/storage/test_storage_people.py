"""Who there is, where they can be reached, when they are away."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.domain.people import Absence, Person, Platform
from storage import dialects, people, workspaces
from storage.database import Database
from tests.storage.kit import (
    ALICE,
    BOB,
    CHARLIE,
    DAY,
    DORA,
    EVERYBODY,
    HOUR,
    NOW,
    OURS,
    THEIRS,
    TODAY,
    address,
    seed,
    workspace,
)


def test_people_come_back_as_they_were(db: Database) -> None:
    db.write_now(seed)
    assert db.read_now(lambda conn: people.all_of(conn, OURS)) == {one.id: one for one in EVERYBODY}
    assert db.read_now(lambda conn: people.get(conn, OURS, "dora")) == DORA
    assert db.read_now(lambda conn: people.by_ids(conn, OURS, ["bob", "alice", "nobody"])) == {
        "alice": ALICE,
        "bob": BOB,
    }


def test_everybody_is_listed_by_name(db: Database) -> None:
    db.write_now(seed)
    assert [one.name for one in db.read_now(lambda conn: people.all_of(conn, OURS)).values()] == [
        "Alice Able",
        "Bob Baker",
        "Charlie Cole",
        "Dora Dent",
    ]


def test_an_id_is_somebodys_once(db: Database) -> None:
    db.write_now(seed)
    with pytest.raises(IntegrityError):
        db.write_now(lambda conn: people.add(conn, OURS, Person(id="alice", name="Another"), NOW))


def test_somebody_is_found_by_handle_and_by_address(db: Database) -> None:
    db.write_now(seed)
    assert db.read_now(lambda conn: people.by_handle(conn, OURS, "bob.baker")) == BOB
    assert (
        db.read_now(lambda conn: people.by_handle(conn, OURS, "")) is None
    )  # Charlie has none: not found by it
    assert db.read_now(lambda conn: people.by_address(conn, OURS, address("UALICE"))) == ALICE
    assert db.read_now(lambda conn: people.by_address(conn, OURS, address("UALICE", workspace="T2"))) is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [("alice", ["alice"]), ("ABLE ali", ["alice"]), ("@bob.baker", ["bob"]), ("example.com", ["alice"]), ("e", ["alice", "bob", "charlie", "dora"]),
     ("%", []), ("_", []), ("", []), ("alice bob", [])],
)  # fmt: skip
def test_a_typed_name_has_candidates(db: Database, typed: str, found: list[str]) -> None:
    db.write_now(seed)
    assert [one.id for one in db.read_now(lambda conn: people.named(conn, OURS, typed))] == found


def test_what_is_learned_of_somebody_is_saved(db: Database) -> None:
    db.write_now(seed)
    learned = replace(BOB, name="Robert Baker", email="bob@example.com", zone=None, left_on=TODAY, guest=True)
    assert db.write_now(lambda conn: people.save(conn, OURS, learned))
    assert db.read_now(lambda conn: people.get(conn, OURS, "bob")) == learned
    assert not db.write_now(lambda conn: people.save(conn, OURS, Person(id="nobody", name="")))


def test_the_address_last_used_comes_first(db: Database) -> None:
    teams = address("aad-1", workspace="tenant", platform=Platform.TEAMS)

    def both(conn: Connection) -> None:
        seed(conn)
        people.add_address(
            conn, OURS, "alice", teams, NOW + HOUR, channel="19:x", service_url="https://smba.example"
        )

    db.write_now(both)
    assert db.read_now(lambda conn: people.get(conn, OURS, "alice")) == replace(
        ALICE, addresses=(teams, address("UALICE"))
    )
    db.write_now(
        lambda conn: people.touch_address(conn, OURS, address("UALICE"), used_at=NOW + DAY, channel="D1")
    )
    [slack, other] = db.read_now(lambda conn: people.addresses_of(conn, OURS, ["alice", "nobody"]))["alice"]
    assert (slack.address, slack.channel, slack.used_at) == (address("UALICE"), "D1", NOW + DAY)
    assert (other.address, other.channel, other.service_url) == (teams, "19:x", "https://smba.example")


def test_touching_an_address_leaves_what_is_not_told(db: Database) -> None:
    db.write_now(seed)
    there = address("UALICE")
    assert db.write_now(lambda conn: people.touch_address(conn, OURS, there, channel="D1", trouble="blocked"))
    assert db.write_now(lambda conn: people.touch_address(conn, OURS, there, trouble=""))
    [reach] = db.read_now(lambda conn: people.addresses_of(conn, OURS, ["alice"]))["alice"]
    assert (reach.channel, reach.trouble, reach.used_at) == ("D1", "", NOW)
    assert not db.write_now(lambda conn: people.touch_address(conn, OURS, there))
    assert not db.write_now(lambda conn: people.touch_address(conn, OURS, address("UNOBODY"), channel="D2"))


def test_a_mention_wins_an_address_over(db: Database) -> None:
    db.write_now(seed)
    db.write_now(lambda conn: people.add_address(conn, OURS, "bob", address("UCHARLIE"), NOW + HOUR))
    assert db.read_now(lambda conn: people.by_address(conn, OURS, address("UCHARLIE"))) == replace(
        BOB, addresses=(address("UCHARLIE"), address("UBOB"))
    )
    assert db.read_now(lambda conn: people.without_address(conn, OURS)) == [replace(CHARLIE, addresses=())]


def test_who_is_not_matched_is_listed_unless_they_left(db: Database) -> None:
    here, gone = Person(id="here", name="Here"), Person(id="gone", name="Gone", left_on=TODAY)

    def add(conn: Connection) -> None:
        workspaces.add(conn, workspace())
        people.add_many(conn, OURS, [here, gone, ALICE], NOW)

    db.write_now(add)
    assert db.read_now(lambda conn: people.without_address(conn, OURS)) == [here]


def test_roles_are_given_and_taken(db: Database) -> None:
    def give(conn: Connection) -> None:
        seed(conn)
        assert people.set_role(conn, OURS, "alice", "admin", has=True)
        assert people.set_role(conn, OURS, "alice", "leader", has=True)
        assert people.set_role(conn, OURS, "dora", "leader", has=True)
        assert people.set_role(conn, OURS, "alice", "leader", has=False)
        assert not people.set_role(conn, OURS, "nobody", "admin", has=True)

    db.write_now(give)
    assert db.read_now(lambda conn: people.admins(conn, OURS)) == [ALICE]
    assert db.read_now(lambda conn: people.leaders(conn, OURS)) == [DORA]
    assert db.read_now(lambda conn: people.roles_of(conn, OURS, "alice")) == {"admin"}
    assert db.read_now(lambda conn: people.roles_of(conn, OURS, "charlie")) == set()


def test_where_nobody_is_named_the_admins_lead(db: Database) -> None:
    db.write_now(seed)
    assert db.read_now(lambda conn: people.leaders(conn, OURS)) == []
    db.write_now(lambda conn: people.set_role(conn, OURS, "bob", "admin", has=True))
    assert db.read_now(lambda conn: people.leaders(conn, OURS)) == [BOB]


def test_absences_are_listed_by_their_first_day(db: Database) -> None:
    late = Absence(start=TODAY + 9 * DAY, end=TODAY + 20 * DAY, told_on=TODAY)
    early = Absence(start=TODAY - 9 * DAY, end=TODAY, told_on=TODAY - 10 * DAY)

    def add(conn: Connection) -> None:
        seed(conn)
        for absence in (late, early):
            people.add_absence(conn, OURS, "alice", absence)

    db.write_now(add)
    assert db.read_now(lambda conn: people.get(conn, OURS, "alice")) == replace(ALICE, absences=(early, late))


def test_more_people_than_fit_into_one_statement_are_found(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialects, "CHUNK", 50)
    monkeypatch.setattr(people, "CHUNK", 50)
    many = [Person(id=f"p{n}", name=f"N {n}", addresses=(address(f"U{n}"),)) for n in range(120)]

    def add(conn: Connection) -> None:
        workspaces.add(conn, workspace())
        people.add_many(conn, OURS, many, NOW)

    db.write_now(add)
    everybody = {one.id: one for one in many}
    assert db.read_now(lambda conn: people.by_ids(conn, OURS, everybody)) == everybody
    assert db.read_now(lambda conn: people.all_of(conn, OURS)) == everybody
    assert len(db.read_now(lambda conn: people.addresses_of(conn, OURS, everybody))) == len(many)


def test_their_people_are_not_ours(db: Database) -> None:
    db.write_now(seed)
    assert db.read_now(lambda conn: people.by_address(conn, THEIRS, address("UALICE"))) is None
    assert db.read_now(lambda conn: people.all_of(conn, THEIRS)) == {}


def test_where_no_leader_is_named_the_admins_lead(db: Database) -> None:
    def told(conn: Connection) -> list[set[str]]:
        return [set(people.holds(conn, OURS, one)) for one in ("alice", "bob", "dora")]

    db.write_now(seed)
    assert db.read_now(told) == [set(), set(), set()]
    db.write_now(lambda conn: people.set_role(conn, OURS, "alice", "admin", has=True))
    assert db.read_now(told) == [{"admin", "leader"}, set(), set()]
    db.write_now(lambda conn: people.set_role(conn, OURS, "bob", "leader", has=True))
    assert db.read_now(told) == [{"admin"}, {"leader"}, set()]
