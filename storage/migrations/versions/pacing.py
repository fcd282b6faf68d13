"""One message a second and patience, shared by every replica."""

import sqlalchemy as sa
from alembic import op

from storage import tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("platform", sa.String(16), nullable=False),
        sa.Column("until", tables.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "platform", name=op.f("pk_holds")),
    )
    op.create_index("ix_outbox_tried", "outbox", ["tried_at"])


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
