"""What we write into a card's data, and how it is read again: the press of a button, the form it belongs to, where it came from.

https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model

Teams puts what was filled in beside our data, under the ids of the inputs; so ours stands under one name of its own. It comes back as
it went unless somebody meddled with it, and decides nothing: services authorise.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.messages.model import Form, Press

Json = Mapping[str, Any]

#: The one name in a card's data that is ours.
OURS = "pilotlight"
#: Names that the client itself writes into the data.
_CLIENTS = frozenset({OURS, "msteams"})
_MOST_FILLED = 20_000

_FORM = TypeAdapter(Form)


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a button stands: what makes a second press of it the same press, and what an answer in place changes."""

    #: The message that a form was opened from.
    message: str = ""
    #: Changes with every change of the card, so that "Moving", "Undo", "Moving" are three presses.
    stamp: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What a card sent back."""

    press: Press
    origin: Origin = Origin()
    #: Whether it was a form's own button.
    submitted: bool = False
    #: The form, to be shown again with what was typed.
    form: Form | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


def weight(data: object) -> int:
    """Bytes of JSON as it goes out."""
    return len(compact(data).encode())


def compact(data: object) -> str:
    """JSON without blanks; a lone surrogate could not travel."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


def stamp_of(*parts: str) -> str:
    """A short mark of what a card was made from."""
    return digest(*parts)[:12]


def digest(*parts: str) -> str:
    """One mark for several texts; where one ends and the next begins makes a difference."""
    return hashlib.sha256(compact(list(parts)).encode()).hexdigest()[:40]


def data_of(
    press: Press, origin: Origin, *, form: Form | None = None, submits: bool = False
) -> dict[str, Any]:
    """The data of a button; a form's own button carries the form where there is room for it."""
    ours: dict[str, Any] = {"verb": press.verb, "args": dict(press.args)}
    if origin.message:
        ours["message"] = origin.message
    if origin.stamp:
        ours["stamp"] = origin.stamp
    if submits:
        ours["form"] = _FORM.dump_python(form, mode="json") if form else {}
    cleaned: dict[str, Any] = json.loads(compact(ours))
    return {OURS: cleaned}


def sent_from(data: object, verb: str = "") -> Sent | None:
    """What the data of a card says; None where it is not of our making. `verb` is Execute's own, beside the data."""
    if not isinstance(data, dict) or not isinstance(data.get(OURS), dict):
        return None
    ours = data[OURS]
    verb = _text(ours, "verb") or verb
    if not verb:
        return None
    args = ours.get("args")
    return Sent(
        press=Press(verb, _strings(args) if isinstance(args, dict) else {}),
        origin=Origin(message=_text(ours, "message"), stamp=_text(ours, "stamp")),
        submitted="form" in ours,
        form=_form(ours.get("form")),
        fields=_filled(data),
    )


def _filled(data: Json) -> dict[str, str]:
    """Field id → what was filled in. Numbers and dates come as strings from Teams; other clients may send a number."""
    found = {}
    for name, value in data.items():
        if name in _CLIENTS or isinstance(value, bool):
            continue
        if isinstance(value, str | int | float) and str(value).strip():
            found[name] = str(value)[:_MOST_FILLED].encode("utf-8", "replace").decode()
    return found


def _form(given: object) -> Form | None:
    try:
        return _FORM.validate_python(given) if given else None
    except ValidationError:
        return None


def _text(data: Json, name: str) -> str:
    value = data.get(name)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _strings(data: Json) -> dict[str, str]:
    return {name: _text(data, name) for name, value in data.items() if isinstance(value, str)}
