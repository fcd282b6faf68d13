"""Under which key a request is known when it comes again. No I/O.

https://docs.slack.dev/apis/events-api: an event has an id of its own, for ever. A command, a press and a form have none: Slack names a
trigger, a moment or a view. So what stands in them belongs to the key as well: a proxy, or whoever plays Slack in a test, may give
the same name to all of them, or none, and two different requests are never taken for one.
"""

import hashlib

from bot.slack.ids import compact

#: The column's width, with room.
_MOST = 200


def once(kind: str, names: tuple[str, ...], *said: object) -> str:
    """The key of a request; empty where Slack names it in no way, so that each arrival counts.

    Args:
        kind: what came.
        names: what Slack calls it.
        said: what stands in it besides.

    """
    if not any(names):
        return ""
    named = ":".join((kind, *names))
    if len(named) > _MOST:
        named = f"{kind}:{_digest(named)}"
    return f"{named}:{_digest(compact(said))}" if said else named


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
