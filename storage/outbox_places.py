"""Where messages go and how their dates are written: read once for all that a worker claimed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, select, tuple_

from storage.outbox_rows import OUTBOX, OutboxRow
from storage.tables import METADATA

_WORKSPACES, _ADDRESSES = METADATA.tables["workspaces"], METADATA.tables["addresses"]
_INSTALLATIONS = METADATA.tables["installations"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """What a message needs besides itself."""

    #: How the workspace writes its dates.
    date_style: str = "en"
    #: The person on the message's platform and our conversation with them, once opened; both empty where nobody is known.
    user: str = ""
    channel: str = ""
    #: Teams only: where replies go, as the person and as the whole tenant last used it.
    service_url: str = ""
    tenant_url: str = ""


_PLACES = (
    select(
        OUTBOX.c.workspace_id,
        OUTBOX.c.id,
        _WORKSPACES.c.settings["date_style"].as_string(),
        _ADDRESSES.c.user_id,
        _ADDRESSES.c.channel,
        _ADDRESSES.c.service_url,
        _INSTALLATIONS.c.service_url,
    )
    .select_from(OUTBOX)
    .outerjoin(_WORKSPACES, _WORKSPACES.c.id == OUTBOX.c.workspace_id)
    .outerjoin(
        _ADDRESSES,
        and_(
            _ADDRESSES.c.workspace_id == OUTBOX.c.workspace_id,
            _ADDRESSES.c.person_id == OUTBOX.c.person_id,
            _ADDRESSES.c.platform == OUTBOX.c.platform,
            _ADDRESSES.c.external_id == OUTBOX.c.external_id,
        ),
    )
    .outerjoin(
        _INSTALLATIONS,
        and_(
            _INSTALLATIONS.c.platform == OUTBOX.c.platform,
            _INSTALLATIONS.c.external_id == OUTBOX.c.external_id,
            _INSTALLATIONS.c.removed_at.is_(None),
        ),
    )
    .where(tuple_(OUTBOX.c.workspace_id, OUTBOX.c.id).in_(bindparam("these", expanding=True)))
    .order_by(_ADDRESSES.c.used_at)
)


def destinations(conn: Connection, rows: Sequence[OutboxRow]) -> dict[tuple[str, str], Destination]:
    """Where messages go, by workspace and id of the message; the address last used wins."""
    if not rows:
        return {}
    these = [(row.workspace_id, row.id) for row in rows]
    these += these[-1:] * ((1 << (len(these) - 1).bit_length()) - len(these))  # as in `outbox_claim`
    found = conn.execute(_PLACES, {"these": these}, execution_options={"across": "outbox.destinations"})
    return {
        (workspace_id, row_id): Destination(
            date_style=style or "en",
            user=user or "",
            channel=channel or "",
            service_url=own or "",
            tenant_url=tenants or "",
        )
        for workspace_id, row_id, style, user, channel, own, tenants in found
    }
