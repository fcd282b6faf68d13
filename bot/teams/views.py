"""Form → card with inputs, errors beside their fields. No I/O.

https://adaptivecards.io/explorer/Input.Text.html ·
https://learn.microsoft.com/adaptive-cards/authoring-cards/input-validation

`isRequired` is the client's courtesy; what comes back is judged by the services.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.messages.model import Bold, Field, Form, Text
from bot.messages.text import clip
from bot.teams import ids, markdown
from bot.teams.buttons import execute
from bot.teams.ids import Origin
from bot.teams.render import MOST_BYTES, Card, Element, elements, skeleton

#: Up to so many choices stand open beside each other; more go into a menu.
_OPEN_CHOICES = 5
#: Bytes of a menu; beyond that its words are typed.
_MOST_CHOICES = 8000
_MOST_VALUE, _MOST_INPUT = 1500, 3000
_PERSON = "Type a name, or the work e-mail address."
_REFERENCE = re.compile(r"<@([^<>]+)>")


def form_card(
    form: Form, origin: Origin, *, names: Mapping[str, str] | None = None, kept: Form | None = None
) -> Card:
    """A form. It travels in its own button, so that it can be shown again with what was typed; where there is no room, without.

    Args:
        names: what people are called whose id stands in a person field.
        kept: the form as it was before something was typed wrong, which travels instead.
    """
    body = [_title(form), *elements(form.intro)]
    body += [element for each in form.fields for element in _field(each, names or {})]
    label, submit = markdown.label(form.submit_label, 75, empty="Save"), form.submit
    card = skeleton(markdown.label(form.title, 300), body, [])
    with_form = ids.data_of(submit, origin, form=kept or form, submits=True)
    without = ids.data_of(submit, origin, submits=True)
    for data, old_clients in ((with_form, with_form), (with_form, without), (without, without)):
        card["actions"] = [execute(label, submit.verb, data, old_clients)]
        if ids.weight(card) <= MOST_BYTES:
            break
    return card


def refilled(form: Form, typed: Mapping[str, str], wrong: Mapping[str, str], problem: str = "") -> Form:
    """The form as it was sent, with what was typed and what is wrong. An error for no field of it stands above them all."""
    known = {field.id for field in form.fields}
    above = " ".join([problem, *(words for name, words in wrong.items() if name not in known)]).strip()
    return replace(
        form,
        intro=(Text(spans=(Bold(above),)), *form.intro) if above else form.intro,
        fields=tuple(
            replace(field, value=typed.get(field.id, ""), error=wrong.get(field.id, ""))
            for field in form.fields
        ),
    )


def _title(form: Form) -> Element:
    words = markdown.words(form.title, 150)
    return {
        "type": "TextBlock",
        "text": words,
        "wrap": True,
        "size": "large",
        "weight": "bolder",
        "style": "heading",
    }


def _field(field: Field, names: Mapping[str, str]) -> list[Element]:
    hint = field.hint or (_PERSON if field.kind == "person" else "")
    shown = [_input(field, names)]
    if field.error:
        shown.append(_words(field.error) | {"color": "attention"})
    if hint:
        shown.append(_words(hint) | {"isSubtle": True, "size": "small"})
    return shown


def _words(text: str) -> Element:
    words = markdown.words(text, 300)
    return {"type": "TextBlock", "text": words, "wrap": True, "spacing": "none"}


def _input(field: Field, names: Mapping[str, str]) -> Element:
    """The input, under the field's own id. Numbers too are typed as text: people write 12k, 6,5 h and "about 40 %"."""
    made: Element = {"type": "Input.Text", "id": field.id, "label": markdown.label(field.label, 150)}
    if not field.optional:
        made |= {"isRequired": True, "errorMessage": markdown.label(f"Please fill in: {field.label}", 200)}
    match field.kind:
        case "date":
            return made | {"type": "Input.Date"} | _initial_date(field.value)
        case "choice" if (choices := _choices(field)) and ids.weight(choices) <= _MOST_CHOICES:
            return made | _choice(field, choices)
        case "person":
            found = _REFERENCE.fullmatch(field.value)
            return (
                made
                | {"maxLength": 300}
                | _initial(names.get(found[1], field.value) if found else field.value, field)
            )
    made["maxLength"] = max(1, min(field.most, _MOST_INPUT))
    if field.kind == "lines":
        made["isMultiline"] = True
    return made | _initial(field.value, field)


def _initial(value: str, field: Field) -> Element:
    found: Element = {"value": clip(markdown.clean(value), _MOST_VALUE)} if value else {}
    return found | ({"placeholder": markdown.label(field.placeholder, 150)} if field.placeholder else {})


def _initial_date(value: str) -> dict[str, str]:
    try:
        return {"value": date.fromisoformat(value).isoformat()}
    except ValueError:
        return {}


def _choice(field: Field, choices: list[dict[str, str]]) -> dict[str, Any]:
    chosen = {"value": field.value} if any(field.value == one["value"] for one in choices) else {}
    style = "expanded" if len(choices) <= _OPEN_CHOICES else "compact"
    return {"type": "Input.ChoiceSet", "style": style, "choices": choices, **chosen}


def _choices(field: Field) -> list[dict[str, str]]:
    """What can be chosen. A choice without a value is what leaving the field untouched says."""
    return [
        {"title": markdown.label(option.label, 100), "value": option.value}
        for option in field.options
        if option.value
    ]
