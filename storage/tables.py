"""The tables. Every key begins with the workspace, so that a table can be partitioned by it and a query that
forgets it stands out. Times are UTC; dates are local to the workspace; numbers are exact.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic_core import from_json
from sqlalchemy import JSON, DateTime, Dialect, Index, MetaData, Numeric, String, Text, TypeDecorator, text
from sqlmodel import Field, SQLModel

# Names for constraints, so that both engines' migrations can speak of them.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA: MetaData = SQLModel.metadata

# The conditions of partial indexes. A query says them in the same words: with bound values no planner knows them again.
LOOKED_AT = text("next_look_at IS NOT NULL")
OPEN = text("closed_on IS NULL")
HELD = text("climbs_from IS NULL AND closed_on IS NULL")
WAITING = text("state = 'waiting'")
ASKED = text("next_ask_at IS NOT NULL")
MOVING = text("state IN ('pending', 'sending', 'unknown')")
# Those of indexes that begin with a moment: only a query that looks everywhere says them. Else PostgreSQL, whose statistics are from the night,
# when nothing was due, would look for one person's rows among everybody's, and in the morning that is a hundred thousand times a hundred thousand.
LOOKED_AT_ANYWHERE = text("next_look_at > '2000-01-01 00:00:00+00'")
WAITING_ANYWHERE = text("state = 'waiting' AND not_before > '2000-01-01 00:00:00+00'")
MOVING_ANYWHERE = text("state IN ('pending', 'sending', 'unknown') AND not_before > '2000-01-01 00:00:00+00'")


class Utc(TypeDecorator[datetime]):
    """A moment, aware in Python and UTC at rest: SQLite hands back naive datetimes."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value}")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - likewise
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """On SQLite in one step: a look reads some twenty moments for every pilot."""
        return _moment if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def bind_processor(self, dialect: Dialect) -> Any:
        return _stored if dialect.name == "sqlite" else super().bind_processor(dialect)


@lru_cache(maxsize=4_096)  # what one round wrote has one moment
def _moment(stored: str | None) -> datetime | None:
    """What SQLite holds, 2026-12-07 23:10:00.000000, as a moment."""
    return None if stored is None else datetime.fromisoformat(stored + "+00:00")


def _stored(moment: datetime | None) -> str | None:
    """The way back."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a zone: {moment}")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class Exact(TypeDecorator[Decimal]):
    """A number without rounding: text on SQLite, which has no decimals, numeric elsewhere."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(64) if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return f"{value:f}"

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - likewise
        return None if value is None else Decimal(value)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """On SQLite in one step, like a moment."""
        return _exact if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


@lru_cache(maxsize=4_096)  # prices and percentages are few, and read again and again
def _exact(stored: str | None) -> Decimal | None:
    return None if stored is None else Decimal(stored)


def _key(**more: Any) -> Any:
    return Field(primary_key=True, max_length=64, **more)


class Json(TypeDecorator[Any]):
    """What has no columns of its own. SQLite hands back its text, which pydantic's reader takes in three times as fast as Python's."""

    impl = JSON
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _read(stored: Any) -> Any:
    # A number that was asked for by its path comes as one.
    return from_json(stored) if isinstance(stored, str) else stored


class Workspaces(SQLModel, table=True):
    """One customer."""

    id: str = _key()
    name: str = ""
    #: storage.workspaces.Settings as JSON.
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(sa_type=Utc)
    #: Until then only the admin sees previews; None: live.
    quiet_until: datetime | None = Field(default=None, sa_type=Utc)
    #: When the next digest edition is due.
    digest_at: datetime | None = Field(default=None, sa_type=Utc)
    #: Whoever types it becomes admin, once; None: no code is open.
    claim_code: str | None = None
    #: When people's platform profiles were last asked for.
    people_at: datetime | None = Field(default=None, sa_type=Utc)
    __table_args__ = (Index("ix_workspaces_digest_at", "digest_at"),)  # workspaces.due_digests


class Installations(SQLModel, table=True):
    """Our app's permission in one platform's workspace."""

    workspace_id: str = _key()
    platform: str = _key()
    external_id: str = _key()
    name: str = ""
    bot_user: str = ""
    scopes: str = ""
    #: Encrypted; empty where the token comes from the environment.
    token: str = Field(default="", sa_type=Text)
    installed_by: str = ""
    installed_at: datetime = Field(sa_type=Utc)
    removed_at: datetime | None = Field(default=None, sa_type=Utc)
    service_url: str = ""
    #: Encrypted; what a token that expires is exchanged with, once. Empty: the token does not expire.
    refresh_token: str = Field(default="", sa_type=Text)
    expires_at: datetime | None = Field(default=None, sa_type=Utc)
    __table_args__ = (
        Index("ux_installations_external", "platform", "external_id", unique=True),
    )  # workspaces.of_address


