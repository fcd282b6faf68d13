"""A link to our own pages, shared in a channel → one plain card. No I/O.

https://docs.slack.dev/messaging/unfurling-links-in-messages

Everybody in the channel sees the card, guests and people of other companies too, so it says the same for every page and nothing of
what stands there. Links to anything else get no answer.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from bot.slack.paragraphs import plain_text
from bot.slack.payload import Json, inner, inners, text

#: A message holds few links of ours; the rest stays a link.
_MOST = 5
CARD = (
    "Pilotlight: the AI pilots of this workspace, for the people who work here. It opens with a personal link: "
    "type /pilot portfolio. “Whatever happened to …?” is answered right here by /pilot happened NAME."
)


def unfurling(payload: Json, public_url: str) -> Mapping[str, Any] | None:
    """What `chat.unfurl` is to be told about a link_shared event; None: no link in it is ours."""
    event, ours = inner(payload, "event"), _split(public_url)
    if event.get("type") != "link_shared" or ours is None:
        return None
    urls = [url for one in inners(event, "links") if (url := text(one, "url")) and _is_ours(url, ours)]
    if not urls:
        return None
    block = {"type": "section", "block_id": "card", "text": plain_text(CARD, 3000)}
    cards = {url: {"blocks": [block]} for url in urls[:_MOST]}
    where: dict[str, Any] = {"channel": text(event, "channel"), "ts": text(event, "message_ts")}
    if text(event, "unfurl_id"):
        where = {"unfurl_id": text(event, "unfurl_id"), "source": text(event, "source")}
    return {**where, "unfurls": cards}


def _split(url: str) -> SplitResult | None:
    try:
        found = urlsplit(url)
        found.port  # noqa: B018 - raises where it is none
    except ValueError:
        return None
    return found if found.scheme in ("http", "https") and found.hostname else None


def _is_ours(url: str, ours: SplitResult) -> bool:
    found = _split(url)
    if found is None or found.username is not None or found.password is not None:
        return False
    same = (found.scheme, found.hostname, found.port) == (ours.scheme, ours.hostname, ours.port)
    base = ours.path.rstrip("/")
    return same and (found.path == base or found.path.startswith(f"{base}/"))
