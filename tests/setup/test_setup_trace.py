"""One id from the request at the door to the message that leaves: one search of the log finds both ends."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.setup.logs import logs
from tests.journeys.kit import SENTENCE, House, house
from tests.journeys.test_signals_walk import started
from tests.signals import payloads


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log says."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)


def listen(home: House, written: io.StringIO) -> None:
    """From now on as in production: lines of JSON."""
    settings = home.app.settings.model_copy(update={"log_format": "json", "log_level": "info"})
    logs(replace(home.app, settings=settings))
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def of(written: io.StringIO, request: str) -> list[str]:
    """What happened under one id."""
    return [one["event"] for one in lines(written) if one.get("request") == request]


async def test_a_form_is_followed_to_the_message_that_the_sponsor_gets(
    tmp_path: Path, written: io.StringIO
) -> None:
    async with house(tmp_path) as home:
        listen(home, written)
        await home.hands.command("alice", "/pilot new")
        await home.submit("alice", name="Invoice Reader", outcome=SENTENCE, sponsor="sam", backup="bob")
        await home.tick()
        home.take("sam", "Invoice Reader")
        [asked] = [one for one in lines(written) if one.get("asked") == "Submitted"]
        assert of(written, asked["request"]) == ["answered", "sent"]
        assert "Invoice Reader" not in written.getvalue(), "not a word of what was said"
        assert "minutes" not in written.getvalue()


async def test_what_the_clock_decides_is_followed_from_its_round(
    tmp_path: Path, written: io.StringIO
) -> None:
    async with house(tmp_path) as home:
        await home.register()
        listen(home, written)
        await home.at(date(2027, 3, 22))
        nudges = [one for one in lines(written) if one.get("key", "").startswith("nudge:")]
        assert nudges
        for one in nudges:
            assert of(written, one["request"])[0] in ("looked", "decided")
        home.slack.ledger.take_all()


async def test_a_signal_is_followed_from_its_delivery(tmp_path: Path, written: io.StringIO) -> None:
    """Under the sender's own id of it, so that both logs can be compared."""
    async with started(tmp_path, {"app.py": ""}) as it:
        listen(it.home, written)
        assert await it.webhook("push", payloads.github_push(payloads.commit(1))) == 202
        await it.home.tick()
        [taken] = [one for one in lines(written) if one["event"] == "taken in"]
        assert of(written, taken["request"]) == ["taken in", "read"]
        it.home.slack.ledger.take_all()
