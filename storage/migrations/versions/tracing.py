"""A question and a message keep what they go back to, for the log."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("asks", "outbox"):
        op.add_column(table, sa.Column("cause", sa.String(100), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
