"""What comes again is known by its key, and two different requests never share one: whatever Slack, or whoever plays it, calls them."""

import json
from datetime import date
from typing import Any

import pytest

from bot.services.incoming import Incoming
from bot.slack.once import once
from bot.slack.parse import parse
from tests.slack import payloads


def key(payload: dict[str, Any]) -> str:
    incoming = parse(payload, date(2026, 11, 23))
    assert isinstance(incoming, Incoming)
    return incoming.key


def again(payload: dict[str, Any]) -> dict[str, Any]:
    """As it comes a second time: equal, and another object."""
    copy: dict[str, Any] = json.loads(json.dumps(payload))
    return copy


CHECK_IN = {"text": {"type": "plain_text_input", "value": "went well"}}
EACH = [
    payloads.command("list"),
    payloads.command("list", response_url=""),
    payloads.command("list", trigger_id=""),
    payloads.press(),
    payloads.press_in_view("home"),
    payloads.submission(CHECK_IN),
    payloads.submission(CHECK_IN, id="", hash=""),
    payloads.shortcut(),
    payloads.direct_message("38, moving"),
    {**payloads.direct_message("38, moving"), "event_id": None},
]


@pytest.mark.parametrize("payload", EACH, ids=range(len(EACH)))
def test_what_comes_again_has_the_same_key(payload: dict[str, Any]) -> None:
    assert key(payload)
    assert key(payload) == key(again(payload))


SAME_NAME = [
    # Somebody who plays Slack gives every request the same trigger, moment, view or id, or none at all.
    (payloads.command("list mine"), payloads.command("show Ask HV")),
    (payloads.command("list", user_id="U0BEN"), payloads.command("list")),
    (
        payloads.command("list"),
        payloads.command("list", response_url="https://hooks.slack.com/commands/T0/2/y"),
    ),
    (payloads.command("list", trigger_id=""), payloads.command("help", trigger_id="")),
    (payloads.press(), payloads.press('{"v":"answer","a":{"ask":"8","status":"moving"}}')),
    (payloads.press(), payloads.press('{"v":"undo","a":{"ask":"7"}}')),
    (payloads.submission(CHECK_IN), payloads.submission({"text": {"value": "stuck at legal"}})),
    (payloads.submission(CHECK_IN), payloads.submission(CHECK_IN, private_metadata='{"v":"snooze","a":{}}')),
    (payloads.submission(CHECK_IN, id=""), payloads.submission({"text": {"value": "other"}}, id="")),
    (
        {**payloads.direct_message("38"), "event_id": ""},
        {**payloads.direct_message("39"), "event_id": ""},
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME_NAME, ids=range(len(SAME_NAME)))
def test_two_requests_that_bear_one_name_are_still_two(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize(
    "nameless",
    [
        payloads.command("list", trigger_id="", response_url=""),
        payloads.press(action={"type": "button", "value": '{"v":"undo","a":{}}'}, trigger_id=""),
    ],
    ids=["command", "press"],
)
def test_what_has_no_name_at_all_counts_each_time(nameless: dict[str, Any]) -> None:
    assert key(nameless) == ""


def test_a_click_on_submit_brings_another_trigger_and_is_the_same_form() -> None:
    first, second = payloads.submission(CHECK_IN), again(payloads.submission(CHECK_IN))
    second["trigger_id"] = "999.888.aaa"
    assert key(first) == key(second)


def test_an_event_is_known_by_its_id_alone() -> None:
    """Slack calls it globally unique; a retry may say in other words when it happened."""
    first = payloads.direct_message("38")
    assert key(first) == key({**again(first), "event_time": 1}) == "event:Ev08MFMKH6"


def test_a_key_fits_its_column_however_long_a_name_is() -> None:
    assert len(once("event", ("E" * 10_000,))) <= 255
    assert len(once("press", ("1" * 190,), "x")) <= 255
    assert once("event", ("E" * 10_000,)) != once("event", ("E" * 10_001,))
