"""People in a card: a real mention where Teams knows them, else the name. No I/O.

https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format#mention-support-within-adaptive-cards

The text says <at>Name</at>, and an entity of the card says who that is; Adaptive Cards take the Entra object id there.
"""

import re
from collections.abc import Iterator
from typing import Any

from bot.domain.people import Platform
from bot.messages.model import Mention
from bot.teams import markdown

_OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_AT = re.compile(r"<at>[^<>]*</at>")
_TEXTS = ("text", "value")


class Mentions:
    """The people mentioned in one message."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        #: <at>Name</at> → object id.
        self._who: dict[str, str] = {}

    def token(self, mention: Mention) -> str:
        """A person inside a TextBlock or a fact."""
        name = markdown.literal(markdown.label(mention.name, 150))
        for address in mention.addresses if self._tenant else ():
            # An id means nothing in another tenant.
            if (
                address.platform is Platform.TEAMS
                and address.workspace == self._tenant
                and _OBJECT_ID.fullmatch(address.user)
            ):
                return self._known(name.replace("<", "‹").replace(">", "›"), address.user)
        return name

    def used_in(self, body: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The entities that these elements need: Teams refuses one whose text is nowhere in the card."""
        texts = (
            dict.fromkeys(found for text in _texts_of(body) for found in _AT.findall(text))
            if self._who
            else {}
        )
        return [
            {"type": "mention", "text": text, "mentioned": {"id": self._who[text], "name": text[4:-5]}}
            for text in texts
            if text in self._who
        ]

    def _known(self, name: str, user: str) -> str:
        """Two people of one name are told apart by a number; Teams goes by the text."""
        number = 1
        text = f"<at>{name}</at>"
        while self._who.get(text, user) != user:
            number += 1
            text = f"<at>{name} {number}</at>"
        self._who[text] = user
        return text


def _texts_of(found: object) -> Iterator[str]:
    """Every text that is read for mentions."""
    if isinstance(found, list):
        for one in found:
            yield from _texts_of(one)
    elif isinstance(found, dict):
        for name, one in found.items():
            if name in _TEXTS and isinstance(one, str):
                yield one
            elif name in ("items", "columns", "facts"):
                yield from _texts_of(one)
