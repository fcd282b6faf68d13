"""Customers, what they have set, and where our app is installed for them."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, or_, select, update

from bot.domain.people import Platform
from storage.dialects import add_once, count_of
from storage.settings import Settings as Settings  # noqa: PLC0414 - known by this door too
from storage.settings import Wish as Wish  # noqa: PLC0414 - likewise
from storage.tables import METADATA

_WORKSPACES = METADATA.tables["workspaces"]
_INSTALLATIONS = METADATA.tables["installations"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """One customer."""

    id: str
    name: str
    settings: Settings
    created_at: datetime
    #: Until then only the admin sees previews; None: live.
    quiet_until: datetime | None = None
    #: When the next digest edition is due; None: none planned.
    digest_at: datetime | None = None
    #: Whoever types it becomes admin, once; None: no code is open.
    claim_code: str | None = None
    #: When people's platform profiles were last asked for.
    people_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """Our app's permission in one platform's workspace."""

    workspace_id: str
    platform: Platform
    #: The Slack team or enterprise, the Teams tenant.
    external_id: str
    name: str = ""
    bot_user: str = ""
    scopes: str = ""
    #: Encrypted; empty where it comes from the environment.
    token: str = ""
    installed_by: str = ""
    installed_at: datetime
    removed_at: datetime | None = None
    service_url: str = ""
    #: Encrypted; what a token that expires is exchanged with.
    refresh_token: str = ""
    expires_at: datetime | None = None


def _workspace(row: RowMapping) -> Workspace:
    return Workspace(**{**row, "settings": Settings.model_validate(row["settings"])})


def _installation(row: RowMapping) -> Installation:
    return Installation(**{**row, "platform": Platform(row["platform"])})


def add(conn: Connection, workspace: Workspace) -> None:
    """Adds a customer.

    Raises:
        sqlalchemy.exc.IntegrityError: the id is taken.

    """
    values = {field.name: getattr(workspace, field.name) for field in fields(workspace)}
    conn.execute(
        _WORKSPACES.insert().values({**values, "settings": workspace.settings.model_dump(mode="json")})
    )


_GET = select(_WORKSPACES).where(_WORKSPACES.c.id == bindparam("whose"))


def get(conn: Connection, workspace_id: str) -> Workspace | None:
    """One customer; None: no such."""
    row = conn.execute(_GET, {"whose": workspace_id}).mappings().one_or_none()
    return None if row is None else _workspace(row)


def all_of(conn: Connection) -> list[str]:
    """Every customer's id, oldest first."""
    chosen = select(_WORKSPACES.c.id).order_by(_WORKSPACES.c.created_at, _WORKSPACES.c.id)
    return list(conn.scalars(chosen, execution_options={"across": "workspaces.all_of"}))


def the_only_one(conn: Connection) -> Workspace | None:
    """The customer of a database that has exactly one; None: it has none or several."""
    rows = (
        conn.execute(select(_WORKSPACES).limit(2), execution_options={"across": "workspaces.the_only_one"})
        .mappings()
        .all()
    )
    return _workspace(rows[0]) if len(rows) == 1 else None


def lock(conn: Connection, workspace_id: str) -> None:
    """Waits for other transactions that number something in this workspace; held until the commit."""
    conn.execute(select(_WORKSPACES.c.id).where(_WORKSPACES.c.id == workspace_id).with_for_update())


def _set(conn: Connection, workspace_id: str, **values: Any) -> bool:
    return (
        count_of(conn.execute(update(_WORKSPACES).where(_WORKSPACES.c.id == workspace_id).values(**values)))
        == 1
    )


def rename(conn: Connection, workspace_id: str, name: str) -> bool:
    """Sets the name shown; whether the workspace exists."""
    return _set(conn, workspace_id, name=name)


def save_settings(conn: Connection, workspace_id: str, settings: Settings) -> bool:
    """Replaces the settings; whether the workspace exists."""
    return _set(conn, workspace_id, settings=settings.model_dump(mode="json"))


def set_quiet_until(conn: Connection, workspace_id: str, until: datetime | None) -> bool:
    """Sets the end of the quiet start; None: live at once."""
    return _set(conn, workspace_id, quiet_until=until)


