"""One row of the outbox."""

from dataclasses import dataclass, fields
from datetime import date, datetime

from storage.tables import METADATA

OUTBOX = METADATA.tables["outbox"]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxRow:
    """One message to one person or channel."""

    workspace_id: str
    id: str
    #: nudge:<person>:<local date>, digest:<edition>:<recipient>:<iso week>, …: one message each, ever.
    key: str
    #: nudge | digest | update | notice | held
    kind: str
    person_id: str | None = None
    platform: str = ""
    external_id: str = ""
    channel: str = ""
    #: For an update: the message that changes; for a sent one: itself.
    message_id: str = ""
    #: messages.model.Message as text, frozen at insert.
    content: str
    #: pending | sending | sent | unknown | unverified | failed | dropped
    state: str = "pending"
    attempt: int = 0
    lease_until: datetime | None = None
    #: When the last attempt began.
    tried_at: datetime | None = None
    not_before: datetime
    #: After this moment it is stale and dropped, not sent.
    not_after: datetime | None = None
    #: The recipient's local day it is charged to; None: free.
    charged_on: date | None = None
    created_at: datetime
    sent_at: datetime | None = None
    error: str = ""
    #: The log's name of the request or round that decided it.
    cause: str = ""


COLUMNS = tuple(OUTBOX.c[field.name] for field in fields(OutboxRow))