class InstallStates(SQLModel, table=True):
    """An installation under way: whoever comes back from the platform must bring it, once."""

    #: Empty: who installs is not known before the platform says so.
    workspace_id: str = _key()
    #: The sha256 of what travels.
    state: str = _key()
    until: datetime = Field(sa_type=Utc)
    __table_args__ = (Index("ix_install_states_until", "workspace_id", "until"),)  # tokens.issue_state


class People(SQLModel, table=True):
    workspace_id: str = _key()
    id: str = _key()
    handle: str = Field(default="", max_length=255)
    name: str = ""
    email: str = ""
    zone: str | None = None
    left_on: date | None = None
    guest: bool = False
    admin: bool = False
    leader: bool = False
    created_at: datetime = Field(sa_type=Utc)
    __table_args__ = (Index("ix_people_handle", "workspace_id", "handle"),)  # people.by_handle


class Addresses(SQLModel, table=True):
    """Where a person can be reached; the newest used wins."""

    workspace_id: str = _key()
    platform: str = _key()
    external_id: str = _key()
    user_id: str = _key()
    person_id: str = Field(max_length=64)
    #: The direct-message conversation, once opened.
    channel: str = ""
    service_url: str = ""
    used_at: datetime = Field(sa_type=Utc)
    #: Why nothing can be sent there (blocked, app not installed); empty: it can.
    trouble: str = ""
    __table_args__ = (Index("ix_addresses_person", "workspace_id", "person_id"),)  # people.addresses_of


class Absences(SQLModel, table=True):
    workspace_id: str = _key()
    id: str = _key()
    person_id: str = Field(max_length=64)
    start: date
    end: date
    told_on: date
    __table_args__ = (Index("ix_absences_person", "workspace_id", "person_id"),)


class Pilots(SQLModel, table=True):
    workspace_id: str = _key()
    id: str = _key()
    name: str
    #: Case-folded, for finding it again.
    name_key: str
    stage: str = Field(max_length=16)
    stage_since: date
    started: date
    department: str = ""
    outcome_sentence: str = Field(default="", sa_type=Text)
    #: aliases, old_names, metric, guardrails, links, end, source and extra columns, as `pilots.to_row` writes them.
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    owner_id: str | None = Field(default=None, max_length=64)
    backup_id: str | None = Field(default=None, max_length=64)
    sponsor_id: str | None = Field(default=None, max_length=64)
    process_owner_id: str | None = Field(default=None, max_length=64)
    data_owner_id: str | None = Field(default=None, max_length=64)
    run_owner_id: str | None = Field(default=None, max_length=64)
    decision_on: date | None = None
    kill_line: str = Field(default="", sa_type=Text)
    risk: str = Field(default="minimal", max_length=16)
    cost_to_date: Decimal = Field(default=Decimal(0), sa_type=Exact)
    cost_per_week: Decimal = Field(default=Decimal(0), sa_type=Exact)
    cadence: int | None = None
    created_by: str = ""
    created_at: datetime = Field(sa_type=Utc)
    #: Set where the amnesty of a first import starts this pilot's ladders: the day it came in.
    imported_on: date | None = None
    #: When we next look at it; None: nothing is owed.
    next_look_at: datetime | None = Field(default=None, sa_type=Utc)
    #: What the last look saw (`findings.Health`); it holds until the next. Empty: not looked at yet.
    health: str = Field(default="", max_length=8, sa_column_kwargs={"server_default": ""})
    __table_args__ = (
        # pilots.claim_due: due ones first, ended ones not in the index at all.
        Index(
            "ix_pilots_due",
            "next_look_at",
            sqlite_where=LOOKED_AT_ANYWHERE,
            postgresql_where=LOOKED_AT_ANYWHERE,
        ),
        # pilots.claim_due, when more are due than one claim takes: each workspace in turn.
        Index(
            "ix_pilots_due_of",
            "workspace_id",
            "next_look_at",
            sqlite_where=LOOKED_AT,
            postgresql_where=LOOKED_AT,
        ),
        Index("ix_pilots_name", "workspace_id", "name_key"),  # pilots.named
        Index("ix_pilots_owner", "workspace_id", "owner_id"),  # pilots.of_person
    )