def in_quiet_start(conn: Connection) -> list[str]:
    """Workspaces that began quietly and have not gone live yet, also where the time is over."""
    chosen = select(_WORKSPACES.c.id).where(_WORKSPACES.c.quiet_until.is_not(None))
    return list(conn.scalars(chosen, execution_options={"across": "workspaces.in_quiet_start"}))


def set_digest_at(conn: Connection, workspace_id: str, at: datetime | None) -> bool:
    """Plans the next digest; None: none."""
    return _set(conn, workspace_id, digest_at=at)


def set_people_at(conn: Connection, workspace_id: str, at: datetime) -> bool:
    """Remembers when people's profiles were asked for."""
    return _set(conn, workspace_id, people_at=at)


def due_digests(conn: Connection, now: datetime, limit: int) -> list[str]:
    """Workspaces whose digest is due, longest overdue first; held until the commit, so that two workers share none."""
    chosen = (
        select(_WORKSPACES.c.id)
        .where(_WORKSPACES.c.digest_at <= now)
        .order_by(_WORKSPACES.c.digest_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(conn.scalars(chosen, execution_options={"across": "workspaces.due_digests"}))


def due_profiles(conn: Connection, before: datetime, limit: int) -> list[str]:
    """Workspaces whose people's profiles were not asked for since a moment."""
    at = _WORKSPACES.c.people_at
    chosen = (
        select(_WORKSPACES.c.id)
        .where(or_(at.is_(None), at < before))
        .order_by(at.is_not(None), at, _WORKSPACES.c.id)
        .limit(limit)
    )
    return list(conn.scalars(chosen, execution_options={"across": "workspaces.due_profiles"}))


def gone_since(conn: Connection, before: datetime) -> list[str]:
    """Workspaces that took the app away on every platform before a moment, and have it on none."""
    removed = func.max(_INSTALLATIONS.c.removed_at)
    chosen = (
        select(_INSTALLATIONS.c.workspace_id)
        .group_by(_INSTALLATIONS.c.workspace_id)
        .having(func.count() == func.count(_INSTALLATIONS.c.removed_at), removed < before)
    )
    return list(conn.scalars(chosen, execution_options={"across": "workspaces.gone_since"}))


# Installations.


def of_address(
    conn: Connection, platform: Platform, external_id: str, *, even_removed: bool = False
) -> str | None:
    """The workspace that a platform's customer id belongs to; None: our app is not installed there.

    Args:
        conn: a transaction.
        platform: which.
        external_id: the Slack team or enterprise, the Teams tenant.
        even_removed: also where the app was taken away, for an installation that comes back.

    """
    chosen = select(_INSTALLATIONS.c.workspace_id).where(
        _INSTALLATIONS.c.platform == platform, _INSTALLATIONS.c.external_id == external_id
    )
    if not even_removed:
        chosen = chosen.where(_INSTALLATIONS.c.removed_at.is_(None))
    return conn.scalar(chosen, execution_options={"across": "workspaces.of_address"})


_AT = (
    select(_WORKSPACES)
    .join(_INSTALLATIONS, _INSTALLATIONS.c.workspace_id == _WORKSPACES.c.id)
    .where(
        _INSTALLATIONS.c.platform == bindparam("platform"),
        _INSTALLATIONS.c.external_id == bindparam("external"),
    )
)


def at(conn: Connection, platform: Platform, external_id: str) -> Workspace | None:
    """The workspace of a platform's customer, also where the app was taken away; None: it was never there."""
    values = {"platform": platform, "external": external_id}
    row = conn.execute(_AT, values, execution_options={"across": "workspaces.at"}).mappings().one_or_none()
    return None if row is None else _workspace(row)


def install(conn: Connection, installation: Installation) -> None:
    """Adds an installation, or renews the one of the same platform's customer.

    Raises:
        ValueError: that customer's installation belongs to another workspace; `move_installation` is the way.

    """
    values = {field.name: getattr(installation, field.name) for field in fields(installation)}
    if add_once(conn, _INSTALLATIONS, values):
        return
    mine = (
        _INSTALLATIONS.c.workspace_id == installation.workspace_id,
        _INSTALLATIONS.c.platform == installation.platform,
        _INSTALLATIONS.c.external_id == installation.external_id,
    )
    if count_of(conn.execute(update(_INSTALLATIONS).where(*mine).values(values))) == 0:
        raise ValueError(f"{installation.platform} {installation.external_id} belongs to another workspace")


def uninstall(
    conn: Connection, workspace_id: str, platform: Platform, external_id: str, now: datetime
) -> bool:
    """Marks an installation as taken away and forgets its token; whether there was one."""
    mine = (
        _INSTALLATIONS.c.workspace_id == workspace_id,
        _INSTALLATIONS.c.platform == platform,
        _INSTALLATIONS.c.external_id == external_id,
        _INSTALLATIONS.c.removed_at.is_(None),
    )
    return (
        count_of(
            conn.execute(
                update(_INSTALLATIONS)
                .where(*mine)
                .values(removed_at=now, token="", refresh_token="", expires_at=None)
            )
        )
        == 1
    )


def move_installation(
    conn: Connection, workspace_id: str, platform: Platform, external_id: str, to: str
) -> bool:
    """Gives an installation to another workspace of ours (`claim` typed on the second platform)."""
    mine = (
        _INSTALLATIONS.c.workspace_id == workspace_id,
        _INSTALLATIONS.c.platform == platform,
        _INSTALLATIONS.c.external_id == external_id,
    )
    return count_of(conn.execute(update(_INSTALLATIONS).where(*mine).values(workspace_id=to))) == 1


def installation_of(
    conn: Connection, workspace_id: str, platform: Platform, external_id: str = ""
) -> Installation | None:
    """A workspace's installation on a platform, the newest where it has several; None: none that stands."""
    chosen = select(_INSTALLATIONS).where(
        _INSTALLATIONS.c.workspace_id == workspace_id,
        _INSTALLATIONS.c.platform == platform,
        _INSTALLATIONS.c.removed_at.is_(None),
    )
    if external_id:
        chosen = chosen.where(_INSTALLATIONS.c.external_id == external_id)
    row = (
        conn.execute(chosen.order_by(_INSTALLATIONS.c.installed_at.desc()).limit(1)).mappings().one_or_none()
    )
    return None if row is None else _installation(row)


def installations(conn: Connection, workspace_id: str) -> list[Installation]:
    """Every installation a workspace has or had, oldest first."""
    chosen = select(_INSTALLATIONS).where(_INSTALLATIONS.c.workspace_id == workspace_id)
    return [
        _installation(row) for row in conn.execute(chosen.order_by(_INSTALLATIONS.c.installed_at)).mappings()
    ]


def count(conn: Connection) -> int:
    """How many customers there are."""
    chosen = select(func.count()).select_from(_WORKSPACES)
    return conn.scalar(chosen, execution_options={"across": "workspaces.count"}) or 0


def without_digest(conn: Connection) -> list[str]:
    """Workspaces whose next digest is not planned yet."""
    chosen = select(_WORKSPACES.c.id).where(_WORKSPACES.c.digest_at.is_(None))
    return list(conn.scalars(chosen, execution_options={"across": "workspaces.without_digest"}))


def claim_code(conn: Connection, workspace_id: str) -> str | None:
    """The one-time code that makes its sender admin; None: no code is open."""
    return conn.scalar(select(_WORKSPACES.c.claim_code).where(_WORKSPACES.c.id == workspace_id))


def of_claim_code(conn: Connection, code: str) -> str | None:
    """The workspace that an open code belongs to; None: no such code is open."""
    chosen = select(_WORKSPACES.c.id).where(_WORKSPACES.c.claim_code == code).limit(1)
    return conn.scalar(chosen, execution_options={"across": "workspaces.of_claim_code"})


def set_claim_code(conn: Connection, workspace_id: str, code: str | None) -> bool:
    """Opens a code, or closes it once it is used; whether the workspace exists."""
    return _set(conn, workspace_id, claim_code=code)
