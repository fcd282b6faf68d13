"""What we write into Slack's identifiers, and how it is read again: the press of a button, a section, an outbox key.

Limits: https://docs.slack.dev/reference/block-kit/block-elements (value 2,000; an option's 150; ids 255).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.messages.model import Press

MOST_VALUE, MOST_OPTION, MOST_ID, MOST_METADATA = 2000, 150, 255, 3000
_MORE = "more:"
_MOST_SECTION, _MOST_KEY = 80, 150


def compact(data: object) -> str:
    """JSON without blanks, in characters as Slack counts them; a lone surrogate could not travel."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


def value_of(press: Press) -> str:
    """A press as a button's value."""
    return compact({"v": press.verb, "a": dict(press.args)})


def press_of(value: str, action_id: str = "") -> Press | None:
    """The press that a value carries, with what its menu's action_id holds for all of its options."""
    verb, args = _verb_and_args(_loaded(value))
    if not verb:
        return None
    shared = action_id.partition(":")[2].partition(":")[2] if action_id.startswith(_MORE) else ""
    return Press(verb, _strings(_loaded(shared)) | args)


def menu(presses: Sequence[Press]) -> tuple[str, tuple[str, ...]] | None:
    """What all options of an overflow menu share, and the options' values; None where they do not fit.

    An option holds 150 characters only. What all options share (the pilot, the ask) goes into the menu's own action_id, which
    comes back with the press even from an ephemeral message, whose blocks Slack does not repeat to us.
    """
    values = tuple(value_of(press) for press in presses)
    if all(len(value) <= MOST_OPTION for value in values):
        return "", values
    shared = {
        name: value
        for name, value in presses[0].args.items()
        if all(press.args.get(name) == value for press in presses)
    }
    rest = [{name: value for name, value in press.args.items() if name not in shared} for press in presses]
    values = tuple(value_of(Press(press.verb, args)) for press, args in zip(presses, rest, strict=True))
    if len(menu_id("00.00", compact(shared))) > MOST_ID or any(len(value) > MOST_OPTION for value in values):
        return None
    return compact(shared), values


def menu_id(name: str, shared: str) -> str:
    """The action_id of a menu."""
    return f"{_MORE}{name}:{shared}" if shared else f"{_MORE}{name}"


def block_id(section: str, number: int, content: object, key: str = "") -> str:
    """`section~number.iteration`, and `~key` in the block that carries the outbox key.

    The iteration changes with the content: "If a message is updated, use a new block_id" (reference/block-kit/blocks).
    """
    name = _short(section.replace("~", "-"), _MOST_SECTION)
    iteration = hashlib.sha256(compact(content).encode()).hexdigest()[:6]
    return f"{name}~{number}.{iteration}" + (f"~{key_mark(key)}" if key else "")


def section_of(block_id: str) -> str:
    """The section that a block belongs to."""
    return block_id.partition("~")[0]


def key_of(block_ids: Sequence[str]) -> str:
    """The outbox key that one of these blocks carries; empty where none does."""
    for one in block_ids:
        parts = one.split("~", 2)
        if len(parts) == 3:
            return parts[2]
    return ""


def key_mark(key: str) -> str:
    """The key as it stands in a block_id."""
    return _short(key, _MOST_KEY)


def _short(text: str, most: int) -> str:
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= most else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The message that a form was opened from, so that the answer can change it in place."""

    channel: str = ""
    message: str = ""
    key: str = ""
    ephemeral: bool = False


def metadata_of(press: Press, origin: Origin) -> str:
    """A form's private_metadata. It comes back from Slack as it went, and still decides nothing: services authorise."""
    args = dict(press.args)
    data = {"v": press.verb, "a": args, "c": origin.channel, "m": origin.message, "k": origin.key}
    if origin.ephemeral:
        data["e"] = "1"
    while len(compact(data)) > MOST_METADATA and any(args.values()):
        longest = max(args, key=lambda name: len(args[name]))  # a pasted text; ids are short
        args[longest] = args[longest][: len(args[longest]) // 2]
    return compact(data)


def metadata_from(text: str) -> tuple[Press | None, Origin]:
    """The press and the origin that a form's private_metadata carries."""
    data = _loaded(text)
    verb, args = _verb_and_args(data)
    held = _strings(data)
    origin = Origin(
        channel=held.get("c", ""),
        message=held.get("m", ""),
        key=held.get("k", ""),
        ephemeral=held.get("e") == "1",
    )
    return (Press(verb, args) if verb else None), origin


def _loaded(text: str) -> Mapping[str, object]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _verb_and_args(data: Mapping[str, object]) -> tuple[str, dict[str, str]]:
    verb, args = data.get("v"), data.get("a")
    return (verb if isinstance(verb, str) else ""), (_strings(args) if isinstance(args, dict) else {})


def _strings(data: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in data.items() if isinstance(value, str)}
