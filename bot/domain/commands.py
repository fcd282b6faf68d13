"""The grammar of what people type, press and submit → Command."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bot.domain.record import Status

# `name` is what the person called the pilot: resolved by the services, by id, name, alias, old name or typo.
# A person is named by a reference as typed: a mention `<@ID>` of the actor's platform, or a handle or name.


@dataclass(frozen=True, kw_only=True, slots=True)
class New:
    """Open the registration form."""

    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """Register a pilot: by one line (no sponsor yet) or by the form."""

    name: str
    outcome: str
    sponsor: str = ""
    backup: str = ""
    department: str = ""
    #: Which of the candidates leads, where the sentence named two numbers; or "yes" to a confirmation.
    choice: str = ""
    #: Sent by the form, so that errors go to its fields.
    form: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPilots:
    """list [mine|stalled|decisions|all]"""

    which: str = "all"


@dataclass(frozen=True, kw_only=True, slots=True)
class Show:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckIn:
    """checkin NAME [VALUE] [STATUS] [TEXT]; with neither value, status nor text: the form."""

    name: str
    value: Decimal | None = None
    status: Status | None = None
    text: str = ""
    holder: str = ""
    holder_by: date | None = None
    no_number: str = ""
    #: The ask that it answers, where it was pressed or submitted from one.
    ask: str = ""
    form: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A plain message in the DM, in a thread or after a mention that is no command: perhaps an answer."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AddReading:
    name: str
    value: Decimal
    on: date | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SetMetric:
    name: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowGate:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SetItem:
    name: str
    code: str
    state: str
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseKept:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SnoozePilot:
    name: str
    days: int
    reason: str
    ask: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PausePilot:
    name: str
    until: date
    reason: str
    ask: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resume:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Away:
    start: date
    end: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Handover:
    name: str
    to: str
    ask: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    name: str
    field: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Retire:
    """Typed: opens the form. Submitted: cause and sentence are there."""

    name: str
    cause: str = ""
    learning: str = ""
    ask: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    name: str
    into: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowDigest:
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowSettings:
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Help:
    topic: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Words we do not know: the nearest command and a working example of it."""

    text: str
    nearest: str
    example: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pressed:
    """A button: its verb and arguments, as `messages` wrote them (`services.presses` gives them their meaning)."""

    verb: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """A form that was sent: its verb and arguments, and what was filled in."""

    verb: str
    args: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonChanged:
    """The platform says that an account was deactivated, came back or was renamed; the profile travels beside it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppRemoved:
    """The app was uninstalled or its tokens were revoked."""

    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppAdded:
    """The app was installed, or added to a conversation."""


Command = (
    New
    | Register
    | ListPilots
    | Show
    | CheckIn
    | Said
    | AddReading
    | SetMetric
    | Ready
    | ShowGate
    | SetItem
    | PromiseKept
    | SnoozePilot
    | PausePilot
    | Resume
    | Away
    | Handover
    | Edit
    | Scale
    | Retire
    | Merge
    | Happened
    | ShowDigest
    | Home
    | ShowSettings
    | Claim
    | Export
    | Help
    | Unknown
    | Pressed
    | Submitted
    | PersonChanged
    | AppRemoved
    | AppAdded
)
