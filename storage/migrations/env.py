"""Alembic's door to our tables: the connection comes from `storage.migrations.upgrade`."""

from alembic import context

from storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="tables.",
)
with context.begin_transaction():
    context.run_migrations()
