"""The small language in which Slack's limits are written down: a rule looks at a value and adds what is wrong with it.

The sentences are Slack's own: `must be less than 76 characters [json-pointer:/blocks/0/text/text]`.
"""

from collections.abc import Callable
from typing import Any

#: value, pointer, errors
Rule = Callable[[Any, str, list[str]], None]


def wrong(errors: list[str], sentence: str, at: str) -> None:
    errors.append(f"{sentence} [json-pointer:{at}]")


def string(most: int, *, least: int = 1) -> Rule:
    def rule(value: Any, at: str, errors: list[str]) -> None:
        if not isinstance(value, str):
            wrong(errors, "must be a string", at)
        elif len(value) < least:
            wrong(errors, f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            wrong(errors, f"must be less than {most + 1} characters", at)

    return rule


def url(most: int = 3000) -> Rule:
    inner = string(most)

    def rule(value: Any, at: str, errors: list[str]) -> None:
        inner(value, at, errors)
        if isinstance(value, str) and not value.startswith(("http://", "https://", "slack://", "mailto:")):
            wrong(errors, "must be a valid URL", at)

    return rule


def pattern(matches: Callable[[str], object], sentence: str) -> Rule:
    def rule(value: Any, at: str, errors: list[str]) -> None:
        if not isinstance(value, str) or not matches(value):
            wrong(errors, sentence, at)

    return rule


def boolean(value: Any, at: str, errors: list[str]) -> None:
    if not isinstance(value, bool):
        wrong(errors, "must be a boolean", at)


def anything(_value: Any, _at: str, _errors: list[str]) -> None:
    """Left to Slack."""


def number(*, above: float | None = None) -> Rule:
    def rule(value: Any, at: str, errors: list[str]) -> None:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            wrong(errors, "must be a number", at)
        elif above is not None and value <= above:
            wrong(errors, f"must be greater than {above:g}", at)

    return rule


def integer(least: int, most: int) -> Rule:
    def rule(value: Any, at: str, errors: list[str]) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            wrong(errors, "must be an integer", at)
        elif not least <= value <= most:
            wrong(errors, f"must be between {least} and {most}", at)

    return rule


def one_of(*allowed: str) -> Rule:
    def rule(value: Any, at: str, errors: list[str]) -> None:
        if value not in allowed:
            wrong(errors, f"must be one of {', '.join(allowed)}", at)

    return rule


def items(rule_of_one: Rule, most: int, *, least: int = 1) -> Rule:
    def rule(value: Any, at: str, errors: list[str]) -> None:
        if not isinstance(value, list):
            wrong(errors, "must be an array", at)
            return
        if len(value) > most:
            wrong(errors, f"no more than {most} items allowed", at)
        if len(value) < least:
            wrong(errors, f"no fewer than {least} items allowed", at)
        for index, item in enumerate(value):
            rule_of_one(item, f"{at}/{index}", errors)

    return rule


def shape(
    required: dict[str, Rule],
    optional: dict[str, Rule] | None = None,
    *,
    one_needed: tuple[str, ...] = (),
    exactly_one: tuple[str, ...] = (),
) -> Rule:
    """An object with these fields and no others; `type` is looked at by whoever chose the shape."""
    fields = {"type": string(255), **required, **(optional or {})}

    def rule(value: Any, at: str, errors: list[str]) -> None:
        if not isinstance(value, dict):
            wrong(errors, "must be an object", at)
            return
        for name in required:
            if name not in value:
                wrong(errors, f"missing required field: {name}", at)
        if one_needed and not any(name in value for name in one_needed):
            wrong(errors, f"missing one of the required fields: {', '.join(one_needed)}", at)
        if exactly_one and sum(name in value for name in exactly_one) != 1:
            wrong(errors, f"exactly one is needed of: {', '.join(exactly_one)}", at)
        for name, inner in value.items():
            if name in fields:
                fields[name](inner, f"{at}/{name}", errors)
            else:
                wrong(errors, f"invalid additional property: {name}", at)

    return rule


def by_type(shapes: dict[str, Rule]) -> Rule:
    def rule(value: Any, at: str, errors: list[str]) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in shapes:
            shapes[kind](value, at, errors)
        else:
            wrong(errors, f"unsupported type: {kind}", f"{at}/type")

    return rule


def text(most: int, *, mrkdwn: bool = True, plain: bool = True) -> Rule:
    """https://docs.slack.dev/reference/block-kit/composition-objects/text-object: never empty."""
    shapes: dict[str, Rule] = {}
    if plain:
        shapes["plain_text"] = shape({"text": string(most)}, {"emoji": boolean})
    if mrkdwn:
        shapes["mrkdwn"] = shape({"text": string(most)}, {"verbatim": boolean})
    return by_type(shapes)


def plain_text(most: int) -> Rule:
    return text(most, mrkdwn=False)
