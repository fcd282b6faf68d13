"""What a person typed, from what Teams made of it. No I/O.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations#work-with-mentions
"""

import html
import re
from collections.abc import Mapping

from bot.teams.payload import OBJECT_ID, Activity

_BLANKS = re.compile(r"[ \t\u00a0]+")
_MOST_TYPED = 20_000


def words(activity: Activity, people: Mapping[str, str]) -> str:
    """The words without the mention of us; people stand as <@object id>, or by name where nobody knows their id.

    By entity, not by looking for tags: a name may hold anything, and people type <at> themselves.
    """
    text = activity.text[:_MOST_TYPED]
    for entity in activity.entities:
        who = entity.mentioned
        if entity.type != "mention" or not entity.text:
            continue
        if who.id == activity.recipient.id:
            text = text.replace(entity.text, " ")
            continue
        known = who.object_id or people.get(who.id, "")
        # Each entity stands for one place in the text, in their order.
        text = text.replace(entity.text, f" {mention(known) or who.name} ", 1)
    lines = (_BLANKS.sub(" ", line).strip() for line in html.unescape(text).splitlines())
    return "\n".join(lines).strip(" ,:\n")


def mention(object_id: str) -> str:
    """A person as people refer to them in typed words."""
    return f"<@{object_id}>" if OBJECT_ID.fullmatch(object_id) else ""


def mentioned(activity: Activity, who: str) -> bool:
    """Whether the words mention this account."""
    return any(one.type == "mention" and one.mentioned.id == who for one in activity.entities)


def unnamed(activity: Activity) -> list[str]:
    """The mentioned people whose object id Teams did not tell: it names them by its own id only."""
    return [
        one.mentioned.id
        for one in activity.entities
        if one.type == "mention"
        and not one.mentioned.object_id
        and one.mentioned.id not in ("", activity.recipient.id)
        and not one.mentioned.id.startswith("28:")
    ]
