"""Keeping it: the chained audit record, what is stored for how long."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
