"""Keeping it: the audit record becomes a chain; its rows so far are linked in their order."""

import sqlalchemy as sa
from alembic import op

from storage import chain, tables

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: The trigger that forbids changes, lifted while the links are written.
_LIFT = {
    "sqlite": (
        "DROP TRIGGER audit_no_update",
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    ),
    "postgresql": (
        "ALTER TABLE audit DISABLE TRIGGER audit_append_only",
        "ALTER TABLE audit ENABLE TRIGGER audit_append_only",
    ),
}


def upgrade() -> None:
    """Adds the columns without making the table anew: on SQLite that would lose its triggers."""
    for name in ("digest", "link"):
        op.add_column("audit", sa.Column(name, sa.String(64), nullable=False, server_default=""))
    op.add_column("audit", sa.Column("redacted", sa.Boolean(), nullable=False, server_default=sa.false()))
    conn = op.get_bind()
    lift, restore = _LIFT[conn.dialect.name]
    op.execute(lift)
    audit = sa.table(
        "audit",
        *(
            sa.column(name)
            for name in ("workspace_id", "actor", "what", "subject", "surface", "digest", "link")
        ),
        sa.column("seq", sa.Integer),
        sa.column("at", tables.Utc),
        sa.column("details", sa.JSON),
    )
    before: dict[str, str] = {}
    rows = conn.execute(sa.select(audit).order_by(audit.c.workspace_id, audit.c.seq)).mappings().all()
    for row in rows:
        said = chain.digest(actor=row["actor"], subject=row["subject"], details=row["details"] or {})
        workspace_id = row["workspace_id"]
        before[workspace_id] = chain.link(
            before.get(workspace_id, chain.START),
            workspace_id=workspace_id,
            seq=row["seq"],
            at=row["at"],
            what=row["what"],
            surface=row["surface"],
            said=said,
        )
        conn.execute(
            audit.update()
            .where(audit.c.workspace_id == workspace_id, audit.c.seq == row["seq"])
            .values(digest=said, link=before[workspace_id])
        )
    op.execute(restore)


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
