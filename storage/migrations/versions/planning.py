"""What is due everywhere has an index of its own, which a look into one workspace cannot mistake for the workspace's."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, column, which in (
        ("pilots", "next_look_at", sa.text("next_look_at > '2000-01-01 00:00:00+00'")),
        ("asks", "not_before", sa.text("state = 'waiting' AND not_before > '2000-01-01 00:00:00+00'")),
        (
            "outbox",
            "not_before",
            sa.text("state IN ('pending', 'sending', 'unknown') AND not_before > '2000-01-01 00:00:00+00'"),
        ),
    ):
        op.drop_index(f"ix_{table}_due", table)
        op.create_index(f"ix_{table}_due", table, [column], sqlite_where=which, postgresql_where=which)


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
