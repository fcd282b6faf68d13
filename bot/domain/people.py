"""Who somebody is to us: one person, however many addresses."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache


class Platform(StrEnum):
    """Where a person can be reached."""

    SLACK = "slack"
    TEAMS = "teams"
    #: One way only, for whom neither reaches; a person's address there is their e-mail address.
    EMAIL = "email"


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A person as one platform knows them."""

    platform: Platform
    #: The platform's own id of the customer: a Slack team or enterprise, a Teams tenant.
    workspace: str
    #: The platform's own id of the person: U0…, or an Entra object id.
    user: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """A person said they are away; both days belong to it."""

    start: date
    end: date
    #: The day it was told to us: replay must not know it earlier.
    told_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody named in the registry. An imported handle is a person without an address."""

    id: str
    name: str
    handle: str = ""
    email: str = ""
    #: IANA name; None means the workspace's own zone.
    zone: str | None = None
    addresses: tuple[Address, ...] = ()
    absences: tuple[Absence, ...] = field(default=())
    #: The day the account was deactivated or the person left.
    left_on: date | None = None
    guest: bool = False
    #: Every address they have refuses us: the app blocked or taken away. Nobody matched yet is not out of reach.
    out_of_reach: bool = False

    def can_be_asked(self, on: date) -> bool:
        """Whether a question of that day would reach them and they may answer; where not, the next in line is asked."""
        return not self.gone(on) and not self.out_of_reach and not self.guest

    def gone(self, on: date) -> bool:
        """Whether the person can no longer be asked on that day."""
        return self.left_on is not None and self.left_on <= on

    @property
    def first_name(self) -> str:
        """What a colleague would call them."""
        return self.name.split()[0] if self.name.split() else self.name


def name_of_handle(handle: str) -> str:
    """``mara.lindqvist`` → ``Mara Lindqvist``; anything else stays as it is."""
    parts = [part for part in handle.replace("_", ".").split(".") if part]
    if len(parts) < 2 or not all(part.replace("-", "").isalpha() for part in parts):
        return handle
    return " ".join("-".join(bit.capitalize() for bit in part.split("-")) for part in parts)


#: Accounts that are no people, by their whole name: their rows and commits never count as life.
_ROBOTS = frozenset(
    ["pilotlight", "system", "github", "gitlab", "web-flow", "jenkins", "ci", "weblate", "hosted-weblate"]
)
#: And by a part of it, spaces, points and underscores being hyphens: `renovate-acme`, `GitHub Actions`, `svc.deploy`.
#: "Bot" is a family name too, so behind a first name it makes nobody a robot.
_ROBOTIC = re.compile(
    r"\[bot\]$|^(?:svc|bot)-|^app/|^service-account(?:-|$)|^(?:project|group)-\d+-bot|"
    r"^(?:dependabot|pre-commit|github-actions?|github-merge-queue|gitlab-ci|mergify|snyk|copilot|codecov|greenkeeper|"
    r"imgbot|allcontributors|semantic-release|release-please)(?![^\W_])|"
    r"(?:^|-)renovate(?:-|\[|$)|(?:^|-)(?:auto\w*|build|bump|ci|deploy|format|lint|merge|release|sync|update)-bot$"
)


@lru_cache(maxsize=16_384)  # asked of every row of a record, by every rule
def is_robot(actor: str) -> bool:
    """Whether an actor's account name is that of a bot, an app or a service account."""
    name = actor.casefold().strip().lstrip("@")
    plain = re.sub(r"[\s._]+", "-", name)
    return (
        not name or plain in _ROBOTS or name.endswith(("-bot", "_bot")) or _ROBOTIC.search(plain) is not None
    )
