"""The first tables, on both engines."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage import tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: Nothing that happened is changed or taken away: `audit.erase` alone lifts these.
_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        """
        CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$
        """,
        """
        CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()
        """,
    ],
}


def _where(condition: str) -> dict[str, Any]:
    """The condition of a partial index, in both engines' words."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_absences")),
    )
    op.create_index("ix_absences_person", "absences", ["workspace_id", "person_id"])
    op.create_table(
        "activities",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("pilot_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("counts", sa.String(24), nullable=False),
        sa.Column("value", tables.Exact(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "pilot_id", "seq", name=op.f("pk_activities")),
    )
    op.create_table(
        "addresses",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("service_url", sa.String(), nullable=False),
        sa.Column("used_at", tables.Utc(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "platform", "external_id", "user_id", name=op.f("pk_addresses")
        ),
    )
    op.create_index("ix_addresses_person", "addresses", ["workspace_id", "person_id"])
    op.create_table(
        "asks",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("pilot_id", sa.String(64), nullable=False),
        sa.Column("episode_id", sa.String(64), nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("created_at", tables.Utc(), nullable=False),
        sa.Column("not_before", tables.Utc(), nullable=False),
        sa.Column("outbox_id", sa.String(64), nullable=True),
        sa.Column("said_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", tables.Utc(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_asks")),
    )
    op.create_index("ix_asks_due", "asks", ["not_before"], **_where("state = 'waiting'"))
    op.create_index("ix_asks_outbox", "asks", ["workspace_id", "outbox_id"])
    op.create_index("ix_asks_pilot", "asks", ["workspace_id", "pilot_id", "state"])
    op.create_index("ix_asks_waiting", "asks", ["workspace_id", "person_id"], **_where("state = 'waiting'"))
    op.create_index(
        "ux_asks_once", "asks", ["workspace_id", "episode_id", "rung", "person_id", "kind"], unique=True
    )
    op.create_table(
        "audit",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", tables.Utc(), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("surface", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "entries",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("pilot_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", tables.Utc(), nullable=False),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("value", tables.Exact(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.String(64), nullable=True),
        sa.Column("holder_by", sa.Date(), nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("surface", sa.String(16), nullable=False),
        sa.Column("undone_at", tables.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "pilot_id", "seq", name=op.f("pk_entries")),
    )
    op.create_table(
        "episodes",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("pilot_id", sa.String(64), nullable=False),
        sa.Column("family", sa.String(24), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("climbs_from", sa.Date(), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("rung_due_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("wrong", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_episodes")),
    )
    op.create_index("ix_episodes_climbs_from", "episodes", ["workspace_id", "climbs_from"])
    op.create_index(
        "ix_episodes_held",
        "episodes",
        ["workspace_id"],
        **_where("climbs_from IS NULL AND closed_on IS NULL"),
    )
    op.create_index(
        "ux_episodes_open",
        "episodes",
        ["workspace_id", "pilot_id", "family"],
        unique=True,
        **_where("closed_on IS NULL"),
    )
    op.create_table(
        "gates",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("pilot_id", sa.String(64), nullable=False),
        sa.Column("gate", sa.String(4), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("at", tables.Utc(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_gates")),
    )
    op.create_index("ix_gates_pilot", "gates", ["workspace_id", "pilot_id"])
    op.create_table(
        "inbox",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("received_at", tables.Utc(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_received", "inbox", ["received_at"])
    op.create_table(
        "installations",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("platform", sa.String(64), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("bot_user", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("installed_by", sa.String(), nullable=False),
        sa.Column("installed_at", tables.Utc(), nullable=False),
        sa.Column("removed_at", tables.Utc(), nullable=True),
        sa.Column("service_url", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "platform", "external_id", name=op.f("pk_installations")),
    )
    op.create_index("ux_installations_external", "installations", ["platform", "external_id"], unique=True)
    op.create_table(
        "items",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("pilot_id", sa.String(64), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "pilot_id", "code", name=op.f("pk_items")),
    )
    op.create_table(
        "outbox",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=True),
        sa.Column("platform", sa.String(16), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(255), nullable=False),
        sa.Column("message_id", sa.String(255), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", tables.Utc(), nullable=True),
        sa.Column("tried_at", tables.Utc(), nullable=True),
        sa.Column("not_before", tables.Utc(), nullable=False),
        sa.Column("not_after", tables.Utc(), nullable=True),
        sa.Column("charged_on", sa.Date(), nullable=True),
        sa.Column("created_at", tables.Utc(), nullable=False),
        sa.Column("sent_at", tables.Utc(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_created", "outbox", ["created_at", "state"])
    op.create_index(
        "ix_outbox_due", "outbox", ["not_before"], **_where("state IN ('pending', 'sending', 'unknown')")
    )
    op.create_index(
        "ix_outbox_due_of",
        "outbox",
        ["workspace_id", "not_before"],
        **_where("state IN ('pending', 'sending', 'unknown')"),
    )
    op.create_index("ix_outbox_message", "outbox", ["workspace_id", "channel", "message_id"])
    op.create_index("ix_outbox_person", "outbox", ["workspace_id", "person_id", "charged_on"])
    op.create_index("ux_outbox_key", "outbox", ["workspace_id", "key"], unique=True)
    op.create_table(
        "people",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("handle", sa.String(255), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("leader", sa.Boolean(), nullable=False),
        sa.Column("created_at", tables.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_people")),
    )
    op.create_index("ix_people_handle", "people", ["workspace_id", "handle"])
    op.create_table(
        "pilots",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("stage_since", sa.Date(), nullable=False),
        sa.Column("started", sa.Date(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("outcome_sentence", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=True),
        sa.Column("backup_id", sa.String(64), nullable=True),
        sa.Column("sponsor_id", sa.String(64), nullable=True),
        sa.Column("process_owner_id", sa.String(64), nullable=True),
        sa.Column("data_owner_id", sa.String(64), nullable=True),
        sa.Column("run_owner_id", sa.String(64), nullable=True),
        sa.Column("decision_on", sa.Date(), nullable=True),
        sa.Column("kill_line", sa.Text(), nullable=False),
        sa.Column("risk", sa.String(16), nullable=False),
        sa.Column("cost_to_date", tables.Exact(), nullable=False),
        sa.Column("cost_per_week", tables.Exact(), nullable=False),
        sa.Column("cadence", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", tables.Utc(), nullable=False),
        sa.Column("imported_on", sa.Date(), nullable=True),
        sa.Column("next_look_at", tables.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_pilots")),
    )
    op.create_index("ix_pilots_due", "pilots", ["next_look_at"], **_where("next_look_at IS NOT NULL"))
    op.create_index(
        "ix_pilots_due_of", "pilots", ["workspace_id", "next_look_at"], **_where("next_look_at IS NOT NULL")
    )
    op.create_index("ix_pilots_name", "pilots", ["workspace_id", "name_key"])
    op.create_index("ix_pilots_owner", "pilots", ["workspace_id", "owner_id"])
    op.create_table(
        "promises",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("pilot_id", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Date(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("kept_on", sa.Date(), nullable=True),
        sa.Column("holder_id", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_promises")),
    )
    op.create_index("ix_promises_pilot", "promises", ["workspace_id", "pilot_id"])
    op.create_table(
        "questions",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("pilot_id", sa.String(64), nullable=True),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("asker", sa.String(), nullable=False),
        sa.Column("at", tables.Utc(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tell", sa.Boolean(), nullable=False),
        sa.Column("told_at", tables.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_questions")),
    )
    op.create_index("ix_questions_pilot", "questions", ["workspace_id", "pilot_id"])
    op.create_table(
        "readings",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("pilot_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", tables.Exact(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "pilot_id", "seq", name=op.f("pk_readings")),
    )
    op.create_table(
        "workspaces",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", tables.Utc(), nullable=False),
        sa.Column("quiet_until", tables.Utc(), nullable=True),
        sa.Column("digest_at", tables.Utc(), nullable=True),
        sa.Column("claim_code", sa.String(), nullable=True),
        sa.Column("people_at", tables.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
    )
    op.create_index("ix_workspaces_digest_at", "workspaces", ["digest_at"])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first tables")
