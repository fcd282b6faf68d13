"""Who may look at the page: one-time links and sessions; what the last look at a pilot saw."""

import sqlalchemy as sa
from alembic import op

from storage import tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "logins",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("issued_at", tables.Utc(), nullable=False),
        sa.Column("used_at", tables.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id_hash", name=op.f("pk_logins")),
    )
    op.create_index("ix_logins_person", "logins", ["workspace_id", "person_id"])
    op.create_table(
        "sessions",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("began_at", tables.Utc(), nullable=False),
        sa.Column("seen_at", tables.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_person", "sessions", ["workspace_id", "person_id"])
    op.add_column("pilots", sa.Column("health", sa.String(8), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
