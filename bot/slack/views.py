"""Form → modal, Message → Home tab or a closing modal, errors beside their fields. No I/O.

https://docs.slack.dev/reference/views · https://docs.slack.dev/surfaces/modals
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.messages.model import Field, Form, Message, Option, Section
from bot.messages.text import clean, clip
from bot.slack.ids import MOST_ID, MOST_OPTION, Origin, metadata_of
from bot.slack.paragraphs import plain_text
from bot.slack.render import Block, blocks, headline

Json = Mapping[str, Any]

_MOST_TITLE = 24
_MOST_INPUT = 3000
_MOST_BLOCKS = 100
#: Up to so many choices stand open beside each other; more go into a menu.
_OPEN_CHOICES = 5
_MOST_GROUP = 100
_USER = re.compile(r"<?@?([UW][A-Z0-9]+)>?")
_CHANNEL = re.compile(r"[CG][A-Z0-9]+")
#: Slack's own picker: no scope is needed for it. Not with people of other companies in it.
_CHANNELS = {
    "include": ["public", "private"],
    "exclude_bot_users": True,
    "exclude_external_shared_channels": True,
}
NAME = "Pilotlight"


def modal(form: Form, *, team: str, origin: Origin = Origin()) -> dict[str, Any]:  # noqa: B008 - it is immutable
    """A form. "submit is required when any input exists"; block_id and action_id are the field's id."""
    intro = blocks([Section(parts=form.intro)], team=team, surface="view")
    inputs = [block for each in form.fields for block in _field(each)]
    shown = [*intro, *inputs][:_MOST_BLOCKS]
    return {
        "type": "modal",
        "title": plain_text(form.title, _MOST_TITLE, empty=NAME),
        "submit": plain_text(form.submit_label, _MOST_TITLE, empty="Save"),
        "close": plain_text("Cancel", _MOST_TITLE),
        "callback_id": clip(clean(form.submit.verb), MOST_ID),
        "private_metadata": metadata_of(form.submit, origin),
        "blocks": shown or [_words("Nothing to fill in.")],
    }


def notice(message: Message, *, team: str, title: str = NAME) -> dict[str, Any]:
    """A message as a modal: the answer to a form, or to a press where no message can be changed."""
    shown = blocks(message.sections, team=team, surface="view") or [_words(headline(message))]
    return {
        "type": "modal",
        "title": plain_text(title, _MOST_TITLE),
        "close": plain_text("Close", _MOST_TITLE),
        "blocks": shown,
    }


def waiting(words: str) -> dict[str, Any]:
    """What stands in a modal until there is something to show."""
    return {
        "type": "modal",
        "title": plain_text(NAME, _MOST_TITLE),
        "close": plain_text("Close", _MOST_TITLE),
        "blocks": [_words(words)],
    }


def home(message: Message, *, team: str) -> dict[str, Any]:
    """The Home tab. https://docs.slack.dev/surfaces/app-home"""
    shown = blocks(message.sections, team=team, surface="view") or [_words(headline(message))]
    return {"type": "home", "blocks": shown}


def errors(wrong: Mapping[str, str], inputs: Sequence[str]) -> dict[str, str]:
    """Errors by field. One for no field of this form stands beside the first: Slack refuses a name it does not know."""
    placed: dict[str, str] = {}
    for name, words in wrong.items():
        there = name if name in inputs else inputs[0]
        placed[there] = f"{placed[there]} {_sentence(words)}" if there in placed else _sentence(words)
    return placed


def with_errors(form: Json, wrong: Mapping[str, str]) -> dict[str, Any]:
    """A form shown again with what is wrong in it: for an answer that came too late for Slack's own errors."""
    shown: list[Block] = []
    for block in form["blocks"]:
        shown.append(block)
        if block.get("block_id") in wrong:
            shown.append(_words(_sentence(wrong[block["block_id"]])))
    return {**form, "blocks": shown[:_MOST_BLOCKS]}


