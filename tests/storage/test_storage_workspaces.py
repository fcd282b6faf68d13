"""Customers and their settings, installations, digests."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection

from bot.domain.people import Platform
from bot.domain.stages import Rules
from storage import workspaces
from storage.database import Database
from storage.workspaces import Installation, Settings
from tests.storage.kit import DAY, HOUR, MINUTE, NOW, OURS, THEIRS, workspace


def installation(workspace_id: str = OURS, **changes: Any) -> Installation:
    given: dict[str, Any] = {
        "workspace_id": workspace_id,
        "platform": Platform.SLACK,
        "external_id": "T1",
        "token": "gAAAA",
        "installed_at": NOW,
    }
    return Installation(**given | changes)


def test_settings_come_back_as_they_were(db: Database) -> None:
    full = workspace(
        company="Halden & Voss",
        zone="Europe/Berlin",
        weekdays=[4, 0, 1, 1],
        holidays=["2026-12-25", date(2026, 1, 1)],
        country="DE",
        region="BE",
        as_of="2026-11-20",
        digest_time="09:15",
        digest_channel="C1",
        friday_until="14:00",
        thresholds={"gap_amber": 25, "trial": {"cadence": 12, "blind": None}, "waits": [2, 3, 4]},
    )
    db.write_now(lambda conn: workspaces.add(conn, full))
    assert db.read_now(lambda conn: workspaces.get(conn, OURS)) == full
    assert full.settings.weekdays == (0, 1, 4)


def test_settings_give_calendar_quiet_hours_and_rules() -> None:
    settings = Settings(
        zone="Europe/Berlin",
        weekdays=(0, 1),
        holidays=(date(2026, 11, 23),),
        country="DE",
        region="BE",
        opens=time(8),
        thresholds={"build": {"stay": 70}, "look_backs": [10, 20]},
    )
    calendar = settings.calendar()
    assert calendar.zone == "Europe/Berlin"
    assert [calendar.is_working(date(2026, 11, day)) for day in (23, 24, 25)] == [False, True, False]
    assert not calendar.is_working(date(2027, 3, 8))  # women's day, a holiday in Berlin, a Monday
    assert settings.quiet_hours().opens == time(8)
    default = Rules()
    assert settings.rules() == replace(default, build=replace(default.build, stay=70), look_backs=(10, 20))
    assert Settings().rules() == default


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"zone": "Berlin"}, "not a time zone"),
        ({"weekdays": []}, "at least one weekday"),
        ({"weekdays": [7]}, "0 is Monday"),
        ({"digest_weekday": 7}, "less than or equal to 6"),
        ({"country": "Nowhere"}, "no holidays are known"),
        ({"thresholds": {"gap": 1}}, "no threshold is called 'gap'"),
        ({"thresholds": {"gap_amber": "20"}}, "whole number"),
        ({"thresholds": {"gap_amber": True}}, "whole number"),
        ({"thresholds": {"gap_amber": None}}, "whole number"),
        ({"thresholds": {"trial": 10}}, "trial takes cadence"),
        ({"thresholds": {"trial": {"pace": 10}}}, "trial takes cadence"),
        ({"thresholds": {"waits": [1, 2]}}, "a list of 3"),
        ({"thresholds": {"snoozes": -1}}, "whole number"),
    ],
)
def test_settings_that_cannot_hold_are_refused_with_a_reason(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings(**wrong)


def test_settings_of_a_newer_version_are_read() -> None:
    assert Settings.model_validate({"zone": "UTC", "a_later_field": 1}) == Settings()


def test_everything_about_a_workspace_can_be_set(db: Database) -> None:
    def change(conn: Connection) -> list[bool]:
        workspaces.add(conn, workspace())
        return [
            workspaces.rename(conn, OURS, "Halden"),
            workspaces.save_settings(conn, OURS, Settings(currency="CHF")),
            workspaces.set_quiet_until(conn, OURS, NOW + HOUR),
            workspaces.set_digest_at(conn, OURS, NOW + DAY),
            workspaces.set_people_at(conn, OURS, NOW),
            workspaces.rename(conn, THEIRS, "nobody's"),
        ]

    assert db.write_now(change) == [True] * 5 + [False]
    found = db.read_now(lambda conn: workspaces.get(conn, OURS))
    assert found == replace(
        workspace(currency="CHF"), name="Halden", quiet_until=NOW + HOUR, digest_at=NOW + DAY, people_at=NOW
    )


def test_the_only_workspace_is_found_while_it_is_the_only_one(db: Database) -> None:
    assert db.read_now(workspaces.the_only_one) is None
    db.write_now(lambda conn: workspaces.add(conn, workspace()))
    assert db.read_now(workspaces.the_only_one) == workspace()
    db.write_now(lambda conn: workspaces.add(conn, workspace(THEIRS)))
    assert db.read_now(workspaces.the_only_one) is None
    assert db.read_now(workspaces.count) == 2
    assert db.read_now(workspaces.all_of) == [OURS, THEIRS]


def test_due_digests_come_longest_overdue_first(db: Database) -> None:
    def plan(conn: Connection) -> None:
        for name, at in (
            ("late", NOW - HOUR),
            ("later", NOW - DAY),
            ("now", NOW),
            ("soon", NOW + MINUTE),
            ("never", None),
        ):
            workspaces.add(conn, workspace(name))
            workspaces.set_digest_at(conn, name, at)

    db.write_now(plan)
    assert db.write_now(lambda conn: workspaces.due_digests(conn, NOW, 10)) == ["later", "late", "now"]
    assert db.write_now(lambda conn: workspaces.due_digests(conn, NOW, 1)) == ["later"]


def test_profiles_are_due_where_they_were_never_asked_for_or_long_ago(db: Database) -> None:
    def plan(conn: Connection) -> None:
        for name, at in (("fresh", NOW), ("old", NOW - 2 * DAY), ("new", None)):
            workspaces.add(conn, workspace(name))
            if at is not None:
                workspaces.set_people_at(conn, name, at)

    db.write_now(plan)
    assert db.read_now(lambda conn: workspaces.due_profiles(conn, NOW - DAY, 10)) == ["new", "old"]


def test_an_installation_leads_from_the_platform_to_the_workspace(db: Database) -> None:
    def install(conn: Connection) -> None:
        workspaces.add(conn, workspace())
        workspaces.install(conn, installation())
        workspaces.install(
            conn,
            installation(platform=Platform.TEAMS, external_id="tenant", service_url="https://smba.example"),
        )

    db.write_now(install)
    assert db.read_now(lambda conn: workspaces.of_address(conn, Platform.SLACK, "T1")) == OURS
    assert db.read_now(lambda conn: workspaces.of_address(conn, Platform.TEAMS, "tenant")) == OURS
    assert db.read_now(lambda conn: workspaces.of_address(conn, Platform.TEAMS, "T1")) is None
    assert db.read_now(lambda conn: workspaces.installation_of(conn, OURS, Platform.SLACK)) == installation()
    assert len(db.read_now(lambda conn: workspaces.installations(conn, OURS))) == 2


def test_an_app_taken_away_is_out_of_reach_until_it_comes_back(db: Database) -> None:
    def go(conn: Connection) -> list[bool]:
        workspaces.add(conn, workspace())
        workspaces.install(conn, installation())
        return [workspaces.uninstall(conn, OURS, Platform.SLACK, "T1", NOW + HOUR) for _ in range(2)]

    assert db.write_now(go) == [True, False]
    assert db.read_now(lambda conn: workspaces.of_address(conn, Platform.SLACK, "T1")) is None
    assert (
        db.read_now(lambda conn: workspaces.of_address(conn, Platform.SLACK, "T1", even_removed=True)) == OURS
    )
    assert db.read_now(lambda conn: workspaces.installation_of(conn, OURS, Platform.SLACK)) is None
    [gone] = db.read_now(lambda conn: workspaces.installations(conn, OURS))
    assert (gone.removed_at, gone.token) == (NOW + HOUR, "")
    again = installation(token="gBBBB", installed_at=NOW + DAY)
    db.write_now(lambda conn: workspaces.install(conn, again))
    assert db.read_now(lambda conn: workspaces.installation_of(conn, OURS, Platform.SLACK, "T1")) == again


def test_an_installation_never_changes_hands_by_itself(db: Database) -> None:
    def both(conn: Connection) -> None:
        workspaces.add(conn, workspace())
        workspaces.add(conn, workspace(THEIRS))
        workspaces.install(conn, installation())

    db.write_now(both)
    with pytest.raises(ValueError, match="belongs to another workspace"):
        db.write_now(lambda conn: workspaces.install(conn, installation(THEIRS)))
    assert db.write_now(lambda conn: workspaces.move_installation(conn, OURS, Platform.SLACK, "T1", THEIRS))
    assert db.read_now(lambda conn: workspaces.of_address(conn, Platform.SLACK, "T1")) == THEIRS