class Entries(SQLModel, table=True):
    """The record of a pilot: check-ins and decisions, append-only."""

    workspace_id: str = _key()
    pilot_id: str = _key()
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    day: date
    at: datetime = Field(sa_type=Utc)
    author: str = Field(max_length=255)
    status: str = Field(max_length=16)
    value: Decimal | None = Field(default=None, sa_type=Exact)
    text: str = Field(default="", sa_type=Text)
    holder_id: str | None = Field(default=None, max_length=64)
    holder_by: date | None = None
    repeats: int = 0
    mentions: int = 0
    #: import, slack, teams, web, cli, clock.
    surface: str = Field(default="", max_length=16)
    #: Taken back within the time allowed: kept, but no longer read by the rules.
    undone_at: datetime | None = Field(default=None, sa_type=Utc)


class Readings(SQLModel, table=True):
    workspace_id: str = _key()
    pilot_id: str = _key()
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    day: date
    value: Decimal = Field(sa_type=Exact)
    source: str = ""
    author: str = Field(default="", max_length=255)
    #: The entry that brought it, so that undoing one undoes the other.
    entry_seq: int | None = None


class Activities(SQLModel, table=True):
    workspace_id: str = _key()
    pilot_id: str = _key()
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    day: date
    source: str = ""
    actor: str = ""
    kind: str = Field(max_length=32)
    text: str = Field(default="", sa_type=Text)
    counts: str = Field(max_length=24)
    value: Decimal | None = Field(default=None, sa_type=Exact)


class Items(SQLModel, table=True):
    """The newest state of each checklist item; its history is in the entries."""

    workspace_id: str = _key()
    pilot_id: str = _key()
    code: str = _key()
    state: str = Field(max_length=8)
    day: date
    by: str = ""
    evidence: str = Field(default="", sa_type=Text)
    automatic: bool = False


class Promises(SQLModel, table=True):
    workspace_id: str = _key()
    id: str = _key()
    pilot_id: str = Field(max_length=64)
    text: str = Field(sa_type=Text)
    by: date | None = None
    made_on: date
    kept_on: date | None = None
    holder_id: str | None = Field(default=None, max_length=64)
    __table_args__ = (Index("ix_promises_pilot", "workspace_id", "pilot_id"),)


class Gates(SQLModel, table=True):
    """A gate decision: proposed, then passed, passed with promises or sent back by a named person."""

    workspace_id: str = _key()
    id: str = _key()
    pilot_id: str = Field(max_length=64)
    gate: str = Field(max_length=4)
    #: open | passed | sent_back
    state: str = Field(max_length=16)
    by: str | None = None
    at: datetime = Field(sa_type=Utc)
    evidence: str = Field(default="", sa_type=Text)
    __table_args__ = (Index("ix_gates_pilot", "workspace_id", "pilot_id"),)


class Questions(SQLModel, table=True):
    """Who asked "whatever happened to …", when and about what."""

    workspace_id: str = _key()
    id: str = _key()
    pilot_id: str | None = Field(default=None, max_length=64)
    asked: str
    asker: str
    at: datetime = Field(sa_type=Utc)
    day: date
    #: Whether the asker wants to be told when it is decided, and was.
    tell: bool = False
    told_at: datetime | None = Field(default=None, sa_type=Utc)
    __table_args__ = (Index("ix_questions_pilot", "workspace_id", "pilot_id"),)


