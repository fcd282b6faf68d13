"""S14: a thousand secrets of thirty shapes, in messages, arguments, exceptions, locals and what httpx and our clients say at debug."""

import io
import json
import logging
import os
import random
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.app import build, configured
from bot.setup.logs import logs
from storage.database import Database
from tests.setup.test_setup_redaction import SHAPES

LETTERS = string.ascii_letters + string.digits


@pytest.fixture(params=["console", "json"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """The program's own logging, everything at debug."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore")}
    database = Database("sqlite:///:memory:")
    app = build(configured(log_format=request.param, log_level="debug"), database=database)
    logs(app)
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    found = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(found)
    yield found
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    database.close()


def in_a_message(secret: str, log: logging.Logger) -> None:
    log.info("it was %s, again", secret)


def in_an_extra(secret: str, log: logging.Logger) -> None:
    log.warning("told", extra={"deep": {"er": [secret, {"x": secret}]}})


def in_an_exception(secret: str, log: logging.Logger) -> None:
    try:
        raise ValueError(f"could not send {secret}") from KeyError(secret)
    except ValueError:
        log.exception("failed")


def in_a_local(secret: str, log: logging.Logger) -> None:
    try:
        held = {"value": secret}
        raise RuntimeError("nothing of it is said")
    except RuntimeError:
        log.exception("failed")
        del held


def in_a_name(secret: str, log: logging.Logger) -> None:
    log.info("told", extra={secret: 1})


def in_a_forged_line(secret: str, log: logging.Logger) -> None:
    log.info("ok %s", f"x\r\n2026-11-20 [info] admin\u2028{secret}\x1b[2J")


def of_a_client(secret: str, log: logging.Logger) -> None:
    """Requests are told by httpx at info, by httpcore at debug: addresses and headers, which hold the secret."""
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(204))) as client:
        client.get("https://x.example/p", params={"token": secret}, headers={"authorization": "Bearer x"})
    log.debug("request", extra={"headers": {"authorization": secret, "x-gitlab-token": secret}})
    log.debug("headers=%r", [(b"Host", b"x.example"), (b"X-Gitlab-Token", secret.encode())])


WAYS = (in_a_message, in_an_extra, in_an_exception, in_a_local, in_a_name, in_a_forged_line, of_a_client)


@pytest.mark.parametrize("count", [70, pytest.param(1_000, marks=pytest.mark.trial)])
def test_s14_no_secret_and_no_forged_line(count: int, written: io.StringIO, tmp_path: Path) -> None:
    count = max(1, round(count * float(os.environ.get("TRIAL_SHARE", "1"))))
    chance, seen, log = random.Random(14), Counter[str](), logging.getLogger("trial")
    bodies = []
    for number in range(count):
        shape, way = SHAPES[number % len(SHAPES)], WAYS[chance.randrange(len(WAYS))]
        body = "".join(chance.choice(LETTERS) for _ in range(chance.randint(24, 60)))
        bodies.append(body.upper() if shape.startswith("AKIA") else body)
        way(shape.format(bodies[-1]), log)
        seen[way.__name__] += 1
    said = written.getvalue()
    assert len(said) > count * 20
    assert [body for body in bodies if body in said] == []
    lines = said.splitlines()
    assert not [line for line in lines if line.startswith("2026-11-20")]
    if said.startswith("{"):
        assert all(json.loads(line) for line in lines)
    if count > 70:
        print(f"\nS14: {count:,} secrets of {len(SHAPES)} shapes: {dict(seen)}; 0 leaked, 0 forged lines")
