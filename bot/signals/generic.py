"""Anything else that can send a signed request: a notebook server, a dashboard's connector, a billing job.

    POST /hooks/signal
    X-Pilotlight-Signature: sha256=HMAC-SHA256 of the body with SIGNAL_WEBHOOK_SECRET, in hexadecimal

    {"kind": "run", "actor": "felix.arndt", "text": "returns.ipynb executed", "pilot": "P03", "day": "2026-06-03"}

In place of `pilot`, `repository` may name every pilot of a repository. `day` may be left out: the day it arrives. `id`
tells two equal signals of one day apart.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import date

from bot.signals.places import place_of
from bot.signals.sighting import MOST_TEXT, Change, Sighting, Unreadable, body_of, inside, word

SOURCE = "signal"
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_KIND = re.compile(r"[a-z][a-z_]{0,31}")
_FIELDS = frozenset({"kind", "actor", "text", "pilot", "repository", "day", "id", "source"})


def verify(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether the sender signed exactly these bytes with our secret; headers by their names in lower case."""
    given = headers.get("x-pilotlight-signature", "")
    if not _SIGNATURE.fullmatch(given) or not secret:
        return False
    return hmac.compare_digest("sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(), given)


def delivery(_: Mapping[str, str], body: bytes) -> str:
    """The same bytes are the same signal: an id in a header would not be signed."""
    return hashlib.sha256(body).hexdigest()


def subject(_: Mapping[str, str]) -> str:
    """The body says it all."""
    return ""


def parse(_: str, body: bytes) -> list[Sighting]:
    """The one signal of a request.

    Raises:
        Unreadable: what is missing or cannot be read, and what it looks like when right.

    """
    data = body_of(body)
    unknown = sorted(str(name)[:40] for name in data if name not in _FIELDS)
    if unknown:
        raise Unreadable(f"{unknown[0]!r} is not a field; the fields are {', '.join(sorted(_FIELDS))}")
    for name, value in data.items():
        if not isinstance(value, str):
            raise Unreadable(f"{name} must be a text")
    kind = word(data, "kind")
    if not _KIND.fullmatch(kind):
        raise Unreadable("kind is missing: for example run, deploy, merge, reading, message")
    pilot = word(data, "pilot", most=200)
    link = word(data, "repository", most=MOST_TEXT)
    place = place_of(link) if link else None
    if bool(pilot) == bool(link):
        raise Unreadable("give pilot (an id or a name) or repository (its address), one of them")
    if link and place is None:
        raise Unreadable("repository is no address of one: write https://host/owner/name")
    change = Change(actor=word(data, "actor"), text=word(data, "text", most=MOST_TEXT))
    return [
        Sighting(
            source=word(data, "source", most=40) or SOURCE,
            kind=kind,
            key=f"signal/{delivery({}, body)}",
            repository=place.repository if place else None,
            pilot=pilot,
            folder=place.folder if place else "",
            on=_day(inside(data, "day")),
            changes=(change,),
        )
    ]


def _day(given: object) -> date | None:
    if given is None or given == "":
        return None
    try:
        return date.fromisoformat(str(given))
    except ValueError as error:
        raise Unreadable("day is no date: write it like 2026-12-04") from error
