"""The parts of a rich_text block. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block"""

import re

from bot.playground.limits_elements import USER_ID
from bot.playground.rules import (
    Rule,
    anything,
    boolean,
    by_type,
    integer,
    items,
    one_of,
    pattern,
    shape,
    string,
    url,
)

_STYLE: dict[str, Rule] = {
    "style": shape({}, dict.fromkeys(("bold", "italic", "strike", "underline", "code", "highlight", "client_highlight", "unlink"), boolean))
}  # fmt: skip
_CHANNEL_ID = pattern(re.compile(r"[CG][A-Z0-9]+").fullmatch, "must be a channel id")
_LEAF = by_type({
    "text": shape({"text": string(3000)}, _STYLE),
    "link": shape({"url": url()}, _STYLE | {"text": string(3000, least=0), "unsafe": boolean}),
    "user": shape({"user_id": USER_ID}, _STYLE),
    "usergroup": shape({"usergroup_id": string(255)}, _STYLE),
    "team": shape({"team_id": string(255)}, _STYLE),
    "channel": shape({"channel_id": _CHANNEL_ID}, _STYLE),
    "emoji": shape({"name": string(255)}, _STYLE | {"skin_tone": integer(1, 6), "unicode": string(255)}),
    "broadcast": shape({"range": one_of("here", "channel", "everyone")}, _STYLE),
    "color": shape({"value": string(7)}, _STYLE),
    "date": shape({"timestamp": integer(0, 9_999_999_999), "format": string(255)}, _STYLE | {"url": url(), "fallback": string(3000)}),
})  # fmt: skip
_LEAVES = items(_LEAF, 1000, least=0)
_SECTION = shape({"elements": _LEAVES})
RICH_TEXT_ELEMENTS = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": shape(
            {
                "style": one_of("bullet", "ordered"),
                "elements": items(by_type({"rich_text_section": _SECTION}), 1000),
            },
            {"indent": integer(0, 8), "offset": integer(0, 10_000), "border": integer(0, 1)},
        ),
        "rich_text_preformatted": shape(
            {"elements": _LEAVES}, {"border": integer(0, 1), "language": anything}
        ),
        "rich_text_quote": shape({"elements": _LEAVES}, {"border": integer(0, 1)}),
    }
)
