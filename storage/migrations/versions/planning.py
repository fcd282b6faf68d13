"""What is due everywhere has an index of its own, which a look into one workspace cannot mistake for the workspace's."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ANY_DAY = "> '2000-01-01 00:00:00+00'"


def upgrade() -> None:
    for table, column, which in (
        ("pilots", "next_look_at", ""),
        ("asks", "not_before", "state = 'waiting' AND "),
        ("outbox", "not_before", "state IN ('pending', 'sending', 'unknown') AND "),
    ):
        op.drop_index(f"ix_{table}_due", table)
        where = sa.text(f"{which}{column} {_ANY_DAY}")
        op.create_index(f"ix_{table}_due", table, [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
