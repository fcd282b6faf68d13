"""Workspaces in which everything is due at once: stalls nobody was asked about, an amnesty to be let in, a digest."""

from datetime import UTC, datetime, timedelta

from bot.domain.editions import week_of
from bot.domain.people import Address, Person, Platform
from bot.domain.stages import Rules
from storage import people, pilots, workspaces
from storage.database import Connection
from storage.workspaces import Settings, Workspace
from tests.faults.world import World, install
from tests.storage.kit import origin, pilot

#: A Monday, just after the digest's hour: the working day is long enough for fifty rounds of half a minute.
START = datetime(2026, 11, 23, 10, 5, tzinfo=UTC)
_SILENT = timedelta(days=60)
_OWNERS = 3


def furnish(here: World, *, look_at: datetime | None = None, owners: int = _OWNERS) -> list[str]:
    """One workspace more, three owners with a silent pilot each and a channel for the digest.

    The digest goes where nobody can look: it must arrive once, or be left unverified.

    Args:
        here: the world.
        look_at: when the pilots are due; now where no moment is given.
        owners: how many; a workspace lets so many stalls in on one day.

    Returns:
        The keys that must arrive: one digest, and a nudge to each owner.

    """
    number, now = len(here.blind), here.now()
    keys = here.database.write_now(lambda conn: _workspace(conn, number, now, look_at or now, owners))
    here.blind.append(keys[0])
    here.expected += keys[1:]
    return keys


def _workspace(conn: Connection, number: int, now: datetime, look_at: datetime, owners: int) -> list[str]:
    workspace_id, team, channel = f"s{number}", f"TS{number}", f"CS{number}"
    settings = Settings(
        digest_platform="slack", digest_external=team, digest_channel=channel,
        thresholds={"new_episodes_a_day": max(owners, Rules().new_episodes_a_day)},
    )  # fmt: skip
    added = Workspace(id=workspace_id, name=team, settings=settings, created_at=now - 2 * _SILENT)
    workspaces.add(conn, added)
    install(conn, workspace_id, team, now)
    workspaces.set_people_at(conn, workspace_id, now + timedelta(days=6))
    workspaces.set_digest_at(conn, workspace_id, START - timedelta(minutes=5))
    keys = [f"digest:leadership:{channel}:{week_of(now.date())}"]
    for one in range(owners):
        name = f"o{number}x{one}"
        there = Address(platform=Platform.SLACK, workspace=team, user=f"{team}x{one}")
        owner = Person(id=name, name=f"Owner {one}", handle=name, addresses=(there,))
        people.add(conn, workspace_id, owner, now)
        its = pilot(
            f"P{one}", owner=owner, backup=None, sponsor=None, metric=None, guardrails=(),
            started=(now - _SILENT).date(), stage_since=(now - _SILENT / 3).date(),
        )  # fmt: skip
        pilots.add(conn, workspace_id, its, origin(created_by=name), next_look_at=look_at)
        keys.append(f"nudge:{name}:{now.date()}")
    return keys
