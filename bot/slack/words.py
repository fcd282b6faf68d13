"""What a person typed, from what Slack made of it. No I/O.

https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
"""

import re

_TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def words(text: str) -> str:
    """Entities and links as they were typed; a mention stays a reference, `<@U…>`, without the name that Slack adds."""
    text = _TOKEN.sub(_spelled, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def mention(user: str) -> str:
    """A person as people refer to them in typed words."""
    return f"<@{user}>" if user else ""


def _spelled(found: re.Match[str]) -> str:
    sign, what, label = found[1], found[2], found[3] or ""
    match sign:
        case "@":
            return mention(what)
        case "#":
            return "#" + (label or what)
        case "!":
            return label or "@" + what.partition("^")[0]
    # Slack turns example.org and an e-mail address into links of their own making.
    return label if what.startswith(("mailto:", "tel:")) and label else what
