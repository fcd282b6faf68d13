"""What counts as life outside chat: requests waiting to be read, repositories asked."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
