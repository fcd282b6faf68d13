"""An activity as Teams sends it, typed as far as we read it. No I/O.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object

Teams adds fields and kinds without asking: what is missing or of another type is empty, and never an error.
"""

import hashlib
import json
import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain.people import Address, Platform
from bot.services.chat import Place, Profile

#: Entra's id of a person.
OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: A channel's conversation, and the post in it that is answered: 19:…@thread.tacv2;messageid=1700000000000.
THREAD = ";messageid="
#: An IANA name; whether it is known is seen when it is opened.
_ZONE = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*")


#: An id that is longer is none of Entra's, and no column holds it.
MOST_ID = 64


def _text(value: object) -> str:
    """Text without lone surrogates, which JSON may hold and nothing else can."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _entra_id(value: object) -> str:
    return found if len(found := _text(value)) <= MOST_ID else ""


def _objects(value: object) -> list[object]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


Words = Annotated[str, BeforeValidator(_text)]
EntraId = Annotated[str, BeforeValidator(_entra_id)]


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Account(_Lenient):
    """A person, or a bot. `id` is 29:… or 28:…; the object id is Entra's."""

    id: Words = ""
    name: Words = ""
    object_id: EntraId = Field("", alias="aadObjectId")
    role: Words = ""


class Conversation(_Lenient):
    id: Words = ""
    #: personal, groupChat or channel.
    type: Words = Field("", alias="conversationType")
    tenant: Words = Field("", alias="tenantId")


class Entity(_Lenient):
    """A mention, or what the client tells about itself."""

    type: Words = ""
    text: Words = ""
    timezone: Words = ""
    mentioned: Annotated[Account, BeforeValidator(_object)] = Account()


class Action(_Lenient):
    """What Action.Execute carries: https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model"""

    type: Words = ""
    verb: Words = ""
    data: Any = None


class Activity(_Lenient):
    type: Words = ""
    #: Which invoke it is.
    name: Words = ""
    #: add, remove, add-upgrade, remove-upgrade.
    action: Words = ""
    id: Words = ""
    reply_to: Words = Field("", alias="replyToId")
    timestamp: Words = ""
    timezone: Words = Field("", alias="localTimezone")
    service_url: Words = Field("", alias="serviceUrl")
    channel_id: Words = Field("", alias="channelId")
    text: Words = ""
    sender: Annotated[Account, BeforeValidator(_object)] = Field(Account(), alias="from")
    recipient: Annotated[Account, BeforeValidator(_object)] = Account()
    conversation: Annotated[Conversation, BeforeValidator(_object)] = Conversation()
    entities: Annotated[list[Entity], BeforeValidator(_objects)] = []
    added: Annotated[list[Account], BeforeValidator(_objects)] = Field([], alias="membersAdded")
    removed: Annotated[list[Account], BeforeValidator(_objects)] = Field([], alias="membersRemoved")
    tenant: Words = Field("", validation_alias=AliasPath("channelData", "tenant", "id"))
    #: Action.Submit's data.
    value: Any = None
    executed: Annotated[Action, BeforeValidator(_object)] = Field(
        Action(), validation_alias=AliasPath("value", "action")
    )

    @property
    def personal(self) -> bool:
        """A chat of this one person with the bot."""
        return self.conversation.type == "personal"

    @property
    def removes(self) -> bool:
        """Of an install: the app goes."""
        return self.action.startswith("remove") or bool(self.removed)


def read(body: bytes) -> Activity:
    """An activity's JSON.

    Raises:
        ValueError: it is no JSON object.
    """
    try:
        found = json.loads(body)
        # Text holds a NUL in no database and on no screen. Escaped is the only way it comes; most bodies hold none.
        found = _without_nul(found) if b"\\u0000" in body else found
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - malformed is malformed
    return Activity.model_validate(found)


def _without_nul(found: object) -> object:
    match found:
        case str():
            return found.replace("\0", "")
        case list():
            return [_without_nul(one) for one in found]
        case dict():
            return {name.replace("\0", ""): _without_nul(one) for name, one in found.items()}
    return found


class Member(_Lenient):
    """One of a conversation, as the members API tells it.

    https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
    """

    id: Words = ""
    name: Words = ""
    object_id: EntraId = Field("", validation_alias=AliasChoices("aadObjectId", "objectId"))
    given_name: Words = Field("", alias="givenName")
    surname: Words = ""
    email: Words = ""
    principal: Words = Field("", alias="userPrincipalName")
    #: user, guest, anonymous.
    role: Words = Field("", alias="userRole")


def read_members(found: object) -> list[Member]:
    """A page of members."""
    return [Member.model_validate(one) for one in _objects(found)]


# Who, where, when


def is_person(account: Account) -> bool:
    """Somebody of the organisation. A guest of one meeting has no object id, and no way to be written to either."""
    return bool(account.object_id) and account.role != "bot" and not account.id.startswith("28:")


def tenant_of(activity: Activity) -> str:
    """The guard has seen to it that both agree."""
    return (activity.conversation.tenant or activity.tenant).lower()


def address_of(activity: Activity) -> Address:
    """Who did it. Of an install Teams may not say who."""
    user = activity.sender.object_id or activity.sender.id
    if len(user) > MOST_ID:
        # Teams' own ids are longer than Entra's; somebody without the other is told apart, and never written to by it.
        user = "29:" + hashlib.sha256(user.encode()).hexdigest()[:40]
    return Address(platform=Platform.TEAMS, workspace=tenant_of(activity), user=user)


def place_of(activity: Activity, *, thread: bool = False) -> Place:
    """The conversation; a channel without the thread, which is the message's, not the channel's.

    A person stands in it in their own chat only, by the same id as in their address.
    """
    channel = activity.conversation.id
    return Place(
        platform=Platform.TEAMS,
        workspace=tenant_of(activity),
        channel=channel if thread else channel.partition(THREAD)[0],
        user=address_of(activity).user if activity.personal else "",
        service_url=activity.service_url,
    )


def thread_of(activity: Activity) -> str:
    """The post that was answered, or that began a thread; empty outside channels."""
    return activity.conversation.id.partition(THREAD)[2]


def zone_of(activity: Activity) -> ZoneInfo | None:
    """The sender's own, which Teams tells with messages and not with installs."""
    told = [activity.timezone, *(one.timezone for one in activity.entities if one.type == "clientInfo")]
    for name in told:
        if _ZONE.fullmatch(name):
            try:
                return ZoneInfo(name)
            except (ValueError, OSError, LookupError):
                continue
    return None


def profile_of(tenant: str, member: Member) -> Profile:
    """A member of a conversation as we know people. Teams tells nobody's zone here."""
    full = f"{member.given_name} {member.surname}".strip()
    invited = "#ext#" in member.principal.lower()
    return Profile(
        address=Address(platform=Platform.TEAMS, workspace=tenant, user=member.object_id),
        name=member.name or full,
        real_name=full or member.name,
        email=member.email or ("" if invited else member.principal),
        guest=invited or member.role in ("guest", "anonymous"),
    )
