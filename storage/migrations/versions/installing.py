"""Installing into many workspaces, and what an admin previews before going live."""

import sqlalchemy as sa
from alembic import op

from storage import tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("installations") as installations:
        installations.add_column(sa.Column("refresh_token", sa.Text(), nullable=False, server_default=""))
        installations.add_column(sa.Column("expires_at", tables.Utc(), nullable=True))
    op.create_table(
        "installstates",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("until", tables.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "state", name=op.f("pk_installstates")),
    )
    op.create_index("ix_install_states_until", "installstates", ["workspace_id", "until"])


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