def _sentence(words: str) -> str:
    return clip(clean(words).strip(), 300) or "Please look at this again."


def _words(words: str) -> Block:
    return {
        "type": "section",
        "text": {"type": "plain_text", "text": clip(clean(words), 3000) or "–", "emoji": False},
    }


# Fields


def _field(field: Field) -> list[Block]:
    element = _element(field)
    block: Block = {
        "type": "input",
        "block_id": clip(field.id, MOST_ID),
        "label": plain_text(field.label, 150),
        "element": {**element, "action_id": clip(field.id, MOST_ID)},
        "optional": field.optional,
    }
    hint = field.hint
    known = {"person": "initial_user", "channel": "initial_conversation"}.get(field.kind)
    if known and field.value and known not in element:
        hint = (
            f"{hint} Now: {field.value}".strip()
        )  # what the picker does not know cannot be chosen beforehand
    if hint:
        block["hint"] = plain_text(hint, 2000)
    return [block, _words(_sentence(field.error))] if field.error else [block]


def _element(field: Field) -> dict[str, Any]:
    """https://docs.slack.dev/reference/block-kit/block-elements"""
    match field.kind:
        case "date":
            return _with_placeholder({"type": "datepicker", **_initial_date(field.value)}, field)
        case "person":
            found = _USER.fullmatch(field.value)
            chosen = {"initial_user": found[1]} if found else {}
            return _with_placeholder({"type": "users_select", **chosen}, field)
        case "people":
            some = _USER.findall(field.value)
            picked = {"initial_users": some[:_MOST_GROUP]} if some else {}
            return _with_placeholder({"type": "multi_users_select", **picked}, field)
        case "channel":
            here = _CHANNEL.fullmatch(field.value)
            shown = {"initial_conversation": field.value} if here else {}
            return _with_placeholder({"type": "conversations_select", "filter": _CHANNELS, **shown}, field)
        case "choice" if field.options:
            return _choice(field)
    # Numbers too are typed as text: people write 12k, 6,5 h and "about 40 %", and are asked back by us, not by Slack.
    most = max(1, min(field.most, _MOST_INPUT))
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "multiline": field.kind == "lines",
        "max_length": most,
    }
    if field.value:
        element["initial_value"] = clip(clean(field.value), most)
    return _with_placeholder(element, field)


def _with_placeholder(element: dict[str, Any], field: Field) -> dict[str, Any]:
    return element | ({"placeholder": plain_text(field.placeholder, 150)} if field.placeholder else {})


def _initial_date(value: str) -> dict[str, str]:
    try:
        return {"initial_date": date.fromisoformat(value).isoformat()}
    except ValueError:
        return {}


def _choice(field: Field) -> dict[str, Any]:
    """Open beside each other while few, then a menu, then a menu in groups of a hundred."""
    options = [_option(option) for option in field.options[: _MOST_GROUP * _MOST_GROUP]]
    chosen = next(
        (made for made, option in zip(options, field.options, strict=False) if option.value == field.value),
        None,
    )
    initial = {"initial_option": chosen} if chosen and field.value else {}
    if len(options) <= _OPEN_CHOICES:
        return {"type": "radio_buttons", "options": options, **initial}
    if len(options) <= _MOST_GROUP:
        return _with_placeholder({"type": "static_select", "options": options, **initial}, field)
    groups = [
        {
            "label": plain_text(f"{start + 1:,} to {min(start + _MOST_GROUP, len(options)):,}", 75),
            "options": options[start : start + _MOST_GROUP],
        }
        for start in range(0, len(options), _MOST_GROUP)
    ]
    return _with_placeholder({"type": "static_select", "option_groups": groups, **initial}, field)


def _option(option: Option) -> dict[str, Any]:
    return {"text": plain_text(option.label, 75), "value": clip(option.value, MOST_OPTION) or "-"}
