"""What counts as life outside chat: requests waiting to be read, what was told already, repositories asked."""

import sqlalchemy as sa
from alembic import op

from storage import tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "received",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("received_at", tables.Utc(), nullable=False),
        sa.Column("not_before", tables.Utc(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_received")),
    )
    op.create_index("ux_received_key", "received", ["workspace_id", "source", "key"], unique=True)
    op.create_index(
        "ix_received_due", "received", ["not_before"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )
    op.create_index("ix_received_at", "received", ["received_at"])
    op.create_table(
        "told",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("repository", sa.String(255), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("told_at", tables.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "repository", "key", name=op.f("pk_told")),
    )
    op.create_index("ix_told_at", "told", ["told_at"])
    op.create_table(
        "repositories",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("memory", sa.JSON(), nullable=False),
        sa.Column("next_ask_at", tables.Utc(), nullable=True),
        sa.Column("asked_at", tables.Utc(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_repositories")),
    )
    asked = sa.text("next_ask_at IS NOT NULL")
    op.create_index(
        "ix_repositories_next_ask_at",
        "repositories",
        ["next_ask_at"],
        sqlite_where=asked,
        postgresql_where=asked,
    )


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