class Episodes(SQLModel, table=True):
    """One pilot, one finding, open while its condition holds."""

    workspace_id: str = _key()
    id: str = _key()
    pilot_id: str = Field(max_length=64)
    #: The finding's kind; SILENT amber and red are one.
    family: str = Field(max_length=24)
    #: The day the finding began.
    opened_on: date
    #: The day its ladder began; None: held, because a workspace opens only so many a day.
    climbs_from: date | None = None
    #: The last rung asked.
    rung: int = 0
    #: When the next rung falls due; None: the ladder is climbed.
    rung_due_on: date | None = None
    closed_on: date | None = None
    closed_by: str = ""
    why: str = ""
    #: Set when the answerer said "you were wrong because …".
    wrong: str = Field(default="", sa_type=Text)
    __table_args__ = (
        Index(
            "ux_episodes_open",
            "workspace_id",
            "pilot_id",
            "family",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_episodes_climbs_from", "workspace_id", "climbs_from"),  # episodes.opened_today
        # episodes.holding, episodes.held
        Index("ix_episodes_held", "workspace_id", sqlite_where=HELD, postgresql_where=HELD),
    )


class Asks(SQLModel, table=True):
    """One question to one person, waiting to be composed."""

    workspace_id: str = _key()
    id: str = _key()
    pilot_id: str = Field(max_length=64)
    episode_id: str | None = Field(default=None, max_length=64)
    #: A finding's kind, or checkin, pulse, item, gate, announce, handover, told, welcome.
    kind: str = Field(max_length=24)
    rung: int = 0
    person_id: str = Field(max_length=64)
    role: str = Field(max_length=16)
    #: waiting | in_message | answered | dropped
    state: str = Field(default="waiting", max_length=16)
    created_on: date
    created_at: datetime = Field(sa_type=Utc)
    #: Not composed before: when the person may be written to again, as last worked out.
    not_before: datetime = Field(sa_type=Utc)
    outbox_id: str | None = Field(default=None, max_length=64)
    #: The day its message was written; None while it waits.
    said_on: date | None = None
    #: The line shown in place of the question once it is answered.
    answer: str = Field(default="", sa_type=Text)
    answered_at: datetime | None = Field(default=None, sa_type=Utc)
    #: What the words need beside the pilot: dates announced, the quote, who handed over.
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    #: The log's name of the request or round that led to it.
    cause: str = Field(default="", max_length=100)
    __table_args__ = (
        # asks.add: one per episode, rung and person, ever.
        Index("ux_asks_once", "workspace_id", "episode_id", "rung", "person_id", "kind", unique=True),
        # asks.waiting, asks_due.people: what waits for one person, and in one workspace.
        Index("ix_asks_waiting", "workspace_id", "person_id", sqlite_where=WAITING, postgresql_where=WAITING),
        # asks_due.in_turn: where somebody may be written to now.
        Index("ix_asks_due", "not_before", sqlite_where=WAITING_ANYWHERE, postgresql_where=WAITING_ANYWHERE),
        Index("ix_asks_pilot", "workspace_id", "pilot_id", "state"),  # asks.open_of
        Index("ix_asks_outbox", "workspace_id", "outbox_id"),  # asks.of_message
    )


class Outbox(SQLModel, table=True):
    """A message decided but not yet delivered, and what became of it."""

    workspace_id: str = _key()
    id: str = _key()
    #: nudge:<person>:<local date>, digest:<edition>:<recipient>:<iso week>, …: one message each, ever.
    key: str = Field(max_length=255)
    #: nudge | digest | update | notice
    kind: str = Field(max_length=16)
    person_id: str | None = Field(default=None, max_length=64)
    platform: str = Field(default="", max_length=16)
    external_id: str = Field(default="", max_length=64)
    channel: str = Field(default="", max_length=255)
    #: For an update: the platform's id of the message that changes.
    message_id: str = Field(default="", max_length=255)
    #: messages.model.Message, frozen at insert; later changed only by an answer in place.
    content: str = Field(sa_type=Text)
    #: pending | sending | sent | unknown | unverified | failed | dropped
    state: str = Field(default="pending", max_length=16)
    attempt: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    #: When the last attempt began.
    tried_at: datetime | None = Field(default=None, sa_type=Utc)
    not_before: datetime = Field(sa_type=Utc)
    #: After this moment it is stale and dropped, not sent.
    not_after: datetime | None = Field(default=None, sa_type=Utc)
    #: The recipient's local day it is charged to; None: free.
    charged_on: date | None = None
    created_at: datetime = Field(sa_type=Utc)
    sent_at: datetime | None = Field(default=None, sa_type=Utc)
    error: str = Field(default="", sa_type=Text)
    #: The log's name of the request or round that decided it.
    cause: str = Field(default="", max_length=100)
    __table_args__ = (
        Index("ux_outbox_key", "workspace_id", "key", unique=True),
        # outbox.claim and outbox.settle: only rows that still move.
        Index("ix_outbox_due", "not_before", sqlite_where=MOVING_ANYWHERE, postgresql_where=MOVING_ANYWHERE),
        Index("ix_outbox_due_of", "workspace_id", "not_before", sqlite_where=MOVING, postgresql_where=MOVING),
        Index("ix_outbox_person", "workspace_id", "person_id", "charged_on"),  # outbox.charged
        Index("ix_outbox_created", "created_at", "state"),  # outbox.tally
        Index("ix_outbox_tried", "tried_at"),  # outbox.claim: one message a second
        Index("ix_outbox_message", "workspace_id", "channel", "message_id"),  # outbox.of_message
    )


class Holds(SQLModel, table=True):
    """Until when a workspace's platform asked for patience, for every replica alike."""

    workspace_id: str = _key()
    platform: str = Field(primary_key=True, max_length=16)
    until: datetime = Field(sa_type=Utc)


class Inbox(SQLModel, table=True):
    """Requests already seen: one effect each."""

    workspace_id: str = _key()
    key: str = Field(primary_key=True, max_length=255)
    received_at: datetime = Field(sa_type=Utc)
    #: What was answered, so that a repetition gets the same.
    reply: str = Field(default="", sa_type=Text)
    __table_args__ = (Index("ix_inbox_received", "received_at"),)  # inbox.forget


class Received(SQLModel, table=True):
    """What a source outside chat sent: kept as it came until it is read."""

    workspace_id: str = _key()
    id: str = _key()
    #: github | gitlab | signal
    source: str = Field(max_length=16)
    #: The sender's id of it, which a redelivery bears as well.
    key: str = Field(max_length=160)
    #: The kind of request, from its headers.
    subject: str = Field(default="", max_length=64)
    #: Empty once it is read.
    body: str = Field(default="", sa_type=Text)
    #: waiting | done | failed
    state: str = Field(default="waiting", max_length=16)
    received_at: datetime = Field(sa_type=Utc)
    not_before: datetime = Field(sa_type=Utc)
    attempt: int = 0
    error: str = Field(default="", sa_type=Text)
    __table_args__ = (
        Index("ux_received_key", "workspace_id", "source", "key", unique=True),
        Index(
            "ix_received_due", "not_before", sqlite_where=WAITING, postgresql_where=WAITING
        ),  # received.claim
        Index("ix_received_at", "received_at"),  # received.forget
    )


class Told(SQLModel, table=True):
    """What happened in a repository and was told already, by a webhook or by asking: it counts once."""

    workspace_id: str = _key()
    repository: str = Field(primary_key=True, max_length=255)
    key: str = Field(primary_key=True, max_length=160)
    told_at: datetime = Field(sa_type=Utc)
    __table_args__ = (Index("ix_told_at", "told_at"),)  # repositories.forget


class Repositories(SQLModel, table=True):
    """A repository that pilots name, and what was learned of it."""

    workspace_id: str = _key()
    #: host/path, in lower case.
    id: str = Field(primary_key=True, max_length=255)
    host: str = Field(max_length=255)
    #: signals.asking.Memory as JSON.
    memory: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    #: None: no pilot names it any more.
    next_ask_at: datetime | None = Field(default=None, sa_type=Utc)
    asked_at: datetime | None = Field(default=None, sa_type=Utc)
    failures: int = 0
    problem: str = Field(default="", sa_type=Text)
    __table_args__ = (
        # repositories.claim_due
        Index("ix_repositories_next_ask_at", "next_ask_at", sqlite_where=ASKED, postgresql_where=ASKED),
    )


class Audit(SQLModel, table=True):
    """Everything that happened, append-only: who, what, about what, from where."""

    workspace_id: str = _key()
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Utc)
    actor: str = Field(max_length=255)
    what: str = Field(max_length=64)
    subject: str = Field(default="", max_length=255)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    surface: str = Field(default="", max_length=16)
    #: See storage/chain.py. `redacted`: what it said of an erased person was taken out.
    digest: str = Field(default="", max_length=64)
    link: str = Field(default="", max_length=64)
    redacted: bool = False


class Logins(SQLModel, table=True):
    """A one-time link to the page, by the hash of it: the link itself is nowhere."""

    workspace_id: str = _key()
    id_hash: str = _key()
    person_id: str = Field(max_length=64)
    issued_at: datetime = Field(sa_type=Utc)
    #: When its button was pressed: then it is worth nothing.
    used_at: datetime | None = Field(default=None, sa_type=Utc)
    __table_args__ = (Index("ix_logins_person", "workspace_id", "person_id"),)  # logins.issued_since


class Sessions(SQLModel, table=True):
    """Somebody at the page, by the hash of what their browser holds."""

    workspace_id: str = _key()
    id_hash: str = _key()
    person_id: str = Field(max_length=64)
    began_at: datetime = Field(sa_type=Utc)
    #: The last request, to within some minutes.
    seen_at: datetime = Field(sa_type=Utc)
    __table_args__ = (Index("ix_sessions_person", "workspace_id", "person_id"),)  # logins.leave_all
