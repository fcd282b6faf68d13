"""Installing into many workspaces, and what an admin previews before going live."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("a registry is not taken back to an older program")
